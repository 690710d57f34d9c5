/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A 16550A (National Semiconductor PC16550D) that a guest believes in, its eight registers side by
 * side. What it sends goes to a console at once, so its transmitter is always empty; what is
 * received waits in a FIFO of 16. Baud rate and line format are registers without effect; the
 * modem lines are those of a terminal that is there, and in loopback its own.
 */
#ifndef BULKHEAD_VM_V16550_H
#define BULKHEAD_VM_V16550_H

#include <bulkhead/arch/mmio.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/state.h>
#include <bulkhead/vm/console.h>

#define V16550_FIFO 16U

/* Places of its window. */
#define V16550_REGISTERS 8U

struct v16550 {
	struct spinlock lock; /* LOCK_VUART: all below */
	struct console *console;
	/* The interrupt line: called at each change, with the lock held. */
	void (*line)(void *ctx, bool high);
	void *ctx;
	bool high;
	u8 ier, lcr, mcr, scr, fcr;
	u8 divisor[2];   /* DLL, DLM */
	u8 modem_delta;  /* MSR 3:0 */
	bool overrun;    /* LSR.OE */
	bool thr_empty;  /* the interrupt of that: due until IIR told it or a byte is written */
	u32 head, count; /* of the receive FIFO */
	u8 fifo[V16550_FIFO];
};

/* What becomes of each field at a start (base/state.h). */
extern const struct state_field v16550_fields[];
extern const u32 v16550_field_count;

/* Boot: a device that sends to @console and reports by @line(@ctx). Ends with a reset. */
void v16550_init(struct v16550 *u, struct console *console, void (*line)(void *ctx, bool high),
		 void *ctx);

/* To the state after its MR pin. Its guest does not run. */
void v16550_reset(struct v16550 *u);

/*
 * An mmio_fn; the context is the struct v16550. A wider access is one of each register it covers,
 * lowest first, as on the ISA bus. TRAP_RETRY: the console takes no byte now.
 */
enum trap_result v16550_access(void *ctx, struct mmio_access *a);

/* A byte comes in; the context is the struct v16550. Any CPU. */
void v16550_receive(void *ctx, u8 byte);

#endif
