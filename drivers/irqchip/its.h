/* SPDX-License-Identifier: Apache-2.0 */
/* One ITS, between the parts of its driver. */
#ifndef DRIVERS_IRQCHIP_ITS_H
#define DRIVERS_IRQCHIP_ITS_H

#include <bulkhead/base/lock.h>
#include <bulkhead/lib/types.h>

#include "its_regs.h"

/* Reads of a register before the ITS counts as stuck. */
#ifndef ITS_TURNS
#define ITS_TURNS 1000000U
#endif

#define ITS_QUEUE_BYTES PAGE_SIZE
#define ITS_COMMANDS (ITS_QUEUE_BYTES / sizeof(struct its_command))

struct its {
	struct spinlock lock; /* LOCK_IRQCHIP: queue, tables */
	volatile u8 *regs;    /* NULL: not in use */
	u64 base;
	u32 chip; /* index in machine.irqchip */
	u64 typer;
	bool snoops; /* else what it reads has to leave the caches */
	bool dead;   /* it did not obey, and is off */
	struct its_command *queue;
	u32 put;  /* offset of the next command */
	u64 idle; /* target of a SYNC that does no harm */
	struct {
		u8 *table; /* flat, or its first level */
		u32 entry, page;
		u64 limit; /* device ids below can be told apart */
		bool two_levels;
	} devices;
	u32 refused; /* commands it did not take, ever */
};

/* What it offers as the controller of messages. */
struct message_ops;
extern const struct message_ops its_ops;

/* The queue, empty, and known to the ITS, which is off. BH_ENOMEM. */
int its_queue_init(struct its *its);

/*
 * Has the ITS carry out @n commands, and waits, bounded, until it has. BH_EIO: one of them was
 * refused: it is named in the log, replaced, and the others were done. BH_ETIMEDOUT: it has
 * stopped taking commands; it is switched off for good. The lock is held, or there is one CPU.
 */
int its_do(struct its *its, const struct its_command *c, u32 n);

/* What was written to memory that the ITS, or a redistributor, reads. */
void its_clean(const struct its *its, const void *p, size_t size);

#endif
