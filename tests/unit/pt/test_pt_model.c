// SPDX-License-Identifier: Apache-2.0
/*
 * The engine against a plain model, for every format: random changes, stepped with random
 * interruptions, compared through walkers written from the manuals (spec.c), with a TLB and a
 * walk cache that forget only what the engine asks to flush.
 *
 * Operations a format: PT_OPS, or 10^8 with SCOPE=full, or 10^5. Seed: PT_SEED, printed.
 */
#include <stdlib.h>
#include <time.h>

#include <unit.h>

#include <bulkhead/lib/pt.h>

#include "spec.h"

#define CELLS_MAX 512U
#define CACHED 32U
#define FRAMES_MAX 1024U
#define EPOCH 4000U         /* operations before a new tree */
#define ALL_CHECKED 100000U /* operations after which a third is looked at */
#define HIGH 0xffff800000000000ULL

static const struct spec specs[] = {
	{ "long", PT_LONG, 48, 40, 0, 4, 9, 0, false },
	{ "long_upper_half_no_1g", PT_LONG, 48, 52, PT_F_NO_HUGE, 4, 9, HIGH, false },
	{ "long_breaks", PT_LONG, 48, 46, PT_F_BREAK, 4, 9, HIGH, true },
	{ "vmsa_el2", PT_VMSA_EL2, 48, 48, 0, 4, 9, 0, true },
	{ "vmsa_el2_39_bits", PT_VMSA_EL2, 39, 40, 0, 3, 9, 0, true },
	{ "ept", PT_EPT, 48, 46, 0, 4, 9, 0, false },
	{ "ept_mbec_x_only", PT_EPT, 48, 52, PT_F_SPLIT_X | PT_F_X_ONLY, 4, 9, 0, false },
	{ "ept_mbec", PT_EPT, 48, 39, PT_F_SPLIT_X, 4, 9, 0, false },
	{ "npt", PT_NPT, 48, 48, 0, 4, 9, 0, false },
	{ "vmsa_s2_40_bits", PT_VMSA_S2, 40, 40, 0, 3, 10, 0, true },
	{ "vmsa_s2_43_bits_xnx", PT_VMSA_S2, 43, 44, PT_F_SPLIT_X, 3, 13, 0, true },
	{ "vmsa_s2_44_bits", PT_VMSA_S2, 44, 44, 0, 4, 5, 0, true },
	{ "vmsa_s2_48_bits_bbm_2", PT_VMSA_S2, 48, 48, PT_F_NO_BREAK, 4, 9, 0, false },
	{ "smmu_s2_pages", PT_VMSA_S2, 42, 44, PT_F_PAGES_ONLY, 3, 12, 0, true },
	{ "vt_d_39_bits", PT_VTD, 39, 39, PT_F_NO_HUGE, 3, 9, 0, false },
	{ "vt_d_48_bits_snoop", PT_VTD, 48, 46, PT_F_SNOOP, 4, 9, 0, false },
	{ "amd_vi_39_bits", PT_AMDVI, 39, 48, 0, 3, 9, 0, false },
	{ "amd_vi_48_bits_snoop", PT_AMDVI, 48, 52, PT_F_SNOOP, 4, 9, 0, false },
};

struct cell {
	u64 pos, size, pa;
	u32 attr;
	bool mapped;
};

struct cached {
	bool valid;
	u64 pos;
	struct spec_entry e;
};

static const struct spec *spec;
static struct pt_format fmt;
static struct pt_pool pool;
static struct pt pt;
static u8 *memory;
static u64 base;
static struct cell cells[CELLS_MAX];
static u32 cell_count;
static struct cached tlb[CACHED];   /* leaves, as a TLB holds them */
static struct cached walks[CACHED]; /* tables on the way, as a walk cache holds them */
static u64 random_state;
static struct pt_near near; /* forgotten where a job is stepped */

static u64 rnd(u64 below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dULL % below;
}

static u64 number(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

static struct spec_entry look(u64 pos)
{
	const u64 mask = (1ULL << spec->in_bits) - 1U;
	const struct spec_entry e =
		spec_walk(spec, memory, base, pt.root, pos | (spec->high & mask));

	assert_int_not_equal(e.what, SPEC_BAD);
	return e;
}

/* Hardware has no word for a leaf without rights in these formats. */
static bool seen_as_hole(u32 attr)
{
	return (attr & PT_RIGHTS) == 0U &&
	       (spec->kind == PT_EPT || spec->kind == PT_NPT || spec->kind == PT_VTD);
}

/* pt_reach() from where it ended last, in the same table or another. */
static void check_reach(u64 va, const struct pt_leaf *leaf, bool mapped)
{
	static u32 turn;
	const u32 asked = turn++ & PT_RIGHTS;
	const bool has = mapped && (leaf->attr & asked) == asked;

	assert_true(pt_reach(&pt, va, asked, &near) == (has ? leaf->pa.v : PT_NONE));
}

/* Is what hardware and pt_query() find at @pos of @c what the model says? */
static void check_at(const struct cell *c, u64 pos)
{
	const struct spec_entry e = look(pos);
	struct pt_leaf leaf;
	const int err = pt_query(&pt, pos + spec->high, &leaf);

	assert_int_equal(err, c->mapped ? BH_OK : BH_ENOENT);
	assert_int_equal(leaf.level, e.level);
	assert_true(leaf.size == e.size);
	if (!c->mapped || seen_as_hole(c->attr)) {
		assert_int_equal(e.what, SPEC_HOLE);
		assert_int_equal(e.attr, c->mapped ? c->attr & PT_VE : 0U);
	} else {
		assert_int_equal(e.what, SPEC_LEAF);
		assert_true(e.pa == c->pa + (pos - c->pos));
		assert_int_equal(e.attr, c->attr);
	}
	if (c->mapped) {
		assert_true(leaf.pa.v == c->pa + (pos - c->pos));
		assert_int_equal(leaf.attr, c->attr);
	}
	check_reach(pos + spec->high, &leaf, c->mapped);
}

static void check_cell(const struct cell *c)
{
	check_at(c, c->pos);
	check_at(c, c->pos + c->size - 1U);
	check_at(c, c->pos + rnd(c->size));
}

/* ---- caches ---- */

/* A CPU or a device uses @pos: what it finds is cached. */
static void touch(u64 pos)
{
	const struct spec_entry e = look(pos);
	const struct cached now = { true, pos, e };

	walks[rnd(CACHED)] = now;
	if (e.what != SPEC_LEAF)
		return;
	for (u32 i = 0; i < CACHED; i++) {
		const struct spec_entry *o = &tlb[i].e;
		const u64 at = tlb[i].pos & ~(o->size - 1U), here = pos & ~(e.size - 1U);

		if (!tlb[i].valid || !range_overlaps(at, o->size, here, e.size))
			continue;
		/* A stale leaf may be wrong in rights until the flush, never in anything else. */
		assert_true(o->pa - tlb[i].pos == e.pa - pos);
		assert_int_equal(o->attr & ~PT_RIGHTS, e.attr & ~PT_RIGHTS);
		if (spec->breaks)
			assert_true(o->size == e.size);
	}
	tlb[rnd(CACHED)] = now;
}

static void flush(u64 va, u64 size, bool tables)
{
	const u64 pos = va - spec->high;

	for (u32 i = 0; i < CACHED; i++) {
		const u64 at = tlb[i].pos & ~(tlb[i].e.size - 1U);

		if (tlb[i].valid && range_overlaps(at, tlb[i].e.size, pos, size))
			tlb[i].valid = false;
		/* The upper levels of a walk stay cached where only its lower ones are flushed. */
		for (u32 l = 0; tables && walks[i].valid && l + 1U < spec->levels; l++) {
			const u64 covers = 0x1000ULL << (9U * (l + 1U));

			if (range_overlaps(walks[i].pos & ~(covers - 1U), covers, pos, size))
				walks[i].e.table[l] = 0U;
		}
	}
}

/* A leaf in the TLB is what a walk finds now. */
static void check_leaf(const struct cached *c)
{
	const struct spec_entry e = look(c->pos);

	assert_int_equal(e.what, SPEC_LEAF);
	assert_true(e.pa == c->e.pa && e.size == c->e.size);
	assert_int_equal(e.attr, c->e.attr);
}

static void check_walk(const struct cached *c)
{
	const struct spec_entry e = look(c->pos);

	for (u32 l = 0; l < spec->levels; l++) {
		if (c->e.table[l] != 0U)
			assert_true(e.table[l] == c->e.table[l]);
	}
}

/*
 * After the last flush of a job nothing cached may differ from the tables: looked at at once where
 * the job was, and everywhere after a few of them.
 */
static void check_caches(const struct pt_change *want, const struct pt_job *job)
{
	static u32 turn;
	const bool all = turn++ % 16U == 0U;
	const u64 first = want->va - spec->high;

	for (u32 i = 0; i < CACHED; i++) {
		const u64 size = tlb[i].e.size, at = tlb[i].pos & ~(size - 1U);

		if (tlb[i].valid && (all || range_overlaps(at, size, first, want->size)))
			check_leaf(&tlb[i]);
		if (walks[i].valid && (all || job->retired != 0U))
			check_walk(&walks[i]);
	}
}

/* ---- frames ---- */

/* Tables reachable from the table at @pa, each marked; iterative over one path. */
static u32 count_tables(u8 *seen)
{
	u64 table[PT_LEVELS_MAX];
	u64 index[PT_LEVELS_MAX] = { 0 };
	u32 level = spec->levels - 1U, n = 0U;

	table[level] = pt.root;
	for (;;) {
		const u32 bits = level + 1U == spec->levels ? spec->root_bits : 9U;
		struct spec_entry e;

		if (index[level] == 1ULL << bits) {
			level++;
			if (level == spec->levels)
				return n;
			index[level]++;
			continue;
		}
		if (level == 0U) {
			index[0] = 512U;
			continue;
		}
		e = spec_decode(
			spec,
			((const u64 *)(const void *)(memory + (table[level] - base)))[index[level]],
			level);
		if (e.what != SPEC_TABLE) {
			index[level]++;
			continue;
		}
		assert_true(e.pa >= base && e.pa - base < (u64)pool.frames << 12);
		assert_int_equal(seen[(e.pa - base) >> 12], 0);
		seen[(e.pa - base) >> 12] = 1;
		n++;
		level--;
		table[level] = e.pa;
		index[level] = 0U;
	}
}

static void check_frames(void)
{
	u8 seen[FRAMES_MAX] = { 0 };
	const u32 root = (u32)(((8ULL << spec->root_bits) + 4095U) >> 12);
	const u32 at = (u32)((pt.root - base) >> 12);
	u32 n;

	for (u32 i = 0; i < root; i++)
		seen[at + i] = 1;
	n = count_tables(seen);
	assert_int_equal(pool.reserved, 0);
	assert_int_equal(pool.fresh - pool.free, n + at + root);
}

/* ---- the world ---- */

static int compare(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Cells border where sizes of leaves change, with single pages around. */
static void make_cells(void)
{
	const u64 top = spec->high != 0U || spec->kind == PT_LONG ? 1ULL << 47
								  : 1ULL << spec->in_bits;
	const u64 anchors[] = { 0,
				MIB(2),
				MIB(4),
				MIB(8),
				GIB(1) - MIB(2),
				GIB(1),
				GIB(1) + MIB(2),
				GIB(2),
				GIB(3),
				GIB(4),
				GIB(512) - GIB(2),
				GIB(512),
				GIB(512) + MIB(4),
				top };
	u64 cuts[ARRAY_SIZE(anchors) * 16U];
	u32 n = 0;

	for (u32 a = 0; a < ARRAY_SIZE(anchors); a++) {
		for (u32 k = 0; k < 11U; k++) {
			const u64 cut = anchors[a] + k * 4096U - 5U * 4096U;

			if (cut <= top && anchors[a] <= top)
				cuts[n++] = cut;
		}
	}
	qsort(cuts, n, sizeof(cuts[0]), compare);
	cell_count = 0;
	for (u32 i = 0; i + 1U < n; i++) {
		if (cuts[i] != cuts[i + 1U])
			cells[cell_count++] =
				(struct cell){ cuts[i], cuts[i + 1U] - cuts[i], 0, 0, false };
	}
	assert_in_range(cell_count, 20, CELLS_MAX);
}

static void new_tree(void)
{
	const u32 frames = rnd(2) != 0U ? FRAMES_MAX : 4U + (u32)rnd(40);

	assert_int_equal(pt_format_init(&fmt, spec->kind, spec->in_bits, spec->out_bits,
					spec->flags),
			 BH_OK);
	assert_int_equal(fmt.levels, spec->levels);
	base = rnd(2) != 0U ? 0U : 0x12340000U;
	pt_pool_init(&pool, &fmt, memory, HPA(base), frames);
	memset(memory, 0, (size_t)FRAMES_MAX << 12);
	if (spec->kind == PT_EPT)
		pt_pool_fill(&pool);
	memset(tlb, 0, sizeof(tlb));
	memset(walks, 0, sizeof(walks));
	for (u32 i = 0; i < cell_count; i++)
		cells[i].mapped = false;
	if (pt_init(&pt, &fmt, &pool) != BH_OK) {
		assert_true(pt_format_root_size(&fmt) > (u64)(frames - 1U) << 12);
		pt_pool_init(&pool, &fmt, memory, HPA(base), FRAMES_MAX);
		pt_pool_fill(&pool);
		assert_int_equal(pt_init(&pt, &fmt, &pool), BH_OK);
	}
}

static u32 any_attr(void)
{
	u32 attr = (u32)rnd(16);

	if (rnd(4) != 0U)
		attr = (attr | PT_R) & (rnd(2) != 0U ? ~PT_X : ~0U);
	if ((attr & PT_X) != 0U && rnd(2) != 0U)
		attr |= PT_X;
	if (rnd(3) == 0U)
		attr |= (u32)rnd(4) * PT_DEVICE;
	return rnd(4) == 0U ? attr | PT_GLOBAL << rnd(4) : attr;
}

/* An output address for @size bytes at @pos, aligned like it more or less. */
static u64 any_pa(u64 pos, u64 size)
{
	const u64 align = size > GIB(2) ? GIB(1) : size > MIB(4) ? MIB(2) : 4096U;
	const u64 unit = rnd(2) != 0U ? GIB(1) : rnd(2) != 0U && align <= MIB(2) ? MIB(2) : align;
	const u64 span = 1ULL << spec->out_bits;
	const u64 pa = rnd(span) / unit * unit + pos % unit;

	return size <= span && pa > span - size ? (span - size) / unit * unit : pa;
}

/* A map that takes too long to be tried often. */
static u64 work_limit(void)
{
	return fmt.leaf_top == 0U ? MIB(4) : fmt.leaf_top == 1U ? GIB(2) : GIB(64);
}

/* Cells [first, last] of a random range, and not too much work. */
static struct pt_change any_change(u32 *first, u32 *last)
{
	static const enum pt_op ops[] = { PT_MAP,   PT_MAP,     PT_MAP,     PT_MAP,   PT_UNMAP,
					  PT_UNMAP, PT_PROTECT, PT_PROTECT, PT_SPLIT, PT_MERGE };
	struct pt_change want = { .op = ops[rnd(ARRAY_SIZE(ops))] };
	const u32 span = rnd(100) == 0U ? cell_count : rnd(20) == 0U ? 40U : 6U;

	do {
		*first = (u32)rnd(cell_count);
	} while (cells[*first].size > KIB(64) && rnd(8) != 0U);
	*last = *first;
	want.size = cells[*first].size;
	for (u64 n = rnd(span); n > 0U && *last + 1U < cell_count; n--) {
		if (want.op == PT_MAP && want.size + cells[*last + 1U].size > work_limit())
			break;
		++*last;
		want.size += cells[*last].size;
	}
	want.va = cells[*first].pos + spec->high;
	if (want.op == PT_MAP) {
		want.pa = HPA(any_pa(cells[*first].pos, want.size));
		want.attr = any_attr();
	} else if (want.op == PT_PROTECT) {
		want.attr = any_attr() & PT_RIGHTS;
	} else if (want.op == PT_SPLIT) {
		want.level = want.size > GIB(2) ? 2U : want.size > MIB(4) ? 1U : 0U;
	}
	return want;
}

/* What pt_start() and the checking steps must answer, but for BH_ENOMEM. */
static int expected(const struct pt_change *want, u32 first, u32 last)
{
	if (want->op == PT_MAP && !range_inside(want->pa.v, want->size, 0U, 1ULL << spec->out_bits))
		return BH_ERANGE;
	if (want->op == PT_MAP && !spec_can(spec, want->attr))
		return BH_ENOTSUP;
	/* Type and flags of what is there play no part. */
	if (want->op == PT_PROTECT && !spec_can(spec, want->attr))
		return BH_ENOTSUP;
	for (u32 i = first; i <= last && want->op == PT_MAP; i++) {
		if (cells[i].mapped)
			return BH_EEXIST;
	}
	return want->op == PT_MAP && want->size > work_limit() ? BH_ENOTSUP + 100 : BH_OK;
}

static void apply(const struct pt_change *want, u32 first, u32 last)
{
	for (u32 i = first; i <= last; i++) {
		struct cell *c = &cells[i];

		if (want->op == PT_MAP) {
			c->mapped = true;
			c->attr = want->attr;
			c->pa = want->pa.v + (c->pos - cells[first].pos);
		} else if (want->op == PT_UNMAP) {
			c->mapped = false;
		} else if (want->op == PT_PROTECT) {
			c->attr = (c->attr & ~PT_RIGHTS) | want->attr;
		}
	}
}

/*
 * Between steps: all outside the range is as ever, but what a break leaves out for a moment, and
 * the machine goes on using everything.
 */
static void meanwhile(u32 first, u32 last, const struct pt_range *out)
{
	const u32 i = (u32)rnd(cell_count);
	const struct cell *c = &cells[i];

	if ((i < first || i > last) &&
	    !(spec->breaks && range_overlaps(c->pos + spec->high, c->size, out->va, out->size)))
		check_cell(c);
	touch(cells[i].pos + rnd(cells[i].size));
	touch(cells[first].pos + rnd(cells[first].size));
	touch(cells[last].pos + rnd(cells[last].size));
}

/* What was refused for want of tables would need more than there are, had it more to take from. */
static void check_refusal(const struct pt_change *want)
{
	const struct pt_pool kept = pool;
	struct pt_job job;

	if (want->op == PT_SPLIT)
		return;
	pool.frames = FRAMES_MAX;
	if (pt_start(&job, &pt, want) == BH_OK) {
		assert_true(job.reserved > pt_pool_available(&kept));
		pt.busy = false;
	}
	pool = kept;
}

static int run(const struct pt_change *want, u32 first, u32 last)
{
	static const u32 units[] = { 1U, 5U, 30U, PT_STEP_UNITS, PT_STEP_UNITS };
	struct pt_job job;
	int r = pt_start(&job, &pt, want);

	if (r == BH_ENOMEM)
		check_refusal(want);
	if (r != BH_OK)
		return r;
	assert_int_equal(pt_start(&job, &pt, want), BH_EBUSY);
	job.units = want->size > KIB(256) ? PT_STEP_UNITS : units[rnd(ARRAY_SIZE(units))];
	do {
		r = pt_step(&job);
		near = (struct pt_near){ 0 };
		if (r < 0)
			break;
		assert_in_range(job.reserved, 0, pool.frames);
		if (r != PT_DONE)
			assert_int_equal(pt_finish(&job), BH_EBUSY);
		if (r == PT_BREAK || rnd(32) == 0U)
			meanwhile(first, last, &job.flush);
		if (r != PT_MORE && job.flush.size != 0U)
			flush(job.flush.va, job.flush.size, r == PT_BREAK || job.retired != 0U);
	} while (r > PT_DONE);
	if (r != PT_DONE)
		return r;
	/* The worst case was exact, so that a quota that just suffices is never refused. */
	if (want->op <= PT_PROTECT)
		assert_int_equal(job.reserved, 0);
	assert_int_equal(pt_step(&job), PT_DONE);
	assert_int_equal(pt_finish(&job), BH_OK);
	check_caches(want, &job);
	return BH_OK;
}

/* What a job came to: everywhere at first, at one place of three where there are many. */
static void check_result(u64 nth, u32 first, u32 last)
{
	const u32 place[] = { first, last, (u32)rnd(cell_count) };

	for (u32 i = 0; i < ARRAY_SIZE(place); i++) {
		if (nth < ALL_CHECKED || nth % ARRAY_SIZE(place) == i)
			check_cell(&cells[place[i]]);
	}
}

static void one_operation(u64 nth)
{
	u32 first, last;
	const struct pt_change want = any_change(&first, &last);
	const int e = expected(&want, first, last);
	int r;

	near = (struct pt_near){ 0 };
	if (e == BH_ENOTSUP + 100)
		return;
	r = run(&want, first, last);
	if (r != BH_ENOMEM)
		assert_int_equal(r, e);
	if (r == BH_OK)
		apply(&want, first, last);
	check_result(nth, first, last);
	if (r == BH_OK && want.op == PT_SPLIT)
		assert_true(look(cells[first].pos + rnd(cells[first].size)).level <= want.level ||
			    !cells[first].mapped);
	for (u32 n = 0; n < (nth < ALL_CHECKED ? 3U : 1U); n++) {
		const u32 i = (u32)rnd(cell_count);

		touch(cells[i].pos + rnd(cells[i].size));
	}
}

static void check_everything(void)
{
	for (u32 i = 0; i < cell_count; i++)
		check_cell(&cells[i]);
	check_frames();
}

/* Everything unmapped gives every table back. */
static void check_empty(void)
{
	const struct pt_change want = { .op = PT_UNMAP,
					.va = spec->high,
					.size = cells[cell_count - 1U].pos +
						cells[cell_count - 1U].size };
	const u32 root = (u32)((pt.root - base + pt_format_root_size(&fmt)) >> 12);

	assert_int_equal(run(&want, 0U, cell_count - 1U), BH_OK);
	apply(&want, 0U, cell_count - 1U);
	check_everything();
	assert_int_equal(pt_pool_available(&pool), pool.frames - root);
}

static u64 operations(void)
{
	const char *scope = getenv("SCOPE");

	return number("PT_OPS", scope != NULL && strcmp(scope, "full") == 0 ? 100000000U : 100000U);
}

static void model(const struct spec *s)
{
	const u64 ops = operations();

	spec = s;
	make_cells();
	for (u64 i = 0; i < ops; i++) {
		if (i % EPOCH == 0U)
			new_tree();
		one_operation(i);
		if (i % 500U == 0U)
			check_everything();
		if (i % EPOCH == EPOCH - 1U)
			check_empty();
	}
}

static int setup(void **state __unused)
{
	memory = aligned_alloc(4096U, (size_t)FRAMES_MAX << 12);
	random_state = number("PT_SEED", (u64)time(NULL)) | 1U;
	printf("pt: PT_SEED=%llu PT_OPS=%llu\n", (unsigned long long)random_state,
	       (unsigned long long)operations());
	return memory == NULL;
}

static int teardown(void **state __unused)
{
	free(memory);
	return 0;
}

static void every_format_follows_the_model(void **state)
{
	model(*state);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[ARRAY_SIZE(specs)];
	char names[ARRAY_SIZE(specs)][64];

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		snprintf(names[i], sizeof(names[i]), "%s", specs[i].name);
		tests[i] = (struct CMUnitTest){ names[i], every_format_follows_the_model, NULL,
						NULL, (void *)(uintptr_t)&specs[i] };
		if (argc > 1 && strcmp(argv[1], "-l") == 0)
			puts(names[i]);
	}
	if (argc > 1 && strcmp(argv[1], "-l") == 0)
		return 0;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name(argv[0], tests, setup, teardown);
}
