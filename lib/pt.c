// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/pt.h>

/* What a walk from the root, and the change of one entry, cost against a step's units. */
#define WALK_UNITS 8U
/* Entries filled in one step for each unit: filling is unrolled and much cheaper than a walk. */
#define FILL_PER_UNIT 4U

enum phase {
	PHASE_CHECK,   /* read the range before the first write */
	PHASE_ACT,     /* write it */
	PHASE_FILL,    /* split: build the new table */
	PHASE_LINK,    /* split: after the break, hang the table in */
	PHASE_RECLAIM, /* unmap: look for emptied tables behind the cursor */
	PHASE_SCAN,    /* merge: is the table one leaf? */
	PHASE_REPLACE, /* merge: after the break, put the leaf */
	PHASE_CLEAR,   /* merge: empty the old table */
	PHASE_DONE,
};

static inline u64 size_of(const struct pt_format *f, u32 level)
{
	return 1ULL << f->shift[level];
}

static inline u64 *table_at(const struct pt_pool *pool, u64 pa)
{
	return (u64 *)(void *)(pool->va + (pa - pool->base));
}

static inline u64 index_of(const struct pt_format *f, u64 pos, u32 level)
{
	return (pos >> f->shift[level]) & ((1ULL << f->bits[level]) - 1U);
}

static inline bool is_table(const struct pt_format *f, u64 e, u32 level)
{
	return level != 0U && e != f->empty && (e & f->kind) != f->block;
}

static inline u64 leaf_kind(const struct pt_format *f, u32 level)
{
	return level == 0U ? f->page : f->block;
}

static inline u64 entry_load(const u64 *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* One single-copy atomic store: a walker sees the old entry or the new one. */
static inline void entry_store(u64 *p, u64 e)
{
	__atomic_store_n(p, e, __ATOMIC_RELAXED);
}

/* After it, what the entry points to is complete for every walker that sees the entry. */
static inline void entry_link(u64 *p, u64 e)
{
	__atomic_store_n(p, e, __ATOMIC_RELEASE);
}

static void publish(const struct pt *pt, const u64 *p, u64 count)
{
	if (pt->publish != NULL) {
		pt->publish(p, count * sizeof(*p));
	}
}

static inline void spend(u32 *units, u32 n)
{
	*units = *units > n ? *units - n : 0U;
}

/* The entry for @pos at level @floor, or above it where the way ends in a leaf or a hole. */
static u64 *walk(const struct pt *pt, u64 pos, u32 floor, u32 *level)
{
	const struct pt_format *f = pt->fmt;
	u32 l = f->levels - 1U;
	u64 *p = table_at(pt->pool, pt->root) + index_of(f, pos, l);

	while (l > floor) {
		const u64 e = entry_load(p);

		if (!is_table(f, e, l)) {
			break;
		}
		l--;
		p = table_at(pt->pool, e & f->addr) + index_of(f, pos, l);
	}
	*level = l;
	return p;
}

/* Pool. */

void pt_pool_init(struct pt_pool *pool, const struct pt_format *f, void *va, hpa_t base, u32 frames)
{
	*pool = (struct pt_pool){
		.va = va,
		.base = base.v,
		.empty = f->empty,
		.shift = f->shift[0],
		.frames = frames,
	};
}

/* @count entries that start with @e and grow by @step, where no walker looks yet. */
static void fill(u64 *p, u64 count, u64 e, u64 step)
{
	for (; count >= 8U; count -= 8U, p += 8) {
		p[0] = e;
		p[1] = e + step;
		p[2] = e + 2U * step;
		p[3] = e + 3U * step;
		p[4] = e + 4U * step;
		p[5] = e + 5U * step;
		p[6] = e + 6U * step;
		p[7] = e + 7U * step;
		e += 8U * step;
	}
	for (; count != 0U; count--, p++) {
		*p = e;
		e += step;
	}
}

void pt_pool_fill(const struct pt_pool *pool)
{
	fill(table_at(pool, pool->base), ((u64)pool->frames << pool->shift) / sizeof(u64),
	     pool->empty, 0U);
}

u32 pt_pool_available(const struct pt_pool *pool)
{
	return pool->frames - pool->fresh + pool->free - pool->reserved;
}

/* An empty table out of the job's reservation, which makes it succeed. */
static u64 pool_take(struct pt_job *j)
{
	struct pt_pool *pool = j->pt->pool;
	u64 pa;

	j->reserved--;
	pool->reserved--;
	if (pool->free == 0U) {
		pa = pool->base + ((u64)pool->fresh << pool->shift);
		pool->fresh++;
	} else {
		u64 *t = table_at(pool, pool->head);

		pa = pool->head;
		pool->head = t[0] & ~pool->empty;
		t[0] = pool->empty;
		pool->free--;
	}
	return pa;
}

/*
 * Chains an empty table in front of @next. The link is an aligned address, which no format takes
 * for a present entry, so a walker that still holds the table finds nothing in it.
 */
static void chain(const struct pt_pool *pool, u64 pa, u64 next)
{
	entry_store(table_at(pool, pa), next | pool->empty);
}

static bool reserve(struct pt_job *j, u64 tables)
{
	struct pt_pool *pool = j->pt->pool;

	if (tables > pt_pool_available(pool)) {
		return false;
	}
	pool->reserved += (u32)tables;
	j->reserved += (u32)tables;
	return true;
}

int pt_init(struct pt *pt, const struct pt_format *f, struct pt_pool *pool)
{
	const u64 size = pt_format_root_size(f);
	const u64 root = ALIGN_UP(pool->base + ((u64)pool->fresh << pool->shift), size);
	const u64 used = (root + size - pool->base) >> pool->shift;

	if (used > (u64)pool->frames - pool->reserved + pool->free) {
		return BH_ENOMEM;
	}
	pool->fresh = (u32)used;
	*pt = (struct pt){ .fmt = f, .pool = pool, .root = root };
	return BH_OK;
}

/* Query. */

/* The position of @va in the tables, or BH_ERANGE where [va, va + size) leaves them. */
static int position(const struct pt_format *f, u64 va, u64 size, u64 *pos)
{
	const u32 in = pt_format_in_bits(f);
	const u64 mask = ~0ULL >> (64U - in);
	const u64 span = f->canonical ? 1ULL << (in - 1U) : mask + 1U;
	const u64 high = f->canonical && (va & span) != 0U ? ~mask : 0U;

	if ((va & ~mask) != high || size > span - (va & mask & (span - 1U))) {
		return BH_ERANGE;
	}
	*pos = va & mask;
	return BH_OK;
}

static u32 decode(const struct pt_format *f, u64 e)
{
	u32 attr = 0U;

	for (u32 i = 0U; i < ARRAY_SIZE(f->rights); i++) {
		attr |= (e & f->rights_field) == f->rights[i] ? i : 0U;
	}
	for (u32 i = 0U; i < ARRAY_SIZE(f->type); i++) {
		attr |= (e & f->type_field) == f->type[i] ? i * PT_DEVICE : 0U;
	}
	for (u32 i = 0U; i < ARRAY_SIZE(f->flag); i++) {
		if (f->flag[i] != PT_NONE && ((e ^ f->leaf) & f->flag[i]) != 0U) {
			attr |= PT_GLOBAL << i;
		}
	}
	return attr;
}

int pt_query(const struct pt *pt, u64 va, struct pt_leaf *out)
{
	const struct pt_format *f = pt->fmt;
	u64 pos = 0U;
	u64 e;

	if (position(f, va, 1U, &pos) != BH_OK) {
		return BH_ERANGE;
	}
	*out = (struct pt_leaf){ 0 };
	e = entry_load(walk(pt, pos, 0U, &out->level));
	out->size = size_of(f, out->level);
	if (e == f->empty) {
		return BH_ENOENT;
	}
	out->pa = HPA((e & f->addr) | (pos & (out->size - 1U)));
	out->attr = decode(f, e);
	return BH_OK;
}

/* Counting. */

/* Tables at levels @from to @to - 1 that [lo, hi) touches. */
static u64 tables_touched(const struct pt_format *f, u64 lo, u64 hi, u32 from, u32 to)
{
	u64 n = 0U;

	for (u32 t = from; t < to; t++) {
		n += ((hi - 1U) >> f->shift[t + 1U]) - (lo >> f->shift[t + 1U]) + 1U;
	}
	return n;
}

u64 pt_tables_max(const struct pt_format *f, u64 va, u64 size)
{
	u64 pos = 0U;

	if (size == 0U || position(f, va, size, &pos) != BH_OK) {
		return 0U;
	}
	return tables_touched(f, pos, pos + size, 0U, f->levels - 1U);
}

/* Levels below which the way to @pos has no table yet; 0 where nothing there is to be split. */
static u32 missing_below(const struct pt *pt, enum pt_op op, u64 pos)
{
	u32 level;
	const u64 e = entry_load(walk(pt, pos, 0U, &level));

	return op == PT_MAP || e != pt->fmt->empty ? level : 0U;
}

/*
 * Only entries that the range covers in part must become tables, at its two ends; a map whose
 * addresses do not allow a large leaf needs all the tables under it.
 */
static u64 tables_needed(const struct pt *pt, enum pt_op op, u64 lo, u64 hi, u64 out)
{
	const struct pt_format *f = pt->fmt;
	const u32 at_lo = missing_below(pt, op, lo);
	const u32 at_hi = missing_below(pt, op, hi - 1U);
	u64 n = 0U;

	for (u32 t = 0U; t + 1U < f->levels; t++) {
		const u64 rest = size_of(f, t + 1U) - 1U;
		const bool two = ((lo ^ (hi - 1U)) & ~rest) != 0U;

		if (op == PT_MAP && (t >= f->leaf_top || ((lo ^ out) & rest) != 0U)) {
			n += tables_touched(f, lo, hi, t, t + 1U);
			n -= (t >= at_lo ? 1U : 0U) + (two && t >= at_hi ? 1U : 0U);
			continue;
		}
		if (t < at_lo && ((lo & rest) != 0U || (!two && (hi & rest) != 0U))) {
			n++;
		}
		if (t < at_hi && two && (hi & rest) != 0U) {
			n++;
		}
	}
	return n;
}

u64 pt_tables_needed(const struct pt *pt, enum pt_op op, u64 va, hpa_t pa, u64 size)
{
	u64 pos = 0U;

	if (op > PT_PROTECT || size == 0U || position(pt->fmt, va, size, &pos) != BH_OK) {
		return 0U;
	}
	return tables_needed(pt, op, pos, pos + size, pa.v);
}

/* Start. */

static int start(struct pt_job *j, struct pt *pt, enum pt_op op, u64 va, u64 size, u64 out)
{
	const struct pt_format *f = pt->fmt;
	u64 pos = 0U;

	if (size == 0U || ((va | size | out) & (size_of(f, 0U) - 1U)) != 0U) {
		return BH_EINVAL;
	}
	if (position(f, va, size, &pos) != BH_OK) {
		return BH_ERANGE;
	}
	if (pt->busy) {
		return BH_EBUSY;
	}
	*j = (struct pt_job){
		.pt = pt,
		.op = op,
		.phase = op == PT_MAP || op == PT_SPLIT ? PHASE_CHECK : PHASE_ACT,
		.limit = PT_LEVELS_MAX,
		.units = PT_STEP_UNITS,
		.begin = pos,
		.end = pos + size,
		.pos = pos,
		.out = out,
		.high = va - pos,
	};
	if (op <= PT_PROTECT && !reserve(j, tables_needed(pt, op, pos, pos + size, out))) {
		return BH_ENOMEM;
	}
	pt->busy = true;
	return BH_OK;
}

/* A leaf with @attr, without address and level; PT_NONE if the format cannot. */
static u64 encode(const struct pt_format *f, u32 attr)
{
	const u64 rights = f->rights[attr & PT_RIGHTS];
	const u64 type = f->type[(attr & PT_TYPE) / PT_DEVICE];
	u64 e = f->leaf;

	if (rights == PT_NONE || type == PT_NONE) {
		return PT_NONE;
	}
	for (u32 i = 0U; i < ARRAY_SIZE(f->flag); i++) {
		if ((attr & (PT_GLOBAL << i)) == 0U) {
			continue;
		}
		if (f->flag[i] == PT_NONE) {
			return PT_NONE;
		}
		e ^= f->flag[i];
	}
	return e | rights | type;
}

int pt_map_start(struct pt_job *job, struct pt *pt, u64 va, hpa_t pa, u64 size, u32 attr)
{
	const u64 bits = encode(pt->fmt, attr);
	const u64 top = 1ULL << pt->fmt->out_bits;
	int err;

	if ((attr & ~PT_ATTRS) != 0U) {
		return BH_EINVAL;
	}
	if (bits == PT_NONE) {
		return BH_ENOTSUP;
	}
	if (!range_inside(pa.v, size, 0U, top)) {
		return BH_ERANGE;
	}
	err = start(job, pt, PT_MAP, va, size, pa.v);
	if (err == BH_OK) {
		job->bits = bits;
	}
	return err;
}

int pt_unmap_start(struct pt_job *job, struct pt *pt, u64 va, u64 size)
{
	return start(job, pt, PT_UNMAP, va, size, 0U);
}

int pt_protect_start(struct pt_job *job, struct pt *pt, u64 va, u64 size, u32 rights)
{
	int err;

	if ((rights & ~PT_RIGHTS) != 0U) {
		return BH_EINVAL;
	}
	if (pt->fmt->rights[rights] == PT_NONE) {
		return BH_ENOTSUP;
	}
	err = start(job, pt, PT_PROTECT, va, size, 0U);
	if (err == BH_OK) {
		job->bits = pt->fmt->rights[rights];
	}
	return err;
}

int pt_split_start(struct pt_job *job, struct pt *pt, u64 va, u64 size, u32 level)
{
	const int err = start(job, pt, PT_SPLIT, va, size, 0U);

	if (err == BH_OK) {
		job->limit = (u8)(level < PT_LEVELS_MAX ? level : PT_LEVELS_MAX);
	}
	return err;
}

int pt_merge_start(struct pt_job *job, struct pt *pt, u64 va, u64 size)
{
	const int err = start(job, pt, PT_MERGE, va, size, 0U);

	if (err == BH_OK) {
		job->phase = PHASE_SCAN;
		job->pos = ALIGN_UP(job->begin, size_of(pt->fmt, 1U));
	}
	return err;
}

/* Steps. */

/* Returns what the job did not need and ends it. */
static void end_job(struct pt_job *j)
{
	j->pt->pool->reserved -= j->reserved;
	j->reserved = 0U;
	j->phase = PHASE_DONE;
	j->pt->busy = false;
}

/* Adds a changed leaf to what must be flushed in the end. */
static void note(struct pt_job *j, u64 pos, u64 size)
{
	if (j->dirty_lo == j->dirty_hi) {
		j->dirty_lo = pos;
		j->dirty_hi = pos + size;
	}
	j->dirty_lo = pos < j->dirty_lo ? pos : j->dirty_lo;
	j->dirty_hi = pos + size > j->dirty_hi ? pos + size : j->dirty_hi;
}

static int step_check(struct pt_job *j, u32 *units)
{
	const struct pt_format *f = j->pt->fmt;
	u32 l;
	const u64 *p = walk(j->pt, j->pos, 0U, &l);
	u64 left = (1ULL << f->bits[l]) - index_of(f, j->pos, l);

	spend(units, WALK_UNITS);
	for (; left != 0U && j->pos < j->end && *units != 0U; left--, p++) {
		const u64 e = entry_load(p);
		const u64 next = ALIGN_DOWN(j->pos, size_of(f, l)) + size_of(f, l);
		const u64 stop = next < j->end ? next : j->end;

		if (is_table(f, e, l)) {
			return PT_MORE;
		}
		if (e != f->empty && j->op == PT_MAP) {
			end_job(j);
			return BH_EEXIST;
		}
		if (e != f->empty && l > j->limit) {
			j->bits += tables_touched(f, j->pos, stop, j->limit, l);
		}
		j->pos = stop;
		spend(units, 1U);
	}
	return PT_MORE;
}

/* The range was read to its end. */
static int end_check(struct pt_job *j)
{
	if (j->op == PT_SPLIT && !reserve(j, j->bits)) {
		end_job(j);
		return BH_ENOMEM;
	}
	j->pos = j->begin;
	j->phase = PHASE_ACT;
	return PT_MORE;
}

/* The largest leaf that fits at the cursor of a map. */
static u32 fitting_level(const struct pt_job *j)
{
	const struct pt_format *f = j->pt->fmt;
	u32 l = f->leaf_top;

	while (l != 0U && (((j->pos | j->out) & (size_of(f, l) - 1U)) != 0U ||
			   j->end - j->pos < size_of(f, l))) {
		l--;
	}
	return l;
}

static int step_map(struct pt_job *j, u32 *units)
{
	const struct pt *pt = j->pt;
	const struct pt_format *f = pt->fmt;
	const u32 target = fitting_level(j);
	u32 l;
	u64 *p = walk(pt, j->pos, 0U, &l);
	u64 left, n, e;

	spend(units, WALK_UNITS);
	while (l > target) {
		const u64 table = pool_take(j);

		publish(pt, table_at(pt->pool, table), 1U);
		entry_link(p, table | (f->table + l * f->table_step));
		publish(pt, p, 1U);
		l--;
		p = table_at(pt->pool, table) + index_of(f, j->pos, l);
	}
	left = (1ULL << f->bits[l]) - index_of(f, j->pos, l);
	n = (j->end - j->pos) >> f->shift[l];
	n = n < left ? n : left;
	n = n < *units ? n : *units;
	n = n == 0U ? 1U : n;
	e = j->bits | leaf_kind(f, l) | j->out;
	for (u64 i = 0U; i < n; i++) {
		entry_store(&p[i], e);
		e += size_of(f, l);
	}
	publish(pt, p, n);
	spend(units, (u32)n);
	j->pos += n << f->shift[l];
	j->out += n << f->shift[l];
	j->changed += n << f->shift[l];
	return PT_MORE;
}

static int begin_split(struct pt_job *j, u64 e, u32 level)
{
	j->entry = e;
	j->level = (u8)level;
	j->index = 0U;
	j->table = pool_take(j);
	j->phase = PHASE_FILL;
	return PT_MORE;
}

/* Unmaps or protects one leaf that lies in the range whole. */
static void change(struct pt_job *j, u64 *p, u64 e, u32 level)
{
	const struct pt_format *f = j->pt->fmt;
	u64 to = f->empty;

	if (j->op == PT_PROTECT) {
		to = (e & ~f->rights_field) | j->bits;
	}
	if (to != e) {
		entry_store(p, to);
		note(j, j->pos, size_of(f, level));
		j->changed += size_of(f, level);
	}
}

static int step_change(struct pt_job *j, u32 *units)
{
	const struct pt_format *f = j->pt->fmt;
	u32 l;
	u64 *const first = walk(j->pt, j->pos, 0U, &l);
	u64 *p = first;
	u64 left = (1ULL << f->bits[l]) - index_of(f, j->pos, l);
	int result = PT_MORE;

	spend(units, WALK_UNITS);
	while (left != 0U && j->pos < j->end && *units != 0U) {
		const u64 e = entry_load(p);
		const u64 base = ALIGN_DOWN(j->pos, size_of(f, l));
		const u64 next = base + size_of(f, l);

		if (is_table(f, e, l)) {
			break;
		}
		if (e != f->empty) {
			const bool whole = base == j->pos && next <= j->end;

			if (j->op == PT_SPLIT ? l > j->limit : !whole) {
				result = begin_split(j, e, l);
				break;
			}
			if (j->op != PT_SPLIT) {
				change(j, p, e, l);
			}
		}
		j->pos = next < j->end ? next : j->end;
		left--;
		p++;
		spend(units, 1U);
	}
	publish(j->pt, first, (u64)(p - first));
	if (j->op == PT_UNMAP && j->phase == PHASE_ACT && (left == 0U || j->pos == j->end)) {
		j->phase = PHASE_RECLAIM;
		j->level = (u8)l;
		j->index = 0U;
	}
	return result;
}

/*
 * Writes a share of the job's table, in a step of its own: true once the last entry is written.
 */
static bool step_fill(struct pt_job *j, u32 *units, u32 level, u64 e, u64 step)
{
	const u64 entries = 1ULL << j->pt->fmt->bits[level];
	u64 *const t = table_at(j->pt->pool, j->table);
	u64 n = (u64)j->units * FILL_PER_UNIT;

	if (*units != j->units) {
		*units = 0U;
		return false;
	}
	*units = 0U;
	n = n < entries - j->index ? n : entries - j->index;
	fill(t + j->index, n, e + j->index * step, step);
	publish(j->pt, t + j->index, n);
	j->index += (u32)n;
	return j->index == entries;
}

/* Asks for a flush of the leaf at the cursor. */
static int ask_flush(struct pt_job *j, u32 level, enum phase next)
{
	const u64 size = size_of(j->pt->fmt, level);

	j->phase = (u8)next;
	j->flush = (struct pt_range){ ALIGN_DOWN(j->pos, size) | j->high, size };
	return PT_BREAK;
}

static u64 link_to(const struct pt_job *j)
{
	const struct pt_format *f = j->pt->fmt;

	return j->table | (f->table + j->level * f->table_step);
}

static int step_split(struct pt_job *j, u32 *units)
{
	const struct pt_format *f = j->pt->fmt;
	const u32 below = j->level - 1U;
	const u64 e = (j->entry & ~f->kind) | leaf_kind(f, below);
	u32 l;
	u64 *p;

	if (!step_fill(j, units, below, e, size_of(f, below))) {
		return PT_MORE;
	}
	note(j, ALIGN_DOWN(j->pos, size_of(f, j->level)), size_of(f, j->level));
	p = walk(j->pt, j->pos, j->level, &l);
	entry_link(p, f->breaks ? f->empty : link_to(j));
	publish(j->pt, p, 1U);
	if (f->breaks) {
		return ask_flush(j, j->level, PHASE_LINK);
	}
	j->phase = PHASE_ACT;
	return PT_MORE;
}

static int step_link(struct pt_job *j, u32 *units)
{
	u32 l;
	u64 *p = walk(j->pt, j->pos, j->level, &l);

	spend(units, WALK_UNITS);
	entry_link(p, link_to(j));
	publish(j->pt, p, 1U);
	j->phase = PHASE_ACT;
	return PT_MORE;
}

/* Are the entries of @p from j->index on empty? PT_DONE yes, BH_EEXIST no, PT_MORE not known. */
static int scan_empty(struct pt_job *j, const u64 *p, u32 level, u32 *units)
{
	const struct pt_format *f = j->pt->fmt;

	while (j->index < (1U << f->bits[level])) {
		if (*units == 0U) {
			return PT_MORE;
		}
		if (entry_load(p + j->index) != f->empty) {
			return BH_EEXIST;
		}
		j->index++;
		spend(units, 1U);
	}
	return PT_DONE;
}

/*
 * The cursor left the table at j->level, or the job ends in it: takes it out of the tree if it is
 * empty, and then looks one level up. It stays out of the pool until pt_finish().
 */
static int step_reclaim(struct pt_job *j, u32 *units)
{
	const struct pt *pt = j->pt;
	const struct pt_format *f = pt->fmt;
	const u32 root = f->levels - 1U;
	u32 l;
	u64 *p, *parent;
	u64 span, base, table;

	spend(units, WALK_UNITS);
	p = walk(pt, j->pos - 1U, j->level, &l);
	if (l == root) {
		j->phase = PHASE_ACT;
		return PT_MORE;
	}
	span = size_of(f, l + 1U);
	base = ALIGN_DOWN(j->pos - 1U, span);
	if (base < j->begin || base + span > j->pos) {
		const int r = scan_empty(j, p - index_of(f, j->pos - 1U, l), l, units);

		if (r != PT_DONE) {
			j->phase = r == PT_MORE ? PHASE_RECLAIM : PHASE_ACT;
			return PT_MORE;
		}
	}
	parent = walk(pt, j->pos - 1U, l + 1U, &l);
	table = entry_load(parent) & f->addr;
	entry_store(parent, f->empty);
	publish(pt, parent, 1U);
	chain(pt->pool, table, j->retired_first);
	j->retired_last = j->retired == 0U ? table : j->retired_last;
	j->retired_first = table;
	j->retired++;
	j->level = (u8)l;
	j->index = 0U;
	if (l == root || (j->pos != j->end && !IS_ALIGNED(j->pos, size_of(f, l + 1U)))) {
		j->phase = PHASE_ACT;
	}
	return PT_MORE;
}

static void next_merge(struct pt_job *j, u64 pos)
{
	j->pos = pos;
	j->index = 0U;
	j->phase = PHASE_SCAN;
}

/* Does the table at @p from j->index on continue leaf @first? As scan_empty(). */
static int scan_leaves(struct pt_job *j, const u64 *p, u64 first, u32 *units)
{
	const struct pt_format *f = j->pt->fmt;

	while (j->index < (1U << f->bits[j->level])) {
		if (*units == 0U) {
			return PT_MORE;
		}
		if (entry_load(p + j->index) != first + ((u64)j->index << f->shift[j->level])) {
			return BH_EEXIST;
		}
		j->index++;
		spend(units, 1U);
	}
	return PT_DONE;
}

/* Looks at the table at the cursor; level after level, from the lowest. */
static int step_scan(struct pt_job *j, u32 *units)
{
	const struct pt_format *f = j->pt->fmt;
	const u32 t = j->level;
	u64 span, first;
	u64 *p;
	u32 l;
	int r;

	spend(units, WALK_UNITS);
	if (t >= f->leaf_top) {
		j->pos = j->end;
		j->phase = PHASE_ACT;
		return PT_MORE;
	}
	span = size_of(f, t + 1U);
	if (j->pos >= j->end || j->end - j->pos < span) {
		j->level++;
		next_merge(j,
			   t + 1U < f->leaf_top ? ALIGN_UP(j->begin, size_of(f, t + 2U)) : j->end);
		return PT_MORE;
	}
	p = walk(j->pt, j->pos, t, &l);
	if (l > t) {
		next_merge(j, ALIGN_DOWN(j->pos, size_of(f, l)) + size_of(f, l));
		return PT_MORE;
	}
	first = entry_load(p);
	r = first == f->empty || is_table(f, first, t) || (first & f->addr & (span - 1U)) != 0U
		    ? BH_EEXIST
		    : scan_leaves(j, p, first, units);
	if (r != PT_DONE) {
		if (r != PT_MORE) {
			next_merge(j, j->pos + span);
		}
		return PT_MORE;
	}
	j->entry = (first & ~f->kind) | f->block;
	p = walk(j->pt, j->pos, t + 1U, &l);
	j->table = entry_load(p) & f->addr;
	entry_store(p, f->breaks ? f->empty : j->entry);
	publish(j->pt, p, 1U);
	j->changed += span;
	return ask_flush(j, t + 1U, PHASE_REPLACE);
}

/* Nothing uses the old table any more. */
static int step_replace(struct pt_job *j, u32 *units)
{
	u32 l;
	u64 *p = walk(j->pt, j->pos, j->level + 1U, &l);

	spend(units, WALK_UNITS);
	entry_store(p, j->entry);
	publish(j->pt, p, 1U);
	j->index = 0U;
	j->phase = PHASE_CLEAR;
	return PT_MORE;
}

static int step_clear(struct pt_job *j, u32 *units)
{
	struct pt_pool *pool = j->pt->pool;

	if (step_fill(j, units, j->level, pool->empty, 0U)) {
		chain(pool, j->table, pool->head);
		pool->head = j->table;
		pool->free++;
		next_merge(j, j->pos + size_of(j->pt->fmt, j->level + 1U));
	}
	return PT_MORE;
}

static int end_act(struct pt_job *j)
{
	j->phase = PHASE_DONE;
	j->flush = (struct pt_range){ j->dirty_lo | j->high, j->dirty_hi - j->dirty_lo };
	return PT_DONE;
}

static int step_phase(struct pt_job *j, u32 *units)
{
	switch (j->phase) {
	case PHASE_CHECK:
		return j->pos < j->end ? step_check(j, units) : end_check(j);
	case PHASE_ACT:
		if (j->pos >= j->end) {
			return end_act(j);
		}
		return j->op == PT_MAP ? step_map(j, units) : step_change(j, units);
	case PHASE_FILL:
		return step_split(j, units);
	case PHASE_LINK:
		return step_link(j, units);
	case PHASE_RECLAIM:
		return step_reclaim(j, units);
	case PHASE_SCAN:
		return step_scan(j, units);
	case PHASE_REPLACE:
		return step_replace(j, units);
	case PHASE_CLEAR:
		return step_clear(j, units);
	default:
		return PT_DONE;
	}
}

int pt_step(struct pt_job *job)
{
	u32 units = job->units;
	int result = PT_MORE;

	if (job->phase != PHASE_DONE) {
		job->flush = (struct pt_range){ 0U, 0U };
	}
	while (result == PT_MORE && units != 0U) {
		result = step_phase(job, &units);
	}
	return result;
}

int pt_finish(struct pt_job *job)
{
	struct pt_pool *pool = job->pt->pool;

	if (job->phase != PHASE_DONE) {
		return BH_EBUSY;
	}
	if (job->retired != 0U) {
		chain(pool, job->retired_last, pool->head);
		pool->head = job->retired_first;
		pool->free += job->retired;
		job->retired = 0U;
	}
	end_job(job);
	return BH_OK;
}

int pt_run(struct pt_job *job, pt_flush_fn flush, void *ctx)
{
	int result;

	do {
		result = pt_step(job);
		if (result >= PT_DONE && job->flush.size != 0U) {
			flush(ctx, job->flush.va, job->flush.size);
		}
	} while (result > PT_DONE);
	return result < 0 ? result : pt_finish(job);
}

int pt_map(struct pt *pt, u64 va, hpa_t pa, u64 size, u32 attr)
{
	struct pt_job job;
	const int err = pt_map_start(&job, pt, va, pa, size, attr);

	return err != BH_OK ? err : pt_run(&job, NULL, NULL);
}

int pt_unmap(struct pt *pt, u64 va, u64 size, pt_flush_fn flush, void *ctx)
{
	struct pt_job job;
	const int err = pt_unmap_start(&job, pt, va, size);

	return err != BH_OK ? err : pt_run(&job, flush, ctx);
}

int pt_protect(struct pt *pt, u64 va, u64 size, u32 rights, pt_flush_fn flush, void *ctx)
{
	struct pt_job job;
	const int err = pt_protect_start(&job, pt, va, size, rights);

	return err != BH_OK ? err : pt_run(&job, flush, ctx);
}
