// SPDX-License-Identifier: Apache-2.0
/*
 * How far a guest's own walk gets. The syndrome of stage 2 says at which of its levels there was
 * nothing, not for which table of stage 1; the guest would have been told the latter.
 */
#include <asm/virt.h>

#define LEVEL_LAST 3

#define DESC_TYPE 3U
#define DESC_TABLE 3U

/* TCR_EL1. */
#define TG0_64K 1U
#define TG0_16K 2U
#define TG1_16K 1U
#define TG1_64K 3U

/* Of the half of the address space that @gva is in. */
struct regime {
	u32 bits;  /* of an address that are translated */
	u32 shift; /* of a page */
	u64 table;
};

static u32 page_shift(u32 granule, u32 g16k, u32 g64k)
{
	if (granule == g64k)
		return 16;
	return granule == g16k ? 14U : 12U;
}

static struct regime regime_of(const struct walk *w, u64 gva)
{
	const bool high = (gva & BIT(55)) != 0U;
	const u32 size = (u32)(high ? FIELD_GET(w->tcr, 21, 16) : FIELD_GET(w->tcr, 5, 0));
	const u32 granule = (u32)(high ? FIELD_GET(w->tcr, 31, 30) : FIELD_GET(w->tcr, 15, 14));

	return (struct regime){
		.bits = 64U - size,
		.shift = high ? page_shift(granule, TG1_16K, TG1_64K)
			      : page_shift(granule, TG0_16K, TG0_64K),
		.table = w->ttbr[high ? 1 : 0] & BITS(47, 1),
	};
}

s32 walk_level(const struct walk *w, u64 gva)
{
	const struct regime r = regime_of(w, gva);
	const u32 each = r.shift - 3U;
	u32 below = r.shift; /* bits of the address that the tables behind this one translate */
	s32 level = LEVEL_LAST;
	u64 table = r.table;
	u64 mask;

	for (; below + each < r.bits && level >= 0; level--)
		below += each;
	mask = r.bits < 64U ? BIT(r.bits) - 1U : ~0ULL;
	for (; level < LEVEL_LAST; level++) {
		const u64 index = (gva & mask) >> below;
		u64 entry;

		if (w->read(w->ctx, GPA(table + index * sizeof(entry)), &entry) != 0)
			break;
		if (w->big_endian)
			entry = __builtin_bswap64(entry);
		if ((entry & DESC_TYPE) != DESC_TABLE)
			break;
		table = entry & BITS(47, r.shift);
		mask = BIT(below) - 1U;
		below -= each;
	}
	return level;
}
