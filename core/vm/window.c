// SPDX-License-Identifier: Apache-2.0
/*
 * Fixed cyclic windows: on a CPU that partitions share, a major frame is divided into windows, each
 * of one partition or of nobody, over and over (docs/partitions.md). A window ends by an alarm that
 * no guest can mask. What a window leaves unused is nobody's.
 *
 * A vcpu out of its window is parked (PARK_WINDOW), its interrupt lines are closed, and nobody
 * kicks its CPU for it: whatever is wanted of it is found when its window begins.
 */
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/vm/alarm.h>

#include "partition_internal.h"

#define US_PER_SECOND 1000000U

/* The windows of one CPU, which alone writes its entry once partitions run. */
static struct windows {
	const struct schedule_config *config;        /* NULL: the CPU is not shared */
	struct vcpu *tenant[PARTITIONS_MAX];         /* by partition; NULL: has no vcpu here */
	u64 end[SYSTEM_MODES][SCHEDULE_WINDOWS_MAX]; /* ticks from the start of the frame */
	u64 frame;                                   /* when it began */
	u32 mode;                                    /* enum system_mode */
	u32 at;                                      /* window */
	bool over;
	struct vcpu *now; /* whose window it is; NULL: nobody's */
} shared_cpus[CONFIG_MAX_CPUS];

/* When the first frame began: the same for all CPUs, so that theirs stay in step. */
static u64 epoch;

/* A schedule without windows of their own for a mode keeps the normal ones. */
static u32 list_of(const struct windows *w)
{
	return w->config->mode[w->mode].count != 0U ? w->mode : (u32)MODE_NORMAL;
}

/* ---- boot ---- */

static void ends_count(struct windows *w)
{
	const u64 hz = timer_hz();

	for (u32 m = 0; m < SYSTEM_MODES; m++) {
		const struct window_list *l = &w->config->mode[m];
		u64 us = 0;

		for (u32 i = 0; i < l->count; i++) {
			us += l->window[i].us;
			w->end[m][i] = us * hz / US_PER_SECOND;
		}
	}
}

void window_tenant_add(const struct schedule_config *s, struct vcpu *v)
{
	struct windows *w = &shared_cpus[v->cpu];

	BUG_ON(w->tenant[v->partition] != NULL);
	if (w->config == NULL) {
		w->config = s;
		w->over = true;
		ends_count(w);
	}
	w->tenant[v->partition] = v;
	v->shared = true;
	v->parked |= PARK_WINDOW;
	virq_lines(v->arch, false);
}

void windows_start(void)
{
	epoch = timer_now();
}

/* ---- from window to window ---- */

/* A wait of the guest is worth an exit only where somebody else may have the time. */
static void waits_trap(const struct windows *w)
{
	const struct window_list *l = &w->config->mode[list_of(w)];
	u64 set = 0;

	for (u32 i = 0; i < l->count; i++)
		set |= l->window[i].partition < PARTITIONS_MAX ? BIT(l->window[i].partition) : 0U;
	for (u32 i = 0; i < PARTITIONS_MAX; i++) {
		if (w->tenant[i] != NULL)
			vcpu_trap_waits(w->tenant[i]->arch, (set & (set - 1U)) != 0U);
	}
}

/* Finds its place in the frame by division: at first, and when more than a window was missed. */
static void locate(struct windows *w, u64 now)
{
	const u32 list = list_of(w);
	const u32 last = w->config->mode[list].count - 1U;

	w->frame = now - (now - epoch) % w->end[list][last];
	w->at = 0;
	while (w->at < last && now - w->frame >= w->end[list][w->at])
		w->at++;
}

/* A change of mode waits for the end of a frame: no window is cut short. */
static void advance(struct windows *w, u64 now)
{
	u32 list = list_of(w);

	w->at++;
	if (w->at >= w->config->mode[list].count) {
		w->frame += w->end[list][w->config->mode[list].count - 1U];
		w->at = 0;
		if (w->mode != (u32)system_mode()) {
			w->mode = (u32)system_mode();
			list = list_of(w);
			waits_trap(w);
		}
	}
	if (now - w->frame >= w->end[list][w->at])
		locate(w, now);
}

static void leave(struct windows *w)
{
	if (w->now == NULL)
		return;
	alarm_set(ALARM_DEADLINE, 0);
	alarm_set(ALARM_WATCHDOG, 0);
	alarm_hasten(ALARM_BELL);
	virq_lines(w->now->arch, false);
}

static void enter(struct windows *w)
{
	const u32 list = list_of(w);
	const u32 id = w->config->mode[list].window[w->at].partition;
	struct vcpu *v = id < PARTITIONS_MAX ? w->tenant[id] : NULL;

	w->now = v;
	w->over = false;
	alarm_set(ALARM_WINDOW, w->frame + w->end[list][w->at]);
	if (v == NULL)
		return;
	virq_lines(v->arch, true);
	__atomic_fetch_and(&v->parked, ~PARK_WINDOW, __ATOMIC_SEQ_CST);
	if (v->id == 0U)
		watch_window(v, w->frame + (w->at != 0U ? w->end[list][w->at - 1U] : 0U));
}

bool window_turn(struct vcpu **v)
{
	struct windows *w = &shared_cpus[this_cpu()->id];
	const u64 now = timer_now();

	if (w->config == NULL)
		return false;
	if (w->over) {
		leave(w);
		if (w->frame == 0U) {
			locate(w, now);
			waits_trap(w);
		} else {
			advance(w, now);
		}
		enter(w);
	}
	*v = w->now;
	return true;
}

/* In the middle of whatever the CPU does: the guest leaves, and the slot's next turn goes on. */
static void window_over(void)
{
	struct windows *w = &shared_cpus[this_cpu()->id];

	w->over = true;
	if (w->now != NULL)
		__atomic_fetch_or(&w->now->parked, PARK_WINDOW, __ATOMIC_SEQ_CST);
}

static int window_init(void)
{
	alarm_handler_set(ALARM_WINDOW, window_over);
	return 0;
}
UNIT_DEFINE(window, 4, 16, window_init);
