// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/cpu.h>
#include <bulkhead/base/run.h>

void cpu_idle(void)
{
	for (;;) {
		cpu_wait();
		cpu_take_irqs();
	}
}
