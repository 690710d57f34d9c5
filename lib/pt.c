// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/lib/pt.h>

/* What a walk from the root costs against a step's units; an entry costs one. */
#define WALK_UNITS 5U
/* Entries filled in one step for each unit: filling is unrolled and far cheaper than a walk. */
#define FILL_PER_UNIT 14U

enum phase {
	PHASE_CHECK,   /* read the range before the first write */
	PHASE_ACT,     /* write it */
	PHASE_FILL,    /* split: build the new table */
	PHASE_RECLAIM, /* unmap: look for emptied tables behind the cursor */
	PHASE_SCAN,    /* merge: is the table one leaf? */
	PHASE_CLEAR,   /* merge: empty the old table */
	PHASE_PUT,     /* after a break and its flush: store the new entry */
	PHASE_DONE,
};

static inline u64 size_of(const struct pt_format *f, u32 level)
{
	return 1ULL << f->shift[level];
}

static inline u64 index_of(const struct pt_format *f, u64 pos, u32 level)
{
	return (pos >> f->shift[level]) & f->last[level];
}

/* Entries from the one for @pos to the end of its table. */
static inline u64 entries_left(const struct pt_format *f, u64 pos, u32 level)
{
	return f->last[level] + 1U - index_of(f, pos, level);
}

static inline bool is_table(const struct pt_format *f, u64 e, u32 level)
{
	return level != 0U && ((e ^ f->table[level]) & f->link) == 0U;
}

/* @e as a leaf of @level. */
static inline u64 as_leaf(const struct pt_format *f, u64 e, u32 level)
{
	return (e & ~f->kind) | (level == 0U ? f->page : f->block);
}

/*
 * Entries are named by their physical address. Reading and writing goes through an index into the
 * arena and not through pointers, which is what keeps the proofs small.
 */
static inline u64 word_of(const struct pt_pool *pool, u64 at)
{
	return (at - pool->base) >> 3;
}

static inline u64 entry_load(const struct pt *pt, u64 at)
{
	return read_once(pt->pool->words[word_of(pt->pool, at)]);
}

static void publish(const struct pt *pt, u64 at, u64 count)
{
	if (pt->publish != NULL)
		pt->publish(&pt->pool->words[word_of(pt->pool, at)], count * sizeof(u64));
}

/* One single-copy atomic store: a walker sees the old entry or the new one. */
static inline void entry_write(const struct pt *pt, u64 at, u64 e)
{
	write_once(pt->pool->words[word_of(pt->pool, at)], e);
}

/* The same, and what @e points to is complete for a walker that sees it. */
static inline void entry_store(const struct pt *pt, u64 at, u64 e)
{
	store_release(&pt->pool->words[word_of(pt->pool, at)], e);
	publish(pt, at, 1U);
}

static inline void spend(u32 *units, u64 n)
{
	*units = *units > n ? *units - (u32)n : 0U;
}

static inline u64 entry_at(const struct pt_format *f, u64 table, u64 pos, u32 level)
{
	return table + (index_of(f, pos, level) << 3);
}

/* Where the entry for @pos at level @floor is, or above it if the way ends in a leaf or a hole. */
static u64 walk(const struct pt *pt, u64 pos, u32 floor, u32 *level)
{
	const struct pt_format *f = pt->fmt;
	u32 l = f->levels - 1U;
	u64 at = entry_at(f, pt->root, pos, l);

	while (l > floor) {
		const u64 e = entry_load(pt, at);

		if (!is_table(f, e, l))
			break;
		l--;
		at = entry_at(f, e & f->addr, pos, l);
	}
	*level = l;
	return at;
}

/* The pool. */

void pt_pool_init(struct pt_pool *pool, const struct pt_format *f, void *va, hpa_t base, u32 frames)
{
	*pool = (struct pt_pool){
		.words = va,
		.base = base.v,
		.empty = f->empty,
		.shift = f->shift[0],
		.frames = frames,
	};
}

/* Four entries of fill(). */
#define FILL4(k)                    \
	w[i + (k)] = e;             \
	w[i + (k) + 1U] = e + step; \
	e += (step << 1);           \
	w[i + (k) + 2U] = e;        \
	w[i + (k) + 3U] = e + step; \
	e += (step << 1)

/*
 * Entries @i to @end - 1 of @w, from @e on, growing by @step, where no walker looks; returns what
 * the next one would be.
 */
static u64 fill(u64 *w, u64 i, u64 end, u64 e, u64 step)
{
	for (; end - i >= 16U; i += 16U) {
		FILL4(0U);
		FILL4(4U);
		FILL4(8U);
		FILL4(12U);
	}
	for (; i < end; i++) {
		w[i] = e;
		e += step;
	}
	return e;
}

void pt_pool_fill(const struct pt_pool *pool)
{
	fill(pool->words, 0U, ((u64)pool->frames << pool->shift) / sizeof(u64), pool->empty, 0U);
}

u32 pt_pool_available(const struct pt_pool *pool)
{
	return pool->frames - pool->fresh + pool->free - pool->reserved;
}

static bool reserve(struct pt_job *j, u64 tables)
{
	if (tables > pt_pool_available(j->pt->pool))
		return false;
	j->pt->pool->reserved += (u32)tables;
	j->reserved += (u32)tables;
	return true;
}

/* An empty table out of the job's reservation, so there is one. */
static u64 pool_take(struct pt_job *j)
{
	struct pt_pool *pool = j->pt->pool;
	u64 pa = pool->head;

	j->reserved--;
	pool->reserved--;
	if (pool->free == 0U) {
		pa = pool->base + ((u64)pool->fresh << pool->shift);
		pool->fresh++;
		return pa;
	}
	pool->head = entry_load(j->pt, pa) & ~pool->empty;
	pool->free--;
	entry_store(j->pt, pa, pool->empty);
	return pa;
}

/*
 * Chains an empty table in front of @next. The link is an aligned address, which no format takes
 * for a present entry, so a walker that still holds the table finds nothing in it.
 */
static void chain(const struct pt *pt, u64 pa, u64 next)
{
	entry_store(pt, pa, next | pt->pool->empty);
}

/* Gives the @n tables from @first to @last, chained, back. */
static void pool_put(const struct pt *pt, u64 first, u64 last, u32 n)
{
	chain(pt, last, pt->pool->head);
	pt->pool->head = first;
	pt->pool->free += n;
}

int pt_init(struct pt *pt, const struct pt_format *f, struct pt_pool *pool)
{
	const u64 size = pt_format_root_size(f);
	const u64 root = ALIGN_UP(pool->base + ((u64)pool->fresh << pool->shift), size);
	const u64 used = (root + size - pool->base) >> pool->shift;

	if (used > pool->frames || used - pool->fresh > pt_pool_available(pool))
		return BH_ENOMEM;
	pool->fresh = (u32)used;
	*pt = (struct pt){ .fmt = f, .pool = pool, .root = root };
	return BH_OK;
}

/* Attributes and addresses. */

/* The position of @va in the tables, or BH_ERANGE where [va, va + size) leaves them. */
static int position(const struct pt_format *f, u64 va, u64 size, u64 *pos)
{
	const u64 mask = (1ULL << f->in_bits) - 1U;
	const u64 span = f->canonical ? (mask >> 1) + 1U : mask + 1U;
	const u64 high = f->canonical && (va & span) != 0U ? ~mask : 0U;

	if ((va & ~mask) != high || size > span - (va & (span - 1U)))
		return BH_ERANGE;
	*pos = va & mask;
	return BH_OK;
}

/* A leaf with @attr, without address and kind; PT_NONE if the format cannot. */
static u64 encode(const struct pt_format *f, u32 attr)
{
	const u64 rights = f->rights[attr & PT_RIGHTS];
	const u64 type = f->type[(attr & PT_TYPE) / PT_DEVICE];
	u64 e = f->leaf;

	if (rights == PT_NONE || type == PT_NONE)
		return PT_NONE;
	for (u32 i = 0U; i < ARRAY_SIZE(f->flag); i++) {
		const bool wanted = (attr & (PT_GLOBAL << i)) != 0U;

		if (wanted && f->flag[i] == PT_NONE)
			return PT_NONE;
		e ^= wanted ? f->flag[i] : 0U;
	}
	return e | rights | type;
}

static u32 decode(const struct pt_format *f, u64 e)
{
	u32 attr = 0U;

	for (u32 i = 0U; i < ARRAY_SIZE(f->rights); i++)
		attr |= (e & f->rights_field) == f->rights[i] ? i : 0U;
	for (u32 i = 0U; i < ARRAY_SIZE(f->type); i++)
		attr |= (e & f->type_field) == f->type[i] ? i * PT_DEVICE : 0U;
	for (u32 i = 0U; i < ARRAY_SIZE(f->flag); i++) {
		if (f->flag[i] != PT_NONE && ((e ^ f->leaf) & f->flag[i]) != 0U)
			attr |= PT_GLOBAL << i;
	}
	return attr;
}

int pt_query(const struct pt *pt, u64 va, struct pt_leaf *out)
{
	const struct pt_format *f = pt->fmt;
	u64 pos = 0U;
	u64 e;

	if (position(f, va, 1U, &pos) != BH_OK)
		return BH_ERANGE;
	*out = (struct pt_leaf){ 0 };
	e = entry_load(pt, walk(pt, pos, 0U, &out->level));
	out->size = size_of(f, out->level);
	if (e == f->empty)
		return BH_ENOENT;
	out->pa = HPA((e & f->addr) | (pos & (out->size - 1U)));
	out->attr = decode(f, e);
	return BH_OK;
}

/* Counting. */

/* Tables at levels @from to @to - 1 that [lo, hi) touches. */
static u64 tables_touched(const struct pt_format *f, u64 lo, u64 hi, u32 from, u32 to)
{
	u64 n = 0U;

	for (u32 t = from; t < to; t++)
		n += ((hi - 1U) >> f->shift[t + 1U]) - (lo >> f->shift[t + 1U]) + 1U;
	return n;
}

u64 pt_tables_max(const struct pt_format *f, u64 va, u64 size)
{
	u64 pos = 0U;

	if (size == 0U || position(f, va, size, &pos) != BH_OK)
		return 0U;
	return tables_touched(f, pos, pos + size, 0U, f->levels - 1U);
}

/* Level below which the way to @pos lacks tables; 0 where nothing there needs one. */
static u32 missing_below(const struct pt *pt, enum pt_op op, u64 pos)
{
	u32 level;
	const u64 e = entry_load(pt, walk(pt, pos, 0U, &level));

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
	const bool near = ((lo ^ (hi - 1U)) >> f->shift[1]) == 0U;
	const u32 at_hi = near ? 0U : missing_below(pt, op, hi - 1U);
	u64 n = 0U;

	for (u32 t = 0U; t + 1U < f->levels; t++) {
		const u64 rest = size_of(f, t + 1U) - 1U;
		const bool two = ((lo ^ (hi - 1U)) & ~rest) != 0U;
		const bool all = op == PT_MAP && (t >= f->leaf_top || ((lo ^ out) & rest) != 0U);

		if (all && two)
			n += tables_touched(f, lo, hi, t, t + 1U) - 2U;
		if (t < at_lo && (all || (lo & rest) != 0U || (!two && (hi & rest) != 0U)))
			n++;
		if (t < at_hi && two && (all || (hi & rest) != 0U))
			n++;
	}
	return n;
}

u64 pt_tables_needed(const struct pt *pt, const struct pt_change *want)
{
	u64 pos = 0U;

	if (want->op > PT_PROTECT || want->size == 0U ||
	    position(pt->fmt, want->va, want->size, &pos) != BH_OK)
		return 0U;
	return tables_needed(pt, want->op, pos, pos + want->size, want->pa.v);
}

/* Start. */

/* What pt_start() can say without the tree; *bits is what the job puts into leaves. */
static int check_change(const struct pt_format *f, const struct pt_change *want, u64 *bits)
{
	const u64 out = want->op == PT_MAP ? want->pa.v : 0U;
	const u32 allowed = want->op == PT_MAP ? PT_ATTRS : want->op == PT_PROTECT ? PT_RIGHTS : 0U;

	if (want->op > PT_MERGE || want->size == 0U || (want->attr & ~allowed) != 0U ||
	    ((want->va | want->size | out) & (size_of(f, 0U) - 1U)) != 0U)
		return BH_EINVAL;
	if (!range_inside(out, want->size, 0U, f->addr + size_of(f, 0U)) && want->op == PT_MAP)
		return BH_ERANGE;
	if (want->op == PT_MAP)
		*bits = encode(f, want->attr);
	if (want->op == PT_PROTECT)
		*bits = f->rights[want->attr];
	return *bits == PT_NONE ? BH_ENOTSUP : BH_OK;
}

int pt_start(struct pt_job *job, struct pt *pt, const struct pt_change *want)
{
	const struct pt_format *f = pt->fmt;
	u64 bits = 0U;
	u64 pos = 0U;
	int err = check_change(f, want, &bits);

	if (err == BH_OK)
		err = position(f, want->va, want->size, &pos);
	if (err == BH_OK && pt->busy)
		err = BH_EBUSY;
	if (err != BH_OK)
		return err;
	*job = (struct pt_job){
		.pt = pt,
		.op = (u8)want->op,
		.phase = PHASE_ACT,
		.limit = want->op == PT_SPLIT ? want->level : 0U,
		.units = PT_STEP_UNITS,
		.begin = pos,
		.end = pos + want->size,
		.pos = pos,
		.high = want->va - pos,
		.out = want->pa.v,
		.bits = bits,
	};
	if (want->op <= PT_PROTECT &&
	    !reserve(job, tables_needed(pt, want->op, pos, job->end, want->pa.v)))
		return BH_ENOMEM;
	if (want->op == PT_MERGE) {
		job->phase = PHASE_SCAN;
		job->level = 1U;
		job->pos = ALIGN_UP(pos, size_of(f, 1U));
	} else if (want->op == PT_SPLIT && want->level >= f->leaf_top) {
		job->pos = job->end;
	} else if (want->op == PT_MAP || want->op == PT_SPLIT) {
		job->phase = PHASE_CHECK;
	}
	pt->busy = true;
	return BH_OK;
}

/* Steps. Each leaves the job where the next one finds it. */

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
	const bool first = j->dirty_lo == j->dirty_hi;

	j->dirty_lo = first || pos < j->dirty_lo ? pos : j->dirty_lo;
	j->dirty_hi = first || pos + size > j->dirty_hi ? pos + size : j->dirty_hi;
}

/*
 * Turns the entry at j->level, a leaf or a table, into `to` and goes on with @next; through an
 * invalid entry and a flush where the format breaks before it makes.
 */
static int replace(struct pt_job *j, u64 to, enum phase next, bool flush)
{
	const struct pt_format *f = j->pt->fmt;
	const u64 size = size_of(f, j->level);
	u32 l;
	const u64 at = walk(j->pt, j->pos, j->level, &l);

	entry_store(j->pt, at, f->breaks ? f->empty : to);
	j->put = to;
	j->next = (u8)next;
	j->phase = (u8)(f->breaks ? PHASE_PUT : next);
	if (!f->breaks && !flush)
		return PT_MORE;
	j->flush = (struct pt_range){ ALIGN_DOWN(j->pos, size) | j->high, size };
	return PT_BREAK;
}

static int step_put(struct pt_job *j, u32 *units)
{
	u32 l;

	spend(units, WALK_UNITS);
	entry_store(j->pt, walk(j->pt, j->pos, j->level, &l), j->put);
	j->phase = j->next;
	return PT_MORE;
}

/* The largest leaf that fits at the cursor of a map. */
static u32 fitting_level(const struct pt_job *j)
{
	const struct pt_format *f = j->pt->fmt;
	u32 l = f->leaf_top;

	while (l != 0U && (((j->pos | j->out) & (size_of(f, l) - 1U)) != 0U ||
			   j->end - j->pos < size_of(f, l)))
		l--;
	return l;
}

static int step_map(struct pt_job *j, u32 *units)
{
	const struct pt *pt = j->pt;
	const struct pt_format *f = pt->fmt;
	const u32 target = fitting_level(j);
	u32 l;
	u64 at = walk(pt, j->pos, 0U, &l);
	u64 n, e, bytes;

	for (; l > target; l--) {
		const u64 table = pool_take(j);

		entry_store(pt, at, table | f->table[l]);
		at = entry_at(f, table, j->pos, l - 1U);
	}
	spend(units, WALK_UNITS);
	n = entries_left(f, j->pos, l);
	bytes = j->end - j->pos;
	n = n < bytes >> f->shift[l] ? n : bytes >> f->shift[l];
	n = n < *units ? n : *units;
	n = n != 0U ? n : 1U;
	e = as_leaf(f, j->bits, l) | j->out;
	for (u64 i = 0U; i < n; i++)
		entry_write(pt, at + (i << 3), e + (i << f->shift[l]));
	publish(pt, at, n);
	spend(units, n);
	bytes = n << f->shift[l];
	j->pos += bytes;
	j->out += bytes;
	j->changed += bytes;
	return PT_MORE;
}

/* What the job wants of leaf @e of the range, when it is the whole of [from, to) or not. */
static int visit(struct pt_job *j, u64 at, u64 e, u32 level, u64 from, u64 to)
{
	const struct pt_format *f = j->pt->fmt;
	const bool whole = to - from == size_of(f, level);
	u64 put = e;

	if (j->phase == PHASE_CHECK) {
		if (j->op == PT_MAP)
			return BH_EEXIST;
		if (level > j->limit)
			j->bits += tables_touched(f, from, to, j->limit, level);
	} else if (j->op == PT_SPLIT ? level > j->limit : !whole) {
		j->put = as_leaf(f, e, level - 1U);
		j->level = (u8)level;
		j->index = 0U;
		j->table = pool_take(j);
		j->phase = PHASE_FILL;
		return PT_BREAK;
	} else if (j->op != PT_SPLIT) {
		put = j->op == PT_UNMAP ? f->empty : (e & ~f->rights_field) | j->bits;
	}
	if (put != e) {
		entry_write(j->pt, at, put);
		note(j, from, to - from);
		j->changed += to - from;
	}
	return PT_MORE;
}

/* Visits leaves from the cursor on, to the end of one table. */
static int step_visit(struct pt_job *j, u32 *units)
{
	const struct pt_format *f = j->pt->fmt;
	u32 l;
	const u64 first = walk(j->pt, j->pos, j->limit, &l);
	u64 left = entries_left(f, j->pos, l);
	u64 at = first;
	int result = PT_MORE;

	spend(units, WALK_UNITS);
	if (j->op == PT_SPLIT && l <= j->limit) {
		/* All below this table is small enough. */
		j->pos += left << f->shift[l];
		return PT_MORE;
	}
	while (left != 0U && j->pos < j->end) {
		const u64 e = entry_load(j->pt, at);
		u64 to = (j->pos | (size_of(f, l) - 1U)) + 1U;

		if (is_table(f, e, l))
			break;
		to = to < j->end ? to : j->end;
		if (e != f->empty)
			result = visit(j, at, e, l, j->pos, to);
		if (result != PT_MORE)
			break;
		j->pos = to;
		left--;
		at += sizeof(u64);
		spend(units, 1U);
		if (*units == 0U)
			break;
	}
	if (j->phase != PHASE_CHECK)
		publish(j->pt, first, (at - first) >> 3);
	if (result < 0)
		end_job(j);
	if (j->op == PT_UNMAP && result == PT_MORE && (left == 0U || j->pos == j->end)) {
		j->phase = PHASE_RECLAIM;
		j->level = (u8)l;
		j->index = 0U;
	}
	return result < 0 ? result : PT_MORE;
}

/* The range was read to its end. */
static int end_check(struct pt_job *j, u32 *units)
{
	spend(units, 1U);
	if (j->op == PT_SPLIT && !reserve(j, j->bits)) {
		end_job(j);
		return BH_ENOMEM;
	}
	j->pos = j->begin;
	j->phase = PHASE_ACT;
	return PT_MORE;
}

/*
 * Writes a share of the job's table, in a step of its own, from entry `put` on, growing by @step:
 * true once the last one is written.
 */
static bool fill_share(struct pt_job *j, u32 *units, u64 step)
{
	const struct pt_pool *pool = j->pt->pool;
	const u64 first = word_of(pool, j->table) + j->index;
	const u32 rest = j->pt->fmt->last[j->level - 1U] + 1U - j->index;
	u32 n = j->units * FILL_PER_UNIT;
	const bool fresh = *units == j->units;

	*units = 0U;
	if (!fresh)
		return false;
	n = n < rest ? n : rest;
	j->put = fill(pool->words, first, first + n, j->put, step);
	publish(j->pt, j->table + (u64)j->index * 8U, n);
	j->index += n;
	return n == rest;
}

static int step_fill(struct pt_job *j, u32 *units)
{
	const struct pt_format *f = j->pt->fmt;
	const u64 size = size_of(f, j->level);

	if (!fill_share(j, units, size_of(f, j->level - 1U)))
		return PT_MORE;
	note(j, ALIGN_DOWN(j->pos, size), size);
	return replace(j, j->table | f->table[j->level], PHASE_ACT, false);
}

/*
 * Do the entries of the table at @table at @level, from j->index on, hold `put` growing by @step?
 * PT_DONE yes, BH_ENOENT no, PT_MORE not known yet.
 */
static int scan(struct pt_job *j, u64 table, u32 level, u64 step, u32 *units)
{
	const u32 last = j->pt->fmt->last[level];
	u32 i = j->index;
	u32 stop = i + (*units != 0U ? *units - 1U : 0U);

	stop = stop < last ? stop : last;
	spend(units, 1U + stop - i);
	for (; i <= stop; i++) {
		if (entry_load(j->pt, table + ((u64)i << 3)) != j->put)
			return BH_ENOENT;
		j->put += step;
	}
	j->index = i;
	return i <= last ? PT_MORE : PT_DONE;
}

/*
 * The cursor left the table at j->level, or the job ends in it: takes it out of the tree if it is
 * empty, and then looks one level up. It stays out of the pool until pt_finish().
 */
static int step_reclaim(struct pt_job *j, u32 *units)
{
	const struct pt *pt = j->pt;
	const struct pt_format *f = pt->fmt;
	const u64 pos = j->pos - 1U;
	u64 base, table, at;
	u32 l;

	spend(units, WALK_UNITS);
	at = walk(pt, pos, j->level, &l);
	if (l + 1U == f->levels || (j->pos != j->end && !IS_ALIGNED(j->pos, size_of(f, l + 1U)))) {
		j->phase = PHASE_ACT;
		return PT_MORE;
	}
	base = ALIGN_DOWN(pos, size_of(f, l + 1U));
	if (base < j->begin || base + size_of(f, l + 1U) > j->pos) {
		int r;

		j->put = f->empty;
		r = scan(j, at - (index_of(f, pos, l) << 3), l, 0U, units);
		j->phase = r < 0 ? PHASE_ACT : PHASE_RECLAIM;
		if (r != PT_DONE)
			return PT_MORE;
	}
	at = walk(pt, pos, l + 1U, &l);
	table = entry_load(pt, at) & f->addr;
	entry_store(pt, at, f->empty);
	chain(pt, table, j->retired_first);
	j->retired_last = j->retired == 0U ? table : j->retired_last;
	j->retired_first = table;
	j->retired++;
	j->level = (u8)l;
	j->index = 0U;
	return PT_MORE;
}

static int next_scan(struct pt_job *j, u64 pos)
{
	j->pos = pos;
	j->index = 0U;
	j->phase = PHASE_SCAN;
	return PT_MORE;
}

/* Looks at the table under the cursor's entry at j->level; level after level, from the lowest. */
static int step_scan(struct pt_job *j, u32 *units)
{
	const struct pt_format *f = j->pt->fmt;
	const u64 size = size_of(f, j->level);
	u32 l;
	u64 at, e;
	int r = BH_ENOENT;

	spend(units, WALK_UNITS);
	if (j->level > f->leaf_top) {
		j->pos = j->end;
		j->phase = PHASE_ACT;
		return PT_MORE;
	}
	if (j->pos >= j->end || j->end - j->pos < size) {
		j->level++;
		return next_scan(j, ALIGN_UP(j->begin, size_of(f, j->level)));
	}
	at = walk(j->pt, j->pos, j->level - 1U, &l);
	if (l >= j->level)
		return next_scan(j, ALIGN_DOWN(j->pos, size_of(f, l)) + size_of(f, l));
	e = entry_load(j->pt, at);
	j->put = j->index == 0U ? e : j->put;
	if (e != f->empty && !is_table(f, e, l) && (e & f->addr & (size - 1U)) == 0U)
		r = scan(j, at, l, size_of(f, l), units);
	if (r == PT_MORE)
		return PT_MORE;
	if (r != PT_DONE)
		return next_scan(j, j->pos + size);
	j->table = entry_load(j->pt, walk(j->pt, j->pos, j->level, &l)) & f->addr;
	j->index = 0U;
	j->changed += size;
	return replace(j, as_leaf(f, e, j->level), PHASE_CLEAR, true);
}

/* Nothing uses the old table any more. */
static int step_clear(struct pt_job *j, u32 *units)
{
	j->put = j->pt->fmt->empty;
	if (!fill_share(j, units, 0U))
		return PT_MORE;
	pool_put(j->pt, j->table, j->table, 1U);
	return next_scan(j, j->pos + size_of(j->pt->fmt, j->level));
}

static int end_act(struct pt_job *j)
{
	j->phase = PHASE_DONE;
	j->flush = (struct pt_range){ j->dirty_lo | j->high, j->dirty_hi - j->dirty_lo };
	return PT_DONE;
}

static int step_phase(struct pt_job *j, u32 *units)
{
	const bool more = j->pos < j->end;

	switch (j->phase) {
	case PHASE_CHECK:
		return more ? step_visit(j, units) : end_check(j, units);
	case PHASE_ACT:
		if (!more)
			return end_act(j);
		return j->op == PT_MAP ? step_map(j, units) : step_visit(j, units);
	case PHASE_FILL:
		return step_fill(j, units);
	case PHASE_RECLAIM:
		return step_reclaim(j, units);
	case PHASE_SCAN:
		return step_scan(j, units);
	case PHASE_CLEAR:
		return step_clear(j, units);
	case PHASE_PUT:
		return step_put(j, units);
	default:
		return PT_DONE;
	}
}

int pt_step(struct pt_job *job)
{
	u32 units = job->units;
	int result = PT_MORE;

	if (job->phase != PHASE_DONE)
		job->flush = (struct pt_range){ 0U, 0U };
	while (result == PT_MORE && units != 0U)
		result = step_phase(job, &units);
	return result;
}

int pt_finish(struct pt_job *job)
{
	if (job->phase != PHASE_DONE)
		return BH_EBUSY;
	if (job->retired != 0U)
		pool_put(job->pt, job->retired_first, job->retired_last, job->retired);
	job->retired = 0U;
	end_job(job);
	return BH_OK;
}

int pt_run(struct pt *pt, const struct pt_change *want, pt_flush_fn flush, void *ctx)
{
	struct pt_job job;
	int result = pt_start(&job, pt, want);

	if (result < 0)
		return result;
	do {
		result = pt_step(&job);
		if (result >= PT_DONE && job.flush.size != 0U)
			flush(ctx, job.flush.va, job.flush.size);
	} while (result > PT_DONE);
	return result < 0 ? result : pt_finish(&job);
}
