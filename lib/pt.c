// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/fill.h>
#include <bulkhead/lib/pt.h>

/* What a walk from the root costs against a step's units; an entry costs one. */
#define WALK_UNITS 5U
/* Entries that are compared for one unit: far cheaper than a visit each. */
#define SCAN_PER_UNIT 5U
/* A table filled. */
#define FILL_UNITS 12U

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

/* Where the table that holds the entry for @pos at @level ends. */
static inline u64 table_end(const struct pt_format *f, u64 pos, u32 level)
{
	return (pos | (size_of(f, level + 1U) - 1U)) + 1U;
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
 * Entries are named by their physical address. They are reached by an index into the arena, which
 * is what keeps the proofs small.
 */
static inline u64 *entry_of(const struct pt_pool *pool, u64 at)
{
	return &pool->words[(at - pool->base) >> 3];
}

static inline u64 entry_load(const struct pt *pt, u64 at)
{
	return read_once(*entry_of(pt->pool, at));
}

/* One single-copy atomic store: a walker sees the old entry or the new one. */
static inline void entry_write(const struct pt *pt, u64 at, u64 e)
{
	write_once(*entry_of(pt->pool, at), e);
}

static void publish(const struct pt *pt, u64 at, u64 count)
{
	if (pt->publish != NULL)
		pt->publish(entry_of(pt->pool, at), count * sizeof(u64));
}

/* A store by which what @e points to is complete for a walker that sees it. */
static inline void entry_store(const struct pt *pt, u64 at, u64 e)
{
	store_release(entry_of(pt->pool, at), e);
	publish(pt, at, 1U);
}

/* Takes @n units of work off what is left of the step. */
static inline void spend(struct pt_job *j, u32 n)
{
	j->left = j->left > n ? j->left - n : 0U;
}

static inline u64 entry_at(const struct pt_format *f, u64 table, u64 pos, u32 level)
{
	return table + (index_of(f, pos, level) << 3);
}

/* An entry: its address and level. */
struct place {
	u64 at;
	u32 level;
};

/* The entry for @pos at level @floor, or above it where the way ends in a leaf or a hole. */
static struct place walk(const struct pt *pt, u64 pos, u32 floor)
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
	return (struct place){ at, l };
}

/* Is [lo, hi) within one entry of @level? */
static inline bool within_one(const struct pt_format *f, u32 level, u64 lo, u64 hi)
{
	return ((lo ^ (hi - 1U)) >> f->shift[level]) == 0U;
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

void pt_pool_fill(const struct pt_pool *pool)
{
	words_fill(pool->words, ((u64)pool->frames << pool->shift) / sizeof(u64), pool->empty, 0U);
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

/* The position of @va in the tables, or PT_NONE where [va, va + size) leaves them. */
static u64 position(const struct pt_format *f, u64 va, u64 size)
{
	const u64 mask = (1ULL << f->in_bits) - 1U;
	const u64 span = f->canonical ? (mask >> 1) + 1U : mask + 1U;
	const u64 high = f->canonical && (va & span) != 0U ? ~mask : 0U;

	return (va & ~mask) == high && size <= span - (va & (span - 1U)) ? va & mask : PT_NONE;
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

/* Most that is asked for has every right; one always fits. */
static u32 decode_rights(const struct pt_format *f, u64 e)
{
	u32 rights = PT_RIGHTS;

	while (rights != 0U && (e & f->rights_field) != f->rights[rights])
		rights--;
	return rights;
}

static u32 decode(const struct pt_format *f, u64 e)
{
	u32 type = 0U;
	u32 attr;

	while (type + 1U < ARRAY_SIZE(f->type) && (e & f->type_field) != f->type[type])
		type++;
	attr = decode_rights(f, e) | type * PT_DEVICE;
	for (u32 i = 0U; i < ARRAY_SIZE(f->flag); i++) {
		if (f->flag[i] != PT_NONE && ((e ^ f->leaf) & f->flag[i]) != 0U)
			attr |= PT_GLOBAL << i;
	}
	return attr;
}

int pt_query(const struct pt *pt, u64 va, struct pt_leaf *out)
{
	const struct pt_format *f = pt->fmt;
	const u64 pos = position(f, va, 1U);
	struct place p;
	u64 e;

	if (pos == PT_NONE)
		return BH_ERANGE;
	p = walk(pt, pos, 0U);
	e = entry_load(pt, p.at);
	*out = (struct pt_leaf){ .size = size_of(f, p.level), .level = p.level };
	if (e == f->empty)
		return BH_ENOENT;
	out->pa = HPA((e & f->addr) | (pos & (out->size - 1U)));
	out->attr = decode(f, e);
	return BH_OK;
}

/* The root of a canonical address space maps more than there is: it is not remembered. */
static __noinline u64 load_far(const struct pt *pt, u64 va, struct pt_near *near)
{
	const struct pt_format *f = pt->fmt;
	const u64 pos = position(f, va, 1U);
	struct place p;

	if (pos == PT_NONE)
		return f->empty;
	p = walk(pt, pos, 0U);
	near->level = p.level;
	near->table = p.at - (index_of(f, pos, p.level) << 3);
	near->size = p.level + 1U < f->levels ? size_of(f, p.level + 1U) : 0U;
	near->first = va & ~(near->size - 1U);
	return entry_load(pt, p.at);
}

u64 pt_reach(const struct pt *pt, u64 va, u32 rights, struct pt_near *near)
{
	const struct pt_format *f = pt->fmt;
	const bool hit = va - near->first < near->size;
	u64 e = hit ? entry_load(pt, entry_at(f, near->table, va, near->level))
		    : load_far(pt, va, near);

	if (is_table(f, e, near->level))
		e = load_far(pt, va, near);
	if (e == f->empty || (decode_rights(f, e) & rights) != rights)
		return PT_NONE;
	return (e & f->addr) | (va & (size_of(f, near->level) - 1U));
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
	const u64 pos = position(f, va, size);

	if (size == 0U || pos == PT_NONE)
		return 0U;
	return tables_touched(f, pos, pos + size, 0U, f->levels - 1U);
}

/* Level below which the way to @p lacks tables; 0 where nothing there needs one. */
static u32 missing_below(const struct pt *pt, enum pt_op op, struct place p)
{
	return op == PT_MAP || entry_load(pt, p.at) != pt->fmt->empty ? p.level : 0U;
}

/*
 * Tables that a map, unmap or protect from @lo on takes, whose entry is at @p. Only entries that
 * the range covers in part must become tables, at its two ends; a map whose addresses do not allow
 * a large leaf needs all the tables under it.
 */
static u64 tables_needed(const struct pt *pt, const struct pt_change *want, u64 lo, struct place p)
{
	const struct pt_format *f = pt->fmt;
	const u64 hi = lo + want->size;
	const u32 at_lo = missing_below(pt, want->op, p);
	const u32 at_hi =
		within_one(f, 1U, lo, hi) ? 0U : missing_below(pt, want->op, walk(pt, hi - 1U, 0U));
	u64 n = 0U;

	for (u32 t = 0U; t + 1U < f->levels; t++) {
		const u64 rest = size_of(f, t + 1U) - 1U;
		const bool two = !within_one(f, t + 1U, lo, hi);
		const bool all = want->op == PT_MAP &&
				 (t >= f->leaf_top || ((lo ^ want->pa.v) & rest) != 0U);

		if (all && two)
			n += tables_touched(f, lo, hi, t, t + 1U) - 2U;
		if (t < at_lo && (all || (lo & rest) != 0U || (!two && (hi & rest) != 0U)))
			n++;
		if (t < at_hi && two && (all || (hi & rest) != 0U))
			n++;
	}
	return n;
}

/* The same for a split, as far as it is known without reading the range. */
static u64 split_needed(const struct pt *pt, const struct pt_change *want, u64 lo, struct place p)
{
	const struct pt_format *f = pt->fmt;
	const u64 hi = lo + want->size;

	if (!within_one(f, p.level, lo, hi) || entry_load(pt, p.at) == f->empty)
		return 0U;
	return tables_touched(f, lo, hi, want->level, p.level);
}

/* Start. */

/* What pt_start() can say without the tree. */
static int check_change(const struct pt_format *f, const struct pt_change *want)
{
	const u64 out = want->op == PT_MAP ? want->pa.v : 0U;
	const u32 allowed = want->op == PT_MAP ? PT_ATTRS : want->op == PT_PROTECT ? PT_RIGHTS : 0U;

	if (want->op > PT_MERGE || want->size == 0U || (want->attr & ~allowed) != 0U ||
	    ((want->va | want->size | out) & (size_of(f, 0U) - 1U)) != 0U)
		return BH_EINVAL;
	if (!range_inside(out, want->size, 0U, f->addr + size_of(f, 0U)) && want->op == PT_MAP)
		return BH_ERANGE;
	return BH_OK;
}

/* What the change puts into leaves, or PT_NONE. */
static u64 leaf_bits(const struct pt_format *f, const struct pt_change *want)
{
	if (want->op == PT_MAP)
		return encode(f, want->attr);
	return want->op == PT_PROTECT ? f->rights[want->attr] : 0U;
}

/* Leaf @e at @p becomes a table: the next steps fill it. */
static void begin_split(struct pt_job *j, struct place p, u64 e)
{
	j->put = as_leaf(j->pt->fmt, e, p.level - 1U);
	j->at = p.at;
	j->level = (u8)p.level;
	j->table = pool_take(j);
	j->phase = PHASE_FILL;
}

/*
 * Where the job begins, and the tables it may take: false if they are not free. What a map or split
 * must know of its range is known at once where one entry has it all, else the range is read first.
 */
static bool prepare(struct pt_job *j, const struct pt_change *want)
{
	const struct pt *pt = j->pt;
	const struct place p = walk(pt, j->pos, 0U);
	const u64 e = entry_load(pt, p.at);
	const bool one = within_one(pt->fmt, p.level, j->pos, j->end);
	u64 n;

	if (want->op != PT_SPLIT) {
		j->phase = want->op != PT_MAP || (one && e == pt->fmt->empty) ? PHASE_ACT
									      : PHASE_CHECK;
		return reserve(j, tables_needed(pt, want, j->pos, p));
	}
	n = split_needed(pt, want, j->pos, p);
	j->phase = one ? PHASE_ACT : PHASE_CHECK;
	if (!reserve(j, n))
		return false;
	if (n != 0U)
		begin_split(j, p, e);
	return true;
}

int pt_start(struct pt_job *job, struct pt *pt, const struct pt_change *want)
{
	const struct pt_format *f = pt->fmt;
	const u64 pos = position(f, want->va, want->size);
	const int err = check_change(f, want);
	u64 bits;

	if (err != BH_OK)
		return err;
	bits = leaf_bits(f, want);
	if (bits == PT_NONE)
		return BH_ENOTSUP;
	if (pos == PT_NONE)
		return BH_ERANGE;
	if (pt->busy)
		return BH_EBUSY;
	*job = (struct pt_job){
		.pt = pt,
		.op = (u8)want->op,
		.phase = PHASE_SCAN,
		.level = 1U,
		.limit = want->op == PT_SPLIT ? want->level : 0U,
		.units = PT_STEP_UNITS,
		.begin = pos,
		.end = pos + want->size,
		.pos = pos,
		.high = want->va - pos,
		.out = want->pa.v,
		.bits = bits,
	};
	if (want->op == PT_MERGE)
		job->pos = ALIGN_UP(pos, size_of(f, 1U));
	else if (!prepare(job, want))
		return BH_ENOMEM;
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

/* Adds [pos, pos + size), where leaves changed, to what must be flushed in the end. */
static void note(struct pt_job *j, u64 pos, u64 size)
{
	const bool first = j->dirty_lo == j->dirty_hi;

	j->dirty_lo = first || pos < j->dirty_lo ? pos : j->dirty_lo;
	j->dirty_hi = first || pos + size > j->dirty_hi ? pos + size : j->dirty_hi;
}

/*
 * Turns the entry at j->at, a leaf or a table of j->level, into `to` and goes on with @next;
 * through an invalid entry and a flush where the format breaks before it makes.
 */
static int replace(struct pt_job *j, u64 to, enum phase next, bool flush)
{
	const struct pt_format *f = j->pt->fmt;
	const u64 size = size_of(f, j->level);

	entry_store(j->pt, j->at, f->breaks ? f->empty : to);
	j->put = to;
	j->next = (u8)next;
	j->phase = (u8)(f->breaks ? PHASE_PUT : next);
	if (!f->breaks && !flush)
		return PT_MORE;
	j->flush = (struct pt_range){ ALIGN_DOWN(j->pos, size) | j->high, size };
	return PT_BREAK;
}

static int step_put(struct pt_job *j)
{
	spend(j, 1U);
	entry_store(j->pt, j->at, j->put);
	j->phase = j->next;
	return PT_MORE;
}

/* Where the table of the cursor's entry at @level ends, or the range in it. */
static u64 stop_of(const struct pt_job *j, u32 level)
{
	const u64 end = table_end(j->pt->fmt, j->pos, level);

	return end < j->end ? end : j->end;
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

static int step_map(struct pt_job *j)
{
	const struct pt *pt = j->pt;
	const struct pt_format *f = pt->fmt;
	const u32 target = fitting_level(j);
	struct place p = walk(pt, j->pos, 0U);
	u64 n, e, bytes;

	for (; p.level > target; p.level--) {
		const u64 table = pool_take(j);

		entry_store(pt, p.at, table | f->table[p.level]);
		p.at = entry_at(f, table, j->pos, p.level - 1U);
	}
	spend(j, WALK_UNITS);
	n = (stop_of(j, p.level) - j->pos) >> f->shift[p.level];
	n = n < j->left ? n : j->left;
	n = n != 0U ? n : 1U;
	e = as_leaf(f, j->bits, p.level) | j->out;
	for (u64 i = 0U; i < n; i++)
		entry_write(pt, p.at + (i << 3), e + (i << f->shift[p.level]));
	publish(pt, p.at, n);
	spend(j, (u32)n);
	bytes = n << f->shift[p.level];
	j->pos += bytes;
	j->out += bytes;
	j->changed += bytes;
	return PT_MORE;
}

/*
 * What the job wants of leaf @e at @p and the cursor, of which the range goes to @to: an error,
 * PT_MORE, or PT_BREAK when the leaf has to be split first.
 */
static int visit(struct pt_job *j, struct place p, u64 e, u64 to)
{
	const struct pt_format *f = j->pt->fmt;
	const u64 size = to - j->pos;
	u64 put = e;

	if (j->phase == PHASE_CHECK) {
		if (j->op == PT_MAP)
			return BH_EEXIST;
		j->bits += tables_touched(f, j->pos, to, j->limit, p.level);
	} else if (j->op == PT_SPLIT ? p.level > j->limit : size != size_of(f, p.level)) {
		begin_split(j, p, e);
		return PT_BREAK;
	} else if (j->op != PT_SPLIT) {
		put = j->op == PT_UNMAP ? f->empty : (e & ~f->rights_field) | j->bits;
	}
	if (put != e) {
		entry_write(j->pt, p.at, put);
		j->changed += size;
	}
	return PT_MORE;
}

/* Visits leaves from the cursor on, to the end of one table. */
static int step_visit(struct pt_job *j)
{
	const struct pt_format *f = j->pt->fmt;
	struct place p = walk(j->pt, j->pos, j->limit);
	const u64 first = p.at;
	const u64 from = j->pos;
	const u64 stop = stop_of(j, p.level);
	const u64 changed = j->changed;
	int result = PT_MORE;

	spend(j, WALK_UNITS);
	if (j->op == PT_SPLIT && p.level <= j->limit) {
		/* All below this table is small enough. */
		j->pos = stop;
		return PT_MORE;
	}
	while (j->pos < stop && result == PT_MORE && (p.at == first || j->left != 0U)) {
		const u64 e = entry_load(j->pt, p.at);
		u64 to = (j->pos | (size_of(f, p.level) - 1U)) + 1U;

		if (is_table(f, e, p.level))
			break;
		to = to < j->end ? to : j->end;
		if (e != f->empty)
			result = visit(j, p, e, to);
		if (result == PT_MORE) {
			j->pos = to;
			p.at += sizeof(u64);
			spend(j, 1U);
		}
	}
	if (j->changed != changed) {
		note(j, from, j->pos - from);
		publish(j->pt, first, (p.at - first) >> 3);
	}
	if (result < 0)
		end_job(j);
	if (j->op == PT_UNMAP && j->pos == stop) {
		j->phase = PHASE_RECLAIM;
		j->level = (u8)p.level;
		j->index = 0U;
	}
	return result < 0 ? result : PT_MORE;
}

/* The range was read to its end. */
static int end_check(struct pt_job *j)
{
	spend(j, 1U);
	if (j->op == PT_SPLIT && !reserve(j, j->bits)) {
		end_job(j);
		return BH_ENOMEM;
	}
	j->pos = j->begin;
	j->phase = PHASE_ACT;
	return PT_MORE;
}

/*
 * Writes the job's table, from `put` on growing by @step, if the step still has room for it or has
 * done nothing else: true if so.
 */
static bool fill_table(struct pt_job *j, u64 step)
{
	const u64 n = j->pt->fmt->last[j->level - 1U] + 1U;

	if (j->left < FILL_UNITS && j->left != j->units) {
		j->left = 0U;
		return false;
	}
	words_fill(entry_of(j->pt->pool, j->table), n, j->put, step);
	publish(j->pt, j->table, n);
	spend(j, FILL_UNITS);
	return true;
}

static int step_fill(struct pt_job *j)
{
	const struct pt_format *f = j->pt->fmt;
	const u64 size = size_of(f, j->level);
	const u64 end = (j->pos | (size - 1U)) + 1U;
	int result;

	if (!fill_table(j, size_of(f, j->level - 1U)))
		return PT_MORE;
	note(j, end - size, size);
	result = replace(j, j->table | f->table[j->level], PHASE_ACT, false);
	/* The cursor goes into the new table, unless nothing is left to do there. */
	if (j->op == PT_SPLIT && j->level - 1U <= j->limit)
		j->pos = end;
	return result;
}

/*
 * Do the entries of the table at @table at @level, from j->index on, hold `put` growing by @step?
 * PT_DONE yes, BH_ENOENT no, PT_MORE not known yet.
 */
static int scan(struct pt_job *j, u64 table, u32 level, u64 step)
{
	const u64 *w = entry_of(j->pt->pool, table + ((u64)j->index << 3));
	const u32 rest = j->pt->fmt->last[level] + 1U - j->index;
	const u32 most = j->left != 0U ? j->left * SCAN_PER_UNIT : 1U;
	const u32 n = rest < most ? rest : most;

	spend(j, n / SCAN_PER_UNIT + 1U);
	for (u32 i = 0U; i < n; i++) {
		if (read_once(w[i]) != j->put)
			return BH_ENOENT;
		j->put += step;
	}
	j->index += n;
	return n < rest ? PT_MORE : PT_DONE;
}

/* Does the table that ends at @end hold something right beside the range that was unmapped? */
static bool used_beside(const struct pt_job *j, u64 table, u32 level, u64 end)
{
	const struct pt_format *f = j->pt->fmt;
	const u64 base = end - size_of(f, level + 1U);
	const u64 before = base < j->begin ? j->begin - 1U : base;
	const u64 behind = j->pos < end ? j->pos : base;

	return entry_load(j->pt, entry_at(f, table, before, level)) != f->empty ||
	       entry_load(j->pt, entry_at(f, table, behind, level)) != f->empty;
}

/*
 * Is the table at @table of @level, which ends at @end, empty? It is if all of it was unmapped;
 * else it is read, once both neighbours of what was unmapped turned out empty. As scan().
 */
static int is_empty(struct pt_job *j, u64 table, u32 level, u64 end)
{
	if (end <= j->pos && end - size_of(j->pt->fmt, level + 1U) >= j->begin)
		return PT_DONE;
	if (j->index == 0U && used_beside(j, table, level, end))
		return BH_ENOENT;
	j->put = j->pt->fmt->empty;
	return scan(j, table, level, 0U);
}

/*
 * The cursor left the table at j->level, or the job ends in it: takes it out of the tree if it is
 * empty, and then looks one level up. It stays out of the pool until pt_finish().
 */
static int step_reclaim(struct pt_job *j)
{
	const struct pt *pt = j->pt;
	const struct pt_format *f = pt->fmt;
	const u64 pos = j->pos - 1U;
	const struct place p = walk(pt, pos, j->level);
	const u64 table = p.at - (index_of(f, pos, p.level) << 3);
	const u64 end = table_end(f, pos, p.level);
	int r = BH_ENOENT;

	spend(j, WALK_UNITS);
	if (p.level + 1U != f->levels && (j->pos == j->end || j->pos == end))
		r = is_empty(j, table, p.level, end);
	if (r < 0)
		j->phase = PHASE_ACT;
	if (r != PT_DONE)
		return PT_MORE;
	entry_store(pt, walk(pt, pos, p.level + 1U).at, f->empty);
	chain(pt, table, j->retired_first);
	j->retired_last = j->retired == 0U ? table : j->retired_last;
	j->retired_first = table;
	j->retired++;
	j->level = (u8)(p.level + 1U);
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
static int step_scan(struct pt_job *j)
{
	const struct pt_format *f = j->pt->fmt;
	const u64 size = size_of(f, j->level);
	struct place p;
	u64 e;
	int r = BH_ENOENT;

	spend(j, WALK_UNITS);
	if (j->level > f->leaf_top) {
		j->pos = j->end;
		j->phase = PHASE_ACT;
		return PT_MORE;
	}
	if (j->pos >= j->end || j->end - j->pos < size) {
		j->level++;
		return next_scan(j, ALIGN_UP(j->begin, size_of(f, j->level)));
	}
	p = walk(j->pt, j->pos, j->level - 1U);
	if (p.level >= j->level)
		return next_scan(j, (j->pos | (size_of(f, p.level) - 1U)) + 1U);
	e = entry_load(j->pt, p.at);
	j->put = j->index == 0U ? e : j->put;
	if (e != f->empty && !is_table(f, e, p.level) && (e & f->addr & (size - 1U)) == 0U)
		r = scan(j, p.at, p.level, size_of(f, p.level));
	if (r == PT_MORE)
		return PT_MORE;
	if (r != PT_DONE)
		return next_scan(j, j->pos + size);
	j->at = walk(j->pt, j->pos, j->level).at;
	j->table = p.at;
	j->changed += size;
	return replace(j, as_leaf(f, e, j->level), PHASE_CLEAR, true);
}

/* Nothing uses the old table any more. */
static int step_clear(struct pt_job *j)
{
	j->put = j->pt->fmt->empty;
	if (!fill_table(j, 0U))
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

static int step_phase(struct pt_job *j)
{
	const bool more = j->pos < j->end;

	switch (j->phase) {
	case PHASE_CHECK:
		return more ? step_visit(j) : end_check(j);
	case PHASE_ACT:
		if (!more)
			return end_act(j);
		return j->op == PT_MAP ? step_map(j) : step_visit(j);
	case PHASE_FILL:
		return step_fill(j);
	case PHASE_RECLAIM:
		return step_reclaim(j);
	case PHASE_SCAN:
		return step_scan(j);
	case PHASE_CLEAR:
		return step_clear(j);
	case PHASE_PUT:
		return step_put(j);
	default:
		return PT_DONE;
	}
}

int pt_step(struct pt_job *job)
{
	int result;

	if (job->phase != PHASE_DONE)
		job->flush = (struct pt_range){ 0U, 0U };
	job->left = job->units;
	do {
		result = step_phase(job);
	} while (result == PT_MORE && job->left >= WALK_UNITS);
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
	job.units = PT_RUN_UNITS;
	do {
		result = pt_step(&job);
		if (result >= PT_DONE && job.flush.size != 0U)
			flush(ctx, job.flush.va, job.flush.size);
	} while (result > PT_DONE);
	return result < 0 ? result : pt_finish(&job);
}
