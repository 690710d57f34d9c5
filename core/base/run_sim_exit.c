// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/run.h>

void run_idle(void)
{
	log_drain();
	firmware_sim_exit(0);
}
