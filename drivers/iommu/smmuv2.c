// SPDX-License-Identifier: Apache-2.0
/*
 * Arm SMMUv2: block everything, and say what was refused. A stream that no register names faults;
 * those that firmware named are made to.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/iommu.h>
#include <bulkhead/lib/error.h>

#include "smmuv2.h"

/* Both global register spaces of the smaller page size: what must be there to be identified. */
#define REGS_MIN KIB(8)

/* Global faults in a row after which they raise no interrupt any more. */
#define GLOBAL_ROW_MAX 128U

/* Reason codes of global faults stand beside those of context faults. */
#define REASON_GLOBAL 0x1000U

struct smmu2 smmu2_units[CONFIG_IOMMU_UNITS];

/* ---- what it is ---- */

static void identify_streams(struct smmu2 *s, u32 idr0)
{
	u32 groups = IDR0_NUMSMRG(idr0);

	s->matches = (idr0 & IDR0_SMS) != 0U;
	s->extended = s->matches && (idr0 & IDR0_EXIDS) != 0U;
	if (!s->matches)
		groups = 1U << IDR0_NUMSIDB(idr0);
	s->groups = groups < SMMU_GROUPS ? groups : SMMU_GROUPS;
}

static int identify_pages(struct smmu2 *s, u64 size)
{
	const u32 idr1 = mmio_read32(s->regs + SMMU_sIDR1);
	const u32 half = 2U << IDR1_NUMPAGENDXB(idr1);
	u64 need;

	s->page = (idr1 & IDR1_PAGESIZE_64K) != 0U ? (u32)KIB(64) : (u32)KIB(4);
	need = 2ULL * half * s->page;
	if (size < need) {
		log_error("iommu %u: registers of 0x%lx bytes: SMMU_sIDR1 0x%x says 0x%lx",
			  s->index, size, idr1, need);
		return trace_error(BH_EIO);
	}
	s->bank_first = half;
	s->banks = IDR1_NUMCB(idr1) < half ? IDR1_NUMCB(idr1) : half;
	s->banks = s->banks < SMMU_BANKS ? s->banks : SMMU_BANKS;
	return 0;
}

static int identify(struct smmu2 *s, const struct machine_iommu *u)
{
	const u32 idr0 = mmio_read32(s->regs + SMMU_sIDR0);
	const u32 idr2 = mmio_read32(s->regs + SMMU_sIDR2);

	identify_streams(s, idr0);
	s->input = IDR2_IAS(idr2);
	s->output = IDR2_OAS(idr2);
	s->wide_vmid = (idr2 & IDR2_VMID16S) != 0U;
	s->translates = (idr0 & IDR0_S2TS) != 0U && (idr2 & IDR2_PTFSV8_4K) != 0U;
	/* The register tells what the unit can, firmware whether it is wired. */
	s->coherent = (idr0 & IDR0_CTTW) != 0U && u->coherent;
	s->quiet_bank = u->mmu500;
	s->one_line = u->irq_event != 0U && u->irq_event == u->irq_gerror;
	return identify_pages(s, u->size);
}

/* ---- blocking ---- */

static u32 cr0_of(const struct smmu2 *s)
{
	return CR0_GFRE | CR0_GCFGFRE | CR0_STALLD | CR0_USFCFG | CR0_VMIDPNE | CR0_PTM |
	       CR0_SMCFCFG | (s->extended ? CR0_EXIDENABLE : 0U) |
	       (s->wide_vmid ? CR0_VMID16EN : 0U);
}

/*
 * What no register matches must fault before registers stop matching; only then clients come under
 * the unit's control if firmware let them bypass it. No stream reaches more after any step.
 */
static int refuse_streams(struct smmu2 *s)
{
	const u32 before = mmio_read32(s->regs + SMMU_sCR0);
	const u32 cr0 = cr0_of(s);
	int err = 0;

	mmio_write32(s->regs + SMMU_sCR0, before | CR0_USFCFG | CR0_SMCFCFG);
	for (u32 i = 0; i < s->groups && err == 0; i++) {
		mmio_write32(s->regs + SMMU_S2CR(i), S2CR_TYPE_FAULT);
		err = iommu_poll(smmu2_reg(s, SMMU_S2CR(i), "SMMU_S2CR"), S2CR_TYPE,
				 S2CR_TYPE_FAULT);
	}
	if (err != 0)
		return err;
	mmio_write32(s->regs + SMMU_sCR0, cr0);
	err = iommu_poll(smmu2_reg(s, SMMU_sCR0, "SMMU_sCR0"), cr0 | CR0_CLIENTPD, cr0);
	for (u32 i = 0; s->matches && i < s->groups; i++)
		mmio_write32(s->regs + SMMU_SMR(i), 0);
	return err;
}

/* Bits that are not there read as zero. The register that is asked is not valid meanwhile. */
static void measure_matching(struct smmu2 *s)
{
	const u32 all = s->extended ? 0xffffU : 0x7fffU;

	s->id_bits = s->groups - 1U;
	s->mask_bits = 0;
	if (!s->matches) {
		return;
	}
	s->id_bits = 0;
	if (s->groups == 0U) {
		return;
	}
	mmio_write32(s->regs + SMMU_SMR(0U), all);
	s->id_bits = mmio_read32(s->regs + SMMU_SMR(0U)) & all;
	mmio_write32(s->regs + SMMU_SMR(0U), SMR_MASK(all));
	s->mask_bits = mmio_read32(s->regs + SMMU_SMR(0U)) >> 16 & all;
	mmio_write32(s->regs + SMMU_SMR(0U), 0);
}

void smmu2_bank_clear(const struct smmu2 *s, u32 bank)
{
	volatile u8 *cb = smmu2_bank(s, bank);
	const u32 fsr = mmio_read32(cb + SMMU_CB_FSR);

	mmio_write32(cb + SMMU_CB_FSR, fsr);
	if ((fsr & FSR_SS) != 0U)
		mmio_write32(cb + SMMU_CB_RESUME, RESUME_TERMINATE);
}

/*
 * Errata 841119, 826419, 562869 and 1047329 of the MMU-500: what a bank fetches ahead may survive
 * an invalidation.
 */
static void stop_prefetch(const struct smmu2 *s)
{
	u32 still = 0;

	if (IDR7_MAJOR(mmio_read32(s->regs + SMMU_sIDR7)) >= 2U)
		mmio_write32(s->regs + SMMU_sACR,
			     mmio_read32(s->regs + SMMU_sACR) & ~ACR_CACHE_LOCK);
	for (u32 i = 0; i < s->banks; i++) {
		volatile u8 *actlr = smmu2_bank(s, i) + SMMU_CB_ACTLR;

		mmio_write32(actlr, mmio_read32(actlr) & ~ACTLR_CPRE);
		still += (mmio_read32(actlr) & ACTLR_CPRE) != 0U ? 1U : 0U;
	}
	if (still != 0U)
		log_warn("iommu %u: %u banks of the MMU-500 go on fetching ahead: firmware has "
			 "locked SMMU_sACR",
			 s->index, still);
}

static int forget_all(struct smmu2 *s)
{
	for (u32 i = 0; i < s->banks; i++) {
		mmio_write32(smmu2_bank(s, i) + SMMU_CB_SCTLR, 0);
		smmu2_bank_clear(s, i);
	}
	if (s->quiet_bank)
		stop_prefetch(s);
	mmio_write32(s->regs + SMMU_sGFSR, mmio_read32(s->regs + SMMU_sGFSR));
	mmio_write32(s->regs + SMMU_TLBIALLH, 0);
	mmio_write32(s->regs + SMMU_TLBIALLNSNH, 0);
	s->wanted++;
	return smmu2_sync(s);
}

static int smmuv2_block_all(u32 index, const struct machine_iommu *u)
{
	struct smmu2 *s = &smmu2_units[index];
	int err;

	*s = (struct smmu2){ .lock = SPINLOCK_INIT(LOCK_IOMMU_QUEUE), .index = index };
	s->regs = iommu_registers(index, u->base, u->size, REGS_MIN, SMMU_sIDR0);
	if (s->regs == NULL)
		return trace_error(BH_EIO);
	err = identify(s, u);
	if (err == 0)
		err = refuse_streams(s);
	if (err != 0)
		return err;
	measure_matching(s);
	return forget_all(s);
}

/* ---- faults ---- */

static bool bank_fault(struct smmu2 *s, u32 bank, struct iommu_fault *out)
{
	volatile u8 *cb = smmu2_bank(s, bank);
	const u32 fsr = mmio_read32(cb + SMMU_CB_FSR);

	if ((fsr & FSR_FAULTS) == 0U || __atomic_load_n(&s->of[bank].hushed, __ATOMIC_RELAXED))
		return false;
	*out = (struct iommu_fault){
		.unit = s->index,
		.who = { s->of[bank].stream },
		.addr = IOVA(mmio_read64(cb + SMMU_CB_FAR)),
		.write = (mmio_read32(cb + SMMU_CB_FSYNR0) & FSYNR0_WNR) != 0U,
		.reason = fsr & FSR_FAULTS,
	};
	smmu2_bank_clear(s, bank);
	return true;
}

/* A device that nobody has and that does not stop is not to hold up a CPU. */
static void global_silence(struct smmu2 *s)
{
	s->global_row++;
	if (s->global_row != GLOBAL_ROW_MAX || !s->listens || !s->one_line)
		return;
	mmio_write32(s->regs + SMMU_sCR0, cr0_of(s));
	log_warn("iommu %u: %u faults in a row of devices that nobody has: they raise no interrupt "
		 "any more",
		 s->index, GLOBAL_ROW_MAX);
}

static bool global_fault(struct smmu2 *s, struct iommu_fault *out)
{
	const u32 gfsr = mmio_read32(s->regs + SMMU_sGFSR);
	const u32 id = GFSYNR1_STREAMID(mmio_read32(s->regs + SMMU_sGFSYNR1));

	if ((gfsr & GFSR_FAULTS) == 0U) {
		s->global_row = 0;
		return false;
	}
	*out = (struct iommu_fault){
		.unit = s->index,
		.who = { smmu2_stream_of(s, id) },
		.addr = IOVA(mmio_read64(s->regs + SMMU_sGFAR)),
		.write = (mmio_read32(s->regs + SMMU_sGFSYNR0) & GFSYNR0_WNR) != 0U,
		.reason = REASON_GLOBAL | (gfsr & GFSR_FAULTS),
	};
	mmio_write32(s->regs + SMMU_sGFSR, gfsr);
	global_silence(s);
	return true;
}

static int smmuv2_next_fault(u32 index, struct iommu_fault *out)
{
	struct smmu2 *s = &smmu2_units[index];
	const u32 used = load_acquire(&s->used);

	for (u32 i = 0; i < used; i++) {
		const u32 bank = (s->asked_first + i) % used;

		if (bank_fault(s, bank, out)) {
			s->asked_first = bank + 1U;
			return 0;
		}
	}
	return global_fault(s, out) ? 0 : BH_ENOENT;
}

int smmuv2_interrupt(u32 index)
{
	struct smmu2 *s = &smmu2_units[index];

	spin_lock(&s->lock);
	s->listens = true;
	for (u32 i = 0; i < s->used; i++) {
		volatile u8 *sctlr = smmu2_bank(s, i) + SMMU_CB_SCTLR;

		if (!s->of[i].hushed)
			mmio_write32(sctlr, mmio_read32(sctlr) | SCTLR_CFIE);
	}
	if (s->one_line)
		mmio_write32(s->regs + SMMU_sCR0, cr0_of(s) | CR0_GFIE);
	spin_unlock(&s->lock);
	return 0;
}

IOMMU_DRIVER(smmuv2) = {
	.kind = IOMMU_SMMUV2,
	.name = "SMMUv2",
	.level = true,
	.block_all = smmuv2_block_all,
	.next_fault = smmuv2_next_fault,
	.caps = smmuv2_caps,
	.prepare = smmuv2_prepare,
	.attach = smmuv2_attach,
	.flush = smmuv2_flush,
	.flushed = smmuv2_flushed,
	.hush = smmuv2_hush,
	.interrupt = smmuv2_interrupt,
	.stop = smmuv2_stop,
};
