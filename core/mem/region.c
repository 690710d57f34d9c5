// SPDX-License-Identifier: Apache-2.0
/*
 * Rights live with the frame: the overlay says where they differ from "all", and every attachment
 * shows the frame with what its own limit leaves of them.
 *
 * A change is decided whole, then done; the doing half cannot fail.
 */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/guest.h>
#include <bulkhead/mem/region.h>

int region_init(struct region *r, const char *name, hpa_t base, u64 size,
		struct region_overlay *overlay, u32 overlay_max)
{
	if (size == 0U || !IS_ALIGNED(base.v | size, PAGE_SIZE) || base.v + (size - 1U) < base.v)
		return trace_error(BH_EINVAL);
	*r = (struct region){
		.lock = SPINLOCK_INIT(LOCK_FRAME),
		.name = name,
		.base = base,
		.size = size,
		.overlay = overlay,
		.overlay_max = overlay_max,
	};
	return 0;
}

int region_attach(struct region *r, const struct region_attachment *a)
{
	int err;

	if (r->attachment_count == REGION_ATTACHMENTS_MAX)
		return trace_error(BH_EOVERFLOW);
	if (!IS_ALIGNED(a->gpa.v, PAGE_SIZE) || (a->rights_max & ~PT_RIGHTS) != 0U)
		return trace_error(BH_EINVAL);
	err = s2_map(a->s2, a->gpa, r->base, r->size, a->rights_max);
	if (err != 0)
		return err == BH_EEXIST ? trace_error(BH_EINVAL) : err;
	guest_ram_add(a->s2, a->gpa, r->base, r->size, a->rights_max);
	r->attachment[r->attachment_count] = *a;
	r->attachment_count++;
	return 0;
}

/* First stretch that ends behind @page; overlay_count if there is none. */
static u32 stretch_at(const struct region *r, u64 page)
{
	u32 lo = 0;
	u32 hi = r->overlay_count;

	while (lo < hi) {
		const u32 mid = (lo + hi) / 2U;

		if (r->overlay[mid].first + r->overlay[mid].pages <= page)
			lo = mid + 1U;
		else
			hi = mid;
	}
	return lo;
}

/* The rights of @page, and the page where the next rights begin. */
static u32 rights_at(const struct region *r, u64 page, u64 *next)
{
	const u32 i = stretch_at(r, page);

	if (i == r->overlay_count) {
		*next = r->size >> PAGE_SHIFT;
		return PT_RIGHTS;
	}
	if (r->overlay[i].first > page) {
		*next = r->overlay[i].first;
		return PT_RIGHTS;
	}
	*next = r->overlay[i].first + r->overlay[i].pages;
	return r->overlay[i].rights;
}

u32 region_rights(struct region *r, u64 page)
{
	u64 next;
	u32 rights;

	spin_lock(&r->lock);
	rights = rights_at(r, page, &next);
	spin_unlock(&r->lock);
	return rights;
}

/* May the rights of all these pages become @rights? */
static int check_pages(const struct region *r, u64 first, u64 end, u32 rights, bool narrow_only)
{
	for (u64 page = first; page < end;) {
		const u32 old = rights_at(r, page, &page);

		if ((old & REGION_IMMUTABLE) != 0U)
			return BH_EPERM;
		if (narrow_only && (rights & ~old & PT_RIGHTS) != 0U)
			return BH_EPERM;
	}
	return 0;
}

static int check_owners(const struct region *r, u32 owner)
{
	bool found = false;

	for (u32 i = 0; i < r->attachment_count; i++) {
		const struct region_attachment *a = &r->attachment[i];

		if (a->owner == owner)
			found = true;
		else if (!a->grants)
			return BH_EPERM;
	}
	return found ? 0 : BH_EPERM;
}

/* What replaces the stretches [from, to) of the overlay. */
struct edit {
	u32 from, to;
	u32 count;
	struct region_overlay put[3];
};

static void edit_put(struct edit *e, u64 first, u64 end, u32 rights)
{
	struct region_overlay *last = e->count == 0U ? NULL : &e->put[e->count - 1U];

	if (first == end || rights == PT_RIGHTS)
		return;
	if (last != NULL && last->rights == rights && last->first + last->pages == first) {
		last->pages = end - last->first;
		return;
	}
	e->put[e->count] =
		(struct region_overlay){ .first = first, .pages = end - first, .rights = rights };
	e->count++;
}

/*
 * The stretches that touch [first, end) give way to what is left of the outer two and the new
 * one; neighbours with equal rights become one.
 */
static void edit_make(const struct region *r, u64 first, u64 end, u32 rights, struct edit *e)
{
	const struct region_overlay *o = r->overlay;

	*e = (struct edit){ .from = stretch_at(r, first == 0U ? 0U : first - 1U) };
	e->to = e->from;
	while (e->to < r->overlay_count && o[e->to].first <= end)
		e->to++;
	if (e->from < e->to && o[e->from].first < first) {
		const u64 stop = o[e->from].first + o[e->from].pages;

		edit_put(e, o[e->from].first, stop < first ? stop : first, o[e->from].rights);
	}
	edit_put(e, first, end, rights);
	if (e->from < e->to) {
		const struct region_overlay *last = &o[e->to - 1U];
		const u64 start = last->first > end ? last->first : end;

		if (last->first + last->pages > start)
			edit_put(e, start, last->first + last->pages, last->rights);
	}
}

static void edit_apply(struct region *r, const struct edit *e)
{
	struct region_overlay *o = r->overlay;
	const u32 rest = r->overlay_count - e->to;

	memmove(&o[e->from + e->count], &o[e->to], rest * sizeof(*o));
	memcpy(&o[e->from], e->put, e->count * sizeof(*o));
	r->overlay_count = e->from + e->count + rest;
}

/* What attachment @a is to show of frames with @rights. */
static u32 shown(const struct region_attachment *a, u32 rights)
{
	return rights & a->rights_max & PT_RIGHTS;
}

static int check_formats(const struct region *r, u32 rights)
{
	for (u32 i = 0; i < r->attachment_count; i++) {
		const struct region_attachment *a = &r->attachment[i];

		if (a->s2->pt.fmt->rights[shown(a, rights)] == PT_NONE)
			return BH_ENOTSUP;
	}
	return 0;
}

/* One change of this region at a time; whoever waits does its share of shootdowns. */
static void begin(struct region *r)
{
	spin_lock(&r->lock);
	while (r->busy) {
		spin_unlock(&r->lock);
		s2_poll();
		cpu_relax();
		spin_lock(&r->lock);
	}
}

static void end(struct region *r)
{
	spin_lock(&r->lock);
	r->busy = false;
	spin_unlock(&r->lock);
}

/*
 * The same change in every attachment. Their trees have all the tables they can ever need
 * (s2_map()), and all else was checked, so none can refuse.
 */
static void change_all(struct region *r, enum pt_op op, u64 offset, u64 size, u32 rights,
		       struct s2_ticket *ticket)
{
	*ticket = (struct s2_ticket){ .generation = 0 };
	for (u32 i = 0; i < r->attachment_count; i++) {
		const struct region_attachment *a = &r->attachment[i];
		const struct pt_change want = {
			.op = op,
			.va = a->gpa.v + offset,
			.size = size,
			.attr = op == PT_PROTECT ? shown(a, rights) : 0U,
		};
		int err;

		s2_ticket_wait(ticket);
		err = s2_change(a->s2, &want, ticket);
		if (err != 0)
			panic("region %s: stage 2 of partition %u refuses what was checked: %s",
			      r->name, a->owner, error_name(err));
	}
}

/* Would a device keep what the change takes away? */
static int check_pins(const struct region *r, u32 rights)
{
	const u32 both = PT_R | PT_W;

	return r->pins != 0U && (rights & both) != both ? BH_EBUSY : 0;
}

int region_pin(struct region *r, u64 pages)
{
	int err = 0;

	begin(r);
	for (u32 i = 0; i < r->overlay_count && err == 0; i++) {
		if ((r->overlay[i].rights & (PT_R | PT_W)) != (PT_R | PT_W))
			err = BH_EPERM;
	}
	if (err == 0)
		r->pins += pages;
	spin_unlock(&r->lock);
	return err;
}

void region_unpin(struct region *r, u64 pages)
{
	spin_lock(&r->lock);
	BUG_ON(pages > r->pins);
	r->pins -= pages;
	spin_unlock(&r->lock);
}

static int protect_check(const struct region *r, u32 owner, u64 first, u64 pages, u32 rights,
			 bool narrow_only)
{
	int err = 0;

	if (pages == 0U || !range_inside(first, pages, 0, r->size >> PAGE_SHIFT) ||
	    (rights & ~(PT_RIGHTS | REGION_IMMUTABLE)) != 0U)
		err = BH_EINVAL;
	if (err == 0)
		err = check_owners(r, owner);
	if (err == 0)
		err = check_formats(r, rights);
	if (err == 0)
		err = check_pins(r, rights);
	if (err == 0)
		err = check_pages(r, first, first + pages, rights, narrow_only);
	return err;
}

int region_protect(struct region *r, u32 owner, u64 first, u64 pages, u32 rights, bool narrow_only,
		   struct s2_ticket *ticket)
{
	struct edit e;
	int err;

	begin(r);
	err = protect_check(r, owner, first, pages, rights, narrow_only);
	if (err == 0) {
		edit_make(r, first, first + pages, rights, &e);
		if (r->overlay_count - (e.to - e.from) + e.count > r->overlay_max)
			err = BH_ENOMEM;
	}
	if (err == 0) {
		edit_apply(r, &e);
		r->busy = true;
		r->changed = true;
	}
	spin_unlock(&r->lock);
	if (err != 0)
		return err;
	change_all(r, PT_PROTECT, first << PAGE_SHIFT, pages << PAGE_SHIFT, rights, ticket);
	end(r);
	return 0;
}

int region_reset(struct region *r, struct s2_ticket *ticket)
{
	*ticket = (struct s2_ticket){ .generation = 0 };
	begin(r);
	if (!r->changed) {
		spin_unlock(&r->lock);
		return 0;
	}
	r->overlay_count = 0;
	r->changed = false;
	r->busy = true;
	spin_unlock(&r->lock);
	change_all(r, PT_PROTECT, 0, r->size, PT_RIGHTS, ticket);
	s2_ticket_wait(ticket);
	change_all(r, PT_MERGE, 0, r->size, 0, ticket);
	for (u32 i = 0; i < r->attachment_count; i++)
		guest_ram_restore(r->attachment[i].s2, r->attachment[i].gpa);
	end(r);
	return 0;
}
