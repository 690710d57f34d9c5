// SPDX-License-Identifier: Apache-2.0
/* CPUs are threads. What a CPU believes of a page is its TLB here: it changes at a flush only. */
#include <pthread.h>

#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/s2.h>
#include <lines.h>
#include <unit.h>

#define RAM HPA(0x80000000)

static u8 ram[MIB(4)] __aligned(MIB(2));
static const struct machine machine_of_test = {
	.ram_count = 1,
	.ram = { { RAM, sizeof(ram) } },
};
static struct s2 s2;

static void kicks_init(void)
{
	if (irqchip() == NULL)
		(void)irqchip_register(&fake_irqchip);
	irq_handler_set(IRQ_KICK, s2_poll);
}

static int s2_setup(void **state)
{
	int err = lines_setup(state);

	kicks_init();
	fake_ram_add(RAM, ram, sizeof(ram));
	memset(ram, 0, sizeof(ram));
	err |= frame_init(&machine_of_test);
	err |= s2_init(&s2, 40, 32);
	return err;
}

static int change(enum pt_op op, u64 gpa, u64 size, u32 attr, struct s2_ticket *t)
{
	const struct pt_change want = {
		.op = op, .va = gpa, .size = size, .pa = RAM, .attr = attr
	};

	return s2_change(&s2, &want, t);
}

TEST(tags_differ_and_run_out)
{
	static struct s2 other[300];
	u32 n = 0;

	while (n < ARRAY_SIZE(other) && s2_init(&other[n], 40, 0) == 0) {
		assert_int_not_equal(other[n].tag, 0);
		assert_int_not_equal(other[n].tag, s2.tag);
		assert_true(n == 0U || other[n].tag != other[n - 1U].tag);
		n++;
	}
	assert_true(n < 256U);
	assert_int_equal(s2_init(&other[n], 40, 0), BH_EOVERFLOW);
	assert_non_null(lines_find("stage 2: the CPU has 256 tags, one more is wanted"));
}

TEST(without_tags_another_s2_flushes_and_the_same_does_not)
{
	static struct s2 a, b;
	u64 before;

	fake_s2_set(PT_NPT, 1, false);
	assert_int_equal(s2_init(&a, 40, 0), 0);
	assert_int_equal(s2_init(&b, 40, 0), 0);
	s2_enter(&a);
	s2_leave(&a);
	before = fake_s2_invalidated(0);
	s2_enter(&a);
	s2_leave(&a);
	assert_int_equal(fake_s2_invalidated(0), before);
	s2_enter(&b);
	s2_leave(&b);
	assert_int_equal(fake_s2_invalidated(0), before + 1U);
}

TEST(more_tables_than_there_is_memory_are_refused)
{
	static struct s2 big;

	assert_int_equal(s2_init(&big, 40, 100000), BH_ENOMEM);
	assert_int_equal(s2_init(&big, 40, ~0ULL), BH_ENOMEM);
	assert_int_equal(s2_init(&big, 60, 1), BH_ERANGE);
}

TEST(what_is_mapped_is_found)
{
	struct pt_leaf leaf;

	assert_int_equal(s2_map(&s2, GPA(0x200000), RAM, MIB(2), PT_R | PT_W), 0);
	assert_int_equal(s2_query(&s2, GPA(0x201234), &leaf), 0);
	assert_int_equal(leaf.pa.v, RAM.v + 0x1234);
	assert_int_equal(s2_query(&s2, GPA(0x1000), &leaf), BH_ENOENT);
}

TEST(where_one_flush_reaches_all_nobody_is_kicked_and_nothing_is_left_to_wait_for)
{
	static struct s2 b;
	struct s2_ticket t;
	const struct pt_change want = { .op = PT_PROTECT, .va = 0, .size = MIB(2), .attr = PT_R };

	fake_s2_set(PT_VMSA_S2, 256, true);
	assert_int_equal(s2_init(&b, 40, 32), 0);
	assert_int_equal(s2_map(&b, GPA(0), RAM, MIB(2), PT_R | PT_W), 0);
	b.inside = BIT(2);
	assert_int_equal(s2_change(&b, &want, &t), 0);
	assert_true(fake_s2_invalidated(0) >= 1U);
	assert_true(s2_ticket_done(&t));
	fake_cpu = &cpus[2];
	assert_int_equal(irqchip()->take(&(enum irq_id){ 0 }), false);
}

TEST(a_cpu_outside_is_not_waited_for_and_flushes_when_it_enters)
{
	struct s2_ticket t;

	assert_int_equal(s2_map(&s2, GPA(0), RAM, MIB(2), PT_R | PT_W), 0);
	assert_int_equal(change(PT_PROTECT, 0, MIB(2), PT_R, &t), 0);
	assert_true(s2_ticket_done(&t));
	fake_cpu = &cpus[3];
	assert_int_equal(fake_s2_invalidated(3), 0);
	s2_enter(&s2);
	assert_int_equal(fake_s2_invalidated(3), 1);
	s2_leave(&s2);
	s2_enter(&s2);
	assert_int_equal(fake_s2_invalidated(3), 1);
	s2_leave(&s2);
}

TEST(a_cpu_inside_is_kicked_and_the_ticket_waits_for_it)
{
	struct s2_ticket t;

	assert_int_equal(s2_map(&s2, GPA(0), RAM, MIB(2), PT_R | PT_W), 0);
	fake_cpu = &cpus[1];
	s2_enter(&s2);
	fake_cpu = &cpus[0];
	assert_int_equal(change(PT_PROTECT, 0, MIB(2), PT_R, &t), 0);
	assert_false(s2_ticket_done(&t));
	fake_cpu = &cpus[1];
	cpu_take_irqs();
	assert_int_equal(fake_s2_invalidated(1), 1);
	fake_cpu = &cpus[0];
	assert_true(s2_ticket_done(&t));
	s2_leave(&s2);
}

TEST(the_cpu_that_changes_forgets_at_once)
{
	struct s2_ticket t;

	assert_int_equal(s2_map(&s2, GPA(0), RAM, MIB(2), PT_R | PT_W), 0);
	s2_enter(&s2);
	assert_int_equal(change(PT_PROTECT, 0, MIB(2), PT_R, &t), 0);
	assert_int_equal(fake_s2_invalidated(0), 1);
	assert_true(s2_ticket_done(&t));
	s2_leave(&s2);
}

TEST(a_change_that_is_refused_changes_nothing)
{
	struct s2_ticket t;

	assert_int_equal(change(PT_PROTECT, 0, 100, PT_R, &t), BH_EINVAL);
	assert_int_equal(change(PT_MAP, 0, MIB(512), PT_R | PT_VE, &t), BH_ENOTSUP);
	assert_true(s2_ticket_done(&t));
	assert_false(s2.pt.busy);
	assert_int_equal(s2.generation, 0);
}

/* ---- threads ---- */

#define GUESTS 3U
#ifndef ROUNDS
#define ROUNDS 300U
#endif

static pthread_t threads[CONFIG_MAX_CPUS];
static u32 stop;
static u32 tlb[CONFIG_MAX_CPUS]; /* may this CPU write page 0, as it believes? */
static u64 writes;               /* by guests that believed so */
static u32 allowed;              /* is a write legal? */
static u32 violations;

/* A flush: from now on the tree is what counts. */
static void refill(void)
{
	struct pt_leaf leaf;
	const u32 cpu = this_cpu()->id;
	const bool w = s2_query(&s2, GPA(0), &leaf) == 0 && (leaf.attr & PT_W) != 0U;

	__atomic_store_n(&tlb[cpu], w ? 1U : 0U, __ATOMIC_SEQ_CST);
}

static void *guest(void *arg)
{
	const u32 cpu = (u32)(uintptr_t)arg;

	fake_cpu = &cpus[cpu];
	while (__atomic_load_n(&stop, __ATOMIC_SEQ_CST) == 0U) {
		s2_enter(&s2);
		refill();
		for (u32 i = 0; i < 50U; i++) {
			if (__atomic_load_n(&tlb[cpu], __ATOMIC_SEQ_CST) != 0U) {
				__atomic_fetch_add(&writes, 1U, __ATOMIC_SEQ_CST);
				if (__atomic_load_n(&allowed, __ATOMIC_SEQ_CST) == 0U)
					__atomic_fetch_add(&violations, 1U, __ATOMIC_SEQ_CST);
			}
			cpu_take_irqs();
		}
		s2_leave(&s2);
		cpu_relax();
	}
	return NULL;
}

static void guests_start(u32 first, u32 n, void *(*fn)(void *))
{
	__atomic_store_n(&stop, 0U, __ATOMIC_SEQ_CST);
	for (u32 i = first; i < first + n; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fn, (void *)(uintptr_t)i), 0);
}

static void guests_end(u32 first, u32 n)
{
	__atomic_store_n(&stop, 1U, __ATOMIC_SEQ_CST);
	for (u32 i = first; i < first + n; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void set_allowed(u32 v)
{
	__atomic_store_n(&allowed, v, __ATOMIC_SEQ_CST);
}

TEST(no_write_after_the_ticket_is_done)
{
	struct s2_ticket t;

	violations = 0;
	writes = 0;
	fake_s2_on_invalidate(refill);
	assert_int_equal(s2_map(&s2, GPA(0), RAM, MIB(2), PT_R | PT_W), 0);
	set_allowed(1);
	guests_start(1, GUESTS, guest);
	while (__atomic_load_n(&writes, __ATOMIC_SEQ_CST) == 0U)
		cpu_relax();
	for (u32 i = 0; i < ROUNDS; i++) {
		set_allowed(1);
		assert_int_equal(change(PT_PROTECT, 0, PAGE_SIZE, PT_R | PT_W, &t), 0);
		s2_ticket_wait(&t);
		cpu_relax();
		assert_int_equal(change(PT_PROTECT, 0, PAGE_SIZE, PT_R, &t), 0);
		s2_ticket_wait(&t);
		set_allowed(0);
		cpu_relax();
	}
	guests_end(1, GUESTS);
	assert_int_equal(violations, 0);
}

static u32 changed[CONFIG_MAX_CPUS];

/* Runs the guest, and changes rights at all others meanwhile. */
static void *changer(void *arg)
{
	const u32 cpu = (u32)(uintptr_t)arg;
	struct s2_ticket t;

	fake_cpu = &cpus[cpu];
	s2_enter(&s2);
	for (u32 i = 0; i < ROUNDS; i++) {
		const u32 attr = (i & 1U) != 0U ? PT_R : PT_R | PT_W;

		if (change(PT_PROTECT, cpu * PAGE_SIZE, PAGE_SIZE, attr, &t) == 0)
			changed[cpu]++;
		s2_ticket_wait(&t);
	}
	s2_leave(&s2);
	return NULL;
}

TEST(cpus_that_change_rights_at_each_other_all_finish)
{
	memset(changed, 0, sizeof(changed));
	assert_int_equal(s2_map(&s2, GPA(0), RAM, MIB(2), PT_R | PT_W), 0);
	guests_start(1, 4, changer);
	guests_end(1, 4);
	for (u32 i = 1; i < 5U; i++)
		assert_int_equal(changed[i], ROUNDS);
	assert_true(s2.generation >= 4U * (ROUNDS - 1U));
}

/* Makes and breaks tables under the others, each in 2 MiB of its own. */
static void *breaker(void *arg)
{
	const u32 cpu = (u32)(uintptr_t)arg;
	struct s2_ticket t;

	fake_cpu = &cpus[cpu];
	s2_enter(&s2);
	for (u32 i = 0; i < ROUNDS; i++) {
		const enum pt_op op = (i & 1U) != 0U ? PT_MERGE : PT_SPLIT;

		if (change(op, cpu * MIB(2), MIB(2), 0, &t) == 0)
			changed[cpu]++;
		s2_ticket_wait(&t);
	}
	s2_leave(&s2);
	return NULL;
}

TEST(cpus_that_break_before_they_make_all_finish)
{
	memset(changed, 0, sizeof(changed));
	fake_s2_set(PT_VMSA_S2, 256, false);
	assert_int_equal(s2_init(&s2, 40, 32), 0);
	assert_int_equal(s2_map(&s2, GPA(0), HPA(GIB(4)), MIB(10), PT_R | PT_W), 0);
	guests_start(1, 4, breaker);
	guests_end(1, 4);
	for (u32 i = 1; i < 5U; i++)
		assert_int_equal(changed[i], ROUNDS);
}

static u32 tables_before;
static u32 early; /* tables were given back before this CPU had flushed */
static u32 ready;

static u32 tables_free(void)
{
	return __atomic_load_n(&s2.pool.free, __ATOMIC_SEQ_CST);
}

/* A walker that takes its time may still read the tables that were taken out. */
static void *slow_guest(void *arg)
{
	fake_cpu = &cpus[(uintptr_t)arg];
	s2_enter(&s2);
	__atomic_store_n(&ready, 1U, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < 20000U; i++) {
		early += tables_free() > tables_before ? 1U : 0U;
		cpu_relax();
	}
	while (__atomic_load_n(&stop, __ATOMIC_SEQ_CST) == 0U)
		cpu_take_irqs();
	s2_leave(&s2);
	return NULL;
}

TEST(tables_are_given_back_only_after_the_flush)
{
	struct s2_ticket t;

	assert_int_equal(s2_map(&s2, GPA(0), HPA(RAM.v + PAGE_SIZE), MIB(2), PT_R), 0);
	early = 0;
	ready = 0;
	tables_before = s2.pool.free;
	guests_start(1, 1, slow_guest);
	while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) == 0U)
		cpu_relax();
	assert_int_equal(change(PT_UNMAP, 0, MIB(2), 0, &t), 0);
	assert_true(tables_free() > tables_before);
	guests_end(1, 1);
	assert_int_equal(early, 0);
}

#define S2_TEST(name) cmocka_unit_test_setup(name, s2_setup)

UNIT_TESTS(S2_TEST(without_tags_another_s2_flushes_and_the_same_does_not),
	   S2_TEST(more_tables_than_there_is_memory_are_refused), S2_TEST(what_is_mapped_is_found),
	   S2_TEST(where_one_flush_reaches_all_nobody_is_kicked_and_nothing_is_left_to_wait_for),
	   S2_TEST(a_cpu_outside_is_not_waited_for_and_flushes_when_it_enters),
	   S2_TEST(a_cpu_inside_is_kicked_and_the_ticket_waits_for_it),
	   S2_TEST(the_cpu_that_changes_forgets_at_once),
	   S2_TEST(a_change_that_is_refused_changes_nothing),
	   S2_TEST(no_write_after_the_ticket_is_done),
	   S2_TEST(cpus_that_change_rights_at_each_other_all_finish),
	   S2_TEST(cpus_that_break_before_they_make_all_finish),
	   S2_TEST(tables_are_given_back_only_after_the_flush), S2_TEST(tags_differ_and_run_out));
