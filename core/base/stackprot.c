// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/base/panic.h>

uintptr_t __stack_chk_guard;

void __stack_chk_fail(void)
{
	panic("stack smashed: a function's canary changed while it ran");
}
