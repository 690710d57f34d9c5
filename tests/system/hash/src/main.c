// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/svc/hash.h>

#include "cases.h"
#include "program.h"

#define SPLITS 200U

static bool check(const char *what, bool is_so)
{
	log_info("check: %s: %s", what, is_so ? "yes" : "NO");
	return is_so;
}

static int hash_test(void)
{
	bool good;

	log_info("hash: %s", hash_name());
	good = check("published values", hash_published_values());
	good &= check("every length", hash_every_length());
	good &= check("random splits", hash_random_splits(SPLITS));
	good &= check("vector registers are kept", hash_keeps_vectors());
	hash_figures();
	firmware_sim_exit(good ? 0U : 1U);
	return 0;
}
UNIT_DEFINE(hash_test, 9, 90, hash_test);
