// SPDX-License-Identifier: Apache-2.0
/*
 * VT-d cache invalidation: by queue where there is one, by registers on units of the first
 * generation. Units of major version 6 have the queue alone.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "vtd.h"
#include "vtd_regs.h"

#define IQ_BYTES 4096U

/* The queue, and the word that the unit writes when a wait descriptor is reached. */
static u64 queue[CONFIG_IOMMU_UNITS][IQ_BYTES / sizeof(u64)] __aligned(4096);
static u64 wait_status[CONFIG_IOMMU_UNITS];

/* Scalable mode takes descriptors of 256 bits, the upper half zero (6.5.2). */
static u32 descriptor_bytes(const struct vtd *v)
{
	return v->ttm == RTADDR_TTM_SCALABLE ? 32U : 16U;
}

static u32 queue_size(const struct vtd *v)
{
	return IQ_BYTES / descriptor_bytes(v);
}

static u64 *slot(const struct vtd *v, u64 number)
{
	return &queue[v->index][number % queue_size(v) * descriptor_bytes(v) / sizeof(u64)];
}

static void slot_write(const struct vtd *v, u64 number, u64 low, u64 high)
{
	u64 *d = slot(v, number);
	u32 bytes = descriptor_bytes(v);

	d[0] = low;
	d[1] = high;
	for (u32 i = 2; i < bytes / sizeof(u64); i++)
		d[i] = 0;
	cache_clean_invalidate(d, bytes);
}

static void ring(struct vtd *v)
{
	dma_mb();
	mmio_write64(v->regs + IQT_REG, v->put % queue_size(v) * descriptor_bytes(v));
}

static void progress(struct vtd *v)
{
	const u64 head = (mmio_read64(v->regs + IQH_REG) & IQ_OFFSET) / descriptor_bytes(v);

	v->taken += (head + queue_size(v) - v->taken % queue_size(v)) % queue_size(v);
}

/* A refused descriptor gives way to one without effect, and the queue goes on (6.5.2.10). */
static void recover(struct vtd *v)
{
	const u32 fsts = mmio_read32(v->regs + FSTS_REG);

	if ((fsts & FSTS_QUEUE_ERRORS) == 0U)
		return;
	progress(v);
	log_error("iommu %u: invalidation queue refused: FSTS_REG 0x%x, descriptor 0x%lx 0x%lx",
		  v->index, fsts, slot(v, v->taken)[0], slot(v, v->taken)[1]);
	/* One that is refused though it was replaced says that nothing will be done. */
	v->bad = (fsts & FSTS_IQE) != 0U && v->bad != v->taken + 1U ? v->taken + 1U : v->put;
	if ((fsts & FSTS_IQE) != 0U)
		slot_write(v, v->taken, QI_WAIT, 0);
	dma_mb();
	mmio_write32(v->regs + FSTS_REG, fsts & FSTS_QUEUE_ERRORS);
}

int vtd_done(struct vtd *v, u64 from, u64 to)
{
	const u32 status = (u32)read_once(wait_status[v->index]);

	if ((s32)(status - (u32)to) < 0)
		recover(v);
	if (v->bad > from && v->bad <= to)
		return BH_EIO;
	return (s32)(status - (u32)to) < 0 ? BH_EAGAIN : 0;
}

static int stuck(const struct vtd *v)
{
	log_error("iommu %u: invalidation queue stuck: IQH_REG 0x%lx, tail 0x%lx, FSTS_REG 0x%x",
		  v->index, mmio_read64(v->regs + IQH_REG), mmio_read64(v->regs + IQT_REG),
		  mmio_read32(v->regs + FSTS_REG));
	return trace_error(BH_ETIMEDOUT);
}

/* One slot stays free: a full queue and an empty one look the same. */
int vtd_put(struct vtd *v, u64 low, u64 high)
{
	const u64 most = queue_size(v) - 1U;

	if (v->put - v->taken >= most) {
		ring(v);
		for (u32 i = 0; i < IOMMU_POLLS && v->put - v->taken >= most; i++) {
			recover(v);
			progress(v);
			cpu_relax();
		}
		if (v->put - v->taken >= most)
			return stuck(v);
	}
	slot_write(v, v->put, low, high);
	v->put++;
	return 0;
}

int vtd_put_wait(struct vtd *v)
{
	const u32 number = (u32)(v->put + 1U);
	const int err = vtd_put(v, QI_WAIT | QI_WAIT_SW | QI_WAIT_FN | FIELD_PREP(number, 63, 32),
				v->status);

	if (err == 0)
		ring(v);
	return err;
}

int vtd_sync(struct vtd *v, u64 from)
{
	int err = vtd_put_wait(v);

	if (err != 0)
		return err;
	for (u32 i = 0; i < IOMMU_POLLS; i++) {
		err = vtd_done(v, from, v->put);
		if (err != BH_EAGAIN)
			return err;
		cpu_relax();
	}
	return stuck(v);
}

/*
 * Firmware's queue is let run dry first, as 6.5.2 wants; one that is halted by an error never
 * does, and nothing in it matters any more.
 */
static int queue_stop(struct vtd *v)
{
	for (u32 i = 0; i < IOMMU_POLLS; i++) {
		u64 head = mmio_read64(v->regs + IQH_REG) & IQ_OFFSET;

		if (head == (mmio_read64(v->regs + IQT_REG) & IQ_OFFSET))
			break;
		if ((mmio_read32(v->regs + FSTS_REG) & FSTS_QUEUE_ERRORS) != 0U)
			break;
		cpu_relax();
	}
	return vtd_command(v, GCMD_QIE, false);
}

int vtd_inval_init(struct vtd *v)
{
	u64 dw = v->ttm == RTADDR_TTM_SCALABLE ? IQA_DW : 0U;
	int err;

	v->queued = (v->ecap & ECAP_QI) != 0U;
	if (!v->queued)
		return 0;
	if ((mmio_read32(v->regs + GSTS_REG) & GSTS_QIES) != 0U) {
		err = queue_stop(v);
		if (err != 0)
			return err;
	}
	mmio_write32(v->regs + IECTL_REG, IECTL_IM);
	mmio_write32(v->regs + FSTS_REG, FSTS_QUEUE_ERRORS);
	mmio_write64(v->regs + IQT_REG, 0);
	mmio_write64(v->regs + IQA_REG, mmu_pa(queue[v->index]).v | dw);
	v->status = mmu_pa(&wait_status[v->index]).v;
	v->put = 0;
	v->taken = 0;
	v->bad = 0;
	write_once(wait_status[v->index], 0);
	return vtd_command(v, GCMD_QIE, true);
}

static int registers_inval_dma(struct vtd *v)
{
	u32 iotlb = (u32)ECAP_IRO(v->ecap) + IOTLB_REG;
	u64 drain = IOTLB_DR | IOTLB_DW;
	int err;

	mmio_write64(v->regs + CCMD_REG, CCMD_ICC | CCMD_CIRG_GLOBAL);
	err = iommu_poll(vtd_reg(v, CCMD_REG + 4U, "CCMD_REG[63:32]"), (u32)(CCMD_ICC >> 32), 0);
	if (err != 0)
		return err;
	mmio_write64(v->regs + iotlb, IOTLB_IVT | IOTLB_IIRG_GLOBAL | drain);
	return iommu_poll(vtd_reg(v, iotlb + 4U, "IOTLB_REG[63:32]"), (u32)(IOTLB_IVT >> 32), 0);
}

int vtd_inval_dma(struct vtd *v)
{
	u64 from;
	int err;

	if (!v->queued)
		return registers_inval_dma(v);
	from = v->put;
	err = vtd_put(v, QI_CONTEXT_GLOBAL, 0);
	if (err == 0 && v->ttm == RTADDR_TTM_SCALABLE)
		err = vtd_put(v, QI_PASID_GLOBAL, 0);
	/* The order of 6.5.3.1: a translation may be refilled from a stale context entry. */
	if (err == 0)
		err = vtd_put(v, QI_IOTLB_GLOBAL | QI_IOTLB_DR | QI_IOTLB_DW, 0);
	return err == 0 ? vtd_sync(v, from) : err;
}

int vtd_inval_interrupts(struct vtd *v)
{
	const u64 from = v->put;
	const int err = vtd_put(v, QI_IEC_GLOBAL, 0);

	return err == 0 ? vtd_sync(v, from) : err;
}
