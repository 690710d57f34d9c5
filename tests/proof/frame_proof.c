// SPDX-License-Identifier: Apache-2.0
/*
 * Proof about the frame allocator by CBMC, by induction: from every list of free ranges that are
 * apart and not empty, every request leaves such a list; what it gives out was free, is in no
 * range afterwards, and everything else is as free as before. And the list that is made at boot is
 * such a list, without reserved memory and the image. FILE_UNDER_PROOF is core/mem/frame.c, PART
 * what is asked: ALLOC, CLAIM or BOOT.
 */
#include "stubs.h"

#include <bulkhead/mem/frame.h>

/* Small enough to prove, and a list can be full. */
#undef FRAME_RANGES_MAX
#define FRAME_RANGES_MAX 2U

#include FILE_UNDER_PROOF

enum { ALLOC, CLAIM, BOOT };

_Bool nondet_bool(void);
u64 nondet_u64(void);
u32 nondet_u32(void);

/* Eight pages, at boot around the address below which nothing is free. */
#define LOW (PART == BOOT ? FRAME_LOWEST - 2U * PAGE_SIZE : 0U)
#define TOP (LOW + 8U * PAGE_SIZE)

static u64 image, image_size;

hpa_t mmu_image_base(void)
{
	return HPA(image);
}

u64 mmu_image_size(void)
{
	return image_size;
}

static u64 any_address(void)
{
	const u64 at = nondet_u64();

	__CPROVER_assume(at >= LOW && at < TOP);
	return at;
}

static u64 any_page(void)
{
	const u64 at = any_address();

	__CPROVER_assume(IS_ALIGNED(at, PAGE_SIZE));
	return at;
}

static u64 any_size(void)
{
	const u64 size = nondet_u64();

	__CPROVER_assume(size < TOP - LOW);
	return size;
}

static bool is_free(u64 at)
{
	bool found = false;

	for (u32 i = 0U; i < count && i < FRAME_RANGES_MAX; i++)
		found = found || (at >= list[i].base.v && at - list[i].base.v < list[i].size);
	return found;
}

static bool list_is_sound(void)
{
	bool sound = count <= FRAME_RANGES_MAX;

	for (u32 i = 0U; i < count && i < FRAME_RANGES_MAX; i++) {
		sound = sound && list[i].size != 0U && list[i].base.v < 2U * TOP &&
			list[i].size <= 2U * TOP - list[i].base.v &&
			IS_ALIGNED(list[i].base.v | list[i].size, PAGE_SIZE);
		for (u32 k = 0U; k < i; k++)
			sound = sound && !range_overlaps(list[k].base.v, list[k].size,
							 list[i].base.v, list[i].size);
	}
	return sound;
}

static void any_list(void)
{
	count = nondet_u32();
	closed = nondet_bool();
	for (u32 i = 0U; i < FRAME_RANGES_MAX; i++)
		list[i] = (struct machine_range){ .base = HPA(nondet_u64()), .size = nondet_u64() };
	__CPROVER_assume(list_is_sound());
}

static void prove_request(void)
{
	const u64 page = any_page();
	u64 size = any_page();
	hpa_t got = HPA(any_page());
	bool before;
	int err;

	any_list();
	before = is_free(page);
	if (PART == CLAIM)
		err = frame_claim(got, size);
	else
		err = frame_alloc(size, PAGE_SIZE << (nondet_u32() & 1U), &got);
	__CPROVER_assert(list_is_sound(), "frames: free ranges are apart and not empty");
	if (err != 0) {
		__CPROVER_assert(is_free(page) == before, "frames: a refusal changes nothing");
	} else if (page >= got.v && page - got.v < size) {
		__CPROVER_assert(before, "frames: what is given out was free");
		__CPROVER_assert(!is_free(page), "frames: no frame serves twice");
	} else {
		__CPROVER_assert(is_free(page) == before, "frames: nothing else changes");
	}
	__CPROVER_assert(err != 0 || !closed, "frames: nothing is given out after the end");
}

static void prove_boot(void)
{
	static struct machine m;
	const u64 page = any_page();

	image = any_page();
	image_size = any_size();
	__CPROVER_assume(image_size != 0U);
	m.ram_count = 1U;
	m.ram[0] = (struct machine_range){ .base = HPA(any_address()), .size = any_size() };
	m.reserved_count = 1U;
	m.reserved[0] = (struct machine_range){ .base = HPA(any_address()), .size = any_size() };
	(void)frame_init(&m);
	__CPROVER_assert(list_is_sound(), "frames: the first list is sound");
	if (is_free(page)) {
		__CPROVER_assert(range_inside(page, PAGE_SIZE, m.ram[0].base.v, m.ram[0].size),
				 "frames: what is free is memory");
		__CPROVER_assert(!range_overlaps(page, PAGE_SIZE, image, image_size),
				 "frames: the image is not free");
		__CPROVER_assert(!range_overlaps(page, PAGE_SIZE, m.reserved[0].base.v,
						 m.reserved[0].size),
				 "frames: reserved memory is not free");
	}
}

int main(void)
{
	if (PART == BOOT)
		prove_boot();
	else
		prove_request();
	return 0;
}
