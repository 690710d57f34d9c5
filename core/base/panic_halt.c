// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/cpu.h>

#include "panic_internal.h"

void panic_end(void)
{
	cpu_halt();
}
