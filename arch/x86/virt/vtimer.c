// SPDX-License-Identifier: Apache-2.0
/*
 * The timer of a local APIC (SDM volume 3, section 11.5.4). It counts at the rate of the TSC, as
 * CPUID leaf 15h says. Pure; on the vcpu's own CPU.
 */
#include <asm/vlapic.h>

#define TIMER_PERIODIC 1U
#define TIMER_DEADLINE 2U
#define LVT_PERIODIC (1U << 17)

/*
 * A period is not kept shorter than this many ticks: below, nothing but the handler's first
 * instructions would run.
 */
#define PERIOD_MIN 4096U

static u32 mode_of(u32 lvt)
{
	return lvt >> 17 & 3U;
}

/* Divide configuration: bits 3, 1, 0; 7 divides by one. */
static u32 shift_of(const struct vlapic *a)
{
	const u32 n = (a->divide & 3U) | (a->divide >> 1 & 4U);

	return (n + 1U) & 7U;
}

static u64 period_of(const struct vlapic *a)
{
	return (u64)a->initial << shift_of(a);
}

static void set_deadline(struct virq *q, struct vlapic *a, u64 deadline)
{
	a->deadline = deadline;
	q->ops->alarm(q, a->id, deadline);
}

void vtimer_start(struct virq *q, struct vlapic *a)
{
	if (mode_of(a->lvt[LVT_TIMER]) == TIMER_DEADLINE)
		return;
	set_deadline(q, a, a->initial == 0U ? VTIMER_OFF : q->ops->now() + period_of(a));
}

void vtimer_deadline(struct virq *q, struct vlapic *a, u64 value)
{
	if (mode_of(a->lvt[LVT_TIMER]) != TIMER_DEADLINE)
		return;
	a->tsc_deadline = value;
	set_deadline(q, a, value == 0U ? VTIMER_OFF : value);
}

/* To or from TSC-deadline mode the timer is disarmed. */
void vtimer_mode(struct virq *q, struct vlapic *a, u32 old)
{
	const u32 now = mode_of(a->lvt[LVT_TIMER]);

	if ((now == TIMER_DEADLINE) == (mode_of(old) == TIMER_DEADLINE))
		return;
	a->tsc_deadline = 0;
	a->initial = 0;
	set_deadline(q, a, VTIMER_OFF);
}

u32 vtimer_current(const struct virq *q, const struct vlapic *a)
{
	const u64 now = q->ops->now();

	if (mode_of(a->lvt[LVT_TIMER]) == TIMER_DEADLINE || a->deadline == VTIMER_OFF ||
	    a->deadline <= now)
		return 0;
	return (u32)((a->deadline - now) >> shift_of(a));
}

static __noinline u64 next_period(const struct vlapic *a, u64 now)
{
	const u64 period = period_of(a);

	if (period == 0U)
		return VTIMER_OFF;
	/* What was missed is not made up for. */
	if (a->deadline + period <= now || period < PERIOD_MIN)
		return now + (period < PERIOD_MIN ? PERIOD_MIN : period);
	return a->deadline + period;
}

/* What is more than an edge that fires once. */
static __noinline u64 fire_as_told(struct vlapic *a, u64 now)
{
	const u32 lvt = a->lvt[LVT_TIMER];

	a->deadline = mode_of(lvt) == TIMER_PERIODIC ? next_period(a, now) : VTIMER_OFF;
	vlapic_local(a, LVT_TIMER);
	return a->deadline;
}

/* The timer has no delivery mode; a vector that is none is an error of the local APIC. */
u64 vtimer_look(struct vlapic *a, u64 now)
{
	const u32 lvt = a->lvt[LVT_TIMER];

	if (a->deadline > now)
		return a->deadline;
	a->tsc_deadline = 0;
	if ((lvt & (LVT_MASKED | LVT_PERIODIC)) != 0U || (lvt & 0xf0U) == 0U || !vlapic_enabled(a))
		return fire_as_told(a, now);
	a->deadline = VTIMER_OFF;
	vlapic_request(a, lvt & 0xffU);
	return VTIMER_OFF;
}
