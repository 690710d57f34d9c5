/* SPDX-License-Identifier: Apache-2.0 */
/* One AMD-Vi unit, between the parts of its driver. */
#ifndef BULKHEAD_DRIVERS_IOMMU_AMDVI_H
#define BULKHEAD_DRIVERS_IOMMU_AMDVI_H

#include <bulkhead/base/lock.h>
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/lib/types.h>

#include "amdvi_regs.h"
#include "common.h"

#define AMDVI_IDS (CONFIG_IOMMU_AMDVI_BUSES * 256U)

struct dte {
	u64 word[4];
};
_Static_assert(sizeof(struct dte) == 32U, "device table entry");

struct amdvi {
	struct spinlock lock; /* LOCK_IOMMU_QUEUE: commands, and entries of its devices */
	volatile u8 *regs;
	u32 index;
	u16 segment;
	bool ga;  /* interrupt remapping entries have 128 bits */
	bool xt;  /* and destinations 32 */
	u64 put;  /* commands given, ever */
	u64 lost; /* up to this one, some were dropped when the buffer was restarted */
};

extern struct amdvi amdvi_units[CONFIG_IOMMU_UNITS];

/* One table for all units. */
extern struct dte amdvi_device_table[];

static inline struct iommu_reg amdvi_reg(const struct amdvi *a, u32 offset, const char *name)
{
	return (struct iommu_reg){ a->index, a->regs, offset, name };
}

/* Third word of the entry of a device whose messages reach nobody. */
#define AMDVI_NO_MESSAGES (DTE2_INTCTL_ABORT | DTE2_IV)

/* First word of the entry of a device that reaches nothing, and is recorded. */
u64 amdvi_dte_blocking(void);

/*
 * The command buffer; the lock is held, or there is one CPU. amdvi_put() waits for room where there
 * is none; amdvi_put_wait() ends a batch by a COMPLETION_WAIT and lets the unit begin.
 */
int amdvi_put(struct amdvi *a, u64 low, u64 high);
int amdvi_put_wait(struct amdvi *a);

/*
 * 0: commands after @from up to @to, the end of a batch, have taken effect. BH_EAGAIN: not yet.
 * BH_EIO: the unit refused a command, and some of them were dropped.
 */
int amdvi_done(struct amdvi *a, u64 from, u64 to);

/* Ends the batch that begins after @from and waits for it. Errors as above, and BH_ETIMEDOUT. */
int amdvi_sync(struct amdvi *a, u64 from);

/* A buffer that is new, while it is switched off. */
void amdvi_commands_init(struct amdvi *a);

/* Operations of struct iommu_driver. */
int amdvi_caps(u32 index, struct iommu_caps *out);
int amdvi_prepare(u32 index, u32 stream);
int amdvi_open(u32 index, u32 stream, const struct iommu_domain *d);
int amdvi_attach(u32 index, u32 stream, const struct iommu_domain *d);
int amdvi_flush(u32 index, const struct iommu_flush *f, struct iommu_mark *m);
int amdvi_flushed(u32 index, const struct iommu_mark *m);
void amdvi_hush(u32 index, u32 stream);
int amdvi_interrupt_message(u32 index, const struct iommu_message *m);
int amdvi_interrupt_take(u32 index, u16 source, u8 vector, u32 *entry);
int amdvi_interrupt_route(u32 index, u32 entry, const struct iommu_route *to);
void amdvi_interrupt_form(u32 index, u32 entry, struct iommu_message *out);
void amdvi_stop(u32 index);

#endif
