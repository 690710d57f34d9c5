// SPDX-License-Identifier: Apache-2.0
/*
 * The list of free RAM that a manifest's memory is tried out in: for any two ranges and any claim,
 * each page is free afterwards exactly if it was before and was not taken.
 */
#include "stubs.h"

#include FILE_UNDER_PROOF

/* Two ranges, and a claim, in eight pages. */
#define RANGES 2U
#define TOP (8U * PAGE_SIZE)

u64 nondet_u64(void);
u32 nondet_u32(void);
int main(void);

static struct manifest_board b;

static u64 any_page(void)
{
	const u64 at = nondet_u64();

	__CPROVER_assume(at <= TOP && IS_ALIGNED(at, PAGE_SIZE));
	return at;
}

static bool is_free(u64 byte)
{
	bool is = false;

	for (u32 i = 0; i < b.free_count && i < RANGES + 1U; i++)
		is = is || range_inside(byte, 1, b.free[i].base.v, b.free[i].size);
	return is;
}

/* Ascending, apart, not empty, none wraps. */
static bool in_order(void)
{
	bool is = b.free_count <= RANGES + 1U;

	for (u32 i = 0; i < b.free_count && i < RANGES + 1U; i++) {
		u64 end = b.free[i].base.v + b.free[i].size;

		is = is && end > b.free[i].base.v;
		is = is && (i + 1U == b.free_count || end <= b.free[i + 1U].base.v);
	}
	return is;
}

static void any_board(void)
{
	b.free_count = nondet_u32();
	__CPROVER_assume(b.free_count <= RANGES);
	for (u32 i = 0; i < RANGES; i++) {
		b.free[i].base = HPA(any_page());
		b.free[i].size = any_page();
	}
	__CPROVER_assume(in_order());
}

int main(void)
{
	const u64 size = any_page();
	const u64 byte = any_page();
	bool before;
	bool taken;
	hpa_t at;
	int err;

	any_board();
	before = is_free(byte);
	at = HPA(any_page());
	__CPROVER_assume(size != 0U);
	err = manifest_claim(&b, at.v, size);
	__CPROVER_assert(err == 0 || err == BH_EBUSY, "a claim answers as it says");
	taken = err == 0 && range_inside(byte, 1, at.v, size);
	__CPROVER_assert(!taken || before, "only what is free is taken");
	__CPROVER_assert(is_free(byte) == (before && !taken),
			 "what is taken is not free, and the rest is");
	__CPROVER_assert(in_order(), "the list stays in order");
	return 0;
}
