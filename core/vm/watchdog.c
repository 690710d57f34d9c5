// SPDX-License-Identifier: Apache-2.0
/*
 * A partition with `watchdog-ms` must say so often that it works, or it has failed. Its lead CPU's
 * alarm looks: it is taken whatever the guest masks.
 */
#include <abi/ucall.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/vm/partition.h>

#define MS_PER_SECOND 1000U

static struct watch {
	const struct partition *p;
	u64 alive; /* when it last said so; atomic */
} watches[PARTITIONS_MAX];

/* By lead CPU; written at boot. */
static struct watch *watched[CONFIG_MAX_CPUS];

static u64 limit(const struct partition *p)
{
	return timer_hz() / MS_PER_SECOND * p->config->watchdog_ms;
}

static void alive(struct watch *w)
{
	__atomic_store_n(&w->alive, timer_now(), __ATOMIC_RELAXED);
}

static void look(void)
{
	struct watch *w = watched[this_cpu()->id];
	u64 since;

	if (w == NULL || __atomic_load_n(&w->p->state, __ATOMIC_ACQUIRE) != PARTITION_RUNNING)
		return;
	since = __atomic_load_n(&w->alive, __ATOMIC_RELAXED);
	if (timer_now() - since >= limit(w->p))
		partition_fail(partitions[w->p->id], "its watchdog ran out");
	else
		timer_arm(since + limit(w->p));
}

static int watch_build(struct partition *p)
{
	struct watch *w = &watches[p->id];

	if (p->config->watchdog_ms == 0U)
		return 0;
	w->p = p;
	watched[p->vcpu[0].cpu] = w;
	return 0;
}

/* On the lead CPU, just before its guest runs. */
static void watch_reset(struct partition *p)
{
	struct watch *w = &watches[p->id];

	if (w->p == NULL)
		return;
	alive(w);
	timer_arm(timer_now() + limit(p));
}

/* Without a watchdog it is no error: a guest need not know whether it has one. */
static enum trap_result ucall_alive(struct vcpu *v, u64 *call)
{
	alive(&watches[v->partition]);
	call[0] = (u64)UCALL_OK;
	return TRAP_RESUME;
}

static struct partition_part watchdog_part = { .name = "watchdog",
					       .build = watch_build,
					       .reset = watch_reset };

static int watchdog_init(void)
{
	partition_part_add(&watchdog_part);
	hypercall_add(UCALL_OP_ALIVE, ucall_alive);
	return 0;
}
UNIT_DEFINE(watchdog, 8, 14, watchdog_init);

/* Before other CPUs start: none of them may take an alarm without a handler. */
static int watchdog_alarm_init(void)
{
	irq_handler_set(IRQ_TIMER, look);
	return 0;
}
UNIT_DEFINE(watchdog_alarm, 4, 15, watchdog_alarm_init);
