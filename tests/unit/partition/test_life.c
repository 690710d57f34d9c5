// SPDX-License-Identifier: Apache-2.0
/* Start, stop, restart and failure of partitions, one turn of a slot after the other. */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/vm/alarm.h>

#include <libfdt.h>

#include <state_check.h>

#include "system.h"

#include "core/vm/partition.c"
#include "core/vm/shared.c"
#include "core/vm/slot.c"
#include "core/vm/watchdog.c"

static u32 ends;
static bool ended_failed;

static void life_nothing(void)
{
}

void run_end(bool failed)
{
	ends++;
	ended_failed = failed;
}

void lists_empty(void)
{
	memset(partitions, 0, sizeof(partitions));
	memset(slots, 0, sizeof(slots));
	memset(windows, 0, sizeof(windows));
	claimed = 0;
	partition_parts = NULL;
	ends = 0;
}

static struct partition *built(void)
{
	assert_int_equal(system_build(&config), config.partition_count);
	return partitions[0];
}

static void start(void)
{
	for (u32 i = 0; i < config.partition_count; i++)
		partition_ask(partitions[i], WISH_START);
	settle();
}

static void expect_state(const struct partition *p, enum partition_state s)
{
	assert_string_equal(partition_state_name(p->state), partition_state_name(s));
}

static bool only(const u8 *from, u64 size, u8 value)
{
	u64 i = 0;

	while (i < size && from[i] == value)
		i++;
	return i == size;
}

TEST(a_start_scrubs_memory_and_loads_payload_and_description)
{
	struct partition *p = built();
	const u8 *m = p->window[0];

	start();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(fdt_check_header(m), 0);
	assert_true(only(m + p->plan.description_size, MIB(2) - p->plan.description_size, 0));
	for (u64 i = 0; i < PAYLOAD_SIZE; i++)
		assert_int_equal(m[MIB(2) + i], payload_byte(i));
	assert_true(only(m + MIB(2) + PAYLOAD_SIZE, MIB(2) - PAYLOAD_SIZE, 0));
	assert_int_equal(p->vcpu[0].arch->pc, LOAD);
	assert_int_equal(p->vcpu[0].arch->reg[0], RAM);
	assert_int_equal(fake_virq(p->virq)->resets, 1);
	assert_non_null(lines_find("partition a: runs"));
}

TEST(a_step_is_short)
{
	struct partition *p = built();
	u32 steps = 0;

	partition_ask(p, WISH_START);
	while (p->state != PARTITION_RUNNING && steps < 10000U) {
		turns(0, 1);
		steps++;
	}
	/* A page each of RAM and of cleaning, and the payload's own steps. */
	assert_true(steps > MIB(4) / PAGE_SIZE + PAYLOAD_SIZE / 1000U);
}

TEST(a_restart_begins_as_the_first_start_did)
{
	struct partition *p = built();
	static u8 first[MIB(4)];

	start();
	memcpy(first, p->window[0], sizeof(first));
	memset(p->window[0], 0x5a, MIB(4));
	p->vcpu[0].arch->pc = 0x1234;
	p->vcpu[0].mmio_progress = (struct mmio_progress){ .pc = LOAD, .count = 2, .done = 1 };
	partition_ask(p, WISH_RESTART);
	settle();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(p->starts, 2);
	assert_memory_equal(first, p->window[0], sizeof(first));
	assert_int_equal(p->vcpu[0].arch->pc, LOAD);
	assert_int_equal(p->vcpu[0].mmio_progress.done, 0);
	assert_int_equal(fake_virq(p->virq)->resets, 2);
	assert_int_equal(partitions[1]->starts, 1);
}

TEST(two_that_restart_at_once_do_not_meet)
{
	static u8 first[2][MIB(4)];
	u32 steps = 0;

	(void)built();
	start();
	for (u32 i = 0; i < 2U; i++) {
		memcpy(first[i], partitions[i]->window[0], MIB(4));
		memset(partitions[i]->window[0], 0x5a, MIB(4));
		partition_ask(partitions[i], WISH_RESTART);
	}
	while ((partitions[0]->starts != 2U || partitions[1]->starts != 2U) && steps < 20000U) {
		turns(steps & 1U, 1);
		steps++;
	}
	for (u32 i = 0; i < 2U; i++) {
		expect_state(partitions[i], PARTITION_RUNNING);
		assert_int_equal(partitions[i]->starts, 2);
		assert_memory_equal(first[i], partitions[i]->window[0], MIB(4));
	}
}

TEST(a_warm_reset_keeps_memory_that_no_payload_covers)
{
	struct partition *p = built();

	start();
	memset(p->window[0], 0x5a, MIB(4));
	partition_ask(p, WISH_RESET_WARM);
	settle();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(p->starts, 2);
	assert_int_equal(p->window[0][MIB(2)], payload_byte(0));
	assert_true(only(p->window[0] + MIB(3), MIB(1), 0x5a));
	partition_ask(p, WISH_RESTART);
	settle();
	assert_true(only(p->window[0] + MIB(3), MIB(1), 0));
}

TEST(a_partition_that_is_stopped_does_not_run_until_it_is_started)
{
	struct partition *p = built();

	start();
	partition_ask(p, WISH_STOP);
	settle();
	expect_state(p, PARTITION_OFF);
	fake_cpu = &cpus[0];
	assert_false(slot_turn());
	expect_state(partitions[1], PARTITION_RUNNING);
	assert_int_equal(ends, 0);
	partition_ask(p, WISH_START);
	settle();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(p->starts, 2);
}

TEST(a_wish_that_is_so_already_changes_nothing)
{
	struct partition *p = built();

	partition_ask(p, WISH_STOP);
	settle();
	expect_state(p, PARTITION_OFF);
	start();
	partition_ask(p, WISH_START);
	settle();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(p->starts, 1);
}

TEST(one_that_comes_after_another_waits_for_it)
{
	struct partition *a;

	A->after = BIT(1);
	a = built();
	partition_ask(a, WISH_START);
	partition_ask(partitions[1], WISH_START);
	turns(0, 10000);
	expect_state(a, PARTITION_STARTING);
	assert_int_equal(payload_copies, 0);
	settle();
	expect_state(a, PARTITION_RUNNING);
}

/* The guest of the lead vcpu does this once. */
static void guest_does(struct partition *p, struct fake_exit *e)
{
	struct vcpu_arch *arch = p->vcpu[0].arch;

	arch->script = e;
	arch->script_length = 1;
	arch->done = 0;
	turns(p->vcpu[0].cpu, 1);
}

static struct fake_exit shutdown_exit(void)
{
	return (struct fake_exit){ .exit = { .class = EXIT_SHUTDOWN } };
}

static struct partition *two_vcpus(void)
{
	config.partition_count = 1;
	A->cpus = 3;
	A->vcpu_count = 2;
	return built();
}

TEST(a_failure_is_followed_by_restarts_up_to_the_budget_then_by_a_halt)
{
	struct partition *p;

	A->action[HEALTH_STOP] = FAILURE_RESTART;
	A->restarts_max = 2;
	p = built();
	start();
	for (u32 i = 0; i < 3U; i++) {
		struct fake_exit e = shutdown_exit();

		expect_state(p, PARTITION_RUNNING);
		assert_int_equal(p->starts, i + 1U);
		guest_does(p, &e);
		settle();
	}
	expect_state(p, PARTITION_FAILED);
	assert_int_equal(p->starts, 3);
	assert_non_null(lines_find("partition a: shutdown: halts"));
	expect_state(partitions[1], PARTITION_RUNNING);
}

TEST(without_a_budget_a_failure_halts)
{
	struct partition *p = built();
	struct fake_exit e = shutdown_exit();

	start();
	guest_does(p, &e);
	settle();
	expect_state(p, PARTITION_FAILED);
	/* What its guest asked for before it failed is forgotten, what others ask for is not. */
	partition_ask(p, WISH_RESTART);
	settle();
	expect_state(p, PARTITION_RUNNING);
}

TEST(a_payload_that_is_not_what_was_signed_does_not_run)
{
	struct partition *p = built();

	payload_result = BH_EBADSIG;
	partition_ask(p, WISH_START);
	settle();
	expect_state(p, PARTITION_FAILED);
	assert_int_equal(p->starts, 0);
	assert_non_null(lines_find("partition a: payload guest: its bytes differ"));
}

TEST(a_header_that_is_not_the_one_the_plan_was_made_from_does_not_run)
{
	static const u32 at[] = { 0, 7, 127, 128, VPLAT_HEAD_MAX - 1U };
	struct partition *p;

	A->kernel.name = "linux";
	A->kernel.type = PAYLOAD_LINUX;
	p = built();
	for (u32 i = 0; i < ARRAY_SIZE(at); i++) {
		payload_changed = at[i];
		partition_ask(p, WISH_START);
		settle();
		expect_state(p, PARTITION_FAILED);
		assert_int_equal(p->starts, 0);
	}
	assert_non_null(lines_find("partition a: payload linux: its bytes differ"));
	payload_changed = VPLAT_HEAD_MAX; /* nothing was read from there */
	partition_ask(p, WISH_START);
	settle();
	expect_state(p, PARTITION_RUNNING);
}

TEST(one_that_does_not_report_in_time_has_failed)
{
	struct fake_exit report = {
		.exit = { .class = EXIT_HYPERCALL },
		.call = { UCALL_BASE + UCALL_OP_ALIVE },
	};
	struct partition *p;

	partition_part_add(&watchdog_part);
	A->watchdog_ms = 10; /* 10,000 ticks */
	p = built();
	start();
	fake_time_set(8000 + __atomic_load_n(&watches[0].alive, __ATOMIC_RELAXED));
	(void)ucall_alive(&p->vcpu[0], report.call);
	assert_int_equal(report.call[0], UCALL_OK);
	fake_time_set(9000 + __atomic_load_n(&watches[0].alive, __ATOMIC_RELAXED));
	watchdog_look();
	settle();
	expect_state(p, PARTITION_RUNNING);
	fake_time_set(10000 + __atomic_load_n(&watches[0].alive, __ATOMIC_RELAXED));
	watchdog_look();
	settle();
	expect_state(p, PARTITION_FAILED);
	assert_non_null(lines_find("partition a: its watchdog ran out: halts"));
	expect_state(partitions[1], PARTITION_RUNNING);
}

TEST(what_is_noticed_is_counted_and_what_is_ignored_goes_on)
{
	struct partition *p;

	A->action[HEALTH_DMA] = FAILURE_IGNORE;
	p = built();
	start();
	for (u32 i = 0; i < 3U; i++)
		assert_false(partition_fail(p, HEALTH_DMA, "test"));
	settle();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(p->health[HEALTH_DMA], 3);
	assert_true(partition_fail(p, HEALTH_ERROR, "test"));
	settle();
	expect_state(p, PARTITION_FAILED);
	assert_int_equal(p->health[HEALTH_ERROR], 1);
	assert_int_equal(p->health[HEALTH_STOP], 0);
	assert_int_equal(partitions[1]->health[HEALTH_DMA], 0);
}

TEST(trouble_of_the_run_before_does_not_end_the_next)
{
	struct partition *p = two_vcpus();

	partition_ask(p, WISH_START);
	settle();
	__atomic_store_n(&p->vcpu[1].running, 1U, __ATOMIC_SEQ_CST);
	partition_ask(p, WISH_RESTART);
	turns(0, 10000);
	expect_state(p, PARTITION_STOPPING);
	assert_true(partition_fail(p, HEALTH_DMA, "test"));
	__atomic_store_n(&p->vcpu[1].running, 0U, __ATOMIC_SEQ_CST);
	settle();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(p->starts, 2);
	assert_int_equal(p->health[HEALTH_DMA], 1);
}

TEST(the_last_to_end_ends_the_run)
{
	struct fake_exit e = shutdown_exit();

	(void)built();
	start();
	partition_ask(partitions[0], WISH_STOP);
	settle();
	assert_int_equal(ends, 0);
	guest_does(partitions[1], &e);
	settle();
	assert_int_equal(ends, 1);
	assert_true(ended_failed);
}

/* ---- what parts need between two lives ---- */

static u32 renewals, renew_steps;
static u64 renew_at;
static int renew_result;

/* Two steps: one that has to wait until `renew_at`, and the last. */
static int renew(struct partition *p, u64 *until)
{
	if (p->id != 0U)
		return 0;
	renew_steps++;
	*until = renew_at;
	if (timer_now() < renew_at)
		return BH_EAGAIN;
	renewals++;
	return renew_result;
}

static struct partition_part renew_part = { .name = "renew", .renew = renew };

static struct partition *renewing(void)
{
	renewals = 0;
	renew_steps = 0;
	renew_at = 0;
	renew_result = 0;
	partition_part_add(&renew_part);
	alarm_handler_set(ALARM_LIFE, life_nothing);
	return built();
}

TEST(parts_are_renewed_before_the_first_start_and_after_each_stop)
{
	struct partition *p = renewing();

	start();
	assert_int_equal(renewals, 1);
	partition_ask(p, WISH_RESTART);
	settle();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(renewals, 2);
	partition_ask(p, WISH_STOP);
	settle();
	expect_state(p, PARTITION_OFF);
	assert_int_equal(renewals, 3);
}

TEST(a_part_that_waits_for_hardware_keeps_no_cpu_busy)
{
	struct partition *p = renewing();

	fake_tick_step_set(0);
	fake_time_set(1000);
	renew_at = 9000;
	partition_ask(p, WISH_START);
	settle();
	expect_state(p, PARTITION_STARTING);
	assert_true(renew_steps <= 8U);
	/* Its alarm wakes the lead CPU. */
	fake_time_set(9000);
	fake_cpu = &cpus[0];
	cpu_take_irqs();
	settle();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(renewals, 1);
}

TEST(a_part_that_cannot_be_renewed_keeps_its_partition_from_running)
{
	struct partition *p = renewing();

	renew_result = BH_EIO;
	start();
	expect_state(p, PARTITION_FAILED);
	assert_int_equal(p->starts, 0);
	expect_state(partitions[1], PARTITION_RUNNING);
	/* The next try may be better. */
	renew_result = 0;
	start();
	expect_state(p, PARTITION_RUNNING);
	renew_result = BH_EIO;
	partition_ask(p, WISH_RESTART);
	settle();
	expect_state(p, PARTITION_FAILED);
	assert_non_null(lines_find("partition a: halted"));
	renew_result = 0;
	start();
	expect_state(p, PARTITION_RUNNING);
	/* Who was to stop has stopped, whatever his devices do. */
	renew_result = BH_EIO;
	partition_ask(p, WISH_STOP);
	settle();
	expect_state(p, PARTITION_OFF);
}

/* ---- the tables of state ---- */

static struct partition *mutant;

static void mutant_stop(void)
{
	u32 steps = 0;

	partition_ask(mutant, WISH_STOP);
	for (; mutant->state != PARTITION_OFF && steps < 100U; steps++)
		turns(0, 1);
	expect_state(mutant, PARTITION_OFF);
}

/* To the first moment of its next life. */
static void mutant_start(void *unit __unused)
{
	const u32 before = mutant->starts;
	u32 steps = 0;

	partition_ask(mutant, WISH_START);
	for (; mutant->starts == before && steps < 10000U; steps++)
		turns(0, 1);
	expect_state(mutant, PARTITION_RUNNING);
}

TEST(every_byte_of_a_partition_and_a_vcpu_is_in_a_table)
{
	state_is_complete(partition_fields, partition_field_count, sizeof(struct partition));
	state_is_complete(vcpu_fields, vcpu_field_count, sizeof(struct vcpu));
	state_is_complete(watch_fields, watch_field_count, sizeof(struct watch));
}

TEST(whatever_byte_of_a_partition_or_a_vcpu_changes_a_start_brings_it_back)
{
	static struct partition fresh;
	static struct vcpu vcpu;

	mutant = built();
	mutant_start(NULL);
	fresh = *mutant;
	vcpu = mutant->vcpu[0];
	state_mutate(partition_fields, partition_field_count, mutant, &fresh, mutant_stop,
		     mutant_start);
	state_mutate(vcpu_fields, vcpu_field_count, &mutant->vcpu[0], &vcpu, mutant_stop,
		     mutant_start);
	mutant_stop();
	mutant->vcpu[0].parked = ~PARK_WINDOW;
	mutant_start(NULL);
	assert_int_equal(mutant->vcpu[0].parked, 0);
}

/* ---- two vcpus ---- */

TEST(the_second_vcpu_is_off_until_it_is_switched_on)
{
	const struct vcpu_start at = { .pc = GPA(0x1000), .arg = 9, .id = 1 };
	struct partition *p = two_vcpus();
	struct vcpu *v = &p->vcpu[1];

	partition_ask(p, WISH_START);
	settle();
	assert_int_equal(v->power, VCPU_OFF);
	fake_cpu = &cpus[1];
	assert_false(slot_turn());
	fake_cpu = &cpus[0];
	assert_int_equal(vcpu_on(v, &at), 0);
	assert_int_equal(v->power, VCPU_ON_PENDING);
	assert_int_equal(vcpu_on(v, &at), BH_EAGAIN);
	for (u32 i = 1; i < FAKE_RESET_STEPS; i++) {
		turns(1, 1);
		assert_int_equal(v->power, VCPU_ON_PENDING);
	}
	turns(1, 1);
	assert_int_equal(v->power, VCPU_ON);
	assert_int_equal(v->arch->pc, 0x1000);
	assert_int_equal(v->arch->reg[0], 9);
	assert_int_equal(vcpu_on(v, &at), BH_EBUSY);
	vcpu_off(v);
	turns(1, 1);
	assert_int_equal(v->power, VCPU_OFF);
}

TEST(a_restart_waits_until_every_vcpu_has_left)
{
	struct partition *p = two_vcpus();
	struct vcpu *v = &p->vcpu[1];

	partition_ask(p, WISH_START);
	settle();
	__atomic_store_n(&v->running, 1U, __ATOMIC_SEQ_CST);
	partition_ask(p, WISH_RESTART);
	turns(0, 10000);
	expect_state(p, PARTITION_STOPPING);
	assert_int_equal(p->starts, 1);
	turns(1, 1);
	turns(0, 10000);
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(p->starts, 2);
	assert_int_equal(v->power, VCPU_OFF);
}

/* ---- starts that are interrupted ---- */

static u32 part_resets;

/* The interrupt controller comes behind the parts. */
static void reset_counted(struct partition *p)
{
	assert_int_equal(fake_virq(p->virq)->resets, part_resets);
	part_resets++;
}

static struct partition_part counted_part = { .name = "counted", .reset = reset_counted };

/* Two vcpus that run, and a part. */
static struct partition *two_running(void)
{
	struct partition *p;

	part_resets = 0;
	partition_part_add(&counted_part);
	p = two_vcpus();
	partition_ask(p, WISH_START);
	settle();
	expect_state(p, PARTITION_RUNNING);
	return p;
}

/* To the first step of those that reset what the guest could have changed. */
static void restart_until_reset(struct partition *p)
{
	u32 steps = 0;

	partition_ask(p, WISH_RESTART);
	turns(1, 1);
	for (; p->life.phase < LIFE_VCPUS && steps < 10000U; steps++)
		turns(0, 1);
	assert_int_equal(p->life.phase, LIFE_VCPUS);
}

/* Two vcpus and a look at each, a part and the end of the parts, the controller, and it goes. */
#define GO_STEPS (2U * (FAKE_RESET_STEPS + 2U) + 2U + FAKE_RESET_STEPS + 1U)

TEST(nothing_runs_between_the_steps_of_a_start_and_what_comes_then_is_forgotten)
{
	struct partition *p = two_running();
	u32 steps = 0;

	restart_until_reset(p);
	for (; p->starts == 1U && steps < 100U; steps++) {
		expect_state(p, PARTITION_STARTING);
		fake_cpu = &cpus[1];
		assert_false(slot_turn());
		fake_cpu = &cpus[0];
		(void)partition_ring(p, vplat.bell_intid + 1U);
		partition_hear(p);
		assert_true(partition_fail(p, HEALTH_DMA, "test"));
		turns(0, 1);
	}
	assert_int_equal(steps, GO_STEPS);
	assert_int_equal(part_resets, 2);
	assert_int_equal(fake_virq(p->virq)->resets, 2);
	assert_int_equal(p->bells, 0);
	settle();
	expect_state(p, PARTITION_RUNNING);
	assert_int_equal(p->vcpu[0].arch->pc, LOAD);
	assert_int_equal(p->vcpu[0].parked, 0);
	assert_int_equal(p->vcpu[1].power, VCPU_OFF);
	assert_int_equal(p->vcpu[1].parked, PARK_OFF);
}

TEST(a_wish_between_any_two_steps_of_a_start_comes_true)
{
	struct partition *p = two_running();

	for (u32 n = 0; n <= GO_STEPS; n++) {
		restart_until_reset(p);
		turns(0, n);
		partition_ask(p, WISH_STOP);
		settle();
		expect_state(p, PARTITION_OFF);
		partition_ask(p, WISH_START);
		settle();
		expect_state(p, PARTITION_RUNNING);
	}
}

TEST(a_vcpu_that_begins_when_its_partition_restarts_begins_anew)
{
	const struct vcpu_start first = { .pc = GPA(0x1000), .id = 1 };
	const struct vcpu_start second = { .pc = GPA(0x2000), .id = 1 };
	struct partition *p = two_running();
	struct vcpu *v = &p->vcpu[1];

	for (u32 n = 1; n < FAKE_RESET_STEPS; n++) {
		assert_int_equal(vcpu_on(v, &first), 0);
		turns(1, n);
		assert_int_equal(v->begun, n);
		restart_until_reset(p);
		settle();
		assert_int_equal(v->power, VCPU_OFF);
		assert_int_equal(v->begun, 0);
		assert_int_equal(vcpu_on(v, &second), 0);
		turns(1, FAKE_RESET_STEPS);
		assert_int_equal(v->power, VCPU_ON);
		assert_int_equal(v->arch->pc, 0x2000);
		vcpu_off(v);
		turns(1, 1);
	}
}

#define LIFE(name) cmocka_unit_test_setup(name, system_setup)

UNIT_TESTS(LIFE(a_start_scrubs_memory_and_loads_payload_and_description), LIFE(a_step_is_short),
	   LIFE(a_restart_begins_as_the_first_start_did),
	   LIFE(two_that_restart_at_once_do_not_meet),
	   LIFE(a_warm_reset_keeps_memory_that_no_payload_covers),
	   LIFE(a_partition_that_is_stopped_does_not_run_until_it_is_started),
	   LIFE(a_wish_that_is_so_already_changes_nothing),
	   LIFE(one_that_comes_after_another_waits_for_it),
	   LIFE(a_failure_is_followed_by_restarts_up_to_the_budget_then_by_a_halt),
	   LIFE(without_a_budget_a_failure_halts),
	   LIFE(a_payload_that_is_not_what_was_signed_does_not_run),
	   LIFE(a_header_that_is_not_the_one_the_plan_was_made_from_does_not_run),
	   LIFE(one_that_does_not_report_in_time_has_failed),
	   LIFE(what_is_noticed_is_counted_and_what_is_ignored_goes_on),
	   LIFE(trouble_of_the_run_before_does_not_end_the_next),
	   LIFE(the_last_to_end_ends_the_run),
	   LIFE(parts_are_renewed_before_the_first_start_and_after_each_stop),
	   LIFE(a_part_that_waits_for_hardware_keeps_no_cpu_busy),
	   LIFE(a_part_that_cannot_be_renewed_keeps_its_partition_from_running),
	   LIFE(every_byte_of_a_partition_and_a_vcpu_is_in_a_table),
	   LIFE(whatever_byte_of_a_partition_or_a_vcpu_changes_a_start_brings_it_back),
	   LIFE(the_second_vcpu_is_off_until_it_is_switched_on),
	   LIFE(a_restart_waits_until_every_vcpu_has_left),
	   LIFE(nothing_runs_between_the_steps_of_a_start_and_what_comes_then_is_forgotten),
	   LIFE(a_wish_between_any_two_steps_of_a_start_comes_true),
	   LIFE(a_vcpu_that_begins_when_its_partition_restarts_begins_anew));
