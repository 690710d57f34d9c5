// SPDX-License-Identifier: Apache-2.0
#include "smmuv2_model.h"
#include "drivers/iommu/smmuv2_regs.h"

#define ADDRESS BITS(47, 12)
#define NOBODY (~0U)
#define SEVERAL (~1U)

static bool extended(const struct smmuv2_model *m)
{
	return (m->cr0 & CR0_EXIDENABLE) != 0U;
}

static bool group_valid(const struct smmuv2_model *m, u32 i)
{
	return extended(m) ? (m->s2cr[i] & S2CR_EXIDVALID) != 0U : (m->smr[i] & SMR_VALID) != 0U;
}

/* The one that decides about @sid. */
static u32 group_of(const struct smmuv2_model *m, u32 sid)
{
	const u32 all = extended(m) ? 0xffffU : 0x7fffU;
	u32 found = NOBODY;

	if ((m->idr0 & IDR0_SMS) == 0U)
		return sid < 1U << IDR0_NUMSIDB(m->idr0) ? sid : NOBODY;
	for (u32 i = 0; i < IDR0_NUMSMRG(m->idr0); i++) {
		const u32 mask = m->smr[i] >> 16 & all;

		if (group_valid(m, i) && ((m->smr[i] ^ sid) & all & ~mask) == 0U)
			found = found == NOBODY ? i : SEVERAL;
	}
	return found;
}

static bool table_empty(u64 ttbr)
{
	const u64 *p = (const u64 *)(uintptr_t)(ttbr & ADDRESS);

	for (u32 i = 0; p != NULL && i < PAGE_SIZE / sizeof(u64); i++)
		if (p[i] != 0U)
			return false;
	return p != NULL;
}

static enum reach bank_reach(const struct smmuv2_model *m, const struct smmuv2_bank *b)
{
	if ((b->sctlr & SCTLR_M) == 0U)
		return REACH_ALL;
	if ((b->cbar & CBAR_TYPE) != CBAR_TYPE_S2 || m->tlb_stale || !table_empty(b->ttbr0))
		return REACH_TABLES;
	return REACH_NOTHING;
}

static enum reach stream_reach(const struct smmuv2_model *m, u32 sid)
{
	const u32 group = group_of(m, sid);

	if ((m->cr0 & CR0_CLIENTPD) != 0U)
		return REACH_ALL;
	if (group == NOBODY)
		return (m->cr0 & CR0_USFCFG) != 0U ? REACH_NOTHING : REACH_ALL;
	if (group == SEVERAL)
		return (m->cr0 & CR0_SMCFCFG) != 0U ? REACH_NOTHING : REACH_TABLES;
	if ((m->s2cr[group] & S2CR_TYPE) == S2CR_TYPE_FAULT)
		return REACH_NOTHING;
	if ((m->s2cr[group] & S2CR_TYPE) == S2CR_TYPE_BYPASS)
		return REACH_ALL;
	return bank_reach(m, &m->bank[(m->s2cr[group] & 0xffU) % SMMUV2_MODEL_BANKS]);
}

/* Of every register those ids that it is about, and some that none names. */
static enum reach model_reach(const struct smmuv2_model *m)
{
	static const u32 some[] = { 0, 1, 0x1234, 0x7fff };
	enum reach most = REACH_NOTHING;

	for (u32 i = 0; i < 2U * SMMUV2_MODEL_GROUPS + ARRAY_SIZE(some); i++) {
		const u32 smr = m->smr[i / 2U % SMMUV2_MODEL_GROUPS];
		u32 sid = i % 2U == 0U ? smr & 0x7fffU : (smr | smr >> 16) & 0x7fffU;
		enum reach one;

		if (i >= 2U * SMMUV2_MODEL_GROUPS)
			sid = some[i - 2U * SMMUV2_MODEL_GROUPS];
		one = stream_reach(m, sid);
		most = one > most ? one : most;
	}
	return most;
}

void smmuv2_model_start(struct smmuv2_model *m)
{
	m->watch = (struct watch){ .dma = model_reach(m) };
	m->victim_reach = stream_reach(m, m->victim);
}

/* ---- transactions ---- */

static bool global_record(struct smmuv2_model *m, u32 sid, u64 iova, bool write, u32 why)
{
	if (m->gfsr != 0U) {
		m->gfsr |= (u32)BIT(31);
		return false;
	}
	m->gfsr = why;
	m->gfar = iova;
	m->gfsynr0 = write ? GFSYNR0_WNR : 0U;
	m->gfsynr1 = sid;
	return false;
}

static bool bank_record(struct smmuv2_bank *b, u32 sid, u64 iova, bool write, u32 why)
{
	if (b->fsr != 0U) {
		b->fsr |= (u32)BIT(31);
		return false;
	}
	b->fsr = why;
	b->far = iova;
	b->fsynr0 = write ? FSYNR0_WNR : 0U;
	b->frsynra = sid;
	return false;
}

static u32 vmid_of(const struct smmuv2_model *m, const struct smmuv2_bank *b)
{
	return (m->cr0 & CR0_VMID16EN) != 0U ? b->cba2r >> 16 : b->cbar & 0xffU;
}

static bool translate(struct smmuv2_model *m, struct smmuv2_bank *b, u32 sid, u64 iova, bool write,
		      u64 *pa)
{
	const u32 vmid = vmid_of(m, b);

	if ((b->cba2r & CBA2R_VA64) == 0U || (b->tcr & TCR_RES1) == 0U)
		watch_illegal(&m->watch, "a bank of another format");
	if (model_tlb_find(&m->tlb, vmid, iova, write, pa))
		return true;
	if ((b->fsr != 0U && (b->sctlr & SCTLR_HUPCF) == 0U) ||
	    !model_walk_stage2(b->ttbr0 & ADDRESS, 1U + (u32)FIELD_GET(b->tcr, 7, 6),
			       64U - (b->tcr & 0x3fU), iova, write, pa))
		return bank_record(b, sid, iova, write, (u32)BIT(1));
	model_tlb_keep(&m->tlb, vmid, iova, write, *pa);
	return true;
}

bool smmuv2_model_dma(struct smmuv2_model *m, u32 sid, u64 iova, bool write, u64 *pa)
{
	const u32 group = group_of(m, sid);
	struct smmuv2_bank *b;

	if ((m->cr0 & CR0_CLIENTPD) != 0U)
		return true;
	if (group == NOBODY)
		return (m->cr0 & CR0_USFCFG) == 0U ||
		       global_record(m, sid, iova, write, (u32)BIT(1));
	if (group == SEVERAL)
		return (m->cr0 & CR0_SMCFCFG) == 0U ||
		       global_record(m, sid, iova, write, (u32)BIT(2));
	if ((m->s2cr[group] & S2CR_TYPE) == S2CR_TYPE_FAULT)
		return global_record(m, sid, iova, write, (u32)BIT(0));
	b = &m->bank[m->s2cr[group] & 0xffU];
	if ((m->s2cr[group] & S2CR_TYPE) == S2CR_TYPE_BYPASS || (b->sctlr & SCTLR_M) == 0U)
		return true;
	return translate(m, b, sid, iova, write, pa);
}

bool smmuv2_model_line(const struct smmuv2_model *m, bool global)
{
	if (global)
		return m->gfsr != 0U && (m->cr0 & CR0_GFIE) != 0U;
	for (u32 i = 0; i < SMMUV2_MODEL_BANKS; i++)
		if (m->bank[i].fsr != 0U && (m->bank[i].sctlr & SCTLR_CFIE) != 0U)
			return true;
	return false;
}

/* ---- invalidation ---- */

static void pend(struct smmuv2_model *m, u32 vmid, u64 iova, u64 size)
{
	if (m->pending_count == ARRAY_SIZE(m->pending)) {
		watch_illegal(&m->watch, "more invalidations than the model holds");
		return;
	}
	m->pending[m->pending_count].vmid = vmid;
	m->pending[m->pending_count].iova = iova;
	m->pending[m->pending_count].size = size;
	m->pending_count++;
}

static void forget(struct smmuv2_model *m, u32 which)
{
	const u32 vmid = m->pending[which].vmid;

	m->tlb_stale = m->tlb_stale && vmid != NOBODY;
	model_tlb_forget(&m->tlb, vmid == NOBODY ? MODEL_DOMAINS : vmid, m->pending[which].iova,
			 m->pending[which].size);
}

static void sync_end(struct smmuv2_model *m)
{
	const u32 left = m->pending_count - m->pending_covered;

	for (u32 i = 0; i < m->pending_covered; i++)
		forget(m, i);
	memmove(m->pending, &m->pending[m->pending_covered], left * sizeof(m->pending[0]));
	m->pending_count = left;
	m->pending_covered = 0;
	m->sync_active = false;
}

static void sync_begin(struct smmuv2_model *m)
{
	if (m->sync_active)
		watch_illegal(&m->watch, "a synchronization before the last one is over");
	m->sync_active = true;
	m->pending_covered = m->pending_count;
	m->waited = 0;
	m->syncs++;
}

/* ---- registers ---- */

/* Is there a stream that bank @n translates now? */
static bool bank_in_use(const struct smmuv2_model *m, u32 n)
{
	const bool matches = (m->idr0 & IDR0_SMS) != 0U;
	const u32 groups = matches ? SMMUV2_MODEL_GROUPS : 1U << IDR0_NUMSIDB(m->idr0);

	for (u32 i = 0; i < groups; i++) {
		const bool valid = !matches || group_valid(m, i);

		if (valid && (m->s2cr[i] & (S2CR_TYPE | 0xffU)) == S2CR_CBNDX(n))
			return (m->cr0 & CR0_CLIENTPD) == 0U;
	}
	return false;
}

static void bank_idle(struct smmuv2_model *m, u32 n, const char *what)
{
	if (bank_in_use(m, n) || (m->bank[n].sctlr & SCTLR_M) != 0U)
		watch_illegal(&m->watch, what);
}

static void bank_write(struct smmuv2_model *m, u32 n, u64 off, u64 v)
{
	struct smmuv2_bank *b = &m->bank[n];

	switch (off) {
	case SMMU_CB_SCTLR:
		if ((v & SCTLR_M) == 0U && bank_in_use(m, n))
			watch_illegal(&m->watch, "a bank is switched off under its stream");
		b->sctlr = (u32)v;
		break;
	case SMMU_CB_ACTLR:
		b->actlr = m->locked_acr || (m->acr & ACR_CACHE_LOCK) != 0U ? b->actlr : (u32)v;
		break;
	case SMMU_CB_RESUME:
		b->resumed++;
		break;
	case SMMU_CB_TTBR0:
		bank_idle(m, n, "TTBR0 of a running bank");
		b->ttbr0 = v;
		break;
	case SMMU_CB_TCR:
		bank_idle(m, n, "TCR of a running bank");
		b->tcr = (u32)v;
		break;
	case SMMU_CB_FSR:
		b->fsr &= ~(u32)v;
		break;
	case SMMU_CB_TLBIIPAS2:
	case SMMU_CB_TLBIIPAS2L:
		pend(m, vmid_of(m, b), v << 12, PAGE_SIZE);
		break;
	default:
		watch_illegal(&m->watch, "write to no such register of a bank");
		break;
	}
}

static void attributes_write(struct smmuv2_model *m, u64 off, u32 v)
{
	const u32 n = (u32)(off & 0x3ffU) / 4U;

	if (n >= SMMUV2_MODEL_BANKS) {
		watch_illegal(&m->watch, "attributes of no such bank");
		return;
	}
	bank_idle(m, n, "attributes of a running bank");
	if (off < 0x400U)
		m->bank[n].cbar = v;
	else if (off >= 0x800U)
		m->bank[n].cba2r = v;
	else
		watch_illegal(&m->watch, "write to a fault record");
}

static void mapping_write(struct smmuv2_model *m, u64 off, u32 v)
{
	const u32 n = (u32)(off & 0x3ffU) / 4U;
	const u32 bits = m->mask_bits << 16 | m->id_bits;

	if (n >= SMMUV2_MODEL_GROUPS)
		watch_illegal(&m->watch, "no such stream mapping");
	else if (off < SMMU_S2CR(0U) && (m->idr0 & IDR0_SMS) == 0U)
		watch_illegal(&m->watch, "an SMR of a unit that has none");
	else if (off < SMMU_S2CR(0U))
		m->smr[n] = v & (extended(m) ? bits : (bits & 0x7fff7fffU) | SMR_VALID);
	else if (!m->stuck_s2cr)
		m->s2cr[n] = v;
}

static void global_write(struct smmuv2_model *m, u64 off, u32 v)
{
	switch (off) {
	case SMMU_sCR0:
		m->cr0 = m->stuck_client ? v | CR0_CLIENTPD : v;
		break;
	case SMMU_sACR:
		m->acr = v;
		break;
	case SMMU_sGFSR:
		m->gfsr &= ~v;
		break;
	case SMMU_TLBIVMID:
		pend(m, v, 0, 0);
		break;
	case SMMU_TLBIALLNSNH:
		pend(m, NOBODY, 0, 0);
		break;
	case SMMU_TLBIALLH:
		break;
	case SMMU_sTLBGSYNC:
		sync_begin(m);
		break;
	default:
		watch_illegal(&m->watch, "write to no such register");
		break;
	}
}

static void smmuv2_write(void *ctx, u64 off, u32 width, u64 v)
{
	struct smmuv2_model *m = ctx;
	const bool wide = off >= 0x10000U &&
			  ((off & 0xfffU) == SMMU_CB_TTBR0 || (off & 0xfffU) == SMMU_CB_TLBIIPAS2 ||
			   (off & 0xfffU) == SMMU_CB_TLBIIPAS2L);
	enum reach reach;

	if (width != (wide ? 8U : 4U))
		watch_illegal(&m->watch, "width of an access");
	if (off >= 0x10000U)
		bank_write(m, (u32)(off - 0x10000U) >> 12, off & 0xfffU, v);
	else if (off >= 0x1000U)
		attributes_write(m, off - 0x1000U, (u32)v);
	else if (off >= 0x800U)
		mapping_write(m, off, (u32)v);
	else
		global_write(m, off, (u32)v);
	reach = model_reach(m);
	watch_reach(&m->watch, reach, REACH_NOTHING);
	reach = stream_reach(m, m->victim);
	if (reach > m->victim_reach && !m->watch.given)
		watch_illegal(&m->watch, "a stream can reach more than before");
	m->victim_reach = reach;
}

static u64 bank_read(const struct smmuv2_model *m, u32 n, u64 off)
{
	const struct smmuv2_bank *b = &m->bank[n];

	switch (off) {
	case SMMU_CB_SCTLR:
		return b->sctlr;
	case SMMU_CB_ACTLR:
		return b->actlr;
	case SMMU_CB_FSR:
		return b->fsr;
	case SMMU_CB_FAR:
		return b->far;
	case SMMU_CB_FSYNR0:
		return b->fsynr0;
	default:
		return 0;
	}
}

static u64 status_read(struct smmuv2_model *m)
{
	if (m->sync_active && !m->stuck_sync && m->waited++ >= m->delay)
		sync_end(m);
	return m->sync_active ? TLBGSTATUS_GSACTIVE : 0U;
}

static u64 global_read(struct smmuv2_model *m, u64 off)
{
	switch (off) {
	case SMMU_sCR0:
		return m->cr0;
	case SMMU_sACR:
		return m->acr;
	case SMMU_sIDR0:
		return m->idr0;
	case SMMU_sIDR1:
		return m->idr1;
	case SMMU_sIDR2:
		return m->idr2;
	case SMMU_sIDR7:
		return m->idr7;
	case SMMU_sGFAR:
		return m->gfar;
	case SMMU_sGFSR:
		return m->gfsr;
	case SMMU_sGFSYNR0:
		return m->gfsynr0;
	case SMMU_sGFSYNR1:
		return m->gfsynr1;
	case SMMU_sTLBGSTATUS:
		return status_read(m);
	default:
		return 0;
	}
}

static u64 smmuv2_read(void *ctx, u64 off, u32 width)
{
	struct smmuv2_model *m = ctx;

	(void)width;
	if (off >= 0x10000U)
		return bank_read(m, (u32)(off - 0x10000U) >> 12, off & 0xfffU);
	if (off >= 0x1000U)
		return 0;
	if (off >= SMMU_S2CR(0U))
		return m->s2cr[(off - SMMU_S2CR(0U)) / 4U % 128U];
	if (off >= SMMU_SMR(0U))
		return m->smr[(off - SMMU_SMR(0U)) / 4U % 128U];
	return global_read(m, off);
}

void smmuv2_model_init(struct smmuv2_model *m, u32 index)
{
	const struct fake_device dev = { .read = smmuv2_read, .write = smmuv2_write, .ctx = m };

	*m = (struct smmuv2_model){
		.idr0 = IDR0_S2TS | IDR0_SMS | IDR0_CTTW | SMMUV2_MODEL_GROUPS,
		.idr1 = (u32)FIELD_PREP(3U, 30, 28) | SMMUV2_MODEL_BANKS,
		.idr2 = IDR2_PTFSV8_4K | (u32)FIELD_PREP(5U, 7, 4) | 5U,
		.idr7 = 2U << 4,
		.cr0 = CR0_CLIENTPD,
		.id_bits = 0x7fff,
		.mask_bits = 0x7fff,
		.tlb_stale = true,
		.delay = 3,
	};
	for (u32 i = 0; i < SMMUV2_MODEL_BANKS; i++)
		m->bank[i].actlr = ACTLR_CPRE;
	fake_mmio_add(HPA(MODEL_BASE.v + MIB(index)), SMMUV2_MODEL_SIZE, &dev);
	smmuv2_model_start(m);
}
