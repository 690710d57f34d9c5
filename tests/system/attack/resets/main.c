// SPDX-License-Identifier: Apache-2.0
/* Restarts whom it manages, and resets itself, as soon as it runs. */
#include <abi/ucall.h>

#include "../../../guest/guest.h"

#define PSCI_SYSTEM_RESET 0x84000009U

void guest_main(uintptr_t info)
{
	const u32 node = guest_node("bulkhead,partition", 0);
	u32 length;
	const void *handle = node != 0U ? guest_property(node, "bulkhead,handle", &length) : NULL;

	(void)info;
	if (handle != NULL)
		(void)guest_hypercall(UCALL_BASE + UCALL_OP_RESTART, guest_be32(handle, 0), 0, 0,
				      0);
	(void)guest_hypercall(PSCI_SYSTEM_RESET, 0, 0, 0, 0);
}
