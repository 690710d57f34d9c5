// SPDX-License-Identifier: Apache-2.0
/*
 * Proof about the quota of a region's overlay by CBMC: from every overlay that is sorted and apart,
 * every change leaves such an overlay within its quota, writes nothing behind it, and changes
 * nothing if it is refused. FILE_UNDER_PROOF is core/mem/region.c.
 */
#include "stubs.h"
#include FILE_UNDER_PROOF

#define MAX 2U
#define OWNER 1U

_Bool nondet_bool(void);
u64 nondet_u64(void);
u32 nondet_u32(void);

/* One more than the quota: what is written there is seen. */
static struct region_overlay overlay[MAX + 1U];
static struct pt_format fmt;
static struct s2 s2;
static struct region r;
static u32 changes;

/* Of whole stretches, which is all that is moved here. */
void *memmove(void *to, const void *from, size_t n)
{
	struct region_overlay kept[MAX + 1U];
	struct region_overlay *t = to;
	const struct region_overlay *f = from;

	for (size_t i = 0; i < n / sizeof(*t); i++)
		kept[i] = f[i];
	for (size_t i = 0; i < n / sizeof(*t); i++)
		t[i] = kept[i];
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	return memmove(to, from, n);
}

int s2_change(struct s2 *of, const struct pt_change *want, struct s2_ticket *ticket)
{
	(void)of;
	(void)want;
	(void)ticket;
	changes++;
	return 0;
}

void s2_ticket_wait(struct s2_ticket *ticket)
{
	(void)ticket;
}

static bool overlay_is_sound(void)
{
	bool sound = r.overlay_count <= r.overlay_max;

	for (u32 i = 0U; i < r.overlay_count && i < MAX; i++) {
		const struct region_overlay *o = &r.overlay[i];

		sound = sound && o->pages != 0U &&
			range_inside(o->first, o->pages, 0U, r.size >> PAGE_SHIFT);
		if (i != 0U)
			sound = sound && overlay[i - 1U].first + overlay[i - 1U].pages <= o->first;
	}
	return sound;
}

static void any_region(void)
{
	r = (struct region){ .size = nondet_u64(),
			     .attachment_count = 1U,
			     .overlay_max = nondet_u32(),
			     .overlay_count = nondet_u32(),
			     .overlay = overlay };
	r.attachment[0] = (struct region_attachment){ .s2 = &s2,
						      .owner = nondet_bool() ? OWNER : 0U,
						      .rights_max = nondet_u32() & PT_RIGHTS,
						      .grants = nondet_bool() };
	s2.pt.fmt = &fmt;
	__CPROVER_assume(r.size <= BIT(15) && IS_ALIGNED(r.size, PAGE_SIZE));
	__CPROVER_assume(r.overlay_max <= MAX && r.overlay_count <= MAX);
	for (u32 i = 0U; i <= MAX; i++) {
		overlay[i] = (struct region_overlay){ nondet_u64(), nondet_u64(), nondet_u32() };
		__CPROVER_assume((overlay[i].rights & ~(PT_RIGHTS | REGION_IMMUTABLE)) == 0U);
	}
	__CPROVER_assume(overlay_is_sound());
}

int main(void)
{
	const u64 first = nondet_u64();
	const u64 pages = nondet_u64();
	struct region_overlay behind;
	struct s2_ticket ticket;
	u32 before;
	int err;

	__CPROVER_assume(first < 16U && pages < 16U);
	any_region();
	behind = overlay[r.overlay_max];
	before = r.overlay_count;
	err = region_protect(&r, OWNER, first, pages, nondet_u32(), false, &ticket);
	__CPROVER_assert(overlay_is_sound(), "quota: the overlay is sound and within its quota");
	__CPROVER_assert(overlay[r.overlay_max].first == behind.first &&
				 overlay[r.overlay_max].pages == behind.pages,
			 "quota: nothing is written behind it");
	__CPROVER_assert(err == 0 || (changes == 0U && r.overlay_count == before),
			 "quota: a refusal changes nothing");
	__CPROVER_assert(!r.busy, "quota: the region is free again");
	return 0;
}
