// SPDX-License-Identifier: Apache-2.0
/* Two partitions on one CPU, whose time goes by as the test says: one tick is a microsecond. */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/lib/error.h>

#include "system.h"

#include "core/vm/alarm.c"
#include "core/vm/health.c"
#include "core/vm/partition.c"
#include "core/vm/shared.c"
#include "core/vm/slot.c"
#include "core/vm/watchdog.c"
#include "core/vm/window.c"

#define FRAME 5500U
#define A_ENDS 2000U
#define B_ENDS 5000U

void run_end(bool failed)
{
	(void)failed;
}

void lists_empty(void)
{
	memset(partitions, 0, sizeof(partitions));
	memset(slots, 0, sizeof(slots));
	memset(windows, 0, sizeof(windows));
	memset(shared_cpus, 0, sizeof(shared_cpus));
	memset(alarms, 0, sizeof(alarms));
	memset(watches, 0, sizeof(watches));
	memset(watched, 0, sizeof(watched));
	slot_shared = 0;
	mode = MODE_NORMAL;
	claimed = 0;
	partition_parts = NULL;
}

/* CPU 0 at time @t of its own making: alarms are taken, then the slot has some turns. */
static void at_time(u64 t)
{
	fake_time_set(t);
	fake_cpu = &cpus[0];
	cpu_take_irqs();
	turns(0, 6000);
}

static struct vcpu *owner(void)
{
	struct vcpu *v = NULL;

	assert_true(window_turn(&v));
	return v;
}

static struct vcpu *vcpu_a(void)
{
	return &partitions[0]->vcpu[0];
}

static struct vcpu *vcpu_b(void)
{
	return &partitions[1]->vcpu[0];
}

/* a 2,000, b 3,000, nobody 500; degraded: b alone. */
static void schedule(void)
{
	static const struct schedule_config s = {
		.name = "s",
		.cpus = BIT(0),
		.mode = { [MODE_NORMAL] = { 3,
					    { { 0, 2000 }, { 1, 3000 }, { PARTITIONS_MAX, 500 } } },
			  [MODE_DEGRADED] = { 1, { { 1, 1000 } } } },
	};

	B->cpus = BIT(0);
	config.schedule_count = 1;
	config.schedule[0] = s;
}

static void started(void)
{
	partition_part_add(&watchdog_part);
	fake_tick_step_set(0);
	(void)alarm_init();
	(void)window_init();
	(void)watchdog_alarm_init();
	assert_int_equal(system_build(&config), 2);
	for (u32 i = 0; i < 2U; i++)
		partition_ask(partitions[i], WISH_START);
	fake_time_set(10 * FRAME);
	windows_start();
	at_time(10 * FRAME);
}

/* Both run, and frame 20 begins. */
static void begun(void)
{
	started();
	at_time(10 * FRAME + A_ENDS);
	at_time(20 * FRAME);
	assert_int_equal(partitions[0]->state, PARTITION_RUNNING);
	assert_int_equal(partitions[1]->state, PARTITION_RUNNING);
}

TEST(each_is_started_in_its_own_window)
{
	schedule();
	started();
	assert_int_equal(partitions[0]->state, PARTITION_RUNNING);
	assert_int_equal(partitions[1]->state, PARTITION_OFF);
	at_time(10 * FRAME + A_ENDS);
	assert_int_equal(partitions[1]->state, PARTITION_RUNNING);
	assert_non_null(lines_find("schedule s: CPUs 0: 3 windows in 5500 us"));
}

TEST(windows_follow_each_other_over_and_over)
{
	schedule();
	begun();
	for (u64 f = 20; f < 30U; f++) {
		at_time(f * FRAME);
		assert_ptr_equal(owner(), vcpu_a());
		at_time(f * FRAME + A_ENDS - 1U);
		assert_ptr_equal(owner(), vcpu_a());
		at_time(f * FRAME + A_ENDS);
		assert_ptr_equal(owner(), vcpu_b());
		at_time(f * FRAME + B_ENDS - 1U);
		assert_ptr_equal(owner(), vcpu_b());
		at_time(f * FRAME + B_ENDS);
		assert_null(owner());
	}
}

TEST(a_window_that_was_missed_shifts_no_other)
{
	schedule();
	begun();
	at_time(23 * FRAME + A_ENDS + 10U);
	assert_ptr_equal(owner(), vcpu_b());
	at_time(23 * FRAME + B_ENDS);
	assert_null(owner());
	at_time(24 * FRAME);
	assert_ptr_equal(owner(), vcpu_a());
}

TEST(out_of_its_window_a_vcpu_is_parked_its_lines_closed_and_nobody_kicks_for_it)
{
	u64 kicks;

	schedule();
	begun();
	assert_int_equal(vcpu_a()->parked & PARK_WINDOW, 0);
	assert_int_equal(vcpu_b()->parked & PARK_WINDOW, PARK_WINDOW);
	assert_false(vcpu_a()->arch->lines_closed);
	assert_true(vcpu_b()->arch->lines_closed);
	assert_true(vcpu_a()->arch->waits_trap);
	kicks = cpus[0].kicks;
	fake_cpu = &cpus[1];
	upcall_vcpu_kick(vcpu_b()->arch);
	fake_cpu = &cpus[0];
	cpu_take_irqs();
	assert_int_equal(cpus[0].kicks, kicks);
	fake_cpu = &cpus[1];
	upcall_vcpu_kick(vcpu_a()->arch);
	fake_cpu = &cpus[0];
	cpu_take_irqs();
	assert_int_equal(cpus[0].kicks, kicks + 1U);
}

TEST(a_wish_waits_for_the_window_of_whom_it_is_about)
{
	schedule();
	begun();
	partition_ask(partitions[1], WISH_RESTART);
	at_time(20 * FRAME + 1U);
	assert_int_equal(partitions[1]->starts, 1);
	assert_int_equal(partitions[1]->state, PARTITION_RUNNING);
	at_time(20 * FRAME + A_ENDS);
	assert_int_equal(partitions[1]->starts, 2);
	assert_int_equal(partitions[0]->starts, 1);
}

TEST(the_watchdog_of_one_is_looked_at_in_its_own_window)
{
	schedule();
	A->watchdog_ms = 10;
	started();
	at_time(11 * FRAME + A_ENDS);
	/* 10,000 us after its start, in the window of the other. */
	at_time(11 * FRAME + B_ENDS - 1U);
	assert_null(partitions[0]->why);
	at_time(12 * FRAME);
	assert_int_equal(partitions[0]->state, PARTITION_FAILED);
	assert_non_null(lines_find("partition a: its watchdog ran out: halts"));
}

TEST(one_that_does_not_report_in_time_of_its_window_has_failed)
{
	u64 call[7] = { UCALL_BASE + UCALL_OP_ALIVE };

	schedule();
	A->deadline_us = 500;
	A->action[HEALTH_DEADLINE] = FAILURE_RESTART;
	A->restarts_max = 1;
	begun();
	at_time(20 * FRAME + 499U);
	(void)ucall_alive(vcpu_a(), call);
	at_time(20 * FRAME + 500U);
	assert_int_equal(partitions[0]->starts, 1);
	at_time(21 * FRAME);
	at_time(21 * FRAME + 499U);
	assert_int_equal(partitions[0]->starts, 1);
	at_time(21 * FRAME + 500U);
	assert_int_equal(partitions[0]->starts, 2);
	assert_non_null(lines_find("partition a: it missed its deadline: restarts"));
}

TEST(what_is_to_be_ignored_is_said_once_a_start)
{
	static struct lines l;
	u32 said = 0;

	lines_open(&l);
	schedule();
	A->deadline_us = 500;
	A->action[HEALTH_DEADLINE] = FAILURE_IGNORE;
	begun();
	for (u64 f = 21; f < 25U; f++) {
		at_time(f * FRAME);
		at_time(f * FRAME + 500U);
	}
	for (u32 i = 0; i < l.count && i < LINES_KEPT; i++)
		said += strstr(l.text[i], "ignored (on-deadline)") != NULL;
	assert_int_equal(said, 1);
	assert_int_equal(partitions[0]->state, PARTITION_RUNNING);
}

TEST(one_that_counts_and_fails_degrades_the_system_at_the_end_of_the_frame)
{
	struct fake_exit e = { .exit = { .class = EXIT_SHUTDOWN } };

	schedule();
	A->action[HEALTH_STOP] = FAILURE_DEGRADE;
	begun();
	vcpu_a()->arch->script = &e;
	vcpu_a()->arch->script_length = 1;
	vcpu_a()->arch->done = 0;
	at_time(20 * FRAME + 1U);
	assert_int_equal(partitions[0]->state, PARTITION_FAILED);
	assert_int_equal(system_mode(), MODE_DEGRADED);
	assert_non_null(lines_find("system test: degraded, because partition a has failed"));
	at_time(20 * FRAME + A_ENDS);
	assert_ptr_equal(owner(), vcpu_b());
	at_time(20 * FRAME + B_ENDS);
	assert_null(owner());
	for (u64 t = 21 * FRAME; t < 25U * FRAME; t += 500U) {
		at_time(t);
		assert_ptr_equal(owner(), vcpu_b());
	}
	assert_false(vcpu_b()->arch->waits_trap);
	assert_int_equal(partitions[1]->starts, 1);
}

TEST(a_degraded_system_stops_and_starts_what_its_mode_says)
{
	A->action[HEALTH_STOP] = FAILURE_RESTART;
	A->restarts_max = 1;
	A->degrade = true;
	B->not_in = BIT(MODE_DEGRADED);
	config.partition_count = 3;
	config.partition[2] = *B;
	config.partition[2].name = "c";
	config.partition[2].cpus = BIT(2);
	config.partition[2].not_in = BIT(MODE_NORMAL);
	cpu_count = 3;
	cpus[2] = (struct cpu){ .self = &cpus[2], .id = 2, .state = CPU_ONLINE };
	assert_int_equal(system_build(&config), 3);
	for (u32 i = 0; i < 2U; i++)
		partition_ask(partitions[i], WISH_START);
	settle();
	for (u32 i = 0; i < 2U; i++) {
		assert_int_equal(system_mode(), MODE_NORMAL);
		(void)partition_fail(partitions[0], HEALTH_STOP, "test");
		settle();
	}
	turns(2, 6000);
	assert_int_equal(system_mode(), MODE_DEGRADED);
	assert_int_equal(partitions[0]->state, PARTITION_FAILED);
	assert_int_equal(partitions[1]->state, PARTITION_OFF);
	assert_int_equal(partitions[2]->state, PARTITION_RUNNING);
}

#define WINDOW(name) cmocka_unit_test_setup(name, system_setup)

UNIT_TESTS(WINDOW(each_is_started_in_its_own_window),
	   WINDOW(windows_follow_each_other_over_and_over),
	   WINDOW(a_window_that_was_missed_shifts_no_other),
	   WINDOW(out_of_its_window_a_vcpu_is_parked_its_lines_closed_and_nobody_kicks_for_it),
	   WINDOW(a_wish_waits_for_the_window_of_whom_it_is_about),
	   WINDOW(the_watchdog_of_one_is_looked_at_in_its_own_window),
	   WINDOW(one_that_does_not_report_in_time_of_its_window_has_failed),
	   WINDOW(what_is_to_be_ignored_is_said_once_a_start),
	   WINDOW(one_that_counts_and_fails_degrades_the_system_at_the_end_of_the_frame),
	   WINDOW(a_degraded_system_stops_and_starts_what_its_mode_says));
