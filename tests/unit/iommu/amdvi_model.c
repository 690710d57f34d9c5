// SPDX-License-Identifier: Apache-2.0
#include "amdvi_model.h"
#include <bulkhead/pcie/config.h>
#include <bulkhead/pcie/msi.h>
#include <bulkhead/pcie/regs.h>

#include "drivers/iommu/amdvi_regs.h"

#define DEVICES 65536U
#define RIGHTS BITS(62, 61) /* IR, IW */
#define KNOWN_CONTROL                                                                      \
	(CONTROL_IOMMU_EN | CONTROL_EVENT_LOG_EN | CONTROL_CMD_BUF_EN | CONTROL_COHERENT | \
	 CONTROL_HT_TUN_EN | CONTROL_INV_TIMEOUT | CONTROL_PASS_PW | CONTROL_RES_PASS_PW | \
	 CONTROL_ISOC | CONTROL_EVENT_INT_EN | CONTROL_GA_EN | CONTROL_XT_EN)

/* Entries beyond the table's size are refused by the unit itself. */
static bool table_open(u64 devtab)
{
	u32 entries = ((u32)(devtab & 0x1ffU) + 1U) * 128U;
	const u64 *dte = (const u64 *)(uintptr_t)(devtab & BITS(51, 12));

	for (u32 i = 0; i < entries && i < DEVICES; i++, dte += 4) {
		bool translates = (dte[0] & (DTE0_V | DTE0_TV)) == (DTE0_V | DTE0_TV);
		bool no_interrupt = (dte[2] & (DTE2_IV | BITS(61, 60))) == DTE2_IV;

		if (!translates || (dte[0] & RIGHTS) != 0U || !no_interrupt)
			return true;
	}
	return false;
}

static enum reach model_reach(const struct amdvi_model *m)
{
	if ((m->control & CONTROL_IOMMU_EN) == 0U)
		return REACH_ALL;
	if ((m->excl_base & 1U) != 0U)
		return REACH_SOME;
	if (m->table_open || m->entries_stale || m->pages_stale)
		return REACH_TABLES;
	return REACH_NOTHING;
}

/* @address as in INVALIDATE_IOMMU_PAGES; all of a domain, or one page. */
static void forget_pages(struct amdvi_model *m, u32 domain, u64 address)
{
	model_tlb_forget(&m->tlb, domain, address & ~PAGE_MASK,
			 (address & 1U) != 0U ? 0U : PAGE_SIZE);
}

static bool walk(const u64 *dte, u64 iova, bool write, u64 *pa)
{
	u32 level = (u32)FIELD_GET(dte[0], 11, 9);
	u64 e = dte[0];

	if ((e & (DTE0_V | DTE0_TV)) != (DTE0_V | DTE0_TV) || iova >> (12U + 9U * level) != 0U)
		return false;
	while ((e & (write ? DTE0_IW : DTE0_IR)) != 0U) {
		const u64 *table = (const u64 *)(uintptr_t)(e & DTE0_ROOT);
		u64 size = BIT(12U + 9U * (level - 1U));

		e = table[iova / size & 0x1ffU];
		if ((e & 1U) == 0U)
			return false;
		level = (u32)FIELD_GET(e, 11, 9);
		if (level == 0U) {
			*pa = (e & DTE0_ROOT) | (iova & (size - 1U));
			return (e & (write ? DTE0_IW : DTE0_IR)) != 0U;
		}
	}
	return false;
}

bool amdvi_model_dma(struct amdvi_model *m, u16 device, u64 iova, bool write, u64 *pa)
{
	const u64 *dte = (const u64 *)(uintptr_t)(m->devtab & BITS(51, 12)) + 4U * device;
	u32 domain = (u32)FIELD_GET(dte[1], 15, 0);

	if (model_tlb_find(&m->tlb, domain, iova, write, pa))
		return true;
	if (!walk(dte, iova, write, pa))
		return false;
	model_tlb_keep(&m->tlb, domain, iova, write, *pa);
	return true;
}

static void command(struct amdvi_model *m, const u64 *c)
{
	switch (c[0] >> 60) {
	case 1:
		m->waits++;
		if ((c[0] & CMD_COMPLETION_WAIT_S) != 0U && !m->stuck_wait)
			*(volatile u64 *)(uintptr_t)(c[0] & CMD_COMPLETION_WAIT_ADDR) = c[1];
		break;
	case 2:
		if (m->entries_told != (c[0] & 0xffffU) && !m->watch.given)
			watch_illegal(&m->watch, "a device id is left out");
		m->entries_told++;
		amdvi_model_forget_dte(m, (u16)c[0]);
		m->entries_stale = m->entries_stale && m->entries_told != DEVICES;
		break;
	case 3:
		m->pages_stale = m->pages_stale && c[1] != CMD_PAGES_ALL;
		forget_pages(m, (u32)FIELD_GET(c[0], 47, 32), c[1]);
		break;
	case 5:
		if ((c[0] & ~CMD_INVALIDATE_INTERRUPT_TABLE) > 0xffffU || c[1] != 0U)
			watch_illegal(&m->watch, "reserved bits of INVALIDATE_INTERRUPT_TABLE");
		amdvi_model_forget_irt(m, (u16)c[0]);
		break;
	case 8:
		if ((m->feature & EXT_FEATURE_IA_SUP) == 0U)
			watch_illegal(&m->watch, "INVALIDATE_IOMMU_ALL is not supported");
		m->entries_stale = false;
		m->pages_stale = false;
		m->tlb.count = 0;
		m->irt = (struct amdvi_model_irt){ .count = 0 };
		break;
	default:
		watch_illegal(&m->watch, "unknown command");
		break;
	}
}

/* At most @most of what waits. */
static void commands_run(struct amdvi_model *m, u32 most)
{
	const u64 *ring = (const u64 *)(uintptr_t)(m->cmd_base & BITS(51, 12));
	const u32 waiting = (u32)((m->cmd_tail - m->cmd_head) % 4096U / 16U);

	if (m->deepest < waiting)
		m->deepest = waiting;
	for (u32 n = 0;
	     n < most && (m->status & STATUS_CMD_BUF_RUN) != 0U && m->cmd_head != m->cmd_tail;
	     n++) {
		if (m->refuse != 0U) {
			m->refuse--;
			m->status &= ~STATUS_CMD_BUF_RUN;
			return;
		}
		command(m, ring + m->cmd_head / 8U);
		m->cmd_head = (m->cmd_head + 16U) % 4096U;
	}
}

static void control_write(struct amdvi_model *m, u64 v)
{
	if ((v & ~KNOWN_CONTROL) != 0U)
		watch_illegal(&m->watch, "a feature nobody asked for is on");
	if ((v & m->control & CONTROL_IOMMU_EN) != 0U &&
	    ((v ^ m->control) & (CONTROL_GA_EN | CONTROL_XT_EN)) != 0U)
		watch_illegal(&m->watch, "entries are read another way while the unit is on");
	if (((v & CONTROL_GA_EN) != 0U && (m->feature & EXT_FEATURE_GA_SUP) == 0U) ||
	    ((v & CONTROL_XT_EN) != 0U && (m->feature & EXT_FEATURE_XT_SUP) == 0U))
		watch_illegal(&m->watch, "a format of entries that the unit has not");
	if ((v & CONTROL_IOMMU_EN) != 0U && m->devtab == 0U)
		watch_illegal(&m->watch, "IommuEn without a device table");
	m->control = m->lost_enable ? v & ~CONTROL_IOMMU_EN : v;
	if (m->stuck_run)
		return;
	m->status &= ~(STATUS_CMD_BUF_RUN | STATUS_EVENT_LOG_RUN);
	if ((v & CONTROL_IOMMU_EN) != 0U)
		m->status |= ((v & CONTROL_CMD_BUF_EN) != 0U ? STATUS_CMD_BUF_RUN : 0U) |
			     ((v & CONTROL_EVENT_LOG_EN) != 0U ? STATUS_EVENT_LOG_RUN : 0U);
}

static void ring_base(struct amdvi_model *m, u64 *reg, u32 run, u64 v)
{
	if ((m->status & run) != 0U)
		watch_illegal(&m->watch, "a ring moves while it runs");
	if ((v & BITS(59, 56)) != RING_LEN_256 || (v & BITS(55, 52)) != 0U)
		watch_illegal(&m->watch, "length of a ring");
	*reg = v;
}

static void write64(struct amdvi_model *m, u64 off, u64 v)
{
	switch (off) {
	case DEVTAB_BASE:
		m->devtab = v;
		m->table_open = table_open(v);
		/* Nothing is cached while the unit is off. */
		m->entries_stale = (m->control & CONTROL_IOMMU_EN) != 0U;
		m->pages_stale = m->entries_stale;
		m->entries_told = 0;
		break;
	case CMD_BUF_BASE:
		ring_base(m, &m->cmd_base, STATUS_CMD_BUF_RUN, v);
		break;
	case EVENT_LOG_BASE:
		ring_base(m, &m->event_base, STATUS_EVENT_LOG_RUN, v);
		break;
	case CONTROL:
		control_write(m, v);
		break;
	case EXCL_BASE:
		m->excl_base = v;
		break;
	case EXCL_LIMIT:
		m->excl_limit = v;
		break;
	default:
		watch_illegal(&m->watch, "64-bit write to no such register");
		break;
	}
}

static void pointer_write(struct amdvi_model *m, u32 *reg, u32 run, u32 v)
{
	if ((v & ~(u32)(RING_OFFSET & 0xfffU)) != 0U)
		watch_illegal(&m->watch, "a pointer outside its ring");
	if (run != 0U && (m->status & run) != 0U)
		watch_illegal(&m->watch, "a pointer of the unit's own is written");
	*reg = v;
}

static void write32(struct amdvi_model *m, u64 off, u32 v)
{
	switch (off) {
	case CMD_BUF_HEAD:
		pointer_write(m, &m->cmd_head, STATUS_CMD_BUF_RUN, v);
		break;
	case CMD_BUF_TAIL:
		pointer_write(m, &m->cmd_tail, 0, v);
		break;
	case EVENT_LOG_HEAD:
		pointer_write(m, &m->event_head, 0, v);
		break;
	case EVENT_LOG_TAIL:
		pointer_write(m, &m->event_tail, STATUS_EVENT_LOG_RUN, v);
		break;
	case STATUS:
		m->status &=
			~(v & (STATUS_EVENT_OVERFLOW | STATUS_EVENT_LOG_INT | STATUS_COM_WAIT_INT));
		break;
	default:
		watch_illegal(&m->watch, "32-bit write to no such register");
		break;
	}
}

static void amdvi_write(void *ctx, u64 off, u32 width, u64 v)
{
	struct amdvi_model *m = ctx;
	enum reach reach;

	if (width == 8U)
		write64(m, off, v);
	else
		write32(m, off, (u32)v);
	commands_run(m, m->slow ? 0U : ~0U);
	reach = model_reach(m);
	watch_reach(&m->watch, reach, reach);
}

static u64 amdvi_read(void *ctx, u64 off, u32 width)
{
	struct amdvi_model *m = ctx;

	(void)width;
	if (m->slow)
		commands_run(m, 1);
	switch (off) {
	case CONTROL:
		return m->control;
	case EXT_FEATURE:
		return m->feature;
	case CMD_BUF_HEAD:
		return m->cmd_head;
	case EVENT_LOG_HEAD:
		return m->event_head;
	case EVENT_LOG_TAIL:
		return m->event_tail;
	case STATUS:
		return m->status;
	default:
		return 0;
	}
}

void amdvi_model_init(struct amdvi_model *m, u32 index)
{
	const struct fake_device dev = { .read = amdvi_read, .write = amdvi_write, .ctx = m };

	*m = (struct amdvi_model){ .feature = EXT_FEATURE_IA_SUP };
	amdvi_model_msi = (struct amdvi_model_msi){ .on = false };
	machine.iommu[index].own_rid = AMDVI_MODEL_RID;
	fake_mmio_add(HPA(MODEL_BASE.v + MIB(index)), AMDVI_MODEL_SIZE, &dev);
	amdvi_model_start(m);
}

void amdvi_model_start(struct amdvi_model *m)
{
	m->watch = (struct watch){ .dma = model_reach(m), .interrupts = model_reach(m) };
}

void amdvi_model_event(struct amdvi_model *m, u32 code, u16 device, u64 addr, u64 flags)
{
	u64 *ring = (u64 *)(uintptr_t)(m->event_base & BITS(51, 12));
	u32 next = (m->event_tail + 16U) % 4096U;

	if ((m->status & STATUS_EVENT_LOG_RUN) == 0U)
		return;
	if ((m->status & STATUS_EVENT_LOG_INT) == 0U && (m->control & CONTROL_EVENT_INT_EN) != 0U &&
	    amdvi_model_msi.on)
		m->events++;
	m->status |= STATUS_EVENT_LOG_INT;
	if (next == m->event_head) {
		m->status |= STATUS_EVENT_OVERFLOW;
		m->status &= ~STATUS_EVENT_LOG_RUN;
		return;
	}
	ring[m->event_tail / 8U] = FIELD_PREP(code, 63, 60) | flags | device;
	ring[m->event_tail / 8U + 1U] = addr;
	m->event_tail = next;
}

/* ---- the function that the unit is ---- */

#define CAP 0x64U

struct amdvi_model_msi amdvi_model_msi;
struct pcie_tree pcie;

struct pcie_function *pcie_find(struct pcie_tree *t, pci_sbdf_t f)
{
	static struct pcie_function own = { .cap = { [PCIE_MSI] = CAP } };

	(void)t;
	return f.v == AMDVI_MODEL_RID && !amdvi_model_msi.absent ? &own : NULL;
}

u32 msi_plain_write(const struct pcie_function *f, const struct message *to)
{
	(void)f;
	amdvi_model_msi.message = *to;
	amdvi_model_msi.on = false;
	return PCI_MSI_64BIT;
}

void pci_config_write(pci_sbdf_t f, u32 offset, u32 width, u32 value)
{
	if (f.v == AMDVI_MODEL_RID && offset == CAP + PCI_MSI_CONTROL && width == 2U)
		amdvi_model_msi.on = (value & PCI_MSI_ENABLE) != 0U;
}
