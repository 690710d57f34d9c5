// SPDX-License-Identifier: Apache-2.0
/*
 * Domains: a tree each, changed by the page-table engine, and tickets for what units may remember
 * of it.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>

#include "common.h"

_Static_assert(CONFIG_IOMMU_UNITS <= 64, "iommu_domain.units has a bit per unit");

/* Ids handed out so far; 0 is that of what blocks. Boot. */
static u32 ids = 1;

/* ---- what all units can do ---- */

static bool caps_join(struct iommu_caps *all, const struct iommu_caps *one)
{
	if (all->in_bits == 0U) {
		*all = *one;
		return true;
	}
	if (all->kind != one->kind)
		return false;
	all->in_bits = one->in_bits < all->in_bits ? one->in_bits : all->in_bits;
	all->out_bits = one->out_bits < all->out_bits ? one->out_bits : all->out_bits;
	all->domains = one->domains < all->domains ? one->domains : all->domains;
	all->levels &= one->levels;
	all->flags |= one->flags;
	all->coherent = all->coherent && one->coherent;
	all->caches_holes = all->caches_holes || one->caches_holes;
	return true;
}

static int caps_all(struct iommu_caps *all)
{
	*all = (struct iommu_caps){ .in_bits = 0 };
	for (u32 i = 0; i < machine.iommu_count; i++) {
		const struct iommu_driver *drv = iommu_driver_of(i);
		struct iommu_caps one;

		if (drv == NULL || drv->caps == NULL || drv->caps(i, &one) != 0)
			continue;
		if (!caps_join(all, &one))
			log_warn("iommu %u: of another kind than those before: only blocks", i);
	}
	return all->in_bits == 0U ? BH_ENODEV : 0;
}

static int format_of(const struct iommu_caps *c, u32 in_bits, bool pages_only,
		     struct pt_format *out)
{
	const u32 flags = c->flags | (pages_only ? PT_F_PAGES_ONLY : 0U);

	if (in_bits > c->in_bits)
		return BH_ERANGE;
	/* A walk that is too short for the unit gets another level. */
	for (; in_bits <= c->in_bits; in_bits++) {
		const int err = pt_format_init(out, c->kind, in_bits, c->out_bits, flags);

		if (err == 0 && (c->levels & BIT(out->levels)) != 0U)
			return 0;
	}
	return BH_ERANGE;
}

int iommu_format(u32 in_bits, bool pages_only, struct pt_format *out)
{
	struct iommu_caps caps;
	const int err = caps_all(&caps);

	return err == 0 ? format_of(&caps, in_bits, pages_only, out) : err;
}

/* ---- construction ---- */

static void publish_clean(const void *entry, size_t bytes)
{
	cache_clean_invalidate(entry, bytes);
	dma_mb();
}

static void publish_order(const void *entry __unused, size_t bytes __unused)
{
	dma_mb();
}

/* The arena of the tables: root and @tables more. */
static int pool_init(struct iommu_domain *d, u64 tables)
{
	const struct pt_format *f = &d->format;
	const u64 root = pt_format_root_size(f);
	const u64 size = root + (tables << f->shift[0]);
	hpa_t base;
	void *va;
	int err;

	if (tables > UINT32_MAX / 2U)
		return trace_error(BH_ENOMEM);
	err = frame_alloc(size, root, &base);
	if (err != 0)
		return err;
	va = mmu_map(base, size, MMU_RAM_RW);
	if (va == NULL)
		return trace_error(BH_ENOMEM);
	pt_pool_init(&d->pool, f, va, base, (u32)(size >> f->shift[0]));
	pt_pool_fill(&d->pool);
	cache_zero(va, size);
	cache_clean_invalidate(va, size);
	return pt_init(&d->pt, f, &d->pool);
}

int iommu_domain_init_by(const struct iommu_caps *caps, struct iommu_domain *d, u32 owner,
			 const char *name, u32 in_bits, u64 tables, bool pages_only)
{
	int err;

	memset(d, 0, sizeof(*d));
	err = format_of(caps, in_bits, pages_only, &d->format);
	if (err != 0)
		return trace_error(err);
	if (ids >= caps->domains)
		return trace_error(BH_EOVERFLOW);
	d->lock.class = LOCK_IOMMU_DOMAIN;
	d->owner = owner;
	d->name = name;
	d->pasid = IOMMU_PASID_NONE;
	d->caches_holes = caps->caches_holes;
	err = pool_init(d, tables);
	if (err != 0)
		return err;
	d->pt.publish = caps->coherent ? publish_order : publish_clean;
	d->id = ids;
	ids++;
	return 0;
}

int iommu_domain_init(struct iommu_domain *d, u32 owner, const char *name, u32 in_bits, u64 tables,
		      bool pages_only)
{
	struct iommu_caps caps;
	const int err = caps_all(&caps);

	if (err != 0)
		return trace_error(err);
	return iommu_domain_init_by(&caps, d, owner, name, in_bits, tables, pages_only);
}

/* ---- tickets ---- */

void iommu_ticket_init(struct iommu_ticket *t, struct iommu_domain *d)
{
	t->d = d;
	t->lo = 0;
	t->hi = 0;
	t->tables = false;
	t->again = false;
	t->units = 0;
	t->polls = 0;
}

static void gather(struct iommu_ticket *t, const struct pt_range *r, bool tables)
{
	if (r->size == 0U)
		return;
	t->lo = t->hi == 0U || r->va < t->lo ? r->va : t->lo;
	t->hi = r->va + r->size > t->hi ? r->va + r->size : t->hi;
	t->tables = t->tables || tables;
}

/* A unit that cannot be told is one that must not go on. */
static void unit_tell(struct iommu_ticket *t, u32 unit, const struct iommu_flush *f)
{
	const struct iommu_driver *drv = iommu_driver_of(unit);

	t->units &= ~BIT(unit);
	if (drv == NULL)
		return;
	if (drv->flush(unit, f, &t->mark[unit]) == 0)
		t->units |= BIT(unit);
	else
		iommu_unit_stop(unit, "invalidation");
}

static void send(struct iommu_ticket *t)
{
	const struct iommu_flush f = {
		.id = t->d->id, .iova = IOVA(t->lo), .size = t->hi - t->lo, .tables = t->tables
	};
	u64 set = __atomic_load_n(&t->d->units, __ATOMIC_SEQ_CST);

	t->hi = 0;
	t->tables = false;
	t->again = false;
	t->polls = 0;
	for (u32 i = 0; set != 0U; i++, set >>= 1) {
		if ((set & 1U) != 0U)
			unit_tell(t, i, &f);
	}
}

/* Refused once: everything of the domain is to be forgotten. Twice: the unit is stopped. */
static void unit_refused(struct iommu_ticket *t, u32 unit)
{
	const struct iommu_flush f = { .id = t->d->id, .tables = true };

	if (t->again) {
		t->units &= ~BIT(unit);
		iommu_unit_stop(unit, "invalidation");
		return;
	}
	t->again = true;
	unit_tell(t, unit, &f);
}

static void unit_ask(struct iommu_ticket *t, u32 unit)
{
	const struct iommu_driver *drv = iommu_driver_of(unit);
	const int err = drv == NULL ? 0 : drv->flushed(unit, &t->mark[unit]);

	if (err == 0)
		t->units &= ~BIT(unit);
	else if (err != BH_EAGAIN)
		unit_refused(t, unit);
	else if (t->polls > IOMMU_POLLS) {
		t->units &= ~BIT(unit);
		iommu_unit_stop(unit, "invalidation in time");
	}
}

static void ask(struct iommu_ticket *t)
{
	u64 set = t->units;

	for (u32 i = 0; set != 0U; i++, set >>= 1) {
		if ((set & 1U) != 0U)
			unit_ask(t, i);
	}
}

bool iommu_ticket_done(struct iommu_ticket *t)
{
	t->polls++;
	ask(t);
	/* One flush at a time: what was gathered meanwhile goes when the one before is done. */
	if (t->units == 0U && t->hi != 0U) {
		send(t);
		ask(t);
	}
	return t->units == 0U;
}

void iommu_ticket_wait(struct iommu_ticket *t)
{
	while (!iommu_ticket_done(t)) {
		s2_poll();
		cpu_relax();
	}
}

/* ---- changes ---- */

static void breathe(struct iommu_domain *d)
{
	spin_unlock(&d->lock);
	s2_poll();
	cpu_relax();
	spin_lock(&d->lock);
}

/* Drops the lock until no unit remembers. */
static void flush_and_wait(struct iommu_domain *d, const struct pt_range *r, bool tables)
{
	struct iommu_ticket t;

	iommu_ticket_init(&t, d);
	gather(&t, r, tables);
	spin_unlock(&d->lock);
	iommu_ticket_wait(&t);
	spin_lock(&d->lock);
}

/* Steps to the end, lock held at both ends. */
static int run_job(struct iommu_domain *d, struct pt_job *job)
{
	int result = pt_step(job);

	while (result > PT_DONE) {
		if (result == PT_BREAK)
			flush_and_wait(d, &job->flush, true);
		else
			breathe(d);
		result = pt_step(job);
	}
	return result;
}

/* @t NULL: the change is over on return, as far as units are concerned. */
static int change(struct iommu_domain *d, const struct pt_change *want, struct iommu_ticket *t,
		  u64 *changed)
{
	struct pt_job job;
	int err;

	while (d->pt.busy)
		breathe(d);
	err = pt_start(&job, &d->pt, want);
	if (err == 0)
		err = run_job(d, &job);
	if (err != 0)
		return err;
	/* Tables that were taken out stay quarantined until no unit can walk them. */
	if (job.retired != 0U || t == NULL)
		flush_and_wait(d, &job.flush, job.retired != 0U);
	else
		gather(t, &job.flush, false);
	*changed = job.changed;
	return pt_finish(&job);
}

/* A unit that remembers holes is told that there is none any more. */
static void filled(struct iommu_domain *d, iova_t iova, u64 size)
{
	const struct pt_range r = { .va = iova.v, .size = size };

	if (d->caches_holes)
		flush_and_wait(d, &r, true);
}

/* Takes the tables of the finest split of a map into account. */
static int charge(struct iommu_domain *d, iova_t iova, u64 size)
{
	const struct pt_format *f = &d->format;
	const u64 root = pt_format_root_size(f) >> f->shift[0];
	const u64 finest = pt_tables_max(f, iova.v, size);

	if (f->leaf_top == 0U)
		return 0;
	if (d->map_count == IOMMU_MAPS_MAX)
		return BH_EOVERFLOW;
	if (d->charged + finest > d->pool.frames - root)
		return BH_ENOMEM;
	d->charged += finest;
	d->map[d->map_count].iova = iova;
	d->map[d->map_count].size = size;
	d->map[d->map_count].tables = finest;
	d->map_count++;
	return 0;
}

static void discharge(struct iommu_domain *d, iova_t iova, u64 size)
{
	for (u32 i = 0; i < d->map_count; i++) {
		if (d->map[i].iova.v == iova.v && d->map[i].size == size) {
			d->charged -= d->map[i].tables;
			d->map_count--;
			d->map[i] = d->map[d->map_count];
			return;
		}
	}
}

int iommu_map_at(struct iommu_domain *d, iova_t iova, hpa_t pa, u64 size, u32 attr)
{
	const struct pt_change want = {
		.op = PT_MAP, .va = iova.v, .size = size, .pa = pa, .attr = attr
	};
	u64 changed = 0;
	int err;

	spin_lock(&d->lock);
	err = charge(d, iova, size);
	if (err == 0) {
		err = change(d, &want, NULL, &changed);
		if (err != 0)
			discharge(d, iova, size);
		else
			filled(d, iova, size);
	}
	spin_unlock(&d->lock);
	return err;
}

int iommu_map(struct iommu_domain *d, iova_t iova, struct region *r, u64 offset, u64 size,
	      u32 rights)
{
	int err;

	if (!range_inside(offset, size, 0, r->size) || (rights & ~(PT_R | PT_W)) != 0U)
		return trace_error(BH_ERANGE);
	err = region_pin(r, size >> PAGE_SHIFT);
	if (err != 0)
		return err;
	err = iommu_map_at(d, iova, HPA(r->base.v + offset), size, rights | PT_NORMAL);
	if (err != 0)
		region_unpin(r, size >> PAGE_SHIFT);
	return err;
}

int iommu_unmap(struct iommu_domain *d, iova_t iova, u64 size, struct region *r,
		struct iommu_ticket *t)
{
	const struct pt_change want = { .op = PT_UNMAP, .va = iova.v, .size = size };
	u64 changed = 0;
	int err;

	spin_lock(&d->lock);
	err = change(d, &want, t, &changed);
	if (err == 0)
		discharge(d, iova, size);
	spin_unlock(&d->lock);
	if (err == 0 && r != NULL)
		region_unpin(r, changed >> PAGE_SHIFT);
	return err;
}

int iommu_query(struct iommu_domain *d, iova_t iova, struct pt_leaf *out)
{
	int err;

	spin_lock(&d->lock);
	err = pt_query(&d->pt, iova.v, out);
	spin_unlock(&d->lock);
	return err;
}
