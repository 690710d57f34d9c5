// SPDX-License-Identifier: Apache-2.0
/*
 * Makes a number of hypercalls and accesses to a device, says nothing, leaves its mark. Beside a
 * storm it waits, without an exit, for some turns of that every now and then.
 */
#include <abi/ucall.h>

#include "../../../guest/guest.h"

#define REGION 0x60000000U
#define GICD 0x08000000U
#define GICD_TYPER 0x4U
#define ROUNDS 3000U
#define SYSTEM_OFF 0x84000008U

void guest_main(uintptr_t info __unused)
{
	volatile u32 *gicd = (volatile u32 *)(uintptr_t)GICD;
	volatile u32 *done = (volatile u32 *)(uintptr_t)REGION;
	const char *args = guest_bootargs();
	const bool storm = args != NULL && args[0] == 's';
	u32 seen = 0;

	for (u32 i = 0; i < ROUNDS; i++) {
		const u32 turns = done[1];

		while (storm && i % 100U == 0U && done[1] - turns < 5U)
			;
		(void)guest_hypercall(UCALL_BASE + UCALL_OP_FEATURES, 0, 0, 0, 0);
		seen |= gicd[GICD_TYPER / 4U];
	}
	*done = seen | 1U;
	(void)guest_hypercall(SYSTEM_OFF, 0, 0, 0, 0);
}
