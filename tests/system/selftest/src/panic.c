// SPDX-License-Identifier: Apache-2.0
/* Panics on the CPU that is named ("0", "1"), once; after a reset it passes. */
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/base/run.h>

#include "selftest.h"

static void panic_here(void)
{
	panic("selftest: on purpose, %u", this_cpu()->id);
}

int selftest_panic(const char *what)
{
	if (log_boot_id() > 1U) {
		log_ring_show_previous();
		return 0;
	}
	if (what[0] == '1') {
		irq_handler_set(IRQ_KICK, panic_here);
		irqchip()->send(1, IRQ_KICK);
		cpu_idle();
	}
	panic_here();
	return 1;
}
