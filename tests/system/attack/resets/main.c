// SPDX-License-Identifier: Apache-2.0
/* Resets itself as soon as it runs. */
#include "../../../guest/guest.h"

#define PSCI_SYSTEM_RESET 0x84000009U

void guest_main(uintptr_t info)
{
	(void)info;
	(void)guest_hypercall(PSCI_SYSTEM_RESET, 0, 0, 0, 0);
}
