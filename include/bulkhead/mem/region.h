/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regions: ranges of RAM, each with a boot-fixed list of attachments (who sees it, where, with
 * which rights at most), and rights that live with the host frame (docs/design.md, section 4,
 * decision 4). There is no map from every frame to everything: frame -> region -> attachments,
 * plus a sparse overlay of pages whose rights differ from their region's.
 */
#ifndef BULKHEAD_MEM_REGION_H
#define BULKHEAD_MEM_REGION_H

#include <bulkhead/lib/types.h>
#include <bulkhead/mem/s2.h>

#define REGION_ATTACHMENTS_MAX 8U

/* Rights of a page: PT_R, PT_W, PT_XS, PT_XU of lib/pt.h, and: */
#define REGION_IMMUTABLE 0x10U /* can never change again but by a cold reset */

/* A stretch of pages whose rights differ from their region's; sorted, disjoint. */
struct region_overlay {
	u64 first; /* page number in the region */
	u64 pages;
	u32 rights;
};

struct region_attachment {
	struct s2 *s2;
	u32 owner; /* partition number */
	gpa_t gpa;
	u32 rights_max; /* PT_* */
	bool grants;    /* its owner lets others change the rights of the frames */
};

struct region {
	struct spinlock lock; /* LOCK_FRAME: overlay and busy */
	bool busy;            /* a change is under way, the lock dropped */
	bool changed;         /* since boot or the last reset: leaves may be split, rights taken */
	const char *name;
	hpa_t base;
	u64 size;
	u32 attachment_count;
	struct region_attachment attachment[REGION_ATTACHMENTS_MAX];
	u64 pins;        /* pages that devices may reach, counted once for each mapping */
	u32 overlay_max; /* quota of overlay entries, carved at boot */
	u32 overlay_count;
	struct region_overlay *overlay;
};

/*
 * A region of @size bytes at @base with room for @overlay_max overlay entries in @overlay. All
 * pages have every right their attachments allow.
 */
int region_init(struct region *r, const char *name, hpa_t base, u64 size,
		struct region_overlay *overlay, u32 overlay_max);

/*
 * Boot: lets @a see the region and maps it. BH_EOVERFLOW: too many attachments; BH_EINVAL: not
 * page-aligned, or overlaps another mapping of the same s2; else as s2_map().
 */
int region_attach(struct region *r, const struct region_attachment *a);

/*
 * Counts @pages that a device is about to reach, and takes them back. As long as there are any, no
 * right to read or write can be taken from pages of @r (region_protect(): BH_EBUSY). BH_EPERM: some
 * page lacks one already.
 */
int region_pin(struct region *r, u64 pages);
void region_unpin(struct region *r, u64 pages);

/* The rights of page @page (0 is the first): as the overlay says, else all. */
u32 region_rights(struct region *r, u64 page);

/*
 * Changes the rights of @pages pages from @first on, in every attachment, for partition @owner.
 * Checked whole, then done: BH_EPERM if an attachment of another owner does not grant it, a page
 * is immutable, or @narrow_only and a right would grow; BH_ENOMEM if the overlay's quota does not
 * suffice; BH_ENOTSUP if a stage 2 cannot express the rights. On 0 @ticket is what is left to wait
 * for. Takes and drops LOCK_FRAME and LOCK_STAGE2, one at a time, and waits: no lock may be held.
 */
struct s2_ticket;
int region_protect(struct region *r, u32 owner, u64 first, u64 pages, u32 rights, bool narrow_only,
		   struct s2_ticket *ticket);

/*
 * Back to the state after boot, for the reset of a partition: overlay dropped, immutable pages too,
 * every attachment's rights full, split leaves merged; at once if nobody changed any since.
 * Ticket and locks as above.
 */
int region_reset(struct region *r, struct s2_ticket *ticket);

#endif
