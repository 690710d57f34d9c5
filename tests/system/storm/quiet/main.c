// SPDX-License-Identifier: Apache-2.0
/* Counts, and never leaves its CPU: whatever Bulkhead executes there is not its own doing. */
#include <abi/ucall.h>

#include "../../../guest/guest.h"
#include "../storm.h"

void guest_main(uintptr_t info)
{
	struct guest_channel seen;

	(void)info;
	guest_check(guest_channel_find(0, &seen));
	/* From its end on no instruction of Bulkhead is due here. */
	(void)guest_hypercall(UCALL_BASE + UCALL_OP_FEATURES, 0, 0, 0, 0);
	for (u64 n = 1;; n++)
		*(volatile u64 *)(uintptr_t)(seen.base + COUNTER_OFFSET) = n;
}
