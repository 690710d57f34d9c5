// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>

#include "cases.h"

static u32 harmless;

static void accepted(u32 at)
{
	(void)at;
	harmless++;
}

static bool check(const char *what, bool is_so)
{
	log_info("check: %s: %s", what, is_so ? "yes" : "NO");
	return is_so;
}

static bool cases(void)
{
	u32 good = 0;

	for (u32 i = 0; i < fit_case_count; i++) {
		const struct fit_case *c = &fit_cases[i];
		bool passed = true;

		for (u32 n = 0; n == 0U || n < c->times; n++)
			passed = fit_case_run(c, n) && passed;
		if (!passed)
			log_error("case %s: %s: %s", c->name, fit_why.node, fit_why.rule);
		good += passed ? 1U : 0U;
	}
	log_info("fit: %u cases", good);
	return check("every case comes out as it must", good == fit_case_count);
}

static int fit_test(void)
{
	bool good = cases();

	good &= check("flipped payloads are refused", fit_payload_flips(1));
	good &= check("images that were cut off are refused", fit_cuts());
	good &= check("flips of the tree are refused or harmless",
		      fit_flips(fit_image_p256, &fit_key, 5, CONFIG_FIT_FLIP_STRIDE, accepted));
	log_info("fit: %u flips of what is not signed", harmless);
	firmware_sim_exit(good ? 0U : 1U);
	return 0;
}
UNIT_DEFINE(fit_test, 9, 90, fit_test);
