// SPDX-License-Identifier: Apache-2.0
#include "program.h"

struct vcpu_start arch_guest_start(u32 mode)
{
	return (struct vcpu_start){ .pc = GPA(GUEST_RAM), .arg = mode };
}

const struct timed arch_timed[] = { { NULL, 0 } };

/* With its MMU off the guest needs none. */
void arch_guest_tables(u8 *ram __unused)
{
}
