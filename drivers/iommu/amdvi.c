// SPDX-License-Identifier: Apache-2.0
/*
 * AMD-Vi: block everything. One device table, the same for all units, says for every device id:
 * translated, through a page table of zeros, no right to read or write, no interrupt.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/iommu.h>
#include <bulkhead/lib/error.h>

#include "amdvi.h"

#define EVENT_ENTRIES 256U
#define EVENT_BYTES 16U
#define EVENT_LOG_BYTES (EVENT_ENTRIES * EVENT_BYTES)

#define CLEARS 4U

/* How interrupt remapping entries are read; not to change while the unit is on. */
#define ENTRY_FORMAT (CONTROL_GA_EN | CONTROL_XT_EN)

struct event_entry {
	u64 word[2];
};
_Static_assert(sizeof(struct event_entry) == EVENT_BYTES, "event log entry");

struct amdvi amdvi_units[CONFIG_IOMMU_UNITS];
struct dte amdvi_device_table[AMDVI_IDS] __aligned(4096);

static struct event_entry events[CONFIG_IOMMU_UNITS][EVENT_ENTRIES] __aligned(4096);

u64 amdvi_dte_blocking(void)
{
	return (mmu_pa(iommu_nothing).v & DTE0_ROOT) | DTE0_MODE(4U) | DTE0_TV | DTE0_V;
}

/* V = 0 would let a device through, so no entry may be left out; IR, IW and IntCtl are 0. */
static void fill_device_table(void)
{
	const u64 blocking = amdvi_dte_blocking();

	if (amdvi_device_table[AMDVI_IDS - 1U].word[2] != 0U)
		return;
	for (u32 i = 0; i < AMDVI_IDS; i++) {
		amdvi_device_table[i].word[0] = blocking;
		amdvi_device_table[i].word[2] = AMDVI_NO_MESSAGES;
	}
	dma_mb();
}

/* Units without INVALIDATE_IOMMU_ALL are told entry by entry; all entries are of domain 0. */
static int invalidate_each(struct amdvi *a)
{
	const u64 from = a->put;
	int err = 0;

	for (u32 id = 0; id < 65536U && err == 0; id++)
		err = amdvi_put(a, CMD_INVALIDATE_DEVTAB_ENTRY | id, 0);
	if (err == 0)
		err = amdvi_put(a, CMD_INVALIDATE_IOMMU_PAGES, CMD_PAGES_ALL);
	return err == 0 ? amdvi_sync(a, from) : err;
}

static int invalidate_all(struct amdvi *a)
{
	const u64 from = a->put;
	int err;

	if ((mmio_read64(a->regs + EXT_FEATURE) & EXT_FEATURE_IA_SUP) == 0U)
		return invalidate_each(a);
	err = amdvi_put(a, CMD_INVALIDATE_IOMMU_ALL, 0);
	return err == 0 ? amdvi_sync(a, from) : err;
}

/* Entries of 128 bits where there are, and firmware has not left the unit on with others. */
static u64 entry_format(struct amdvi *a)
{
	const u64 control = mmio_read64(a->regs + CONTROL);
	const u64 feature = mmio_read64(a->regs + EXT_FEATURE);
	u64 format = control & ENTRY_FORMAT;

	if ((control & CONTROL_IOMMU_EN) == 0U) {
		format = (feature & EXT_FEATURE_GA_SUP) != 0U ? CONTROL_GA_EN : 0U;
		if (format != 0U && (feature & EXT_FEATURE_XT_SUP) != 0U)
			format |= CONTROL_XT_EN;
	}
	a->ga = (format & CONTROL_GA_EN) != 0U;
	a->xt = format == ENTRY_FORMAT;
	return format;
}

/* Stops firmware's command buffer and log; IommuEn stays as it is. Returns what is kept. */
static int stop_rings(struct amdvi *a, u64 *kept)
{
	u64 control = mmio_read64(a->regs + CONTROL);
	u64 wiring = CONTROL_HT_TUN_EN | CONTROL_INV_TIMEOUT | CONTROL_PASS_PW |
		     CONTROL_RES_PASS_PW | CONTROL_ISOC;

	*kept = control & wiring;
	mmio_write64(a->regs + CONTROL,
		     control & (wiring | CONTROL_COHERENT | ENTRY_FORMAT | CONTROL_IOMMU_EN));
	return iommu_poll(amdvi_reg(a, STATUS, "IOMMU Status"),
			  STATUS_CMD_BUF_RUN | STATUS_EVENT_LOG_RUN, 0);
}

static void program(struct amdvi *a)
{
	/* An exclusion range would bypass translation. */
	mmio_write64(a->regs + EXCL_BASE, 0);
	mmio_write64(a->regs + EXCL_LIMIT, 0);
	mmio_write64(a->regs + DEVTAB_BASE,
		     mmu_pa(amdvi_device_table).v | DEVTAB_BASE_SIZE(sizeof(amdvi_device_table)));
	amdvi_commands_init(a);
	/* Status first: some units keep the old log while an interrupt is pending. */
	mmio_write32(a->regs + STATUS,
		     STATUS_EVENT_OVERFLOW | STATUS_EVENT_LOG_INT | STATUS_COM_WAIT_INT);
	mmio_write64(a->regs + EVENT_LOG_BASE, mmu_pa(events[a->index]).v | RING_LEN_256);
	mmio_write32(a->regs + EVENT_LOG_HEAD, 0);
	mmio_write32(a->regs + EVENT_LOG_TAIL, 0);
}

/* There is one device table, whose entries are requester ids of one segment. */
static int segment_check(u32 index, const struct machine_iommu *u)
{
	for (u32 i = 0; i < index; i++) {
		if (machine.iommu[i].kind != IOMMU_AMDVI || machine.iommu[i].segment == u->segment)
			continue;
		log_error("iommu %u: AMD-Vi of segment %u, that of unit %u is %u: expected one "
			  "segment",
			  index, u->segment, i, machine.iommu[i].segment);
		return trace_error(BH_ENOTSUP);
	}
	return 0;
}

static int amdvi_block_all(u32 index, const struct machine_iommu *u)
{
	struct amdvi *a = &amdvi_units[index];
	u64 on = CONTROL_IOMMU_EN | CONTROL_EVENT_LOG_EN | CONTROL_CMD_BUF_EN;
	struct iommu_caps caps;
	u64 kept;
	int err;

	*a = (struct amdvi){ .lock = SPINLOCK_INIT(LOCK_IOMMU_QUEUE),
			     .index = index,
			     .segment = u->segment };
	a->regs = iommu_registers(index, u->base, u->size, AMDVI_REGS_SIZE, CONTROL);
	if (a->regs == NULL)
		return trace_error(BH_EIO);
	on |= entry_format(a);
	fill_device_table();
	err = segment_check(index, u);
	if (err == 0)
		err = amdvi_caps(index, &caps);
	if (err == 0)
		err = iommu_firmware_open(index, &caps, amdvi_open);
	if (err == 0)
		err = stop_rings(a, &kept);
	if (err != 0)
		return err;
	program(a);
	mmio_write64(a->regs + CONTROL, kept | CONTROL_COHERENT | on);
	err = iommu_poll(amdvi_reg(a, STATUS, "IOMMU Status"),
			 STATUS_CMD_BUF_RUN | STATUS_EVENT_LOG_RUN,
			 STATUS_CMD_BUF_RUN | STATUS_EVENT_LOG_RUN);
	if (err != 0)
		return err;
	err = invalidate_all(a);
	if (err != 0)
		return err;
	if ((mmio_read64(a->regs + CONTROL) & on) != on) {
		log_error("iommu %u: IOMMU Control is 0x%lx, want 0x%lx set", index,
			  mmio_read64(a->regs + CONTROL), on);
		return trace_error(BH_EIO);
	}
	return 0;
}

/* A full log stays stopped until it is switched off and on (2.5). */
static void log_restart(struct amdvi *a)
{
	u64 control = mmio_read64(a->regs + CONTROL);

	if ((mmio_read32(a->regs + STATUS) & STATUS_EVENT_OVERFLOW) == 0U)
		return;
	mmio_write64(a->regs + CONTROL, control & ~CONTROL_EVENT_LOG_EN);
	if (iommu_poll(amdvi_reg(a, STATUS, "IOMMU Status"), STATUS_EVENT_LOG_RUN, 0) != 0)
		return;
	mmio_write32(a->regs + STATUS, STATUS_EVENT_OVERFLOW);
	mmio_write64(a->regs + CONTROL, control);
}

static u32 tail_read(const struct amdvi *a)
{
	return mmio_read32(a->regs + EVENT_LOG_TAIL) & (u32)RING_OFFSET;
}

/*
 * The next message is sent when EventLogInt is set the next time: it is cleared while the log is
 * empty, and what came meanwhile was told of by the one before. Some units set it while it is
 * cleared (erratum 1312 of family 15h models 10h to 1fh), so it is read back.
 */
static bool log_empty(struct amdvi *a, u32 head)
{
	bool empty = tail_read(a) == head;

	for (u32 i = 0; i < CLEARS && empty; i++) {
		if ((mmio_read32(a->regs + STATUS) & STATUS_EVENT_LOG_INT) == 0U)
			break;
		mmio_write32(a->regs + STATUS, STATUS_EVENT_LOG_INT);
		empty = tail_read(a) == head;
	}
	return empty;
}

static int amdvi_next_fault(u32 index, struct iommu_fault *out)
{
	struct amdvi *a = &amdvi_units[index];
	u32 head = mmio_read32(a->regs + EVENT_LOG_HEAD) & (u32)RING_OFFSET;
	struct event_entry *e = &events[index][head / EVENT_BYTES % EVENT_ENTRIES];
	u64 low = 0;

	if (log_empty(a, head)) {
		log_restart(a);
		return BH_ENOENT;
	}
	/* Known units move the tail before the entry is in memory; its code is never 0. */
	for (u32 i = 0; i < IOMMU_POLLS && EVENT_CODE(low) == 0U; i++)
		low = read_once(e->word[0]);
	dma_mb();
	*out = (struct iommu_fault){
		.unit = index,
		.who = { (u32)a->segment << 16 | EVENT_DEVICE(low) },
		.addr = IOVA(read_once(e->word[1])),
		.write = (low & (EVENT_RW | EVENT_I)) != 0U,
		.reason = EVENT_CODE(low),
	};
	*e = (struct event_entry){ { 0, 0 } };
	dma_mb();
	mmio_write32(a->regs + EVENT_LOG_HEAD, (head + EVENT_BYTES) % EVENT_LOG_BYTES);
	return 0;
}

IOMMU_DRIVER(amdvi) = {
	.kind = IOMMU_AMDVI,
	.name = "AMD-Vi",
	.block_all = amdvi_block_all,
	.next_fault = amdvi_next_fault,
	.caps = amdvi_caps,
	.prepare = amdvi_prepare,
	.attach = amdvi_attach,
	.flush = amdvi_flush,
	.flushed = amdvi_flushed,
	.hush = amdvi_hush,
	.interrupt_message = amdvi_interrupt_message,
	.interrupt_take = amdvi_interrupt_take,
	.interrupt_route = amdvi_interrupt_route,
	.interrupt_form = amdvi_interrupt_form,
	.stop = amdvi_stop,
};
