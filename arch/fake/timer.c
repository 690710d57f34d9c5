// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/lib/error.h>

#include "fake.h"

#define DEFAULT_HZ 1000000U

/* Atomic throughout: every CPU's thread reads the clock. */
static u64 ticks;
static u64 tick_step;
static u64 found_hz;
static u64 hz;
static u64 alarms[CONFIG_MAX_CPUS]; /* 0: not armed */

void fake_timer_reset(void)
{
	fake_time_set(0);
	fake_tick_step_set(1);
	fake_hz_set(DEFAULT_HZ);
	for (u32 i = 0; i < CONFIG_MAX_CPUS; i++)
		__atomic_store_n(&alarms[i], 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&hz, DEFAULT_HZ, __ATOMIC_SEQ_CST);
}

void fake_time_set(u64 now)
{
	__atomic_store_n(&ticks, now, __ATOMIC_SEQ_CST);
}

void fake_tick_step_set(u64 step)
{
	__atomic_store_n(&tick_step, step, __ATOMIC_SEQ_CST);
}

void fake_hz_set(u64 value)
{
	__atomic_store_n(&found_hz, value, __ATOMIC_SEQ_CST);
}

void fake_timer_forget(void)
{
	__atomic_store_n(&hz, 0, __ATOMIC_SEQ_CST);
}

u64 fake_timer_now(void)
{
	u64 step = __atomic_load_n(&tick_step, __ATOMIC_SEQ_CST);

	return __atomic_fetch_add(&ticks, step, __ATOMIC_SEQ_CST);
}

int timer_cpu_init(void)
{
	u64 value = __atomic_load_n(&found_hz, __ATOMIC_SEQ_CST);

	__atomic_store_n(&hz, value, __ATOMIC_SEQ_CST);
	return (value != 0U) ? 0 : BH_ENODEV;
}

u64 timer_hz(void)
{
	return __atomic_load_n(&hz, __ATOMIC_SEQ_CST);
}

const char *timer_source(void)
{
	return "fake clock";
}

void timer_arm(u64 deadline)
{
	__atomic_store_n(&alarms[this_cpu()->id], (deadline != 0U) ? deadline : 1U,
			 __ATOMIC_SEQ_CST);
}

void timer_disarm(void)
{
	__atomic_store_n(&alarms[this_cpu()->id], 0, __ATOMIC_SEQ_CST);
}

bool fake_alarm_take(u32 cpu)
{
	u64 deadline = __atomic_load_n(&alarms[cpu], __ATOMIC_SEQ_CST);

	if (deadline == 0U || fake_timer_now() < deadline)
		return false;
	__atomic_store_n(&alarms[cpu], 0, __ATOMIC_SEQ_CST);
	return true;
}
