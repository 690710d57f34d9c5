// SPDX-License-Identifier: Apache-2.0
/* "exception:<name>" takes it on CPU 0, "exception:<name>@1" on CPU 1. */
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/run.h>
#include <bulkhead/lib/string.h>

#include "exceptions.h"
#include "selftest.h"

static void (*chosen)(void);

static bool choose(const char *name, size_t len)
{
	for (u32 i = 0; i < fault_count; i++)
		if (strlen(faults[i].name) == len && strncmp(faults[i].name, name, len) == 0)
			chosen = faults[i].take;
	return chosen != NULL;
}

static void take_chosen(void)
{
	chosen();
	log_error("selftest: no exception was taken");
}

int selftest_exception(const char *what)
{
	const char *at = strchr(what, '@');

	selftest_check(choose(what, (at != NULL) ? (size_t)(at - what) : strlen(what)));
	if (at != NULL) {
		irq_handler_set(IRQ_KICK, take_chosen);
		irqchip()->send(1, IRQ_KICK);
		cpu_idle();
	}
	take_chosen();
	return 1;
}
