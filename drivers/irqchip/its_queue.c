// SPDX-License-Identifier: Apache-2.0
/* Commands of a GICv3 ITS (Arm IHI 0069, 5.3): a ring in memory, and what is done if it stops. */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/irqchip/message.h>
#include <bulkhead/lib/error.h>

#include "its.h"

void its_clean(const struct its *its, const void *p, size_t size)
{
	if (!its->snoops)
		cache_clean(p, size);
	dma_mb();
}

int its_queue_init(struct its *its)
{
	u64 value, seen;

	its->queue = message_memory(ITS_QUEUE_BYTES, PAGE_SIZE);
	if (its->queue == NULL)
		return trace_error(BH_ENOMEM);
	value = mmu_pa(its->queue).v | BASER_VALID | BASER_INNER_SHAREABLE;
	mmio_write64(its->regs + GITS_CBASER, value | GITS_INNER_CACHE(CACHE_RA_WA_WB));
	seen = mmio_read64(its->regs + GITS_CBASER);
	its->snoops = (seen & BASER_SHAREABLE) != 0U;
	if (!its->snoops) {
		value = (value & ~BASER_SHAREABLE) | GITS_INNER_CACHE(GITS_NON_CACHEABLE);
		mmio_write64(its->regs + GITS_CBASER, value);
		cache_clean(its->queue, ITS_QUEUE_BYTES);
	}
	its->put = 0;
	mmio_write64(its->regs + GITS_CWRITER, 0);
	return 0;
}

static const char *name_of(u32 number)
{
	static const struct {
		u8 number;
		const char *name;
	} names[] = {
		{ ITS_MOVI, "MOVI" },   { ITS_SYNC, "SYNC" },       { ITS_MAPD, "MAPD" },
		{ ITS_MAPC, "MAPC" },   { ITS_INV, "INV" },         { ITS_INVALL, "INVALL" },
		{ ITS_MAPTI, "MAPTI" }, { ITS_DISCARD, "DISCARD" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].number == number)
			return names[i].name;
	}
	return "unknown";
}

static void put(struct its *its, const struct its_command *c)
{
	struct its_command *at = &its->queue[its->put / sizeof(*c)];

	*at = *c;
	its_clean(its, at, sizeof(*at));
	its->put = (u32)((its->put + sizeof(*c)) % ITS_QUEUE_BYTES);
}

/* It stands at a command that it does not take; that becomes one without effect. */
static void replace(struct its *its, u64 creadr)
{
	struct its_command *at = &its->queue[FIELD_GET(creadr, 11, 5)];
	const struct its_command sync = { { ITS_SYNC, 0, its->idle, 0 } };

	its->refused++;
	log_error("ITS at 0x%llx: command %s (0x%llx 0x%llx 0x%llx) refused: device 0x%x stays "
		  "without it",
		  (unsigned long long)its->base, name_of((u32)(at->word[0] & 0xffU)),
		  (unsigned long long)at->word[0], (unsigned long long)at->word[1],
		  (unsigned long long)at->word[2], (u32)(at->word[0] >> 32));
	*at = sync;
	its_clean(its, at, sizeof(*at));
	mmio_write64(its->regs + GITS_CWRITER, its->put | GITS_CWRITER_RETRY);
}

static void stop(struct its *its, u64 creadr)
{
	log_error("ITS at 0x%llx: GITS_CREADR is 0x%llx, expected 0x%x: commands are not done; it "
		  "is switched off, and delivers no messages",
		  (unsigned long long)its->base, (unsigned long long)creadr, its->put);
	its->dead = true;
	mmio_write32(its->regs + GITS_CTLR, 0);
}

static int wait(struct its *its)
{
	const u32 most = its->refused + ITS_COMMANDS;
	int err = 0;
	u64 creadr = 0;

	for (u32 i = 0; i < ITS_TURNS && its->refused < most; i++) {
		creadr = mmio_read64(its->regs + GITS_CREADR);
		if ((creadr & GITS_CREADR_STALLED) != 0U) {
			replace(its, creadr);
			err = BH_EIO;
			continue;
		}
		if ((creadr & GITS_OFFSET) == its->put)
			return err == 0 ? 0 : trace_error(err);
		cpu_relax();
	}
	stop(its, creadr);
	return trace_error(BH_ETIMEDOUT);
}

int its_do(struct its *its, const struct its_command *c, u32 n)
{
	if (its->dead)
		return trace_error(BH_EIO);
	/* One place stays free: a queue that is full looks like one that is empty. */
	if (n >= ITS_COMMANDS)
		return trace_error(BH_EOVERFLOW);
	for (u32 i = 0; i < n; i++)
		put(its, &c[i]);
	mmio_write64(its->regs + GITS_CWRITER, its->put);
	return wait(its);
}
