// SPDX-License-Identifier: Apache-2.0
#include "vtd_model.h"
#include "drivers/iommu/vtd_regs.h"

#define FRO 0x200U
#define IRO 0x100U
#define ONE_SHOT (GCMD_SRTP | GCMD_SIRTP | GCMD_WBF)

static bool page_is_zero(u64 pa)
{
	const u64 *p = (const u64 *)(uintptr_t)pa;

	for (u32 i = 0; pa != 0U && i < PAGE_SIZE / sizeof(u64); i++)
		if (p[i] != 0U)
			return false;
	return pa != 0U;
}

static enum reach dma_reach(const struct vtd_model *m)
{
	if ((m->gsts & GSTS_TES) == 0U)
		return (m->pmen & PMEN_PRS) != 0U ? REACH_SOME : REACH_ALL;
	if ((m->cached_dma && (m->context_stale || m->iotlb_stale)) ||
	    !page_is_zero(m->root & ~PAGE_MASK))
		return REACH_TABLES;
	return REACH_NOTHING;
}

static enum reach interrupt_reach(const struct vtd_model *m)
{
	if ((m->gsts & GSTS_IRES) == 0U)
		return REACH_ALL;
	if ((m->gsts & GSTS_CFIS) != 0U && (m->table & IRTA_EIME) == 0U)
		return REACH_SOME;
	if ((m->cached_interrupts && m->entries_stale) || !page_is_zero(m->table & ~PAGE_MASK))
		return REACH_TABLES;
	return REACH_NOTHING;
}

static void one_shot(struct vtd_model *m, u32 command)
{
	if (command == GCMD_SRTP) {
		m->cached_dma = (m->gsts & GSTS_TES) != 0U && dma_reach(m) != REACH_NOTHING;
		m->root = m->rtaddr;
		m->context_stale = true;
		m->iotlb_stale = true;
	} else if (command == GCMD_SIRTP) {
		m->cached_interrupts = interrupt_reach(m) != REACH_NOTHING;
		m->table = m->irta;
		m->entries_stale = true;
	} else {
		m->flushed = true;
	}
	if (command != GCMD_WBF)
		m->gsts |= command & ~m->stuck_gsts;
	else
		m->gsts |= command & m->stuck_gsts;
}

static void check_switch(struct vtd_model *m, u32 bit, bool on)
{
	if (bit == GCMD_TE && on) {
		if ((m->gsts & GSTS_RTPS) == 0U)
			watch_illegal(&m->watch, "TE before SRTP");
		if (m->context_stale || m->iotlb_stale)
			watch_illegal(&m->watch, "TE before the caches are empty");
		if ((m->cap & CAP_RWBF) != 0U && !m->flushed)
			watch_illegal(&m->watch, "TE before the write buffer is flushed");
	}
	if (bit == GCMD_IRE && on && ((m->gsts & GSTS_IRTPS) == 0U || m->entries_stale))
		watch_illegal(&m->watch, "IRE before SIRTP and invalidation");
	if (bit == GCMD_QIE && on && m->iqt != 0U)
		watch_illegal(&m->watch, "QIE with a tail");
	if (bit == GCMD_QIE && !on && m->iqh != m->iqt && (m->fsts & FSTS_QUEUE_ERRORS) == 0U)
		watch_illegal(&m->watch, "QIE off with work in the queue");
	if (bit == GCMD_QIE && on)
		m->iqh = 0;
}

static void gcmd_write(struct vtd_model *m, u32 v)
{
	u32 now = m->gsts & GSTS_PERSISTENT;
	u32 change = (v & ~(u32)ONE_SHOT) ^ now;
	u32 shot = v & (u32)ONE_SHOT;

	if (__builtin_popcount(change) + __builtin_popcount(shot) > 1)
		watch_illegal(&m->watch, "two commands in one write of GCMD_REG");
	if (shot != 0U)
		one_shot(m, shot);
	if (change != 0U)
		check_switch(m, change, (v & change) != 0U);
	m->gsts ^= change & ~m->stuck_gsts;
}

static void forget_contexts(struct vtd_model *m, u32 sid, bool all)
{
	u32 n = 0;

	for (u32 i = 0; i < m->context_count; i++)
		if (!all && m->context[i].sid != sid)
			m->context[n++] = m->context[i];
	m->context_count = n;
}

/* @size 0: all of the domain; @did 0: of every domain. */
static void forget_pages(struct vtd_model *m, u32 did, u64 iova, u64 size)
{
	model_tlb_forget(&m->tlb, did == 0U ? MODEL_DOMAINS : did, iova, size);
}

static void forget(struct vtd_model *m, const u64 *d)
{
	u32 did = (u32)FIELD_GET(d[0], 31, 16);
	u32 how = (u32)FIELD_GET(d[0], 5, 4);

	if ((d[0] & 0xfU) == 1U)
		forget_contexts(m, (u32)FIELD_GET(d[0], 47, 32), how == 1U);
	else if (how == 3U)
		forget_pages(m, did, d[1] & ~PAGE_MASK, PAGE_SIZE << (d[1] & 0x3fU));
	else
		forget_pages(m, how == 1U ? 0U : did, 0, 0);
}

static bool walk(const struct vtd_context *c, u64 iova, bool write, u64 *pa)
{
	u32 level = (u32)(c->high & 7U) + 1U; /* 0: pages */
	const u64 *table = (const u64 *)(uintptr_t)(c->low & ~PAGE_MASK);

	if (iova >> (12U + 9U * (level + 1U)) != 0U)
		return false;
	for (;; level--) {
		u64 e = table[iova >> (12U + 9U * level) & 0x1ffU];
		u64 size = BIT(12U + 9U * level);

		if ((e & (write ? 2U : 1U)) == 0U)
			return false;
		if (level == 0U || (e & BIT(7)) != 0U) {
			*pa = (e & BITS(51, 12) & ~(size - 1U)) | (iova & (size - 1U));
			return true;
		}
		table = (const u64 *)(uintptr_t)(e & BITS(51, 12));
	}
}

static bool context_find(struct vtd_model *m, u16 sid, struct vtd_context *out)
{
	const u64 *root = (const u64 *)(uintptr_t)(m->root & ~PAGE_MASK);
	const u64 *entry;

	for (u32 i = 0; i < m->context_count; i++) {
		if (m->context[i].sid == sid) {
			*out = m->context[i];
			return true;
		}
	}
	if ((root[2U * (sid >> 8)] & 1U) == 0U)
		return false;
	entry = (const u64 *)(uintptr_t)(root[2U * (sid >> 8)] & ~PAGE_MASK);
	*out = (struct vtd_context){ sid, entry[2U * (sid & 0xffU)],
				     entry[2U * (sid & 0xffU) + 1U] };
	if ((out->low & 1U) == 0U)
		return false;
	if (m->context_count < ARRAY_SIZE(m->context))
		m->context[m->context_count++] = *out;
	return true;
}

bool vtd_model_dma(struct vtd_model *m, u16 sid, u64 iova, bool write, u64 *pa)
{
	struct vtd_context c;
	u32 did;

	if (!context_find(m, sid, &c)) {
		vtd_model_fault(m, sid, iova, write, 2);
		return false;
	}
	did = CONTEXT_DID(c.high);
	if (model_tlb_find(&m->tlb, did, iova, write, pa))
		return true;
	if (!walk(&c, iova, write, pa)) {
		vtd_model_fault(m, sid, iova, write, 5);
		return false;
	}
	model_tlb_keep(&m->tlb, did, iova, write, *pa);
	return true;
}

static void descriptor(struct vtd_model *m, const u64 *d)
{
	if ((d[0] & 0xfU) == 1U || (d[0] & 0xfU) == 2U)
		forget(m, d);
	switch (d[0] & 0xfU) {
	case 0x1:
		m->context_stale = m->context_stale && d[0] != QI_CONTEXT_GLOBAL;
		break;
	case 0x2:
		if (m->context_stale)
			watch_illegal(&m->watch, "IOTLB before the context cache");
		m->iotlb_stale = m->iotlb_stale && (d[0] & 0x30U) != 0x10U;
		break;
	case 0x4:
		m->entries_stale = m->entries_stale && d[0] != QI_IEC_GLOBAL;
		m->entries_flushed += (d[0] & 0x10U) != 0U ? 1U : 0U;
		break;
	case 0x5:
		if ((d[0] & QI_WAIT_SW) == 0U)
			break;
		m->waits++;
		*(volatile u32 *)(uintptr_t)d[1] = (u32)(d[0] >> 32);
		break;
	case 0x7:
		if (m->context_stale)
			watch_illegal(&m->watch, "PASID cache before the context cache");
		break;
	default:
		watch_illegal(&m->watch, "invalid descriptor");
		break;
	}
}

/* At most @most of what waits. */
static void queue_run(struct vtd_model *m, u32 most)
{
	u32 width = (m->iqa & IQA_DW) != 0U ? 32U : 16U;
	const u32 waiting = (u32)((m->iqt - m->iqh) % PAGE_SIZE / width);

	if ((m->root & RTADDR_TTM) == RTADDR_TTM_SCALABLE && width != 32U)
		watch_illegal(&m->watch, "128-bit descriptors in scalable mode");
	if (m->refuse_queue)
		m->fsts |= FSTS_IQE;
	if (m->stuck_queue || m->refuse_queue)
		return;
	if (m->deepest < waiting)
		m->deepest = waiting;
	for (u32 n = 0; n < most && m->iqh != m->iqt && (m->fsts & FSTS_IQE) == 0U;
	     n++, m->iqh = (m->iqh + width) % PAGE_SIZE) {
		if (m->refuse_times != 0U) {
			m->refuse_times--;
			m->fsts |= FSTS_IQE;
			return;
		}
		descriptor(m, (const u64 *)(uintptr_t)((m->iqa & ~PAGE_MASK) + m->iqh));
	}
}

static void fault_update(struct vtd_model *m)
{
	m->fsts &= ~FSTS_PPF;
	for (u32 i = 0; i < VTD_MODEL_RECORDS; i++)
		if ((m->record[i][1] & FRCD_HIGH_F) != 0U)
			m->fsts |= FSTS_PPF;
}

static void registers_inval(struct vtd_model *m, u64 off, u64 v)
{
	if ((m->gsts & GSTS_QIES) != 0U)
		watch_illegal(&m->watch, "register invalidation beside the queue");
	if (m->stuck_registers)
		return;
	if (off == CCMD_REG && v == (CCMD_ICC | CCMD_CIRG_GLOBAL))
		m->context_stale = false;
	if (off == IRO + IOTLB_REG && (v & IOTLB_IIRG_GLOBAL) != 0U) {
		if (m->context_stale)
			watch_illegal(&m->watch, "IOTLB before the context cache");
		m->iotlb_stale = false;
	}
}

static void write64(struct vtd_model *m, u64 off, u64 v)
{
	switch (off) {
	case RTADDR_REG:
		if ((m->gsts & GSTS_TES) != 0U && ((v ^ m->root) & RTADDR_TTM) != 0U)
			watch_illegal(&m->watch, "table mode changes while translation is on");
		m->rtaddr = v;
		break;
	case IRTA_REG:
		m->irta = v;
		break;
	case IQA_REG:
		if ((m->gsts & GSTS_QIES) != 0U)
			watch_illegal(&m->watch, "IQA_REG while the queue runs");
		m->iqa = v;
		break;
	case IQT_REG:
		m->iqt = v;
		if ((m->gsts & GSTS_QIES) != 0U)
			queue_run(m, m->slow ? 0U : ~0U);
		break;
	case CCMD_REG:
	case IRO + IOTLB_REG:
		registers_inval(m, off, v);
		break;
	default:
		watch_illegal(&m->watch, "64-bit write to no such register");
		break;
	}
}

static void write32(struct vtd_model *m, u64 off, u32 v)
{
	u64 end = FRO + VTD_MODEL_RECORDS * FRCD_SIZE;

	if (off >= FRO && off < end && off % FRCD_SIZE == 12U && v == (u32)(FRCD_HIGH_F >> 32)) {
		m->record[(off - FRO) / FRCD_SIZE][1] &= ~FRCD_HIGH_F;
		fault_update(m);
	} else if (off == GCMD_REG) {
		gcmd_write(m, v);
	} else if (off == FSTS_REG) {
		m->fsts &= ~(v & (FSTS_PFO | FSTS_QUEUE_ERRORS));
		if ((v & FSTS_IQE) != 0U && (m->gsts & GSTS_QIES) != 0U)
			queue_run(m, m->slow ? 0U : ~0U);
	} else if (off == FECTL_REG) {
		m->fectl = v;
	} else if (off == FEDATA_REG || off == FEADDR_REG || off == FEUADDR_REG) {
		if ((m->fectl & FECTL_IM) == 0U)
			watch_illegal(&m->watch, "the message of faults changes while it is sent");
		if (off == FEDATA_REG)
			m->event_data = v;
		else if (off == FEADDR_REG)
			m->event_address = (m->event_address & ~0xffffffffULL) | v;
		else
			m->event_address = (u64)v << 32 | (u32)m->event_address;
	} else if (off == IECTL_REG) {
		m->iectl = v;
	} else if (off == PMEN_REG) {
		m->pmen = (v & PMEN_EPM) | (m->stuck_pmen ? PMEN_PRS : v >> 31);
	} else {
		watch_illegal(&m->watch, "32-bit write to no such register");
	}
}

static void vtd_write(void *ctx, u64 off, u32 width, u64 v)
{
	struct vtd_model *m = ctx;

	if (width == 8U)
		write64(m, off, v);
	else
		write32(m, off, (u32)v);
	watch_reach(&m->watch, dma_reach(m), interrupt_reach(m));
}

static u64 read_register(const struct vtd_model *m, u64 off)
{
	switch (off) {
	case CAP_REG:
		return m->cap;
	case ECAP_REG:
		return m->ecap;
	case GSTS_REG:
		return m->gsts;
	case RTADDR_REG:
		return m->rtaddr;
	case FSTS_REG:
		return m->fsts;
	case FECTL_REG:
		return m->fectl;
	case PMEN_REG:
		return m->pmen;
	case IQH_REG:
		return m->iqh;
	case IQT_REG:
		return m->iqt;
	case CCMD_REG + 4U:
	case IRO + IOTLB_REG + 4U:
		return m->stuck_registers ? ~0U : 0U;
	default:
		return 0;
	}
}

static u64 vtd_read(void *ctx, u64 off, u32 width)
{
	struct vtd_model *m = ctx;

	(void)width;
	if (m->slow)
		queue_run(m, 1);
	if (off >= FRO && off < FRO + sizeof(m->record))
		return m->record[(off - FRO) / FRCD_SIZE][off % FRCD_SIZE / 8U];
	return read_register(m, off);
}

void vtd_model_init(struct vtd_model *m, u32 index)
{
	const struct fake_device dev = { .read = vtd_read, .write = vtd_write, .ctx = m };

	*m = (struct vtd_model){
		.cap = FIELD_PREP(FRO / 16U, 33, 24) | FIELD_PREP(VTD_MODEL_RECORDS - 1U, 47, 40) |
		       CAP_PLMR | CAP_PHMR,
		.ecap = ECAP_QI | ECAP_IR | ECAP_EIM | FIELD_PREP(IRO / 16U, 17, 8),
	};
	fake_mmio_add(HPA(MODEL_BASE.v + MIB(index)), VTD_MODEL_SIZE, &dev);
	vtd_model_start(m);
}

void vtd_model_start(struct vtd_model *m)
{
	m->watch = (struct watch){ .dma = dma_reach(m), .interrupts = interrupt_reach(m) };
}

void vtd_model_fault(struct vtd_model *m, u16 sid, u64 addr, bool write, u8 reason)
{
	for (u32 i = 0; i < VTD_MODEL_RECORDS; i++) {
		u32 n = (FSTS_FRI(m->fsts) + i) % VTD_MODEL_RECORDS;

		if ((m->record[n][1] & FRCD_HIGH_F) != 0U)
			continue;
		/* One message until nothing is pending (11.4.7). */
		if ((m->fsts & (FSTS_PPF | FSTS_PFO)) == 0U && (m->fectl & FECTL_IM) == 0U)
			m->events++;
		if ((m->fsts & FSTS_PPF) == 0U)
			m->fsts = (m->fsts & 0xffU) | n << 8;
		m->record[n][0] = addr & FRCD_FI;
		m->record[n][1] = FRCD_HIGH_F | (write ? 0U : FRCD_HIGH_T1) |
				  FIELD_PREP(reason, 39, 32) | sid;
		fault_update(m);
		return;
	}
	m->fsts |= FSTS_PFO;
}
