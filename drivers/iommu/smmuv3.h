/* SPDX-License-Identifier: Apache-2.0 */
/* One SMMUv3, between the parts of its driver. */
#ifndef BULKHEAD_DRIVERS_IOMMU_SMMUV3_H
#define BULKHEAD_DRIVERS_IOMMU_SMMUV3_H

#include <bulkhead/base/lock.h>
#include <bulkhead/iommu/iommu.h>

#include "common.h"
#include "smmuv3_regs.h"

/* Stream ids up to 16 bits get an entry (all PCI functions); larger ones are C_BAD_STREAMID. */
#define SID_BITS 16U
#define SPLIT 6U
#define CMDQ_BITS 7U
#define EVENTQ_BITS 6U
#define CMDQ_ENTRIES (1U << CMDQ_BITS)
#define EVENTQ_ENTRIES (1U << EVENTQ_BITS)
#define BLOCK_ENTRIES (1U << SPLIT)

/* Blocks of stream ids with a device that was assigned; all others share one. */
#define OWN_BLOCKS 16U

struct ste {
	u64 word[8];
};
_Static_assert(sizeof(struct ste) == 64U, "stream table entry");

struct command {
	u64 word[2];
};
_Static_assert(sizeof(struct command) == 16U, "command");

struct event {
	u64 word[4];
};
_Static_assert(sizeof(struct event) == 32U, "event record");

/* What a unit reads and writes: each member aligned to its own size, as the unit demands. */
struct smmu_memory {
	u64 level1[1U << (SID_BITS - SPLIT)]; /* all but the own blocks point at level2 */
	struct ste level2[BLOCK_ENTRIES];
	struct event eventq[EVENTQ_ENTRIES];
	struct command cmdq[CMDQ_ENTRIES];
} __aligned(16384);
_Static_assert(offsetof(struct smmu_memory, level2) % sizeof(struct ste[BLOCK_ENTRIES]) == 0, "L2");
_Static_assert(offsetof(struct smmu_memory, eventq) % sizeof(struct event[EVENTQ_ENTRIES]) == 0,
	       "event queue");
_Static_assert(offsetof(struct smmu_memory, cmdq) % sizeof(struct command[CMDQ_ENTRIES]) == 0,
	       "command queue");

struct smmu {
	struct spinlock lock; /* LOCK_IOMMU_QUEUE: commands, stream table */
	volatile u8 *regs;
	struct smmu_memory *mem;
	u32 index;
	u32 idr0;
	u32 sid_bits;
	u32 cmdq_bits, eventq_bits;
	u64 put;   /* commands given; its low bits are SMMU_CMDQ_PROD with the wrap bit */
	u64 taken; /* of these, how many the unit is done with */
	u64 bad;   /* the last one that was refused, counted from 1; 0: none */
	bool coherent;
	bool two_levels;
	bool fixed; /* tables at fixed addresses: off, aborting */
	u32 own_count;
	struct {
		u32 first; /* stream id */
		struct ste *ste;
	} own[OWN_BLOCKS];
};

extern struct smmu smmu_units[CONFIG_IOMMU_UNITS];

static inline struct iommu_reg smmu_reg(const struct smmu *s, u32 offset, const char *name)
{
	return (struct iommu_reg){ s->index, s->regs, offset, name };
}

/*
 * The command queue. smmu_put() waits for room where there is none; what was put is begun by
 * smmu_ring() at the latest. The lock is held, or there is one CPU. BH_ETIMEDOUT: the queue is
 * stuck.
 */
int smmu_put(struct smmu *s, u64 low, u64 high);
void smmu_ring(struct smmu *s);

/* Puts a CMD_SYNC: when it is taken, the effect of all commands before it is complete. */
int smmu_put_sync(struct smmu *s);

/*
 * 0: commands after @from up to @to are done. BH_EAGAIN: not yet. BH_EIO: one of them was refused;
 * the queue goes on without it.
 */
int smmu_done(struct smmu *s, u64 from, u64 to);

/* Puts a CMD_SYNC and waits for all commands after @from. Errors as above, and BH_ETIMEDOUT. */
int smmu_sync(struct smmu *s, u64 from);

/* Looks at SMMU_GERROR: logs, recovers and acknowledges what is active. */
void smmu_errors(struct smmu *s);

/* A stage 2 entry can be used: tables of 4 KiB, little-endian, transactions may be ended. */
bool smmu_has_stage2(const struct smmu *s);

/* The entry that has a stage 2 that maps nothing, or is not valid where there is none. */
struct ste smmu_blocking_ste(const struct smmu *s);

/* Operations of struct iommu_driver. */
int smmuv3_caps(u32 index, struct iommu_caps *out);
int smmuv3_prepare(u32 index, u32 stream);
int smmuv3_attach(u32 index, u32 stream, const struct iommu_domain *d);
int smmuv3_flush(u32 index, const struct iommu_flush *f, struct iommu_mark *m);
int smmuv3_flushed(u32 index, const struct iommu_mark *m);
void smmuv3_hush(u32 index, u32 stream);
int smmuv3_interrupt(u32 index);
void smmuv3_stop(u32 index);

#endif
