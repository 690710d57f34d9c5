// SPDX-License-Identifier: Apache-2.0
/* Semihosting for AArch64 (Arm IHI 0100): the simulator ends with a status. */
#include <asm/trap.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>

#define SYS_EXIT_EXTENDED 0x20U
#define ADP_STOPPED_APPLICATION_EXIT 0x20026U

/* What the emulator's process ends with. */
#define STATUS_PASSED 33U
#define STATUS_FAILED 35U

static void semihosting_call(u32 operation, const void *argument)
{
	register u64 x0 __asm__("x0") = operation;
	register const void *x1 __asm__("x1") = argument;

	/* Undefined where nobody listens; then the fixup goes on. */
	__asm__ volatile("1:	hlt	#0xf000\n"
			 "2:\n" EXTABLE(1b, 2b)
			 : "+r"(x0)
			 : "r"(x1)
			 : "memory");
}

void firmware_sim_exit(u32 status)
{
	const struct {
		u64 reason;
		u64 status;
	} block = { ADP_STOPPED_APPLICATION_EXIT, (status == 0U) ? STATUS_PASSED : STATUS_FAILED };

	log_drain();
	semihosting_call(SYS_EXIT_EXTENDED, &block);
	log_warn("simulation: nobody answers semihosting calls: powering off");
	firmware_off();
}
