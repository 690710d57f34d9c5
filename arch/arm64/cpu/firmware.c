// SPDX-License-Identifier: Apache-2.0
#include <asm/psci.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>

/* SMC Calling Convention (Arm DEN 0028): x0..x17 may come back changed, x18 and up are kept. */
void smc_call(u64 x[7])
{
	register u64 x0 __asm__("x0");
	register u64 x1 __asm__("x1");
	register u64 x2 __asm__("x2");
	register u64 x3 __asm__("x3");
	register u64 x4 __asm__("x4");
	register u64 x5 __asm__("x5");
	register u64 x6 __asm__("x6");

	x0 = x[0];
	x1 = x[1];
	x2 = x[2];
	x3 = x[3];
	x4 = x[4];
	x5 = x[5];
	x6 = x[6];
	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6)
			 :
			 : "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
			   "memory");
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
}

s64 psci_call(u32 function, u64 a, u64 b, u64 c)
{
	u64 x[7] = { function, a, b, c };

	smc_call(x);
	return (s64)x[0];
}

void firmware_reset(void)
{
	if (machine.power.psci == PSCI_SMC) {
		psci_call(PSCI_SYSTEM_RESET2, PSCI_RESET2_WARM, 0, 0);
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	}
	log_error("reset: no firmware that can do it (PSCI by SMC): halted");
	cpu_halt();
}

void firmware_off(void)
{
	if (machine.power.psci == PSCI_SMC)
		psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	log_error("power off: no firmware that can do it (PSCI by SMC): halted");
	cpu_halt();
}
