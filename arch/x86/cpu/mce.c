// SPDX-License-Identifier: Apache-2.0
/* What the CPU recorded when it took a machine check. */
#include <asm/mce.h>
#include <asm/msr.h>

struct mce_finding mce_take(void)
{
	struct mce_record r = {
		.cap = rdmsr(IA32_MCG_CAP),
		.status = rdmsr(IA32_MCG_STATUS),
	};

	r.banks = (u32)(r.cap & MCG_CAP_COUNT);
	if (r.banks > MCE_BANKS_MAX)
		return (struct mce_finding){ MCE_MACHINE, "more banks than Bulkhead looks at",
					     MCE_BANKS_MAX, 0 };
	for (u32 i = 0; i < r.banks; i++) {
		r.bank[i] = rdmsr(IA32_MC_STATUS(i));
		wrmsr(IA32_MC_STATUS(i), 0);
	}
	/* A second machine check while MCIP is set would shut the CPU down. */
	wrmsr(IA32_MCG_STATUS, 0);
	return mce_judge(&r);
}
