// SPDX-License-Identifier: Apache-2.0
#include "../../../guest/guest_arch.h"
#include "attack.h"

#define CPACR_FPEN (3UL << 20)

volatile struct taken taken;

/* A fetch from nowhere goes back to its caller, anything else on behind the instruction. */
void guest_exception(struct guest_frame *frame, u32 vector)
{
	const u64 lr = frame->x[30];

	if (guest_arch_interrupt(vector))
		return;
	taken.count++;
	taken.esr = frame->esr;
	taken.far = frame->far;
	if (vector != GUEST_VECTOR_SYNC) {
		guest_printf("vector %u at 0x%llx\n", vector, (unsigned long long)frame->pc);
		guest_exit(1);
	}
	if (debug_exception(frame))
		return;
	frame->pc = EC(frame->esr) == EC_FETCH ? lr : frame->pc + 4U;
}

void guest_main(uintptr_t info)
{
	(void)info;
	__asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(CPACR_FPEN));
	access_forms();
	sysreg_sweep();
	walks_run();
	debug_run();
#ifndef GUEST_BARE
	fetches();
	gic_sweep();
	probes_run();
#endif
	guest_exit(0);
}
