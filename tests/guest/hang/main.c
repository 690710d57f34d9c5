// SPDX-License-Identifier: Apache-2.0
/* Reports to its watchdog for a while, then hangs with interrupts masked. */
#include <abi/ucall.h>

#include "../guest.h"

#define REPORTS 20U
#define APART_MS 10U

static void wait_ms(u64 ms)
{
	u64 hz = 1;
	const u64 from = guest_ticks();

#ifdef __aarch64__
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
#endif
	while (guest_ticks() - from < hz / 1000U * ms) {
	}
}

void guest_main(uintptr_t info)
{
	(void)info;
	for (u32 i = 0; i < REPORTS; i++) {
		guest_check(guest_hypercall(UCALL_BASE + UCALL_OP_ALIVE, 0, 0, 0, 0) == 0U);
		wait_ms(APART_MS);
	}
	guest_printf("hang: now\n");
	for (;;) {
	}
}
