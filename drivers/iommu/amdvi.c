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

#include "amdvi_regs.h"
#include "common.h"

#define IDS (CONFIG_IOMMU_AMDVI_BUSES * 256U)
#define RING_ENTRIES 256U
#define ENTRY_BYTES 16U
#define RING_BYTES (RING_ENTRIES * ENTRY_BYTES)
/* Commands in one batch: the ring but for the wait and the slot that tells full from empty. */
#define BATCH (RING_ENTRIES - 2U)

struct dte {
	u64 word[4];
};
_Static_assert(sizeof(struct dte) == 32U, "device table entry");

struct ring_entry {
	u64 word[2];
};
_Static_assert(sizeof(struct ring_entry) == ENTRY_BYTES, "command, event");

struct amdvi {
	volatile u8 *regs;
	u32 index;
	u32 cmd_tail; /* bytes */
	u16 segment;
};

static struct dte device_table[IDS] __aligned(4096);
static struct ring_entry commands[CONFIG_IOMMU_UNITS][RING_ENTRIES] __aligned(4096);
static struct ring_entry events[CONFIG_IOMMU_UNITS][RING_ENTRIES] __aligned(4096);
static u64 wait_store[CONFIG_IOMMU_UNITS];
static struct amdvi amdvi_units[CONFIG_IOMMU_UNITS];

static struct iommu_reg amdvi_reg(const struct amdvi *a, u32 offset, const char *name)
{
	return (struct iommu_reg){ a->index, a->regs, offset, name };
}

/* V = 0 would let a device through, so no entry may be left out; IR, IW and IntCtl are 0. */
static void fill_device_table(void)
{
	u64 root = mmu_pa(iommu_nothing).v & DTE0_ROOT;

	if (device_table[IDS - 1U].word[2] != 0U)
		return;
	for (u32 i = 0; i < IDS; i++) {
		device_table[i].word[0] = root | DTE0_MODE_4_LEVEL | DTE0_TV | DTE0_V;
		device_table[i].word[2] = DTE2_INTCTL_ABORT | DTE2_IV;
	}
	dma_mb();
}

static void command_put(struct amdvi *a, u64 low, u64 high)
{
	commands[a->index][a->cmd_tail / ENTRY_BYTES] = (struct ring_entry){ { low, high } };
	a->cmd_tail = (a->cmd_tail + ENTRY_BYTES) % RING_BYTES;
}

static int command_wait(struct amdvi *a)
{
	u64 *store = &wait_store[a->index];

	write_once(*store, 0);
	command_put(a,
		    CMD_COMPLETION_WAIT | CMD_COMPLETION_WAIT_S |
			    (mmu_pa(store).v & CMD_COMPLETION_WAIT_ADDR),
		    1);
	dma_mb();
	mmio_write32(a->regs + CMD_BUF_TAIL, a->cmd_tail);
	for (u32 i = 0; i < IOMMU_POLLS; i++) {
		if (read_once(*store) != 0U)
			return 0;
		cpu_relax();
	}
	log_error("iommu %u: COMPLETION_WAIT never done: command head 0x%x, tail 0x%x, status 0x%x",
		  a->index, mmio_read32(a->regs + CMD_BUF_HEAD), a->cmd_tail,
		  mmio_read32(a->regs + STATUS));
	return trace_error(BH_ETIMEDOUT);
}

/* Units without INVALIDATE_IOMMU_ALL are told entry by entry; all entries are of domain 0. */
static int invalidate_each(struct amdvi *a)
{
	int err = 0;

	for (u32 id = 0; id < 65536U && err == 0; id++) {
		command_put(a, CMD_INVALIDATE_DEVTAB_ENTRY | id, 0);
		if (id % BATCH == BATCH - 1U)
			err = command_wait(a);
	}
	if (err != 0)
		return err;
	command_put(a, CMD_INVALIDATE_IOMMU_PAGES, CMD_PAGES_ALL);
	return command_wait(a);
}

static int invalidate_all(struct amdvi *a)
{
	if ((mmio_read64(a->regs + EXT_FEATURE) & EXT_FEATURE_IA_SUP) == 0U)
		return invalidate_each(a);
	command_put(a, CMD_INVALIDATE_IOMMU_ALL, 0);
	return command_wait(a);
}

/* Stops firmware's command buffer and log; IommuEn stays as it is. Returns what is kept. */
static int stop_rings(struct amdvi *a, u64 *kept)
{
	u64 control = mmio_read64(a->regs + CONTROL);
	u64 wiring = CONTROL_HT_TUN_EN | CONTROL_INV_TIMEOUT | CONTROL_PASS_PW |
		     CONTROL_RES_PASS_PW | CONTROL_ISOC;

	*kept = control & wiring;
	mmio_write64(a->regs + CONTROL, control & (wiring | CONTROL_COHERENT | CONTROL_IOMMU_EN));
	return iommu_poll(amdvi_reg(a, STATUS, "IOMMU Status"),
			  STATUS_CMD_BUF_RUN | STATUS_EVENT_LOG_RUN, 0);
}

static void program(struct amdvi *a)
{
	/* An exclusion range would bypass translation. */
	mmio_write64(a->regs + EXCL_BASE, 0);
	mmio_write64(a->regs + EXCL_LIMIT, 0);
	mmio_write64(a->regs + DEVTAB_BASE,
		     mmu_pa(device_table).v | DEVTAB_BASE_SIZE(sizeof(device_table)));
	mmio_write64(a->regs + CMD_BUF_BASE, mmu_pa(commands[a->index]).v | RING_LEN_256);
	mmio_write32(a->regs + CMD_BUF_HEAD, 0);
	mmio_write32(a->regs + CMD_BUF_TAIL, 0);
	/* Status first: some units keep the old log while an interrupt is pending. */
	mmio_write32(a->regs + STATUS,
		     STATUS_EVENT_OVERFLOW | STATUS_EVENT_LOG_INT | STATUS_COM_WAIT_INT);
	mmio_write64(a->regs + EVENT_LOG_BASE, mmu_pa(events[a->index]).v | RING_LEN_256);
	mmio_write32(a->regs + EVENT_LOG_HEAD, 0);
	mmio_write32(a->regs + EVENT_LOG_TAIL, 0);
	a->cmd_tail = 0;
}

static int amdvi_block_all(u32 index, const struct machine_iommu *u)
{
	struct amdvi *a = &amdvi_units[index];
	u64 on = CONTROL_IOMMU_EN | CONTROL_EVENT_LOG_EN | CONTROL_CMD_BUF_EN;
	u64 kept;
	int err;

	*a = (struct amdvi){ .index = index, .segment = u->segment };
	a->regs = iommu_registers(index, u->base, u->size, AMDVI_REGS_SIZE, CONTROL);
	if (a->regs == NULL)
		return trace_error(BH_EIO);
	fill_device_table();
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

static int amdvi_next_fault(u32 index, struct iommu_fault *out)
{
	struct amdvi *a = &amdvi_units[index];
	u32 head = mmio_read32(a->regs + EVENT_LOG_HEAD) & (u32)RING_OFFSET;
	u32 tail = mmio_read32(a->regs + EVENT_LOG_TAIL) & (u32)RING_OFFSET;
	struct ring_entry *e = &events[index][head / ENTRY_BYTES % RING_ENTRIES];
	u64 low = 0;

	if (head == tail) {
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
		.write = (low & EVENT_RW) != 0U,
		.reason = EVENT_CODE(low),
	};
	*e = (struct ring_entry){ { 0, 0 } };
	dma_mb();
	mmio_write32(a->regs + EVENT_LOG_HEAD, (head + ENTRY_BYTES) % RING_BYTES);
	return 0;
}

IOMMU_DRIVER(amdvi) = {
	.kind = IOMMU_AMDVI,
	.name = "AMD-Vi",
	.block_all = amdvi_block_all,
	.next_fault = amdvi_next_fault,
};
