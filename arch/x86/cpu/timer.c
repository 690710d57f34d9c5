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
static u64 alarm[CONFIG_MAX_CPUS];
/* The same, for the guest that runs there. */
static u64 guest_alarm[CONFIG_MAX_CPUS];
/* What the hardware is armed for. */
static u64 armed[CONFIG_MAX_CPUS];
static u64 (*guest_fn)(u64 now);

int timer_calibrate(void)
{
	return clocks_measure(&clocks);
}

int timer_cpu_init(void)
{
	alarm[this_cpu()->id] = ALARM_OFF;
	guest_alarm[this_cpu()->id] = ALARM_OFF;
	armed[this_cpu()->id] = ALARM_OFF;
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

/* The earlier of the two. */
static void arm(void)
{
	const u32 cpu = this_cpu()->id;
	const u64 next = alarm[cpu] < guest_alarm[cpu] ? alarm[cpu] : guest_alarm[cpu];

	if (next == armed[cpu])
		return;
	armed[cpu] = next;
	if (next == ALARM_OFF)
		clear();
	else
		set(next);
}

void timer_arm(u64 deadline)
{
	alarm[this_cpu()->id] = deadline;
	arm();
}

void timer_disarm(void)
{
	alarm[this_cpu()->id] = ALARM_OFF;
	arm();
}

void timer_guest_set(u64 (*fn)(u64 now))
{
	guest_fn = fn;
}

void timer_guest_arm(u64 deadline)
{
	u64 *mine = &guest_alarm[this_cpu()->id];

	if (*mine == deadline)
		return;
	*mine = deadline;
	arm();
}

bool timer_expired(void)
{
	const u32 cpu = this_cpu()->id;
	const u64 now = timer_now();
	const bool due = alarm[cpu] <= now;

	armed[cpu] = ALARM_OFF;
	if (due)
		alarm[cpu] = ALARM_OFF;
	if (guest_alarm[cpu] <= now)
		guest_alarm[cpu] = guest_fn(now);
	arm();
	return due;
}

void delay_us(u32 us)
{
	u64 ticks = clocks.tsc_hz / 1000000U * us;
	u64 start = timer_now();

	while (timer_now() - start < ticks)
		cpu_relax();
}
