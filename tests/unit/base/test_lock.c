// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/lock.h>
#include <unit.h>

#define THREADS 4U
#define TURNS 2000U

static struct spinlock outer;
static struct spinlock inner;

static int lock_setup(void **state)
{
	outer = (struct spinlock)SPINLOCK_INIT(LOCK_STAGE2);
	inner = (struct spinlock)SPINLOCK_INIT(LOCK_FRAME);
	return unit_setup(state);
}

#define LOCK_TEST(name) cmocka_unit_test_setup(name, lock_setup)

TEST(locks_taken_in_order_are_accepted)
{
	spin_lock(&outer);
	spin_lock(&inner);
	assert_int_equal(this_cpu()->lock_depth, 2);
	spin_unlock(&outer);
	spin_unlock(&inner);
	assert_int_equal(this_cpu()->lock_depth, 0);
}

TEST(a_lock_that_is_held_refuses_a_try)
{
	assert_true(spin_trylock(&outer));
	assert_false(spin_trylock(&outer));
	spin_unlock(&outer);
	assert_true(spin_trylock(&outer));
	spin_unlock(&outer);
}

static void take_against_order(void *arg __unused)
{
	spin_lock(&inner);
	spin_lock(&outer);
}

TEST(locks_taken_against_the_order_panic)
{
	assert_int_equal(fake_end_of(take_against_order, NULL), FAKE_HALT);
}

static void take_twice(void *arg __unused)
{
	spin_lock(&outer);
	spin_lock(&outer);
}

TEST(a_lock_taken_twice_panics)
{
	assert_int_equal(fake_end_of(take_twice, NULL), FAKE_HALT);
}

static void release_unheld(void *arg __unused)
{
	spin_lock(&outer);
	spin_unlock(&inner);
}

TEST(a_lock_released_by_who_does_not_hold_it_panics)
{
	assert_int_equal(fake_end_of(release_unheld, NULL), FAKE_HALT);
}

static void take_too_many(void *arg __unused)
{
	struct spinlock one = SPINLOCK_INIT(LOCK_LOG);

	for (u32 i = 0; i <= ARRAY_SIZE(this_cpu()->lock_held); i++) {
		one = (struct spinlock)SPINLOCK_INIT(LOCK_LOG);
		assert_true(spin_trylock(&one));
	}
}

TEST(more_locks_than_can_be_tracked_panic)
{
	assert_int_equal(fake_end_of(take_too_many, NULL), FAKE_HALT);
}

TEST(a_panicking_cpu_is_not_checked)
{
	this_cpu()->panicking = 1;
	spin_lock(&inner);
	spin_lock(&outer);
	spin_unlock(&inner);
	spin_unlock(&outer);
	assert_int_equal(this_cpu()->lock_depth, 0);
}

TEST(tickets_survive_the_wrap_of_their_counter)
{
	outer.next = UINT32_MAX;
	outer.owner = UINT32_MAX;
	for (u32 i = 0; i < 3; i++) {
		spin_lock(&outer);
		assert_false(spin_trylock(&outer));
		spin_unlock(&outer);
	}
}

static u64 shared; /* plain on purpose: the thread sanitizer sees whether the lock orders it */

static void *add(void *arg)
{
	fake_cpu = arg;
	for (u32 i = 0; i < TURNS; i++) {
		spin_lock(&outer);
		shared++;
		spin_unlock(&outer);
	}
	return NULL;
}

TEST(a_lock_admits_one_at_a_time)
{
	pthread_t t[THREADS];

	shared = 0;
	for (u32 i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, add, &cpus[i]), 0);
	for (u32 i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(shared, THREADS * TURNS);
}

UNIT_TESTS(LOCK_TEST(locks_taken_in_order_are_accepted),
	   LOCK_TEST(a_lock_that_is_held_refuses_a_try),
	   LOCK_TEST(locks_taken_against_the_order_panic), LOCK_TEST(a_lock_taken_twice_panics),
	   LOCK_TEST(a_lock_released_by_who_does_not_hold_it_panics),
	   LOCK_TEST(more_locks_than_can_be_tracked_panic),
	   LOCK_TEST(a_panicking_cpu_is_not_checked),
	   LOCK_TEST(tickets_survive_the_wrap_of_their_counter),
	   LOCK_TEST(a_lock_admits_one_at_a_time));
