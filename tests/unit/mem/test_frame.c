// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/mmu.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>
#include <unit.h>

/* The fake image covers 1 MiB at 0x40000000. */
static struct machine m = {
	.ram_count = 2,
	.ram = { { HPA(0x40000000), MIB(16) }, { HPA(0x80000000), MIB(16) } },
	.reserved_count = 1,
	.reserved = { { HPA(0x40800000), MIB(1) } },
};

#define FREE_AT_FIRST (MIB(32) - MIB(1) - MIB(1))

TEST(free_memory_is_ram_without_what_is_reserved_and_the_image)
{
	assert_int_equal(frame_init(&m), 0);
	assert_int_equal(frame_total_bytes(), FREE_AT_FIRST);
	assert_int_equal(frame_claim(HPA(0x40000000), PAGE_SIZE), BH_EBUSY);
	assert_int_equal(frame_claim(HPA(0x40800000), PAGE_SIZE), BH_EBUSY);
	assert_int_equal(frame_claim(HPA(0x407ff000), 2U * PAGE_SIZE), BH_EBUSY);
	assert_int_equal(frame_claim(HPA(0x407ff000), PAGE_SIZE), 0);
}

/* One byte a page of both banks. */
static u8 taken[2][MIB(16) / PAGE_SIZE];

static void take(u64 base, u64 size)
{
	for (u64 p = base; p < base + size; p += PAGE_SIZE) {
		const u32 bank = p >= 0x80000000U;
		const u64 page = (p - (bank ? 0x80000000U : 0x40000000U)) / PAGE_SIZE;

		assert_true(page < ARRAY_SIZE(taken[0]));
		assert_int_equal(taken[bank][page], 0);
		taken[bank][page] = 1;
	}
}

TEST(no_frame_is_given_out_twice_and_all_are_aligned_as_asked)
{
	u64 seed = 88172645463325252ULL;
	u64 got = 0;
	u32 failures = 0;

	assert_int_equal(frame_init(&m), 0);
	memset(taken, 0, sizeof(taken));
	take(0x40000000, MIB(1));
	take(0x40800000, MIB(1));
	while (failures < 50U) {
		hpa_t pa;
		u64 size, align;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		size = (1U + (seed >> 8) % 40U) * PAGE_SIZE;
		align = PAGE_SIZE << ((seed >> 20) % 6U);
		if (frame_alloc(size, align, &pa) != 0) {
			failures++;
			continue;
		}
		assert_true(IS_ALIGNED(pa.v, align));
		take(pa.v, size);
		got += size;
	}
	assert_int_equal(frame_free_bytes(), FREE_AT_FIRST - got);
	assert_true(got > FREE_AT_FIRST / 4U);
}

TEST(after_the_close_nothing_is_given_out)
{
	hpa_t pa;

	assert_int_equal(frame_init(&m), 0);
	frame_close();
	assert_int_equal(frame_alloc(PAGE_SIZE, PAGE_SIZE, &pa), BH_EPERM);
	assert_int_equal(frame_claim(HPA(0x80000000), PAGE_SIZE), BH_EPERM);
	assert_int_equal(frame_free_bytes(), FREE_AT_FIRST);
}

TEST(odd_sizes_and_alignments_are_refused)
{
	hpa_t pa;

	assert_int_equal(frame_init(&m), 0);
	assert_int_equal(frame_alloc(0, PAGE_SIZE, &pa), BH_EINVAL);
	assert_int_equal(frame_alloc(100, PAGE_SIZE, &pa), BH_EINVAL);
	assert_int_equal(frame_alloc(PAGE_SIZE, 0, &pa), BH_EINVAL);
	assert_int_equal(frame_alloc(PAGE_SIZE, 3U * PAGE_SIZE, &pa), BH_EINVAL);
	assert_int_equal(frame_alloc(GIB(1), PAGE_SIZE, &pa), BH_ENOMEM);
}

TEST(a_machine_with_too_many_holes_loses_its_smallest_ranges)
{
	static struct machine many;

	memset(&many, 0, sizeof(many));
	many.ram_count = MACHINE_RAM_MAX;
	many.reserved_count = MACHINE_RESERVED_MAX;
	for (u32 i = 0; i < MACHINE_RAM_MAX; i++) {
		many.ram[i] = (struct machine_range){ HPA(GIB(4) + i * MIB(4)), MIB(3) };
		many.reserved[i] =
			(struct machine_range){ HPA(GIB(4) + i * MIB(4) + MIB(1)), PAGE_SIZE };
	}
	assert_int_equal(frame_init(&many), 0);
	many.ram_count--;
	many.ram[0].size = MIB(2) - PAGE_SIZE;
	assert_int_equal(frame_init(&many), 0);
	assert_int_equal(frame_total_bytes(), 31U * MIB(3) - MIB(1) - 32U * PAGE_SIZE);
}

TEST(a_range_is_cut_only_where_the_list_can_hold_the_rest)
{
	static struct machine one;
	u32 n = 0;

	one = (struct machine){ .ram_count = 1, .ram = { { HPA(GIB(4)), MIB(4) } } };
	assert_int_equal(frame_init(&one), 0);
	while (frame_claim(HPA(GIB(4) + (2U * n + 1U) * PAGE_SIZE), PAGE_SIZE) == 0)
		n++;
	assert_int_equal(n, FRAME_RANGES_MAX - 1U);
	assert_int_equal(frame_claim(HPA(GIB(4)), PAGE_SIZE), 0);
}

UNIT_TESTS(UNIT(free_memory_is_ram_without_what_is_reserved_and_the_image),
	   UNIT(no_frame_is_given_out_twice_and_all_are_aligned_as_asked),
	   UNIT(after_the_close_nothing_is_given_out), UNIT(odd_sizes_and_alignments_are_refused),
	   UNIT(a_machine_with_too_many_holes_loses_its_smallest_ranges),
	   UNIT(a_range_is_cut_only_where_the_list_can_hold_the_rest));
