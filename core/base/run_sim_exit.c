// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/run.h>

void run_end(bool failed)
{
	log_drain();
	firmware_sim_exit(failed ? 1U : 0U);
}

void run_idle(void)
{
	run_end(false);
	firmware_sim_exit(0);
}
