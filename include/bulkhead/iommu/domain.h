/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domains: what a device may reach, as objects. A partition may have several; a device is attached
 * to at most one, and reaches nothing while it is attached to none.
 *
 * A right that is taken away is gone when its ticket is done: until then the unit may have it in a
 * cache, or a transaction of the device under way. Several changes may share one ticket.
 */
#ifndef BULKHEAD_IOMMU_DOMAIN_H
#define BULKHEAD_IOMMU_DOMAIN_H

#include <bulkhead/base/lock.h>
#include <bulkhead/iommu/iommu.h>
#include <bulkhead/lib/pt.h>
#include <bulkhead/mem/region.h>

/* No PASID: the domain translates what the device sends without one. */
#define IOMMU_PASID_NONE 0xffffffffU

/* Maps of one domain at a time, if it is not made of pages alone. */
#define IOMMU_MAPS_MAX 24U

struct iommu_domain {
	struct spinlock lock; /* LOCK_IOMMU_DOMAIN: tree, pool */
	struct pt_format format;
	struct pt pt;
	struct pt_pool pool; /* the quota of tables, carved at boot */
	u64 charged;         /* tables that the finest split of what `map` holds needs */
	u32 map_count;
	struct {
		iova_t iova;
		u64 size, tables;
	} map[IOMMU_MAPS_MAX]; /* where leaves may be large, and so may have to be split */
	const char *name;      /* of the partition it is for */
	u32 owner;             /* its number */
	u32 id;                /* by which units know it; never 0, never reused */
	u32 pasid;
	bool caches_holes;
	u64 units; /* set of units that may have something of it in a cache; atomic */
};

/* What is left to wait for after changes of one domain. */
struct iommu_ticket {
	struct iommu_domain *d;
	u64 lo, hi;  /* what was changed and not sent to the units; none if hi is 0 */
	bool tables; /* tables among it */
	bool again;  /* a unit refused once already */
	u64 units;   /* set of units that are not done */
	u64 polls;   /* how often they were asked */
	struct iommu_mark mark[CONFIG_IOMMU_UNITS];
};

/* A device, as one unit knows it. */
struct iommu_device {
	const char *name; /* path or PCI address, for messages */
	u32 unit, stream;
	u32 owner; /* partition, or LOG_OWNER_SELF */
	const char *partition;
	struct iommu_domain *domain; /* NULL: blocked */
	u64 faults;                  /* atomic */
	u64 credit, filled;          /* budget of faults: drivers/iommu/fault.c */
	u32 cpu;                     /* logical, of its owner: takes its faults */
	bool hushed; /* its unit records no more of it, until it is attached again; atomic */
};

/*
 * The format of a domain for @in_bits of address, as all units of the machine can walk it, with
 * leaves of 4 KiB alone if @pages_only: what pt_tables_max() counts by. BH_ENODEV: no unit can
 * translate; BH_ERANGE: none has so many address bits.
 */
int iommu_format(u32 in_bits, bool pages_only, struct pt_format *out);

/*
 * Boot: a domain that maps nothing, for partition @owner called @name, with a quota of @tables
 * tables from the frame allocator. @pages_only: its partition may change rights of single pages, so
 * that no leaf is split under a device (law 3). Errors as iommu_format(), BH_ENOMEM, BH_EOVERFLOW.
 */
int iommu_domain_init(struct iommu_domain *d, u32 owner, const char *name, u32 in_bits, u64 tables,
		      bool pages_only);

/*
 * Maps @size bytes of @r from @offset on at @iova with @rights (PT_R, PT_W), after it has pinned
 * them. Where leaves may be large the quota is charged with the finest split, so that no later
 * unmap can lack a table; the charge ends when what one call mapped is unmapped by one call.
 * BH_ERANGE: not in the region; BH_ENOMEM: quota; BH_EOVERFLOW: IOMMU_MAPS_MAX; else as pt_start()
 * and pt_step(). Nothing is mapped after an error. No lock may be held.
 */
int iommu_map(struct iommu_domain *d, iova_t iova, struct region *r, u64 offset, u64 size,
	      u32 rights);

/* The same of what is no region: a doorbell, memory of firmware's devices. Nothing is pinned. */
int iommu_map_at(struct iommu_domain *d, iova_t iova, hpa_t pa, u64 size, u32 attr);

/* A ticket for changes of @d. */
void iommu_ticket_init(struct iommu_ticket *t, struct iommu_domain *d);

/*
 * Unmaps what is mapped of [@iova, @iova + @size), in steps of at most 1,000 instructions, and adds
 * it to @t. Pages of @r are unpinned (NULL: they were mapped by iommu_map_at()); their frames may
 * be used for something else when the ticket is done. Where tables become free it waits itself.
 * Errors as pt_start(): nothing was changed then. No lock may be held.
 */
int iommu_unmap(struct iommu_domain *d, iova_t iova, u64 size, struct region *r,
		struct iommu_ticket *t);

/*
 * Is it done? The first call sends what was gathered to the units. A unit that does not do it is
 * stopped, which is as good. Never blocks. No lock may be held.
 */
bool iommu_ticket_done(struct iommu_ticket *t);

/* Waits for it, polling, bounded. */
void iommu_ticket_wait(struct iommu_ticket *t);

/* What maps @iova: 0 or BH_ENOENT. */
int iommu_query(struct iommu_domain *d, iova_t iova, struct pt_leaf *out);

/*
 * Boot: takes the device that the unit with registers at @unit knows as @stream for partition
 * @owner called @partition; it stays blocked. For an SMMUv2 @stream is an id (15:0) and a mask of
 * its bits that do not matter (31:16). @name, @partition: static storage. BH_ENODEV: no such
 * unit, or one that cannot translate; BH_EBUSY: somebody has it; BH_EOVERFLOW:
 * CONFIG_IOMMU_DEVICES.
 */
int iommu_device_take(hpa_t unit, u32 stream, const char *name, u32 owner, const char *partition,
		      struct iommu_device **out);

/*
 * From now on the device reaches what @d maps, and nothing of what it reached before; NULL: it
 * reaches nothing but what firmware promised it. If the unit does not do that it is stopped:
 * BH_EIO, and nothing is reached.
 */
int iommu_attach(struct iommu_device *dev, struct iommu_domain *d);

/*
 * The @n-th piece of memory, from 0 on, that firmware's tables promise the device at its own
 * address (RMRR, IVMD); NULL: there are no more. A domain of its owner must hold it too.
 */
const struct machine_dma *iommu_device_memory(const struct iommu_device *dev, u32 n);

/* Maps such a piece into @d with the rights that firmware gives it; errors of iommu_map_at(). */
static inline int iommu_memory_map(struct iommu_domain *d, const struct machine_dma *r)
{
	return iommu_map_at(d, IOVA(r->base.v), r->base, r->size,
			    (r->read ? PT_R : 0U) | (r->write ? PT_W : 0U) | PT_NORMAL);
}

/* ---- faults ---- */

/*
 * Hears of each fault: @dev is NULL for a device that nobody has. Called with the lock of faults;
 * must not wait. Returns who heard before.
 */
typedef void (*iommu_fault_fn)(const struct iommu_fault *f, const struct iommu_device *dev);
iommu_fault_fn iommu_fault_sink_set(iommu_fault_fn fn);

/*
 * Takes at most @max faults out of the units' records, counts them, logs them at the rate of whom
 * they belong to, and tells the sink. A device with more than CONFIG_IOMMU_FAULT_RATE a second is
 * hushed: refused as before, but not recorded. Returns how many. Any CPU; if another is at it, 0,
 * and that one looks once more.
 */
u32 iommu_faults_take(u32 max);

/*
 * The piece that an interrupt takes: one fault of a unit whose interrupt this CPU takes, its line
 * of the log included (some 4,000 instructions, docs/pcie-iommu.md). There may be more: then what
 * was set is called, which is to call this again on the same CPU, when others had their turn.
 */
void iommu_faults_step(void);
void iommu_faults_more_set(void (*fn)(void));

/*
 * Boot, once the interrupt controller is there: has faults of the unit of @dev taken by an
 * interrupt on logical CPU @cpu, of the owner of @dev, who takes those that @dev causes: the
 * interrupt follows whose faults were taken last. BH_ENOTSUP: it has none that can be listened to;
 * then they are taken when its partition is stopped.
 */
int iommu_faults_listen(struct iommu_device *dev, u32 cpu);

/* Faults there were, and those of devices that nobody has among them. */
u64 iommu_fault_count(void);
u64 iommu_fault_count_unowned(void);

#endif
