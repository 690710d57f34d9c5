// SPDX-License-Identifier: Apache-2.0
#include "smmuv3_model.h"
#include "drivers/iommu/smmuv3_regs.h"

#define ADDRESS BITS(51, 4)
#define ALIGNED(base, bytes) IS_ALIGNED((base) & BITS(51, 5), (u64)(bytes))

/* @known: the page found zero last, as nearly all entries name one; 0: none. */
static bool page_is_zero(u64 pa, u64 *known)
{
	const u64 *p = (const u64 *)(uintptr_t)pa;

	if (pa == 0U || pa == *known)
		return pa != 0U;
	for (u32 i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		if (p[i] != 0U)
			return false;
	*known = pa;
	return true;
}

/* The parts of 5.2 that decide; anything the model does not know counts as bypass. */
static enum stream ste_does(const struct smmuv3_model *m, const u64 *ste, u64 *zero)
{
	u32 t0sz = (u32)FIELD_GET(ste[2], 37, 32);
	u32 oas = (u32)FIELD_GET(ste[2], 50, 48);

	if ((ste[0] & STE0_V) == 0U || FIELD_GET(ste[0], 3, 1) == 0U)
		return STREAM_ABORTS;
	if ((ste[0] & BITS(3, 1)) != STE0_CONFIG_S2 || (m->idr0 & IDR0_S2P) == 0U)
		return STREAM_BYPASS;
	if (t0sz < 25U || t0sz > 33U || (ste[2] & BITS(39, 38)) != STE2_S2SL0(1U) ||
	    oas != IDR5_OAS(m->idr5) || (ste[2] & STE2_S2AA64) == 0U)
		return STREAM_BYPASS;
	if ((ste[2] & STE2_S2R) == 0U)
		return STREAM_ABORTS;
	return page_is_zero(ste[3] & ADDRESS, zero) ? STREAM_FAULTS : STREAM_BYPASS;
}

static enum stream stream_of(const struct smmuv3_model *m, u32 sid, u64 *zero)
{
	u32 bits = m->strtab_cfg & 0x3fU;
	u32 split = (u32)FIELD_GET(m->strtab_cfg, 10, 6);
	const u64 *table = (const u64 *)(uintptr_t)(m->strtab_base & ADDRESS);
	u32 span;

	if (bits < 32U && sid >> bits != 0U)
		return STREAM_ABORTS;
	if ((m->strtab_cfg & STRTAB_BASE_CFG_2LVL) == 0U)
		return ste_does(m, table + 8U * sid, zero);
	table += sid >> split;
	span = (u32)(*table & 0x1fU);
	if (span == 0U || (sid & ((1U << split) - 1U)) >> (span - 1U) != 0U)
		return STREAM_ABORTS;
	table = (const u64 *)(uintptr_t)(*table & ADDRESS);
	return ste_does(m, table + 8U * (sid & ((1U << split) - 1U)), zero);
}

enum stream smmuv3_model_stream(const struct smmuv3_model *m, u32 sid)
{
	u64 zero = 0;

	return stream_of(m, sid, &zero);
}

/* The entry of @sid as memory has it now; NULL: there is none. */
static const u64 *ste_in_memory(const struct smmuv3_model *m, u32 sid)
{
	u32 bits = m->strtab_cfg & 0x3fU;
	u32 split = (u32)FIELD_GET(m->strtab_cfg, 10, 6);
	const u64 *table = (const u64 *)(uintptr_t)(m->strtab_base & ADDRESS);

	if (bits < 32U && sid >> bits != 0U)
		return NULL;
	if ((m->strtab_cfg & STRTAB_BASE_CFG_2LVL) == 0U)
		return table + 8U * sid;
	table = (const u64 *)(uintptr_t)(table[sid >> split] & ADDRESS);
	return table + 8U * (sid & ((1U << split) - 1U));
}

static const u64 *ste_of(struct smmuv3_model *m, u32 sid)
{
	const u64 *now = ste_in_memory(m, sid);

	for (u32 i = 0; i < m->ste_count; i++)
		if (m->ste[i].sid == sid)
			return m->ste[i].word;
	if (now == NULL || !m->eager || m->ste_count == ARRAY_SIZE(m->ste))
		return now;
	m->ste[m->ste_count].sid = sid;
	memcpy(m->ste[m->ste_count].word, now, sizeof(m->ste[0].word));
	return m->ste[m->ste_count++].word;
}

bool smmuv3_model_dma(struct smmuv3_model *m, u32 sid, u64 iova, bool write, u64 *pa)
{
	const u64 *ste = ste_of(m, sid);
	u32 vmid;

	if ((m->cr0ack & CR0_SMMUEN) == 0U)
		return (m->gbpa & GBPA_ABORT) == 0U;
	if (ste == NULL || (ste[0] & STE0_V) == 0U || (ste[0] & BITS(3, 1)) != STE0_CONFIG_S2) {
		smmuv3_model_event(m, 0x04, sid, 0, write);
		return false;
	}
	vmid = (u32)FIELD_GET(ste[2], 15, 0);
	if (model_tlb_find(&m->tlb, vmid, iova, write, pa))
		return true;
	if (!model_walk_stage2(ste[3] & ADDRESS, 1U + (u32)FIELD_GET(ste[2], 39, 38),
			       64U - (u32)FIELD_GET(ste[2], 37, 32), iova, write, pa)) {
		if ((ste[2] & STE2_S2R) != 0U)
			smmuv3_model_event(m, EVENT_F_TRANSLATION, sid, iova, write);
		return false;
	}
	if (m->eager)
		model_tlb_keep(&m->tlb, vmid, iova, write, *pa);
	return true;
}

static bool table_open(const struct smmuv3_model *m)
{
	u64 zero = 0;

	for (u32 sid = 0; sid < 1U << 17; sid++)
		if (stream_of(m, sid, &zero) == STREAM_BYPASS)
			return true;
	return false;
}

static enum reach model_reach(const struct smmuv3_model *m)
{
	if ((m->cr0ack & CR0_SMMUEN) == 0U)
		return (m->gbpa & GBPA_ABORT) != 0U ? REACH_NOTHING : REACH_ALL;
	return m->config_stale || m->tlb_stale || table_open(m) ? REACH_TABLES : REACH_NOTHING;
}

static void look(struct smmuv3_model *m)
{
	enum reach reach;

	if (m->watch.given)
		return;
	reach = model_reach(m);
	watch_reach(&m->watch, reach, reach);
}

static void forget_entries(struct smmuv3_model *m, u32 sid, bool all)
{
	u32 n = 0;

	for (u32 i = 0; i < m->ste_count; i++)
		if (!all && m->ste[i].sid != sid)
			m->ste[n++] = m->ste[i];
	m->ste_count = n;
}

/* @size 0: all pages of the domain; @vmid 0: of every domain. */
static void forget_pages(struct smmuv3_model *m, u32 vmid, u64 iova, u64 size)
{
	model_tlb_forget(&m->tlb, vmid == 0U ? MODEL_DOMAINS : vmid, iova, size);
}

static void command(struct smmuv3_model *m, const u64 *c)
{
	u32 vmid = (u32)FIELD_GET(c[0], 47, 32);

	switch (c[0] & 0xffU) {
	case CMD_CFGI_ALL:
		m->config_stale = m->config_stale && c[1] != CMD_CFGI_RANGE_ALL;
		forget_entries(m, 0, c[1] == CMD_CFGI_RANGE_ALL);
		break;
	case CMD_CFGI_STE:
		forget_entries(m, (u32)(c[0] >> 32), false);
		break;
	case CMD_TLBI_NSNH_ALL:
		m->tlb_stale = false;
		forget_pages(m, 0, 0, 0);
		break;
	case CMD_TLBI_S12_VMALL:
		forget_pages(m, vmid, 0, 0);
		break;
	case CMD_TLBI_S2_IPA:
		forget_pages(m, vmid, c[1] & ADDRESS & ~PAGE_MASK, PAGE_SIZE);
		break;
	case CMD_TLBI_EL2_ALL:
		if ((m->idr0 & IDR0_HYP) == 0U)
			watch_illegal(&m->watch, "TLBI_EL2_ALL without HYP");
		break;
	case CMD_SYNC:
		break;
	default:
		watch_illegal(&m->watch, "unknown command");
		break;
	}
	m->synced = (c[0] & 0xffU) == CMD_SYNC;
}

static void commands_run(struct smmuv3_model *m)
{
	u32 wrap = 1U << (m->cmdq_base & 0x1fU);
	u32 both = 2U * wrap - 1U;

	while ((m->cr0ack & CR0_CMDQEN) != 0U && !m->stuck_queue &&
	       ((m->gerror ^ m->gerrorn) & GERROR_CMDQ_ERR) == 0U &&
	       (m->cmdq_cons & both) != m->cmdq_prod) {
		const u64 *q = (const u64 *)(uintptr_t)(m->cmdq_base & ADDRESS & ~0x1fULL);
		const u64 *c = q + 2U * (m->cmdq_cons & (wrap - 1U));

		if (m->refuse != 0U && (c[0] & 0xffU) == m->refuse) {
			m->cmdq_cons |= 1U << 24;
			m->gerror ^= GERROR_CMDQ_ERR;
			if (m->refuse_times != 0U && --m->refuse_times == 0U)
				m->refuse = 0;
			return;
		}
		command(m, c);
		m->cmdq_cons = (m->cmdq_cons + 1U) & both;
	}
}

static void cr0_write(struct smmuv3_model *m, u32 v)
{
	u32 rising = v & ~m->cr0;

	if (m->cr0 != m->cr0ack)
		watch_illegal(&m->watch, "CR0 before CR0ACK");
	if ((rising & CR0_SMMUEN) != 0U && (m->config_stale || m->tlb_stale || !m->synced))
		watch_illegal(&m->watch, "SMMUEN before the caches are empty");
	if ((rising & CR0_SMMUEN) != 0U && (m->idr0 & IDR0_ATS) != 0U && (v & CR0_ATSCHK) == 0U)
		watch_illegal(&m->watch, "SMMUEN without ATSCHK");
	m->cr0 = v;
	m->waited = 0;
}

static void need_off(struct smmuv3_model *m, u32 enables, const char *what)
{
	if (((m->cr0 | m->cr0ack) & enables) != 0U)
		watch_illegal(&m->watch, what);
}

static void write64(struct smmuv3_model *m, u64 off, u64 v)
{
	switch (off) {
	case SMMU_STRTAB_BASE:
		need_off(m, CR0_SMMUEN, "STRTAB_BASE while SMMUEN");
		m->strtab_base = v;
		m->config_stale = true;
		m->tlb_stale = true;
		break;
	case SMMU_CMDQ_BASE:
		need_off(m, CR0_CMDQEN, "CMDQ_BASE while CMDQEN");
		if (!ALIGNED(v, 16U << (v & 0x1fU)) || (v & 0x1fU) > IDR1_CMDQS(m->idr1))
			watch_illegal(&m->watch, "size or alignment of the command queue");
		m->cmdq_base = v;
		break;
	case SMMU_EVENTQ_BASE:
		need_off(m, CR0_EVENTQEN, "EVENTQ_BASE while EVENTQEN");
		if (!ALIGNED(v, 32U << (v & 0x1fU)) || (v & 0x1fU) > IDR1_EVENTQS(m->idr1))
			watch_illegal(&m->watch, "size or alignment of the event queue");
		m->eventq_base = v;
		break;
	default:
		watch_illegal(&m->watch, "64-bit write to no such register");
		break;
	}
}

static void gbpa_write(struct smmuv3_model *m, u32 v)
{
	if ((v & GBPA_UPDATE) == 0U || (m->gbpa & GBPA_UPDATE) != 0U)
		watch_illegal(&m->watch, "GBPA without its handshake");
	m->gbpa = v;
	m->waited = 0;
}

static void write32(struct smmuv3_model *m, u64 off, u32 v)
{
	switch (off) {
	case SMMU_CR0:
		cr0_write(m, v);
		break;
	case SMMU_CR1:
		need_off(m, CR0_SMMUEN | CR0_CMDQEN | CR0_EVENTQEN, "CR1 while something is on");
		m->cr1 = v;
		break;
	case SMMU_CR2:
		need_off(m, CR0_SMMUEN, "CR2 while SMMUEN");
		m->cr2 = v;
		break;
	case SMMU_GBPA:
		gbpa_write(m, v);
		break;
	case SMMU_IRQ_CTRL:
		m->irq_ctrl = v;
		m->irq_ctrlack = m->stuck_irq ? m->irq_ctrlack : v;
		break;
	case SMMU_GERRORN:
		m->gerrorn = v;
		break;
	case SMMU_STRTAB_BASE_CFG:
		need_off(m, CR0_SMMUEN, "STRTAB_BASE_CFG while SMMUEN");
		m->strtab_cfg = v;
		break;
	case SMMU_CMDQ_PROD:
		m->cmdq_prod = v;
		break;
	case SMMU_CMDQ_CONS:
		need_off(m, CR0_CMDQEN, "CMDQ_CONS while CMDQEN");
		m->cmdq_cons = v;
		break;
	case SMMU_EVENTQ_PROD:
		need_off(m, CR0_EVENTQEN, "EVENTQ_PROD while EVENTQEN");
		m->eventq_prod = v;
		break;
	case SMMU_EVENTQ_CONS:
		m->eventq_cons = v;
		break;
	default:
		watch_illegal(&m->watch, "32-bit write to no such register");
		break;
	}
}

static void smmuv3_write(void *ctx, u64 off, u32 width, u64 v)
{
	struct smmuv3_model *m = ctx;
	bool was_table = off == SMMU_STRTAB_BASE || off == SMMU_STRTAB_BASE_CFG;

	if (width == 8U)
		write64(m, off, v);
	else
		write32(m, off, (u32)v);
	commands_run(m);
	/* The table is looked at when it comes into force. */
	if (!was_table || (m->cr0ack & CR0_SMMUEN) != 0U)
		look(m);
}

/* Handshakes are answered after some reads, as a unit with transactions under way would. */
static void answer(struct smmuv3_model *m)
{
	u32 before = m->cr0ack;

	if (m->waited++ < m->delay)
		return;
	if (!m->stuck_gbpa)
		m->gbpa &= ~GBPA_UPDATE;
	m->cr0ack = (m->cr0ack & m->stuck_ack) | (m->cr0 & ~m->stuck_ack);
	if (before != m->cr0ack) {
		commands_run(m);
		look(m);
	}
}

static u64 smmuv3_read(void *ctx, u64 off, u32 width)
{
	struct smmuv3_model *m = ctx;

	(void)width;
	answer(m);
	switch (off) {
	case SMMU_IDR0:
		return m->idr0;
	case SMMU_IDR1:
		return m->idr1;
	case SMMU_IDR5:
		return m->idr5;
	case SMMU_CR0:
		return m->cr0;
	case SMMU_CR0ACK:
		return m->cr0ack;
	case SMMU_GBPA:
		return m->gbpa;
	case SMMU_IRQ_CTRLACK:
		return m->irq_ctrlack;
	case SMMU_GERROR:
		return m->gerror;
	case SMMU_GERRORN:
		return m->gerrorn;
	case SMMU_CMDQ_CONS:
		return m->cmdq_cons;
	case SMMU_EVENTQ_PROD:
		return m->eventq_prod;
	case SMMU_EVENTQ_CONS:
		return m->eventq_cons;
	default:
		return 0;
	}
}

void smmuv3_model_init(struct smmuv3_model *m, u32 index)
{
	const struct fake_device dev = { .read = smmuv3_read, .write = smmuv3_write, .ctx = m };

	*m = (struct smmuv3_model){
		.idr0 = IDR0_S2P | IDR0_TTF_AARCH64 | IDR0_COHACC | (u32)FIELD_PREP(2U, 22, 21) |
			(u32)FIELD_PREP(1U, 28, 27),
		.idr1 = 16U | (u32)FIELD_PREP(19U, 20, 16) | (u32)FIELD_PREP(19U, 25, 21),
		.idr5 = IDR5_GRAN4K | 4U,
		.delay = 3,
	};
	fake_mmio_add(HPA(MODEL_BASE.v + MIB(index)), SMMUV3_MODEL_SIZE, &dev);
	smmuv3_model_start(m);
}

void smmuv3_model_start(struct smmuv3_model *m)
{
	m->watch = (struct watch){ .dma = model_reach(m), .interrupts = model_reach(m) };
}

void smmuv3_model_event(struct smmuv3_model *m, u32 type, u32 sid, u64 addr, bool write)
{
	u32 wrap = 1U << (m->eventq_base & 0x1fU);
	u32 both = 2U * wrap - 1U;
	u64 *q = (u64 *)(uintptr_t)(m->eventq_base & ADDRESS & ~0x1fULL);
	u64 *e = q + 4U * (m->eventq_prod & (wrap - 1U));

	if (((m->eventq_prod ^ m->eventq_cons) & both) == wrap) {
		if (((m->eventq_prod ^ m->eventq_cons) & QUEUE_OVERFLOW) == 0U)
			m->eventq_prod ^= QUEUE_OVERFLOW;
		return;
	}
	e[0] = type | (u64)sid << 32;
	e[1] = write ? 0U : EVENT_RNW;
	e[2] = addr;
	e[3] = 0;
	m->eventq_prod = (m->eventq_prod & QUEUE_OVERFLOW) | ((m->eventq_prod + 1U) & both);
}
