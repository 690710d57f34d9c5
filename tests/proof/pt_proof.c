// SPDX-License-Identifier: Apache-2.0
/*
 * Proofs about the page-table engine by CBMC, with tables of two entries on two levels: for every
 * content of the entries, every attribute and address, with a break after every smallest piece of
 * work. OP, FIRST and COUNT (pages) say what is asked for, TREE which of the two lower tables are
 * there (bits 1 and 2), BREAKS whether the format breaks before it makes, STEPS_MAX how many steps
 * that may take. docs/page-tables.md says what this covers.
 *
 * Each assertion starts with the name of its property; proofs.py knows them.
 */
#include <bulkhead/lib/pt.h>

#define LEVELS 2U
#define SHIFT 4U /* a page and a table are 16 bytes */
#define LAST 1U
#define FRAMES 3U

#define BASE 0x40ULL
#define WORDS (1U << (SHIFT - 3U)) /* entries of a table */
#define IN_BITS (SHIFT + LEVELS)
#define PAGES (1U << (IN_BITS - SHIFT))
_Bool nondet_bool(void);
u64 nondet_u64(void);
u32 nondet_u32(void);

/* Bits of an entry: rights 63:60, type 59:58, table 57, large 56, a flag 55, always 54. */
#define IS_TABLE BIT(57)
#define IS_LARGE BIT(56)
#define FLAG BIT(55)
#define ALWAYS BIT(54)

static struct pt_format fmt = {
	.levels = LEVELS,
	.in_bits = IN_BITS,
	.out_bits = IN_BITS + 1U,
	.addr = BITS(IN_BITS, SHIFT),
	.table = { IS_TABLE, IS_TABLE, IS_TABLE },
	.link = IS_TABLE,
	.kind = IS_TABLE | IS_LARGE,
	.block = IS_LARGE,
	.leaf = ALWAYS,
	.rights_field = BITS(63, 60),
	.type_field = BITS(59, 58),
	.type = { 0U, BIT(58), BIT(59), PT_NONE },
	.flag = { FLAG, PT_NONE, PT_NONE, PT_NONE },
};

static u64 arena[FRAMES * WORDS];
static struct pt_pool pool;
static struct pt pt;

/* ---- any tree ---- */

static u64 any_leaf(u32 level)
{
	const u64 size = 1ULL << fmt.shift[level];
	const u64 pa = nondet_u64();

	__CPROVER_assume((pa & (size - 1U)) == 0U && pa < (1ULL << fmt.out_bits));
	return ALWAYS | pa | (nondet_u64() & (BITS(63, 60) | FLAG)) |
	       (nondet_bool() ? BIT(58) : 0U) | (level != 0U ? IS_LARGE : 0U);
}

/* An entry at @level that is no table. */
static u64 any_end(u32 level)
{
	return level > fmt.leaf_top || nondet_bool() ? 0U : any_leaf(level);
}

static u64 table_entry(u32 frame)
{
	return IS_TABLE | (BASE + ((u64)frame << SHIFT));
}

/* Fills the lowest table @frame; returns the entry that points to it, or to nothing. */
static u64 any_lowest(u32 frame, bool *used)
{
	bool empty = true;

	*used = (TREE >> frame & 1U) != 0U;
	if (!*used)
		return 0U;
	for (u32 i = 0U; i <= LAST; i++) {
		arena[frame * WORDS + i] = any_end(0U);
		empty = empty && arena[frame * WORDS + i] == 0U;
	}
	__CPROVER_assume(!empty);
	return table_entry(frame);
}

/*
 * Any tree without empty tables, each table in a frame of its place, and any number of the frames
 * left in the pool's list. Frames in no list stand for a smaller quota.
 */
static void any_tree(void)
{
	bool used[FRAMES] = { true };

	for (u32 i = 0U; i < 2U; i++) {
		const u64 e = any_lowest(1U + i, &used[1U + i]);

		arena[i] = used[1U + i] ? e : any_end(1U);
	}
	for (u32 i = 1U; i < FRAMES; i++) {
		if (!used[i] && nondet_bool()) {
			arena[i * WORDS] = pool.head;
			pool.head = BASE + ((u64)i << SHIFT);
			pool.free++;
		}
	}
}

static void any_format(void)
{
	for (u32 i = 0U; i < 16U; i++)
		fmt.rights[i] = (u64)i << 60;
	fmt.shift[0] = SHIFT;
	fmt.last[0] = LAST;
	fmt.shift[1] = SHIFT + 1U;
	fmt.last[1] = 1U;
	fmt.shift[LEVELS] = IN_BITS;
	fmt.breaks = BREAKS;
	fmt.leaf_top = LEVELS - 1U;
}

/* ---- what is checked ---- */

/* Every frame is in at most one place: in the tree, in the pool's list, or in neither. */
static void check_frames(void)
{
	u32 uses[FRAMES] = { 1U };
	u64 at = pool.head;

	for (u32 i = 0U; i < FRAMES; i++) {
		for (u32 k = 0U; k < WORDS; k++) {
			const u64 e = arena[i * WORDS + k];

			if ((e & IS_TABLE) != 0U) {
				const u64 n = ((e & fmt.addr) - BASE) >> SHIFT;

				__CPROVER_assert(n < FRAMES,
						 "frames: a table entry points into the arena");
				uses[n]++;
			}
		}
	}
	for (u32 i = 0U; i < pool.free && i < FRAMES; i++) {
		const u64 n = (at - BASE) >> SHIFT;

		__CPROVER_assert(n < FRAMES, "frames: the list stays in the arena");
		uses[n]++;
		at = arena[n * WORDS];
		for (u32 k = 1U; k < WORDS; k++)
			__CPROVER_assert(arena[n * WORDS + k] == 0U,
					 "frames: a free table is empty");
	}
	for (u32 i = 0U; i < FRAMES; i++)
		__CPROVER_assert(uses[i] <= 1U, "frames: no table serves twice");
}

static struct pt_change any_change(void)
{
	struct pt_change want = {
		.op = OP,
		.va = FIRST << SHIFT,
		.size = COUNT << SHIFT,
		.pa = HPA(OP == PT_MAP ? nondet_u64() : 0U),
		.attr = OP == PT_MAP || OP == PT_PROTECT ? nondet_u32() : 0U,
		.level = 0U,
	};

	return want;
}

/* The mapping of page @page afterwards, given what it was. */
static void check_page(const struct pt_change *want, u64 page, int before,
		       const struct pt_leaf *old)
{
	const u64 va = page << SHIFT;
	const bool inside = va >= want->va && va - want->va < want->size;
	struct pt_leaf now;
	const int err = pt_query(&pt, va, &now);

	if (!inside) {
		__CPROVER_assert(err == before && now.pa.v == old->pa.v && now.attr == old->attr,
				 "outside: nothing outside the range changes");
	} else if (OP == PT_MAP) {
		__CPROVER_assert(err == BH_OK && now.pa.v == want->pa.v + (va - want->va) &&
					 now.attr == want->attr,
				 "query: a query returns what was mapped");
	} else if (OP == PT_UNMAP) {
		__CPROVER_assert(err == BH_ENOENT, "query: what was unmapped is a hole");
	} else if (OP == PT_PROTECT) {
		__CPROVER_assert(err == before && now.pa.v == old->pa.v &&
					 (err != BH_OK ||
					  now.attr == ((old->attr & ~PT_RIGHTS) | want->attr)),
				 "query: a protect changes rights and nothing else");
	} else {
		__CPROVER_assert(err == before && now.pa.v == old->pa.v && now.attr == old->attr,
				 "split: rights and addresses stay");
		__CPROVER_assert(OP != PT_SPLIT || err != BH_OK || now.level <= want->level,
				 "split: no leaf is larger than asked");
	}
}

int main(void)
{
	const u64 page = nondet_u64();
	struct pt_change want = any_change();
	struct pt_leaf old;
	struct pt_job job;
	u32 available, steps;
	int before, r;

	__CPROVER_assume(page < PAGES);
	any_format();
	pool = (struct pt_pool){
		.words = arena, .base = BASE, .shift = SHIFT, .frames = FRAMES, .fresh = FRAMES
	};
	pt = (struct pt){ .fmt = &fmt, .pool = &pool, .root = BASE };
	any_tree();
	check_frames();
	before = pt_query(&pt, page << SHIFT, &old);
	available = pool.free;

	r = pt_start(&job, &pt, &want);
	if (r == BH_OK) {
		__CPROVER_assert(job.op == OP && job.pt == &pt &&
					 job.limit == (OP == PT_SPLIT ? want.level : 0U),
				 "model: start");
		job.op = OP;
		job.pt = &pt;
		for (steps = 0U; steps < STEPS_MAX; steps++) {
			job.units = 1U;
			r = pt_step(&job);
			__CPROVER_assert(pool.reserved <= pool.free &&
						 job.reserved == pool.reserved,
					 "quota: what is reserved is there");
			if (r <= PT_DONE)
				break;
		}
		__CPROVER_assert(r <= PT_DONE, "resume: every job ends");
		if (r == PT_DONE) {
			__CPROVER_assert(OP > PT_PROTECT || job.reserved == 0U,
					 "quota: the worst case is exact");
			r = pt_finish(&job);
			__CPROVER_assert(r == BH_OK, "resume: a finished job finishes");
		}
	}
	if (r == BH_OK) {
		check_page(&want, page, before, &old);
	} else {
		struct pt_leaf now;

		__CPROVER_assert(pt_query(&pt, page << SHIFT, &now) == before &&
					 now.pa.v == old.pa.v && now.size == old.size &&
					 now.attr == old.attr && pool.free == available,
				 "quota: a refused request changes nothing");
	}
	__CPROVER_assert(pool.reserved == 0U && !pt.busy, "quota: nothing stays reserved");
	check_frames();
	return 0;
}
