// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>

#include "program.h"

static int guest_trap(void)
{
	bool good = trips_test();

	good = shootdown_test() && good;
	log_info("result: %s", good ? "passed" : "failed");
	firmware_sim_exit(good ? 0U : 1U);
	return 0;
}
UNIT_DEFINE(guest_trap, 9, 90, guest_trap);
