// SPDX-License-Identifier: Apache-2.0
/*
 * Arm SMMUv3: block everything. While the unit is off, GBPA aborts; once it is on, every stream
 * has a stage 2 that maps nothing, so that a fault is recorded with its address.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/fill.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/iommu.h>
#include <bulkhead/lib/error.h>

#include "smmuv3.h"

static struct smmu_memory memory[CONFIG_IOMMU_UNITS];
struct smmu smmu_units[CONFIG_IOMMU_UNITS];

static int write_acked(struct smmu *s, u32 reg, u32 ack, const char *name, u32 value)
{
	mmio_write32(s->regs + reg, value);
	return iommu_poll(smmu_reg(s, ack, name), ~0U, value);
}

static int write_cr0(struct smmu *s, u32 value)
{
	return write_acked(s, SMMU_CR0, SMMU_CR0ACK, "SMMU_CR0ACK", value);
}

/* Abort is what happens whenever SMMUEN is 0, before, between and after. */
static int abort_when_off(struct smmu *s)
{
	struct iommu_reg gbpa = smmu_reg(s, SMMU_GBPA, "SMMU_GBPA");
	int err = iommu_poll(gbpa, GBPA_UPDATE, 0);

	if (err != 0)
		return err;
	mmio_write32(s->regs + SMMU_GBPA, GBPA_UPDATE | GBPA_ABORT);
	return iommu_poll(gbpa, GBPA_UPDATE | GBPA_ABORT, GBPA_ABORT);
}

static int switch_off(struct smmu *s)
{
	u32 cr0 = mmio_read32(s->regs + SMMU_CR0);
	int err = iommu_poll(smmu_reg(s, SMMU_CR0ACK, "SMMU_CR0ACK"), ~0U, cr0);

	if (err != 0)
		return err;
	err = write_acked(s, SMMU_IRQ_CTRL, SMMU_IRQ_CTRLACK, "SMMU_IRQ_CTRLACK", 0);
	if (err != 0)
		return err;
	return write_cr0(s, 0);
}

/*
 * A stage 2 of zeros needs a unit that walks AArch64 little-endian 4 KiB tables and may end a
 * transaction. For any other, entries that are not valid block as well; their faults carry no
 * address.
 */
bool smmu_has_stage2(const struct smmu *s)
{
	u32 need = IDR0_S2P | IDR0_TTF_AARCH64;

	return (s->idr0 & need) == need && IDR0_TTENDIAN(s->idr0) != IDR0_TTENDIAN_BIG &&
	       IDR0_STALL_MODEL(s->idr0) != IDR0_STALL_FORCED &&
	       (mmio_read32(s->regs + SMMU_IDR5) & IDR5_GRAN4K) != 0U;
}

struct ste smmu_blocking_ste(const struct smmu *s)
{
	/* Input sizes for a walk that starts at level 1, none above the output size (3.4.1). */
	static const u8 t0sz[] = { 32, 28, 25, 25, 25, 25 };
	u32 oas = IDR5_OAS(mmio_read32(s->regs + SMMU_IDR5));
	struct ste ste = { 0 };

	if (!smmu_has_stage2(s))
		return ste;
	oas = oas < ARRAY_SIZE(t0sz) ? oas : (u32)ARRAY_SIZE(t0sz) - 1U;
	ste.word[0] = STE0_CONFIG_S2 | STE0_V;
	ste.word[2] = STE2_S2T0SZ(t0sz[oas]) | STE2_S2SL0(1U) | STE2_S2IR0_WB | STE2_S2OR0_WB |
		      STE2_S2SH0_IS | STE2_S2PS(oas) | STE2_S2AA64 | STE2_S2R;
	ste.word[3] = mmu_pa(iommu_nothing).v;
	return ste;
}

static void build_stream_table(struct smmu *s)
{
	struct ste ste = smmu_blocking_ste(s);
	u64 level2 = mmu_pa(s->mem->level2).v;

	for (u32 i = 0; i < ARRAY_SIZE(s->mem->level2); i++)
		s->mem->level2[i] = ste;
	words_fill(s->mem->level1, ARRAY_SIZE(s->mem->level1), level2 | STD_SPAN(SPLIT), 0);
	cache_clean_invalidate(iommu_nothing, sizeof(iommu_nothing));
	cache_clean_invalidate(s->mem, sizeof(*s->mem));
}

static void program_stream_table(struct smmu *s)
{
	u32 sid = IDR1_SIDSIZE(mmio_read32(s->regs + SMMU_IDR1));
	u64 table = mmu_pa(s->mem->level1).v;
	u32 cfg;

	sid = sid < SID_BITS ? sid : SID_BITS;
	s->two_levels = IDR0_ST_LEVEL(s->idr0) != 0U && sid > SPLIT;
	s->sid_bits = s->two_levels || sid < SPLIT ? sid : SPLIT;
	if (!s->two_levels) {
		table = mmu_pa(s->mem->level2).v;
		cfg = s->sid_bits;
	} else {
		cfg = STRTAB_BASE_CFG_2LVL | STRTAB_BASE_CFG_SPLIT(SPLIT) | sid;
	}
	mmio_write64(s->regs + SMMU_STRTAB_BASE, BASE_RA | table);
	mmio_write32(s->regs + SMMU_STRTAB_BASE_CFG, cfg);
}

static void program_queues(struct smmu *s)
{
	u32 idr1 = mmio_read32(s->regs + SMMU_IDR1);

	s->cmdq_bits = IDR1_CMDQS(idr1) < CMDQ_BITS ? IDR1_CMDQS(idr1) : CMDQ_BITS;
	s->eventq_bits = IDR1_EVENTQS(idr1) < EVENTQ_BITS ? IDR1_EVENTQS(idr1) : EVENTQ_BITS;
	s->put = 0;
	s->taken = 0;
	mmio_write64(s->regs + SMMU_CMDQ_BASE, BASE_RA | mmu_pa(s->mem->cmdq).v | s->cmdq_bits);
	mmio_write32(s->regs + SMMU_CMDQ_PROD, 0);
	mmio_write32(s->regs + SMMU_CMDQ_CONS, 0);
	mmio_write64(s->regs + SMMU_EVENTQ_BASE,
		     BASE_RA | mmu_pa(s->mem->eventq).v | s->eventq_bits);
	mmio_write32(s->regs + SMMU_EVENTQ_PROD, 0);
	mmio_write32(s->regs + SMMU_EVENTQ_CONS, 0);
	/* Errors of firmware's time are acknowledged. */
	mmio_write32(s->regs + SMMU_GERRORN, mmio_read32(s->regs + SMMU_GERROR));
}

static int invalidate_all(struct smmu *s)
{
	int err = smmu_put(s, CMD_CFGI_ALL, CMD_CFGI_RANGE_ALL);

	if (err == 0 && (s->idr0 & IDR0_HYP) != 0U)
		err = smmu_put(s, CMD_TLBI_EL2_ALL, 0);
	if (err == 0)
		err = smmu_put(s, CMD_TLBI_NSNH_ALL, 0);
	return err == 0 ? smmu_sync(s, 0) : err;
}

static void program(struct smmu *s)
{
	mmio_write32(s->regs + SMMU_CR1, s->coherent ? CR1_TABLES_WB_IS | CR1_QUEUES_WB_IS : 0U);
	mmio_write32(s->regs + SMMU_CR2, CR2_PTM | CR2_RECINVSID);
	program_stream_table(s);
	program_queues(s);
}

static int switch_on(struct smmu *s)
{
	/* Without ATSCHK a device's own translations would bypass the unit. */
	u32 ats = (s->idr0 & IDR0_ATS) != 0U ? CR0_ATSCHK : 0U;
	int err = write_cr0(s, CR0_CMDQEN);

	if (err != 0)
		return err;
	err = invalidate_all(s);
	if (err != 0)
		return err;
	err = write_cr0(s, CR0_CMDQEN | CR0_EVENTQEN);
	if (err != 0)
		return err;
	return write_cr0(s, CR0_CMDQEN | CR0_EVENTQEN | ats | CR0_SMMUEN);
}

static int smmuv3_block_all(u32 index, const struct machine_iommu *u)
{
	struct smmu *s = &smmu_units[index];
	int err;

	*s = (struct smmu){ .lock = SPINLOCK_INIT(LOCK_IOMMU_QUEUE),
			    .index = index,
			    .mem = &memory[index] };
	s->regs = iommu_registers(index, u->base, u->size, SMMU_REGS_SIZE, SMMU_IDR0);
	if (s->regs == NULL)
		return trace_error(BH_EIO);
	s->idr0 = mmio_read32(s->regs + SMMU_IDR0);
	s->coherent = (s->idr0 & IDR0_COHACC) != 0U;
	err = abort_when_off(s);
	if (err != 0)
		return err;
	err = switch_off(s);
	if (err != 0)
		return err;
	if ((mmio_read32(s->regs + SMMU_IDR1) & IDR1_PRESET) != 0U) {
		s->fixed = true;
		log_warn("iommu %u: tables at fixed addresses: left off, aborts without record",
			 index);
		return 0;
	}
	build_stream_table(s);
	program(s);
	return switch_on(s);
}

static bool has_address(u32 type)
{
	return type == EVENT_F_UUT || type == EVENT_F_TRANSL_FORBIDDEN ||
	       type == EVENT_F_WALK_EABT ||
	       (type >= EVENT_F_TRANSLATION && type <= EVENT_F_PERMISSION);
}

static int smmuv3_next_fault(u32 index, struct iommu_fault *out)
{
	struct smmu *s = &smmu_units[index];
	u32 prod = mmio_read32(s->regs + SMMU_EVENTQ_PROD);
	u32 cons = mmio_read32(s->regs + SMMU_EVENTQ_CONS);
	u32 wrap = 1U << s->eventq_bits;
	u32 both = wrap | (wrap - 1U);
	struct event *e = &s->mem->eventq[cons & (wrap - 1U)];
	u64 low;

	if (((prod ^ cons) & both) == 0U) {
		mmio_write32(s->regs + SMMU_EVENTQ_CONS, (cons & both) | (prod & QUEUE_OVERFLOW));
		return BH_ENOENT;
	}
	dma_mb();
	if (!s->coherent)
		cache_clean_invalidate(e, sizeof(*e));
	low = read_once(e->word[0]);
	*out = (struct iommu_fault){
		.unit = index,
		.who = { EVENT_STREAMID(low) },
		.addr = IOVA(has_address(EVENT_TYPE(low)) ? read_once(e->word[2]) : 0U),
		.write = (read_once(e->word[1]) & EVENT_RNW) == 0U,
		.reason = EVENT_TYPE(low),
	};
	dma_mb();
	mmio_write32(s->regs + SMMU_EVENTQ_CONS, ((cons + 1U) & both) | (cons & QUEUE_OVERFLOW));
	return 0;
}

IOMMU_DRIVER(smmuv3) = {
	.kind = IOMMU_SMMUV3,
	.name = "SMMUv3",
	.block_all = smmuv3_block_all,
	.next_fault = smmuv3_next_fault,
	.caps = smmuv3_caps,
	.prepare = smmuv3_prepare,
	.attach = smmuv3_attach,
	.flush = smmuv3_flush,
	.flushed = smmuv3_flushed,
	.hush = smmuv3_hush,
	.interrupt = smmuv3_interrupt,
	.stop = smmuv3_stop,
};
