// SPDX-License-Identifier: Apache-2.0
/*
 * The command queue of an SMMUv3. Commands are counted from the moment the queue is new, so that
 * whoever waits knows by a number whether his are done; a refused one is replaced, and whoever gave
 * it learns so.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "smmuv3.h"

static u32 queue_size(const struct smmu *s)
{
	return 1U << s->cmdq_bits;
}

static struct command *slot(struct smmu *s, u64 number)
{
	return &s->mem->cmdq[number & (queue_size(s) - 1U)];
}

static void slot_write(struct smmu *s, u64 number, u64 low, u64 high)
{
	struct command *c = slot(s, number);

	*c = (struct command){ { low, high } };
	if (!s->coherent)
		cache_clean_invalidate(c, sizeof(*c));
}

void smmu_ring(struct smmu *s)
{
	const u32 both = 2U * queue_size(s) - 1U;

	dma_mb();
	mmio_write32(s->regs + SMMU_CMDQ_PROD, (u32)s->put & both);
}

/* A refused command gives way to one without effect (4.8); one not fetched is fetched again. */
static void command_recover(struct smmu *s)
{
	const u32 cons = mmio_read32(s->regs + SMMU_CMDQ_CONS);

	s->taken += (cons - s->taken) & (2U * queue_size(s) - 1U);
	log_error("iommu %u: command 0x%lx refused: SMMU_CMDQ_CONS.ERR is 0x%x", s->index,
		  slot(s, s->taken)->word[0], CMDQ_CONS_ERR(cons));
	/* One that is refused though it was replaced says that nothing will be done. */
	s->bad = s->bad != s->taken + 1U ? s->taken + 1U : s->put;
	if (CMDQ_CONS_ERR(cons) != CERROR_ABT)
		slot_write(s, s->taken, CMD_SYNC, 0);
}

void smmu_errors(struct smmu *s)
{
	const u32 gerror = mmio_read32(s->regs + SMMU_GERROR);
	const u32 active = gerror ^ mmio_read32(s->regs + SMMU_GERRORN);

	if (active == 0U)
		return;
	if ((active & GERROR_CMDQ_ERR) != 0U)
		command_recover(s);
	if ((active & GERROR_EVENTQ_ABT_ERR) != 0U)
		log_error("iommu %u: the event queue could not be written: faults were lost",
			  s->index);
	if ((active & GERROR_SFM_ERR) != 0U)
		log_error("iommu %u: service failure mode: the unit aborts everything", s->index);
	dma_mb();
	mmio_write32(s->regs + SMMU_GERRORN, gerror);
}

int smmu_done(struct smmu *s, u64 from, u64 to)
{
	const u32 both = 2U * queue_size(s) - 1U;
	const u32 cons = mmio_read32(s->regs + SMMU_CMDQ_CONS);

	s->taken += (cons - s->taken) & both;
	if (s->taken < to)
		smmu_errors(s);
	if (s->bad > from && s->bad <= to)
		return BH_EIO;
	return s->taken < to ? BH_EAGAIN : 0;
}

static int wait_for(struct smmu *s, u64 from, u64 to)
{
	for (u32 i = 0; i < IOMMU_POLLS; i++) {
		const int err = smmu_done(s, from, to);

		if (err != BH_EAGAIN)
			return err;
		cpu_relax();
	}
	log_error("iommu %u: command queue stuck: SMMU_CMDQ_CONS 0x%x, SMMU_CMDQ_PROD 0x%x",
		  s->index, mmio_read32(s->regs + SMMU_CMDQ_CONS),
		  (u32)s->put & (2U * queue_size(s) - 1U));
	return trace_error(BH_ETIMEDOUT);
}

int smmu_put(struct smmu *s, u64 low, u64 high)
{
	const u64 oldest = s->put + 1U - queue_size(s); /* must be done before there is room */

	if (s->put >= queue_size(s) && s->taken < oldest) {
		int err;

		smmu_ring(s);
		err = wait_for(s, s->put, oldest);
		if (err != 0)
			return err;
	}
	slot_write(s, s->put, low, high);
	s->put++;
	return 0;
}

int smmu_put_sync(struct smmu *s)
{
	const int err = smmu_put(s, CMD_SYNC, 0);

	if (err == 0)
		smmu_ring(s);
	return err;
}

int smmu_sync(struct smmu *s, u64 from)
{
	const int err = smmu_put_sync(s);

	return err == 0 ? wait_for(s, from, s->put) : err;
}
