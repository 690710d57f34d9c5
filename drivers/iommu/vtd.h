/* SPDX-License-Identifier: Apache-2.0 */
/* One VT-d unit, between the parts of its driver. */
#ifndef BULKHEAD_DRIVERS_IOMMU_VTD_H
#define BULKHEAD_DRIVERS_IOMMU_VTD_H

#include <bulkhead/base/lock.h>
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/lib/types.h>

#include "common.h"

/* Buses with a device that was assigned. */
#define VTD_BUSES_MAX 16U
#define VTD_ENTRIES 256U

/* A root table entry, a context entry, an interrupt remapping entry. */
struct vtd_entry {
	u64 low, high;
};
_Static_assert(sizeof(struct vtd_entry) == 16U, "VT-d table entry");

struct vtd {
	struct spinlock lock; /* LOCK_IOMMU_QUEUE: queue, tables */
	volatile u8 *regs;    /* NULL until the unit is in use */
	u64 cap, ecap;
	u64 ttm; /* RTADDR_REG.TTM in force: what firmware chose if it left translation on */
	u32 index;
	u16 segment;
	bool queued;  /* invalidations go through the queue */
	u64 put;      /* descriptors given, ever; modulo the queue's size, IQT_REG */
	u64 taken;    /* of these, how many the unit has fetched */
	u64 status;   /* where a wait writes its number, as the unit sees it */
	u64 bad;      /* the last one that was refused, counted from 1; 0: none */
	u32 irt_used; /* entries handed out */
	u32 bus_count;
	struct {
		u32 bus;
		struct vtd_entry *context;
	} bus[VTD_BUSES_MAX];
};

extern struct vtd vtd_units[CONFIG_IOMMU_UNITS];

/* Root table and interrupt remapping table of each unit; zero until something is assigned. */
extern struct vtd_entry vtd_root[CONFIG_IOMMU_UNITS][VTD_ENTRIES];
extern struct vtd_entry vtd_irt[CONFIG_IOMMU_UNITS][VTD_ENTRIES];

static inline struct iommu_reg vtd_reg(const struct vtd *v, u32 offset, const char *name)
{
	return (struct iommu_reg){ v->index, v->regs, offset, name };
}

/*
 * Switches one GCMD_REG bit on or off, or gives one of its one-shot commands, and waits until
 * GSTS_REG shows it. The other bits stay as they are (11.4.4.1: one command a write).
 */
int vtd_command(struct vtd *v, u32 bit, bool on);

/* Chipsets of the first generation: what was written to tables leaves their write buffer. */
int vtd_flush_write_buffer(struct vtd *v);

/*
 * Makes invalidation possible, from whatever firmware left: a fresh queue where the unit has one
 * (ECAP.QI), else registers. The queue only ever holds complete batches.
 */
int vtd_inval_init(struct vtd *v);

/* Every cached context entry, PASID entry and translation is gone when this returns 0. */
int vtd_inval_dma(struct vtd *v);

/* The same for interrupt remapping entries; units that remap interrupts have a queue. */
int vtd_inval_interrupts(struct vtd *v);

/*
 * The queue, for units that have one; the lock is held, or there is one CPU. vtd_put() waits for
 * room where there is none; vtd_put_wait() ends a batch and lets the unit begin. BH_ETIMEDOUT.
 */
int vtd_put(struct vtd *v, u64 low, u64 high);
int vtd_put_wait(struct vtd *v);

/*
 * 0: descriptors after @from up to @to, the end of a batch, have taken effect. BH_EAGAIN: not yet.
 * BH_EIO: one of them was refused; the queue goes on without it.
 */
int vtd_done(struct vtd *v, u64 from, u64 to);

/* Ends the batch that begins after @from and waits for it. Errors as above, and BH_ETIMEDOUT. */
int vtd_sync(struct vtd *v, u64 from);

/* Operations of struct iommu_driver. */
int vtd_caps(u32 index, struct iommu_caps *out);
int vtd_prepare(u32 index, u32 stream);
int vtd_open(u32 index, u32 stream, const struct iommu_domain *d);
int vtd_attach(u32 index, u32 stream, const struct iommu_domain *d);
int vtd_flush(u32 index, const struct iommu_flush *f, struct iommu_mark *m);
int vtd_flushed(u32 index, const struct iommu_mark *m);
void vtd_hush(u32 index, u32 stream);
int vtd_interrupt_take(u32 index, u16 source, u8 vector, u32 *entry);
int vtd_interrupt_route(u32 index, u32 entry, const struct iommu_route *to);
void vtd_interrupt_form(u32 index, u32 entry, struct iommu_message *out);
int vtd_interrupt_message(u32 index, const struct iommu_message *m);
void vtd_stop(u32 index);

#endif
