// SPDX-License-Identifier: Apache-2.0
/* Semihosting for AArch64 (Arm IHI 0100): the simulator ends with a status. */
#include <asm/trap.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>

#define SYS_EXIT_EXTENDED 0x20U
#define ADP_STOPPED_APPLICATION_EXIT 0x20026U

void firmware_sim_exit(u32 status)
{
	const struct {
		u64 reason;
		u64 status;
	} block = { ADP_STOPPED_APPLICATION_EXIT, status };
	register u64 x0 __asm__("x0") = SYS_EXIT_EXTENDED;
	register const void *x1 __asm__("x1") = &block;

	log_drain();
	/* Undefined where nobody listens; then the fixup goes on. */
	__asm__ volatile("1:	hlt	#0xf000\n"
			 "2:\n" EXTABLE(1b, 2b)
			 : "+r"(x0)
			 : "r"(x1)
			 : "memory");
	log_warn("simulation: nobody answers semihosting calls: powering off");
	firmware_off();
}
