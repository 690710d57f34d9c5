// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/vm/alarm.h>

/* When each goes off, by CPU, which alone reads and writes its entry; 0: never. */
static u64 alarms[CONFIG_MAX_CPUS][ALARMS];

static void (*handlers[ALARMS])(void);

void alarm_handler_set(enum alarm a, void (*fn)(void))
{
	handlers[a] = fn;
}

/* The hardware's one alarm is for the first of them. */
static void arm(const u64 at[ALARMS])
{
	u64 first = 0;

	for (u32 i = 0; i < ALARMS; i++) {
		if (at[i] != 0U && (first == 0U || at[i] < first))
			first = at[i];
	}
	if (first != 0U)
		timer_arm(first);
	else
		timer_disarm();
}

void alarm_set(enum alarm a, u64 at)
{
	u64 *mine = alarms[this_cpu()->id];

	if (mine[a] == at)
		return;
	mine[a] = at;
	arm(mine);
}

void alarm_hasten(enum alarm a)
{
	if (alarms[this_cpu()->id][a] == 0U)
		return;
	alarm_set(a, 0);
	handlers[a]();
}

static void look(void)
{
	u64 *mine = alarms[this_cpu()->id];
	const u64 now = timer_now();

	for (u32 i = 0; i < ALARMS; i++) {
		if (mine[i] == 0U || mine[i] > now)
			continue;
		mine[i] = 0;
		handlers[i]();
	}
	arm(mine);
}

/* Before other CPUs start: none of them may take an alarm without a handler. */
static int alarm_init(void)
{
	irq_handler_set(IRQ_TIMER, look);
	return 0;
}
UNIT_DEFINE(alarm, 4, 15, alarm_init);
