// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <bulkhead/arch/cpu.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/vm/trap.h>
#include <unit.h>

static struct mmio_map map;

static enum trap_result nothing(void *ctx __unused, struct mmio_access *a __unused)
{
	return TRAP_RESUME;
}

static int mmio_setup(void **state)
{
	mmio_map_init(&map);
	return unit_setup(state);
}

static struct mmio_range range(u64 base, u64 size)
{
	return (struct mmio_range){ base, size, nothing, (void *)(uintptr_t)base };
}

TEST(ranges_that_overlap_are_empty_or_wrap_are_refused)
{
	struct mmio_range r = range(0x1000, 0x1000);

	assert_int_equal(mmio_map_add(&map, &r), 0);
	assert_int_equal(mmio_map_add(&map, &r), BH_EEXIST);
	r = range(0xfff, 2);
	assert_int_equal(mmio_map_add(&map, &r), BH_EEXIST);
	r = range(0x1fff, 1);
	assert_int_equal(mmio_map_add(&map, &r), BH_EEXIST);
	r = range(0x2000, 0);
	assert_int_equal(mmio_map_add(&map, &r), BH_EINVAL);
	r = range(~0ULL, 2);
	assert_int_equal(mmio_map_add(&map, &r), BH_EINVAL);
	r = range(~0ULL, 1);
	assert_int_equal(mmio_map_add(&map, &r), 0);
	assert_int_equal(mmio_map_remove(&map, 0x1001), BH_ENOENT);
}

TEST(a_full_map_says_so)
{
	struct mmio_range r;

	for (u64 i = 0; i < MMIO_RANGES_MAX; i++) {
		r = range(i * 0x1000, 0x1000);
		assert_int_equal(mmio_map_add(&map, &r), 0);
	}
	r = range(0x1000000, 1);
	assert_int_equal(mmio_map_add(&map, &r), BH_EOVERFLOW);
}

static u64 seed = 88172645463325252ULL;

static u64 next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 8;
}

#define SPACE 256U

/* The model: who has each byte. 0: nobody; else base + 1. */
static u32 model[SPACE];

static void model_check(void)
{
	for (u32 i = 0; i < SPACE; i++) {
		const u32 size = 1U + (u32)next() % 8U;
		const struct mmio_range *r = mmio_map_find(&map, i, size);
		bool whole = model[i] != 0U && i + size <= SPACE;

		for (u32 k = i; whole && k < i + size; k++)
			whole = model[k] == model[i];
		assert_true((r != NULL) == whole);
		if (r != NULL)
			assert_int_equal(r->base + 1U, model[i]);
	}
}

TEST(the_map_answers_as_a_plain_model_does)
{
	memset(model, 0, sizeof(model));
	for (u32 n = 0; n < 4000U; n++) {
		const u32 base = (u32)next() % SPACE;
		const u32 size = 1U + (u32)next() % (SPACE - base < 12U ? SPACE - base : 12U);
		struct mmio_range r = range(base, size);
		bool is_free = true;

		for (u32 k = base; k < base + size; k++)
			is_free = is_free && model[k] == 0U;
		if ((next() & 1U) != 0U) {
			const int err = mmio_map_add(&map, &r);

			assert_true(err == (is_free ? 0 : BH_EEXIST) || err == BH_EOVERFLOW);
			for (u32 k = base; err == 0 && k < base + size; k++)
				model[k] = base + 1U;
		} else {
			const bool there = model[base] == base + 1U;

			assert_int_equal(mmio_map_remove(&map, base), there ? 0 : BH_ENOENT);
			for (u32 k = base; there && k < SPACE && model[k] == base + 1U; k++)
				model[k] = 0;
		}
		if (n % 16U == 0U)
			model_check();
	}
}

static u32 stop;
static u64 lookups;
static u32 alive = 1; /* is the range in the map, or may it still be? */

/* A handler is never found after its removal has returned. */
static void *reader(void *arg)
{
	u32 dead_hits = 0;

	fake_cpu = &cpus[(uintptr_t)arg];
	while (__atomic_load_n(&stop, __ATOMIC_SEQ_CST) == 0U) {
		const struct mmio_range *r;

		mmio_map_read_begin(&map);
		r = mmio_map_find(&map, 0x1008, 8);
		if (r != NULL) {
			for (u32 i = 0; i < 20U; i++)
				dead_hits += __atomic_load_n(&alive, __ATOMIC_SEQ_CST) == 0U;
			dead_hits += r->base != 0x1000U;
		}
		mmio_map_read_end(&map);
		__atomic_fetch_add(&lookups, 1U, __ATOMIC_SEQ_CST);
		cpu_relax();
	}
	return (void *)(uintptr_t)dead_hits;
}

TEST(no_reader_uses_a_range_after_its_removal)
{
	const struct mmio_range below = range(0x0, 0x10);
	const struct mmio_range r = range(0x1000, 0x1000);
	pthread_t threads[3];

	stop = 0;
	for (uintptr_t i = 0; i < 3U; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, (void *)(i + 1U)), 0);
	for (u32 n = 0; n < 2000U || __atomic_load_n(&lookups, __ATOMIC_SEQ_CST) < 1000U; n++) {
		__atomic_store_n(&alive, 1U, __ATOMIC_SEQ_CST);
		assert_int_equal(mmio_map_add(&map, &r), 0);
		assert_int_equal(mmio_map_add(&map, &below), 0);
		assert_int_equal(mmio_map_remove(&map, 0x1000), 0);
		__atomic_store_n(&alive, 0U, __ATOMIC_SEQ_CST);
		assert_int_equal(mmio_map_remove(&map, 0x0), 0);
	}
	__atomic_store_n(&stop, 1U, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < 3U; i++) {
		void *dead_hits;

		assert_int_equal(pthread_join(threads[i], &dead_hits), 0);
		assert_null(dead_hits);
	}
}

#define MMIO_TEST(name) cmocka_unit_test_setup(name, mmio_setup)

UNIT_TESTS(MMIO_TEST(ranges_that_overlap_are_empty_or_wrap_are_refused),
	   MMIO_TEST(a_full_map_says_so), MMIO_TEST(the_map_answers_as_a_plain_model_does),
	   MMIO_TEST(no_reader_uses_a_range_after_its_removal));
