// SPDX-License-Identifier: Apache-2.0
/*
 * Intel VT-d: block everything. Root table and interrupt remapping table are pages of zeros: no
 * bus, no interrupt. docs/iommu.md says why every step is safe.
 */
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/iommu.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "vtd.h"
#include "vtd_regs.h"

struct vtd vtd_units[CONFIG_IOMMU_UNITS];
struct vtd_entry vtd_root[CONFIG_IOMMU_UNITS][VTD_ENTRIES] __aligned(4096);
struct vtd_entry vtd_irt[CONFIG_IOMMU_UNITS][VTD_ENTRIES] __aligned(4096);

int vtd_command(struct vtd *v, u32 bit, bool on)
{
	u32 sts = mmio_read32(v->regs + GSTS_REG) & GSTS_PERSISTENT;

	mmio_write32(v->regs + GCMD_REG, on ? sts | bit : sts & ~bit);
	return iommu_poll(vtd_reg(v, GSTS_REG, "GSTS_REG"), bit, on ? bit : 0U);
}

/* Fault and invalidation registers lie where CAP and ECAP say, maybe beyond firmware's size. */
static int map_registers(struct vtd *v, const struct machine_iommu *u)
{
	u64 need, end;

	v->regs = iommu_registers(v->index, u->base, u->size, PAGE_SIZE, CAP_REG);
	if (v->regs == NULL)
		return trace_error(BH_EIO);
	v->cap = mmio_read64(v->regs + CAP_REG);
	v->ecap = mmio_read64(v->regs + ECAP_REG);
	need = CAP_FRO(v->cap) + (u64)CAP_NFR(v->cap) * FRCD_SIZE;
	end = ECAP_IRO(v->ecap) + 2U * sizeof(u64);
	need = end > need ? end : need;
	if (need > PAGE_SIZE && need > u->size) {
		mmu_unmap((void *)(uintptr_t)v->regs, u->size > PAGE_SIZE ? u->size : PAGE_SIZE);
		v->regs = iommu_registers(v->index, u->base, need, need, CAP_REG);
	}
	return v->regs == NULL ? trace_error(BH_EIO) : 0;
}

/* What firmware may have left that would hide faults or send interrupts. */
static int quiet(struct vtd *v)
{
	mmio_write32(v->regs + FECTL_REG, FECTL_IM);
	if ((mmio_read32(v->regs + GSTS_REG) & GSTS_AFLS) != 0U)
		return vtd_command(v, GCMD_EAFL, false);
	return 0;
}

int vtd_flush_write_buffer(struct vtd *v)
{
	u32 sts = mmio_read32(v->regs + GSTS_REG) & GSTS_PERSISTENT;

	if ((v->cap & CAP_RWBF) == 0U)
		return 0;
	mmio_write32(v->regs + GCMD_REG, sts | GCMD_WBF);
	return iommu_poll(vtd_reg(v, GSTS_REG, "GSTS_REG"), GSTS_WBFS, 0);
}

static int block_dma(struct vtd *v)
{
	int err = vtd_flush_write_buffer(v);

	if (err != 0)
		return err;
	mmio_write64(v->regs + RTADDR_REG, mmu_pa(vtd_root[v->index]).v | v->ttm);
	err = vtd_command(v, GCMD_SRTP, true);
	if (err != 0)
		return err;
	err = vtd_inval_dma(v);
	if (err != 0)
		return err;
	return vtd_command(v, GCMD_TE, true);
}

static int block_interrupts(struct vtd *v)
{
	u64 eime = (v->ecap & ECAP_EIM) != 0U ? IRTA_EIME : 0U;
	int err;

	if ((v->ecap & ECAP_IR) == 0U || !v->queued) {
		log_warn("iommu %u: cannot remap interrupts, so it cannot refuse them", v->index);
		return 0;
	}
	mmio_write64(v->regs + IRTA_REG, mmu_pa(vtd_irt[v->index]).v | eime | IRTA_S_256);
	err = vtd_command(v, GCMD_SIRTP, true);
	if (err != 0)
		return err;
	err = vtd_inval_interrupts(v);
	if (err != 0)
		return err;
	err = vtd_command(v, GCMD_CFI, false);
	if (err != 0)
		return err;
	return vtd_command(v, GCMD_IRE, true);
}

/* Firmware's own DMA protection, which covers less than translation does (11.4.9). */
static int drop_protected_regions(struct vtd *v)
{
	if ((v->cap & (CAP_PLMR | CAP_PHMR)) == 0U)
		return 0;
	mmio_write32(v->regs + PMEN_REG, 0);
	return iommu_poll(vtd_reg(v, PMEN_REG, "PMEN_REG"), PMEN_PRS, 0);
}

static u32 fault_record(const struct vtd *v, u32 n)
{
	return (u32)CAP_FRO(v->cap) + (n % CAP_NFR(v->cap)) * FRCD_SIZE;
}

static void fault_clear(struct vtd *v, u32 record)
{
	mmio_write32(v->regs + record + FRCD_HIGH + 4U, (u32)(FRCD_HIGH_F >> 32));
}

/* Faults of firmware's time are nobody's. */
static void forget_faults(struct vtd *v)
{
	for (u32 i = 0; i < CAP_NFR(v->cap); i++)
		fault_clear(v, fault_record(v, i));
	mmio_write32(v->regs + FSTS_REG, FSTS_PFO);
}

static int promised(struct vtd *v)
{
	struct iommu_caps caps;
	const bool able = vtd_caps(v->index, &caps) == 0;

	return iommu_firmware_open(v->index, able ? &caps : NULL, vtd_open);
}

static void tables_clear(const struct vtd *v)
{
	memset(vtd_root[v->index], 0, sizeof(vtd_root[0]));
	memset(vtd_irt[v->index], 0, sizeof(vtd_irt[0]));
	cache_clean_invalidate(vtd_root[v->index], sizeof(vtd_root[0]));
	cache_clean_invalidate(vtd_irt[v->index], sizeof(vtd_irt[0]));
}

static int vtd_block_all(u32 index, const struct machine_iommu *u)
{
	struct vtd *v = &vtd_units[index];
	u32 want, sts;
	int err;

	*v = (struct vtd){ .lock = SPINLOCK_INIT(LOCK_IOMMU_QUEUE),
			   .index = index,
			   .segment = u->segment };
	err = map_registers(v, u);
	if (err != 0)
		return err;
	tables_clear(v);
	sts = mmio_read32(v->regs + GSTS_REG);
	/* The mode of live translation must not change; a page of zeros blocks in every mode. */
	v->ttm = (sts & GSTS_TES) != 0U ? mmio_read64(v->regs + RTADDR_REG) & RTADDR_TTM : 0U;
	err = quiet(v);
	if (err == 0)
		err = vtd_inval_init(v);
	if (err == 0)
		err = promised(v);
	if (err == 0)
		err = block_dma(v);
	if (err == 0)
		err = block_interrupts(v);
	if (err == 0)
		err = drop_protected_regions(v);
	if (err != 0)
		return err;
	forget_faults(v);
	want = GSTS_TES | GSTS_RTPS | ((v->ecap & ECAP_IR) != 0U ? GSTS_IRES : 0U);
	sts = mmio_read32(v->regs + GSTS_REG);
	if ((sts & (want | GSTS_CFIS)) != want) {
		log_error("iommu %u: GSTS_REG is 0x%x, want 0x%x and not 0x%x", index, sts, want,
			  GSTS_CFIS);
		return trace_error(BH_EIO);
	}
	return 0;
}

static int vtd_next_fault(u32 index, struct iommu_fault *out)
{
	struct vtd *v = &vtd_units[index];
	u32 fsts = mmio_read32(v->regs + FSTS_REG);

	for (u32 i = 0; (fsts & FSTS_PPF) != 0U && i < CAP_NFR(v->cap); i++) {
		u32 record = fault_record(v, FSTS_FRI(fsts) + i);
		u64 high = mmio_read64(v->regs + record + FRCD_HIGH);

		if ((high & FRCD_HIGH_F) == 0U)
			continue;
		*out = (struct iommu_fault){
			.unit = index,
			.who = { (u32)v->segment << 16 | FRCD_HIGH_SID(high) },
			.addr = IOVA(mmio_read64(v->regs + record) & FRCD_FI),
			.write = (high & FRCD_HIGH_T1) == 0U,
			.reason = FRCD_HIGH_FR(high),
		};
		fault_clear(v, record);
		return 0;
	}
	/* While PFO is set nothing new is recorded (11.4.7.1). */
	if ((fsts & FSTS_PFO) != 0U)
		mmio_write32(v->regs + FSTS_REG, FSTS_PFO);
	return BH_ENOENT;
}

IOMMU_DRIVER(vtd) = {
	.kind = IOMMU_VTD,
	.name = "VT-d",
	.block_all = vtd_block_all,
	.next_fault = vtd_next_fault,
	.caps = vtd_caps,
	.prepare = vtd_prepare,
	.attach = vtd_attach,
	.flush = vtd_flush,
	.flushed = vtd_flushed,
	.hush = vtd_hush,
	.interrupt_message = vtd_interrupt_message,
	.interrupt_take = vtd_interrupt_take,
	.interrupt_route = vtd_interrupt_route,
	.interrupt_form = vtd_interrupt_form,
	.stop = vtd_stop,
};
