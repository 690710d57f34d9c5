// SPDX-License-Identifier: Apache-2.0
/*
 * The command buffer of an AMD-Vi unit. A unit that meets a command it does not know stops: the
 * buffer is begun anew, and whoever waits learns that his commands may be lost.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "amdvi.h"

#define ENTRIES 256U
#define ENTRY_BYTES 16U

struct command {
	u64 word[2];
};
_Static_assert(sizeof(struct command) == ENTRY_BYTES, "command");

static struct command commands[CONFIG_IOMMU_UNITS][ENTRIES] __aligned(4096);

/* Number of the last COMPLETION_WAIT that each unit came to. */
static u64 completed[CONFIG_IOMMU_UNITS];

/* Numbers go on, so that the place in the buffer of number n is that of n - base. */
static u64 base[CONFIG_IOMMU_UNITS];

static u32 tail(const struct amdvi *a)
{
	return (u32)((a->put - base[a->index]) % ENTRIES);
}

void amdvi_commands_init(struct amdvi *a)
{
	base[a->index] = a->put;
	write_once(completed[a->index], a->put);
	mmio_write64(a->regs + CMD_BUF_BASE, mmu_pa(commands[a->index]).v | RING_LEN_256);
	mmio_write32(a->regs + CMD_BUF_HEAD, 0);
	mmio_write32(a->regs + CMD_BUF_TAIL, 0);
}

static void ring(struct amdvi *a)
{
	dma_mb();
	mmio_write32(a->regs + CMD_BUF_TAIL, tail(a) * ENTRY_BYTES);
}

/* True while the unit takes commands. */
static bool runs(const struct amdvi *a)
{
	return (mmio_read32(a->regs + STATUS) & STATUS_CMD_BUF_RUN) != 0U;
}

static void restart(struct amdvi *a)
{
	const u64 control = mmio_read64(a->regs + CONTROL);
	const u32 head = (mmio_read32(a->regs + CMD_BUF_HEAD) & (u32)RING_OFFSET) / ENTRY_BYTES;

	log_error("iommu %u: command 0x%lx refused: the buffer is begun anew", a->index,
		  commands[a->index][head % ENTRIES].word[0]);
	mmio_write64(a->regs + CONTROL, control & ~CONTROL_CMD_BUF_EN);
	a->lost = a->put;
	amdvi_commands_init(a);
	mmio_write64(a->regs + CONTROL, control | CONTROL_CMD_BUF_EN);
}

int amdvi_done(struct amdvi *a, u64 from, u64 to)
{
	const u64 now = read_once(completed[a->index]);

	if (now < to && !runs(a))
		restart(a);
	if (a->lost > from)
		return BH_EIO;
	return now < to ? BH_EAGAIN : 0;
}

static int stuck(const struct amdvi *a)
{
	log_error("iommu %u: COMPLETION_WAIT never done: command head 0x%x, tail 0x%x, status 0x%x",
		  a->index, mmio_read32(a->regs + CMD_BUF_HEAD), tail(a) * ENTRY_BYTES,
		  mmio_read32(a->regs + STATUS));
	return trace_error(BH_ETIMEDOUT);
}

/* One slot stays free: a full buffer and an empty one look the same. */
static u32 room(const struct amdvi *a)
{
	const u32 head = (mmio_read32(a->regs + CMD_BUF_HEAD) & (u32)RING_OFFSET) / ENTRY_BYTES;

	return (head + ENTRIES - tail(a) - 1U) % ENTRIES;
}

int amdvi_put(struct amdvi *a, u64 low, u64 high)
{
	if (room(a) == 0U) {
		ring(a);
		for (u32 i = 0; i < IOMMU_POLLS && room(a) == 0U; i++) {
			if (!runs(a))
				restart(a);
			cpu_relax();
		}
		if (room(a) == 0U)
			return stuck(a);
	}
	commands[a->index][tail(a)] = (struct command){ { low, high } };
	a->put++;
	return 0;
}

int amdvi_put_wait(struct amdvi *a)
{
	const u64 *store = &completed[a->index];
	const int err = amdvi_put(a,
				  CMD_COMPLETION_WAIT | CMD_COMPLETION_WAIT_S |
					  (mmu_pa(store).v & CMD_COMPLETION_WAIT_ADDR),
				  a->put + 1U);

	if (err == 0)
		ring(a);
	return err;
}

int amdvi_sync(struct amdvi *a, u64 from)
{
	int err = amdvi_put_wait(a);

	for (u32 i = 0; i < IOMMU_POLLS && err == 0; i++) {
		const int done = amdvi_done(a, from, a->put);

		if (done != BH_EAGAIN)
			return done;
		cpu_relax();
	}
	return err == 0 ? stuck(a) : err;
}
