// SPDX-License-Identifier: Apache-2.0
/* Handles, bells and management as the guests of three partitions see them. */
#include <abi/ucall.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/guest.h>
#include <bulkhead/svc/handle.h>
#include <bulkhead/vm/alarm.h>
#include <bulkhead/vm/partition.h>
#include <libfdt.h>
#include <lines.h>
#include <rnd.h>
#include <unit.h>

#include "core/vm/partition_internal.h"

#define NONE 0xffffU
#define GPA_RECORD 0x1000U

enum { BOSS, WORKER, STRANGER, COUNT };

struct partition *partitions[PARTITIONS_MAX];

static struct system_config three = {
	.name = "three",
	.partition_count = COUNT,
	.region_count = 2,
	.channel_count = 2,
};
static struct partition each[COUNT];
static struct vcpu vcpu[COUNT];
static struct vcpu_arch arch[COUNT];
static struct partition_part *parts[4];
static u32 part_count;

static u64 virqs[COUNT][16];
static u32 wished_of, wished;
static u64 boots;
static struct ucall_log_record record;

void partition_part_add(struct partition_part *part)
{
	parts[part_count] = part;
	part_count++;
}

void partition_ask(struct partition *p, enum partition_wish wish)
{
	wished_of = p->id;
	wished = (u32)wish;
}

int guest_write(struct s2 *s2, gpa_t gpa, const void *from, u32 n)
{
	assert_null(s2);
	if (gpa.v != GPA_RECORD)
		return BH_EFAULT;
	assert_int_equal(n, sizeof(record));
	memcpy(&record, from, n);
	return 0;
}

static void partition_make(u32 id, const char *name)
{
	struct partition_config *c = &three.partition[id];

	c->name = name;
	each[id] = (struct partition){ .system = &three, .config = c, .id = id };
	each[id].state = PARTITION_RUNNING;
	each[id].virq = (struct virq *)(void *)virqs[id];
	each[id].vcpu = &vcpu[id];
	vcpu[id] = (struct vcpu){ .arch = &arch[id], .partition = id, .cpu = id };
	arch[id] = (struct vcpu_arch){ .vcpu = &vcpu[id] };
	partitions[id] = &each[id];
}

static void attach(u32 id, u32 region, u64 gpa)
{
	struct partition_config *c = &three.partition[id];

	c->attach[c->attach_count] = (struct attach_config){ region, GPA(gpa), PT_R | PT_W };
	c->attach_count++;
}

/* Two channels: boss and worker, worker and stranger. The boss manages the worker. */
static void build(void)
{
	partition_make(BOSS, "boss");
	partition_make(WORKER, "worker");
	partition_make(STRANGER, "stranger");
	three.region[0] = (struct region_config){ "one", 0x2000, PLACE_ANY };
	three.region[1] = (struct region_config){ "two", 0x1000, PLACE_ANY };
	three.channel[0] = (struct channel_config){ "one", 0, { BOSS, WORKER }, { 64, 65 }, 0 };
	three.channel[1] = (struct channel_config){ "two", 1, { WORKER, STRANGER }, { 66, 67 }, 0 };
	attach(BOSS, 0, 0x50000000);
	attach(WORKER, 0, 0x60000000);
	attach(WORKER, 1, 0x60002000);
	attach(STRANGER, 1, 0x50000000);
	three.partition[BOSS].manages = BIT(WORKER);
	(void)irqchip_register(&fake_irqchip);
	assert_int_equal(units_run(STAGE_INTERRUPTS), 0);
	assert_int_equal(units_run(STAGE_PARTITIONS), 0);
	for (u32 id = 0; id < COUNT; id++) {
		for (u32 i = 0; i < part_count; i++)
			assert_int_equal(parts[i]->build(&each[id]), 0);
	}
}

static int setup(void **state)
{
	const int err = lines_setup(state);

	if (part_count == 0U)
		build();
	for (u32 id = 0; id < COUNT; id++) {
		partitions[id] = &each[id];
		each[id].state = PARTITION_RUNNING;
		each[id].bells = 0;
		vcpu[id].parked = 0;
		cpus[id] = (struct cpu){ .self = &cpus[id], .id = id, .state = CPU_ONLINE };
	}
	boots++;
	fake_time_set(BIT(32) * boots);
	fake_tick_step_set(0);
	for (u32 id = 0; id < COUNT; id++) {
		fake_cpu = &cpus[id];
		alarm_hasten(ALARM_BELL);
	}
	fake_cpu = &cpus[BOSS];
	memset(virqs, 0, sizeof(virqs));
	wished = NONE;
	return err;
}

static s64 call(u32 who, u32 op, u64 a, u64 b, u64 c, u64 *second)
{
	u64 x[7] = { UCALL_BASE + op, a, b, c, 4, 5, 6 };

	assert_int_equal(upcall_hypercall(&arch[who], x), TRAP_RESUME);
	if (second != NULL)
		*second = x[1];
	assert_true(x[3] == c && x[4] == 4U && x[5] == 5U && x[6] == 6U);
	return (s64)x[0];
}

static u32 pends(void)
{
	u32 n = 0;

	for (u32 id = 0; id < COUNT; id++)
		n += fake_virq(each[id].virq)->pends;
	return n;
}

static void rings(u32 who, u64 handle, u32 whom, u32 intid)
{
	const u32 before = fake_virq(each[whom].virq)->pends;

	assert_int_equal(call(who, UCALL_OP_BELL, handle, 0, 0, NULL), UCALL_OK);
	assert_int_equal(fake_virq(each[whom].virq)->pends, before);
	partition_bells_take(&each[whom]);
	assert_int_equal(fake_virq(each[whom].virq)->pends, before + 1U);
	assert_int_equal(fake_virq(each[whom].virq)->last, intid);
}

static s64 bell(u32 who, u64 handle)
{
	return call(who, UCALL_OP_BELL, handle, 0, 0, NULL);
}

TEST(a_bell_rings_at_the_other_end)
{
	rings(BOSS, 0, WORKER, 65);
	rings(WORKER, 0, BOSS, 64);
	rings(WORKER, 1, STRANGER, 67);
	rings(STRANGER, 0, WORKER, 66);
	assert_int_equal(pends(), 4);
}

/* Kicks that the CPU of @id has taken. */
static u64 kicks(u32 id)
{
	u64 n;

	fake_cpu = &cpus[id];
	cpu_take_irqs();
	n = cpus[id].kicks;
	fake_cpu = &cpus[BOSS];
	return n;
}

TEST(a_bell_that_was_not_heard_yet_costs_its_hearer_nothing_more)
{
	for (u32 i = 0; i < 100U; i++)
		assert_int_equal(bell(BOSS, 0), UCALL_OK);
	assert_int_equal(kicks(WORKER), 1);
	assert_int_equal(vcpu[WORKER].parked, PARK_BELL);
	partition_bells_take(&each[WORKER]);
	assert_int_equal(vcpu[WORKER].parked, 0);
	assert_int_equal(pends(), 1);
	partition_bells_take(&each[WORKER]);
	assert_int_equal(pends(), 1);
}

TEST(bells_beyond_the_rate_are_heard_late_and_none_is_lost)
{
	u64 before;

	/* At 1,000,000 ticks a second and 10,000 bells they are 100 ticks apart. */
	for (u32 i = 0; i < 1000U; i++) {
		assert_int_equal(bell(BOSS, 0), UCALL_OK);
		(void)kicks(WORKER);
		partition_bells_take(&each[WORKER]);
	}
	before = kicks(WORKER);
	assert_true(before > 1U && before <= 17U);
	assert_int_equal(bell(BOSS, 0), UCALL_OK);
	fake_time_set(BIT(32) * boots + 99U);
	(void)kicks(BOSS);
	assert_int_equal(kicks(WORKER), before);
	fake_time_set(BIT(32) * boots + 100U);
	(void)kicks(BOSS);
	assert_int_equal(kicks(WORKER), before + 1U);
	fake_time_set(BIT(32) * boots + 100000U);
	(void)kicks(BOSS);
	assert_int_equal(kicks(WORKER), before + 1U);
}

TEST(a_handle_of_another_kind_or_of_nobody_is_refused)
{
	static const u64 wrong[] = { 2, 63, 64, 0x10000, BIT(32), BIT(63), ~0ULL };

	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_true(bell(WORKER, wrong[i]) == UCALL_EINVAL);
		assert_true(call(BOSS, UCALL_OP_STOP, wrong[i], 0, 0, NULL) == UCALL_EINVAL);
	}
	assert_true(bell(BOSS, 1) == UCALL_EINVAL);
	assert_true(call(BOSS, UCALL_OP_STOP, 0, 0, 0, NULL) == UCALL_EINVAL);
	assert_true(call(WORKER, UCALL_OP_STOP, 0, 0, 0, NULL) == UCALL_EINVAL);
	assert_int_equal(pends(), 0);
	assert_int_equal(wished, NONE);
}

TEST(who_does_not_run_hears_no_bell)
{
	each[WORKER].state = PARTITION_STOPPING;
	assert_true(bell(BOSS, 0) == UCALL_EPIPE);
	partitions[WORKER] = NULL;
	assert_true(bell(BOSS, 0) == UCALL_EPIPE);
	assert_true(call(BOSS, UCALL_OP_START, 1, 0, 0, NULL) == UCALL_EPIPE);
	assert_int_equal(pends(), 0);
}

TEST(a_right_that_a_handle_lacks_is_refused)
{
	const struct handle h = { .type = HANDLE_PARTITION,
				  .rights = (u16)PARTITION_STATE,
				  .generation = 7,
				  .object = &each };
	u64 error = 0;
	u32 id = 0;

	assert_int_equal(handle_add(STRANGER, &h, &id), 0);
	assert_int_equal(id >> 16, 7);
	assert_ptr_equal(handle_check(&vcpu[STRANGER], id, HANDLE_PARTITION, PARTITION_STATE,
				      &error),
			 &each);
	assert_null(handle_check(&vcpu[STRANGER], id, HANDLE_PARTITION,
				 PARTITION_STATE | PARTITION_STOP, &error));
	assert_true(error == (u64)UCALL_EPERM);
	assert_null(handle_check(&vcpu[STRANGER], id & 0xffffU, HANDLE_PARTITION, PARTITION_STATE,
				 &error));
	assert_true(error == (u64)UCALL_EINVAL);
}

TEST(a_table_takes_so_many_handles)
{
	const struct handle h = { .type = HANDLE_CHANNEL };
	u32 id;
	u32 n = 0;

	while (handle_add(15, &h, &id) == 0)
		n++;
	assert_int_equal(n, HANDLES_MAX);
}

TEST(wishes_reach_the_partition_that_is_managed)
{
	static const struct {
		u32 op;
		enum partition_wish wish;
	} row[] = { { UCALL_OP_START, WISH_START },
		    { UCALL_OP_STOP, WISH_STOP },
		    { UCALL_OP_RESTART, WISH_RESTART } };

	for (u32 i = 0; i < ARRAY_SIZE(row); i++) {
		assert_int_equal(call(BOSS, row[i].op, 1, 0, 0, NULL), UCALL_OK);
		assert_int_equal(wished_of, WORKER);
		assert_int_equal(wished, row[i].wish);
	}
}

TEST(state_and_failures_are_told_and_forgiven)
{
	u64 state = 0;

	each[WORKER].state = PARTITION_FAILED;
	each[WORKER].starts = 3;
	each[WORKER].failures = 2;
	assert_int_equal(call(BOSS, UCALL_OP_STATE, 1, 0, 0, &state), UCALL_OK);
	assert_true(state == (3ULL << 32 | UCALL_STATE_FAILED));
	assert_int_equal(call(BOSS, UCALL_OP_MARK_GOOD, 1, 0, 0, NULL), UCALL_OK);
	assert_int_equal(each[WORKER].failures, 0);
}

TEST(trouble_is_told_by_kind)
{
	u64 count = 0;

	each[WORKER].health[HEALTH_DMA] = 7;
	assert_int_equal(call(BOSS, UCALL_OP_HEALTH, 1, UCALL_HEALTH_DMA, 0, &count), UCALL_OK);
	assert_int_equal(count, 7);
	assert_int_equal(call(BOSS, UCALL_OP_HEALTH, 1, UCALL_HEALTH_STOP, 0, &count), UCALL_OK);
	assert_int_equal(count, 0);
	assert_true(call(BOSS, UCALL_OP_HEALTH, 1, HEALTH_EVENTS, 0, NULL) == UCALL_EINVAL);
	assert_true(call(BOSS, UCALL_OP_HEALTH, 1, ~0ULL, 0, NULL) == UCALL_EINVAL);
	assert_true(call(STRANGER, UCALL_OP_HEALTH, 1, 0, 0, NULL) != UCALL_OK);
}

TEST(the_log_of_a_managed_partition_can_be_read_and_no_other)
{
	u64 seq = 1;
	u32 found = 0;
	s64 r;

	for (u32 i = 0; i < 3U; i++) {
		log_guest(LOG_INFO, STRANGER, "not this");
		log_guest(LOG_WARN, WORKER, "this %u", i);
	}
	for (u32 i = 0; i < 20U; i++) {
		r = call(BOSS, UCALL_OP_READ_LOG, 1, seq, GPA_RECORD, &seq);
		if (r != UCALL_OK)
			continue;
		assert_memory_equal(record.text, "this ", 5);
		assert_int_equal(record.length, 6);
		assert_int_equal(record.level, LOG_WARN);
		found++;
	}
	assert_int_equal(found, 3);
	assert_true(call(BOSS, UCALL_OP_READ_LOG, 1, seq, GPA_RECORD, NULL) == UCALL_EAGAIN);
	assert_true(call(BOSS, UCALL_OP_READ_LOG, 1, 1, 0x2000, NULL) == UCALL_EFAULT);
	assert_true(call(BOSS, UCALL_OP_READ_LOG, 1, ~0ULL, GPA_RECORD, NULL) == UCALL_EAGAIN);
}

TEST(records_that_were_overwritten_are_passed_over)
{
	u64 seq = 0;

	for (u32 i = 0; i < 3U * CONFIG_LOG_RING_SIZE; i++)
		log_info("filler");
	log_guest(LOG_INFO, WORKER, "last");
	for (u32 i = 0; i < 10U; i++) {
		if (call(BOSS, UCALL_OP_READ_LOG, 1, seq, GPA_RECORD, &seq) == UCALL_OK)
			break;
	}
	assert_memory_equal(record.text, "last", 4);
}

TEST(features_name_what_there_is)
{
	u64 set = 0;

	assert_int_equal(call(BOSS, UCALL_OP_FEATURES, 0, 0, 0, &set), UCALL_OK);
	assert_true(set == 0xbf0101U);
}

static const void *prop(const void *fdt, int node, const char *name)
{
	const void *p = fdt_getprop(fdt, node, name, NULL);

	assert_non_null(p);
	return p;
}

TEST(a_guest_finds_its_channels_and_whom_it_manages)
{
	static u8 fdt[4096];
	int node;

	assert_int_equal(fdt_create(fdt, sizeof(fdt)), 0);
	assert_int_equal(fdt_finish_reservemap(fdt), 0);
	assert_int_equal(fdt_begin_node(fdt, ""), 0);
	for (u32 i = 0; i < part_count; i++)
		assert_int_equal(parts[i]->describe(&each[BOSS], fdt), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_finish(fdt), 0);
	node = fdt_path_offset(fdt, "/channel@50000000");
	assert_true(node > 0);
	assert_string_equal(prop(fdt, node, "compatible"), "bulkhead,channel");
	assert_string_equal(prop(fdt, node, "bulkhead,peer"), "worker");
	assert_int_equal(fdt32_ld(prop(fdt, node, "bulkhead,bell")), 0);
	assert_int_equal(fdt64_ld(prop(fdt, node, "reg")), 0x50000000);
	node = fdt_path_offset(fdt, "/partition-1");
	assert_int_equal(fdt32_ld(prop(fdt, node, "bulkhead,handle")), 1);
	assert_true(fdt_path_offset(fdt, "/partition-2") < 0);
}

TEST(no_argument_reaches_what_is_not_the_callers)
{
	static const u64 values[] = { 0, 1, 2, 0x3f, 0x40, 0xffff, 0x10000, GPA_RECORD, ~0ULL };
	const u64 count = wanted_count();

	rnd_start();
	for (u64 i = 0; i < count; i++) {
		const u32 op = (u32)rnd_below(0x20);
		const s64 r = call(STRANGER, op, values[rnd_below(ARRAY_SIZE(values))],
				   values[rnd_below(ARRAY_SIZE(values))],
				   values[rnd_below(ARRAY_SIZE(values))], NULL);

		assert_true(r == UCALL_OK || (r <= UCALL_ENOSYS && r >= UCALL_ETIMEDOUT));
	}
	assert_int_equal(wished, NONE);
}

#define T(name) cmocka_unit_test_setup(name, setup)

UNIT_TESTS(T(a_bell_rings_at_the_other_end),
	   T(a_bell_that_was_not_heard_yet_costs_its_hearer_nothing_more),
	   T(bells_beyond_the_rate_are_heard_late_and_none_is_lost),
	   T(a_handle_of_another_kind_or_of_nobody_is_refused), T(who_does_not_run_hears_no_bell),
	   T(a_right_that_a_handle_lacks_is_refused), T(a_table_takes_so_many_handles),
	   T(wishes_reach_the_partition_that_is_managed),
	   T(state_and_failures_are_told_and_forgiven), T(trouble_is_told_by_kind),
	   T(the_log_of_a_managed_partition_can_be_read_and_no_other),
	   T(records_that_were_overwritten_are_passed_over), T(features_name_what_there_is),
	   T(a_guest_finds_its_channels_and_whom_it_manages),
	   T(no_argument_reaches_what_is_not_the_callers));
