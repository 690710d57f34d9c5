// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/run.h>

void run_end(bool failed __unused)
{
	log_drain();
	firmware_off();
}

void run_idle(void)
{
	run_end(false);
	firmware_off();
}
