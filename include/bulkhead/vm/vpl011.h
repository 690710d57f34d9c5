/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PL011 (Arm DDI 0183 G) that a guest believes in. What it sends goes to a console at once, so
 * its transmit FIFO is always empty; what is received waits in a FIFO of 32. Baud rate, line
 * format, modem lines and DMA are registers without effect.
 */
#ifndef BULKHEAD_VM_VPL011_H
#define BULKHEAD_VM_VPL011_H

#include <bulkhead/arch/mmio.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/state.h>
#include <bulkhead/vm/console.h>

#define VPL011_FIFO 32U

/* Registers that hold what is written, in the order of the table in vpl011.c. */
#define VPL011_PLAIN 8U

struct vpl011 {
	struct spinlock lock; /* LOCK_VUART: all below */
	struct console *console;
	/* The interrupt line: called at each change, with the lock held. */
	void (*line)(void *ctx, bool high);
	void *ctx;
	bool high;
	u32 ris;    /* UARTRIS */
	u32 errors; /* UARTRSR */
	u32 plain[VPL011_PLAIN];
	u32 head, count; /* of the receive FIFO */
	u8 fifo[VPL011_FIFO];
	bool overrun; /* a byte was lost since the last one in the FIFO */
};

/* What becomes of each field at a start (base/state.h). */
extern const struct state_field vpl011_fields[];
extern const u32 vpl011_field_count;

/* Boot: a device that sends to @console and reports by @line(@ctx). Ends with a reset. */
void vpl011_init(struct vpl011 *u, struct console *console, void (*line)(void *ctx, bool high),
		 void *ctx);

/* To the state after power-on, as firmware leaves it (enabled). Its guest does not run. */
void vpl011_reset(struct vpl011 *u);

/*
 * An mmio_fn; the context is the struct vpl011. A register is reached at its own offset by 8, 16,
 * 32 or 64 bits; every other place reads 0 and ignores writes. TRAP_RETRY: the console takes no
 * byte now.
 */
enum trap_result vpl011_access(void *ctx, struct mmio_access *a);

/* The same as an mmio_brief_fn. */
enum trap_result vpl011_access_brief(void *ctx, u32 offset, u32 size, bool write, u64 *value);

/* A byte comes in; the context is the struct vpl011. Any CPU. */
void vpl011_receive(void *ctx, u8 byte);

#endif
