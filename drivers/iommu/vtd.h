/* SPDX-License-Identifier: Apache-2.0 */
/* One VT-d unit, between the parts of its driver. */
#ifndef BULKHEAD_DRIVERS_IOMMU_VTD_H
#define BULKHEAD_DRIVERS_IOMMU_VTD_H

#include <bulkhead/lib/types.h>

#include "common.h"

struct vtd {
	volatile u8 *regs; /* NULL until the unit is in use */
	u64 cap, ecap;
	u64 ttm; /* RTADDR_REG.TTM in force: what firmware chose if it left translation on */
	u32 index;
	u32 iq_tail; /* bytes */
	u16 segment;
	bool queued; /* invalidations go through the queue */
};

static inline struct iommu_reg vtd_reg(const struct vtd *v, u32 offset, const char *name)
{
	return (struct iommu_reg){ v->index, v->regs, offset, name };
}

/*
 * Switches one GCMD_REG bit on or off, or gives one of its one-shot commands, and waits until
 * GSTS_REG shows it. The other bits stay as they are (11.4.4.1: one command a write).
 */
int vtd_command(struct vtd *v, u32 bit, bool on);

/*
 * Makes invalidation possible, from whatever firmware left: a fresh queue where the unit has one
 * (ECAP.QI), else registers. The queue only ever holds complete batches.
 */
int vtd_inval_init(struct vtd *v);

/* Every cached context entry, PASID entry and translation is gone when this returns 0. */
int vtd_inval_dma(struct vtd *v);

/* The same for interrupt remapping entries; units that remap interrupts have a queue. */
int vtd_inval_interrupts(struct vtd *v);

#endif
