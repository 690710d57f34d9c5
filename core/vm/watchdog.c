// SPDX-License-Identifier: Apache-2.0
/*
 * A partition with `watchdog-ms` must say so often that it works, one with `deadline-us` so soon
 * after the start of each of its windows. Its lead CPU's alarms look: they are taken whatever the
 * guest masks, and on a CPU that is shared in the partition's own windows only.
 */
#include <abi/ucall.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/vm/alarm.h>
#include <bulkhead/vm/state_hash.h>

#include "partition_internal.h"

#define MS_PER_SECOND 1000U
#define US_PER_SECOND 1000000U

static struct watch {
	const struct partition *p; /* NULL: it need not report */
	u64 window;                /* when its window began */
	u64 alive;                 /* when it last said so; atomic */
} watches[PARTITIONS_MAX];

/* When it last said so, a start says for it. */
const struct state_field watch_fields[] = {
	STATE_FIELD(struct watch, p, BOOT),
	STATE_FIELD(struct watch, window, KEPT),
	STATE_FIELD(struct watch, alive, KEPT),
};

const u32 watch_field_count = ARRAY_SIZE(watch_fields);

/* By lead CPU: whose time it is there. */
static struct watch *watched[CONFIG_MAX_CPUS];

static u64 limit(const struct partition *p)
{
	return timer_hz() / MS_PER_SECOND * p->config->watchdog_ms;
}

static void alive(struct watch *w)
{
	__atomic_store_n(&w->alive, timer_now(), __ATOMIC_RELAXED);
}

static u64 last(const struct watch *w)
{
	return __atomic_load_n(&w->alive, __ATOMIC_RELAXED);
}

/* The partition of this CPU that runs and must report; NULL: there is none. */
static struct watch *running(void)
{
	struct watch *w = watched[this_cpu()->id];

	if (w == NULL || w->p == NULL ||
	    __atomic_load_n(&w->p->state, __ATOMIC_ACQUIRE) != PARTITION_RUNNING)
		return NULL;
	return w;
}

/* After it failed, or would have, the next look is a whole limit away. */
static void watchdog_look(void)
{
	struct watch *w = running();

	if (w == NULL || w->p->config->watchdog_ms == 0U)
		return;
	if (timer_now() - last(w) < limit(w->p)) {
		alarm_set(ALARM_WATCHDOG, last(w) + limit(w->p));
		return;
	}
	if (!partition_fail(partitions[w->p->id], HEALTH_WATCHDOG, "its watchdog ran out"))
		alarm_set(ALARM_WATCHDOG, timer_now() + limit(w->p));
}

static void deadline_look(void)
{
	struct watch *w = running();

	if (w != NULL && last(w) < w->window)
		(void)partition_fail(partitions[w->p->id], HEALTH_DEADLINE,
				     "it missed its deadline");
}

void watch_window(const struct vcpu *v, u64 begin)
{
	struct watch *w = &watches[v->partition];
	u32 us;

	watched[this_cpu()->id] = w;
	w->window = begin;
	if (running() == NULL)
		return;
	us = w->p->config->deadline_us;
	if (us != 0U)
		alarm_set(ALARM_DEADLINE, begin + timer_hz() * us / US_PER_SECOND);
	watchdog_look();
}

static int watch_build(struct partition *p)
{
	struct watch *w = &watches[p->id];

	if (p->config->watchdog_ms == 0U && p->config->deadline_us == 0U)
		return 0;
	w->p = p;
	watched[p->vcpu[0].cpu] = w;
	state_hash_add(p->id, STATE_UNIT("watchdog", w, watch_fields, watch_field_count));
	return 0;
}

/* On the lead CPU, just before its guest runs. */
static void watch_reset(struct partition *p)
{
	struct watch *w = &watches[p->id];

	if (w->p == NULL)
		return;
	alive(w);
	if (p->config->watchdog_ms != 0U)
		alarm_set(ALARM_WATCHDOG, timer_now() + limit(p));
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

static int watchdog_alarm_init(void)
{
	alarm_handler_set(ALARM_WATCHDOG, watchdog_look);
	alarm_handler_set(ALARM_DEADLINE, deadline_look);
	return 0;
}
UNIT_DEFINE(watchdog_alarm, 4, 16, watchdog_alarm_init);
