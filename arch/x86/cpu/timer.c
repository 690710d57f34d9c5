// SPDX-License-Identifier: Apache-2.0
/*
 * Time is the TSC. The alarm is the local APIC's: TSC-deadline mode where the CPU has it, else
 * one-shot, armed again as often as the deadline is farther away than 32 bits count.
 */
#include <asm/features.h>
#include <asm/lapic.h>
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "clock.h"

#define ALARM_OFF (~0ULL)

static struct clocks clocks = { .source = "none" };
static struct alarms {
	u64 own;
	u64 guest; /* for the guest that runs there: */
	void *who;
	u64 armed; /* what the hardware is armed for */
} alarms[CONFIG_MAX_CPUS];

static u64 (*guest_fn)(void *who, u64 now);

static inline struct alarms *alarms_here(void)
{
	return &alarms[this_cpu()->id];
}

int timer_calibrate(void)
{
	return clocks_measure(&clocks);
}

int timer_cpu_init(void)
{
	*alarms_here() = (struct alarms){ ALARM_OFF, ALARM_OFF, NULL, ALARM_OFF };
	if (clocks.tsc_hz == 0U || clocks.apic_hz == 0U) {
		log_error("timer: TSC at %llu Hz, APIC timer at %llu Hz: expected both above 0",
			  (unsigned long long)clocks.tsc_hz, (unsigned long long)clocks.apic_hz);
		return trace_error(BH_ENODEV);
	}
	if (feature(FEAT_TSC_DEADLINE)) {
		lapic_write(APIC_LVT_TIMER, APIC_LVT_TSC_DEADLINE | VEC_TIMER);
		/* SDM volume 3, section 11.5.4.1: the mode first, then deadlines. */
		__asm__ volatile("mfence" ::: "memory");
		return 0;
	}
	lapic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
	lapic_write(APIC_LVT_TIMER, VEC_TIMER);
	return 0;
}

u64 timer_hz(void)
{
	return clocks.tsc_hz;
}

const char *timer_source(void)
{
	return clocks.source;
}

/* APIC ticks that @ticks of the TSC take, rounded up, at most what the register holds. */
static u32 one_shot_count(u64 ticks)
{
	u64 second = ticks / clocks.tsc_hz;
	u64 rest = ticks % clocks.tsc_hz;
	u64 count;

	if (second >= 0xffffffffU / clocks.apic_hz)
		return 0xffffffffU;
	count = second * clocks.apic_hz + rest * clocks.apic_hz / clocks.tsc_hz + 1U;
	return count > 0xffffffffU ? 0xffffffffU : (u32)count;
}

static void set(u64 deadline)
{
	u64 now;

	if (feature(FEAT_TSC_DEADLINE)) {
		wrmsr(IA32_TSC_DEADLINE, deadline != 0U ? deadline : 1U);
		return;
	}
	now = timer_now();
	lapic_write(APIC_TIMER_INITIAL, deadline > now ? one_shot_count(deadline - now) : 1U);
}

static void clear(void)
{
	if (feature(FEAT_TSC_DEADLINE))
		wrmsr(IA32_TSC_DEADLINE, 0);
	else
		lapic_write(APIC_TIMER_INITIAL, 0);
}

static __noinline void program(struct alarms *a, u64 next)
{
	a->armed = next;
	if (next == ALARM_OFF)
		clear();
	else
		set(next);
}

/* The earlier of the two. */
static inline void arm(struct alarms *a)
{
	const u64 next = a->own < a->guest ? a->own : a->guest;

	if (next != a->armed)
		program(a, next);
}

void timer_arm(u64 deadline)
{
	struct alarms *a = alarms_here();

	a->own = deadline;
	arm(a);
}

void timer_disarm(void)
{
	timer_arm(ALARM_OFF);
}

void timer_guest_set(u64 (*fn)(void *who, u64 now))
{
	guest_fn = fn;
}

void timer_guest_arm(void *who, u64 deadline)
{
	struct alarms *a = alarms_here();

	a->who = who;
	if (a->guest == deadline)
		return;
	a->guest = deadline;
	arm(a);
}

static __noinline bool own_expired(struct alarms *a, u64 now)
{
	a->own = ALARM_OFF;
	if (a->guest <= now)
		a->guest = guest_fn(a->who, now);
	arm(a);
	return true;
}

bool timer_expired(void)
{
	struct alarms *a = alarms_here();
	const u64 now = timer_now();

	a->armed = ALARM_OFF;
	if (a->own <= now)
		return own_expired(a, now);
	if (a->guest <= now)
		a->guest = guest_fn(a->who, now);
	arm(a);
	return false;
}

void delay_us(u32 us)
{
	u64 ticks = clocks.tsc_hz / 1000000U * us;
	u64 start = timer_now();

	while (timer_now() - start < ticks)
		cpu_relax();
}
