/* SPDX-License-Identifier: Apache-2.0 */
/* One SMMUv2, between the parts of its driver. */
#ifndef BULKHEAD_DRIVERS_IOMMU_SMMUV2_H
#define BULKHEAD_DRIVERS_IOMMU_SMMUV2_H

#include <bulkhead/base/lock.h>
#include <bulkhead/iommu/iommu.h>

#include "common.h"
#include "smmuv2_regs.h"

/* Streams of one unit that can be told from the rest, if it has as many context banks. */
#define SMMU2_STREAMS 64U

/*
 * A stream is an id (15:0) and a mask of its bits that do not matter (31:16), the layout of
 * SMMU_SMRn. Each that was prepared has a context bank of its own, so that its faults are told from
 * others' and can be hushed.
 */
struct smmu2_stream {
	u32 stream;
	u32 group; /* of SMMU_S2CRn; its bank has the number it has in the list */
	u32 vmid;
	bool hushed;
};

struct smmu2 {
	struct spinlock lock; /* LOCK_IOMMU_QUEUE: registers, but those of faults */
	volatile u8 *regs;
	u32 index;
	u32 page;       /* bytes of a register page */
	u32 bank_first; /* register page of bank 0 */
	u32 banks, groups;
	u32 input, output;      /* address widths as IDR2 has them */
	u32 id_bits, mask_bits; /* of SMMU_SMRn that there are */
	bool matches;           /* it has SMRs; without, S2CRs are found by stream id */
	bool extended;          /* stream ids of 16 bits */
	bool wide_vmid;
	bool translates;
	bool coherent;
	bool quiet_bank;         /* banks that prefetch are told not to: MMU-500 */
	bool listens;            /* context faults raise the interrupt */
	bool one_line;           /* as do global ones */
	u32 global_row;          /* global faults without a clean record in between */
	u32 asked_first;         /* bank that is asked for faults first: none waits for ever */
	u64 wanted, begun, done; /* synchronizations, counted */
	u32 used;
	struct smmu2_stream of[SMMU2_STREAMS];
};

extern struct smmu2 smmu2_units[CONFIG_IOMMU_UNITS];

static inline struct iommu_reg smmu2_reg(const struct smmu2 *s, u32 offset, const char *name)
{
	return (struct iommu_reg){ s->index, s->regs, offset, name };
}

/* Registers of bank @bank. */
static inline volatile u8 *smmu2_bank(const struct smmu2 *s, u32 bank)
{
	return s->regs + (size_t)(s->bank_first + bank) * s->page;
}

/* Waits until all that was to be forgotten is. BH_ETIMEDOUT. The lock is held, or one CPU runs. */
int smmu2_sync(struct smmu2 *s);

/* Takes what bank @bank has recorded out of it; a transaction it holds back is ended. */
void smmu2_bank_clear(const struct smmu2 *s, u32 bank);

/* The stream as it was prepared that @id is one of; @id where there is none. */
u32 smmu2_stream_of(const struct smmu2 *s, u32 id);

/* Operations of struct iommu_driver. */
int smmuv2_caps(u32 index, struct iommu_caps *out);
int smmuv2_prepare(u32 index, u32 stream);
int smmuv2_attach(u32 index, u32 stream, const struct iommu_domain *d);
int smmuv2_flush(u32 index, const struct iommu_flush *f, struct iommu_mark *m);
int smmuv2_flushed(u32 index, const struct iommu_mark *m);
void smmuv2_hush(u32 index, u32 stream);
int smmuv2_interrupt(u32 index);
void smmuv2_stop(u32 index);

#endif
