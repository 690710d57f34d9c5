// SPDX-License-Identifier: Apache-2.0
/*
 * Does everything a guest can do to keep Bulkhead busy, over and over, until the other one has left
 * its mark in the region they share: hypercalls, registers of the interrupt controller, faults,
 * lines of its console, bells nobody has given it, SGIs.
 */
#include <abi/ucall.h>

#include "../../../guest/guest.h"

#define REGION 0x60000000U
#define NOWHERE 0x20000000U
#define GICD 0x08000000U
#define GICD_ISENABLER1 0x104U

static u32 faults;

/* Steps over what nobody answers. */
void guest_exception(struct guest_frame *frame, u32 vector)
{
	if (vector == GUEST_VECTOR_SYNC)
		frame->pc += 4U;
	faults++;
}

void guest_main(uintptr_t info __unused)
{
	/* VERSION, AFFINITY_INFO, FEATURES, none, TRNG_RND, SMCCC_VERSION, none of SMC64. */
	static const u32 calls[] = { 0x84000000U, 0x84000004U, 0x8400000aU, 0x8400001fU,
				     0x84000053U, 0x80000000U, 0xc40000ffU };
	volatile u32 *nowhere = (volatile u32 *)(uintptr_t)NOWHERE;
	volatile u32 *gicd = (volatile u32 *)(uintptr_t)GICD;
	volatile u32 *done = (volatile u32 *)(uintptr_t)REGION;
	u32 turns = 0;

	for (; done[0] == 0U; turns++) {
		done[1] = turns;
		(void)guest_hypercall(UCALL_BASE + turns % 64U, turns, turns, turns, turns);
		(void)guest_hypercall(calls[turns % ARRAY_SIZE(calls)], ~0ULL, 0, 0, 0);
		gicd[GICD_ISENABLER1 / 4U] = turns;
		*nowhere = turns;
		if (turns % 16U == 0U)
			guest_printf("storm: turn %u\n", turns);
	}
	guest_check(faults != 0U);
	guest_printf("storm: %s\n", turns > 100U ? "raged" : "was too short");
	guest_exit(0);
}
