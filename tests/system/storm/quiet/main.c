// SPDX-License-Identifier: Apache-2.0
/* Counts, and never leaves its CPU: whatever Bulkhead executes there is not its own doing. */
#include "../../../guest/guest.h"
#include "../storm.h"

void guest_main(uintptr_t info)
{
	u64 base, size;

	(void)info;
	guest_check(guest_reg(guest_node("bulkhead,channel", 0), 0, &base, &size));
	for (u64 n = 1;; n++)
		*(volatile u64 *)(uintptr_t)(base + COUNTER_OFFSET) = n;
}
