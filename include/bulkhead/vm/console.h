/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consoles of partitions on Bulkhead's one port.
 *
 * What a guest writes comes out in lines that begin with the partition's name. A line is kept
 * until it is whole, but that of the partition in focus, which is shown as it grows; whoever
 * writes in between (another console, the log) ends it, and it is shown again from its start. A
 * guest that writes faster than its rate, or than the port, waits in its own time: nothing is
 * lost, and nobody else waits for it.
 */
#ifndef BULKHEAD_VM_CONSOLE_H
#define BULKHEAD_VM_CONSOLE_H

#include <bulkhead/base/state.h>
#include <bulkhead/lib/types.h>

/* Longest line that is kept; a longer one is broken. */
#define CONSOLE_LINE_MAX 120U

/* What the user types to go on to the next console: Ctrl-]. */
#define CONSOLE_KEY 0x1dU

struct console {
	const char *name;
	/* Takes a byte that the user typed; any CPU, no lock is held. */
	void (*input)(void *ctx, u8 byte);
	void *ctx;
	u32 cpu;              /* logical CPU that takes its input */
	u32 prefix;           /* length of the name with what is around it, counted when added */
	struct console *next; /* the list's own, as all below: written under its guest's lock */
	u64 filled;           /* time up to which `credit` is counted */
	u32 credit;           /* bytes it may write before time is looked at again */
	u32 tries;            /* turns it has waited for another's line */
	u32 length;           /* of `line` */
	u32 sent;             /* how much of it is out, the prefix not counted */
	u32 prefix_sent;      /* how much of the prefix is */
	bool whole;           /* the line has its end; atomic */
	bool returned;        /* the last byte was a carriage return */
	bool home;            /* and the cursor has not followed */
	char line[CONSOLE_LINE_MAX];
};

/* What becomes of each field at a start (base/state.h). */
extern const struct state_field console_fields[];
extern const u32 console_field_count;

/* Boot: adds a console; the first one gets the focus. @c stays; its first four members are set. */
void console_add(struct console *c);

/* As after console_add(): what of a line was kept is forgotten. Its guest does not run. */
void console_reset(struct console *c);

/*
 * A byte from the guest of @c. False: not now, ask again, nothing is changed; some of what was kept
 * may have been sent, at most CONSOLE_PIECE bytes. One caller at a time for each console.
 */
bool console_put(struct console *c, u8 byte);

/* Most bytes that one call puts on the port. */
#define CONSOLE_PIECE 20U

/* A byte the user typed: to the console in focus, or it moves the focus. */
void console_typed(u8 byte);

/*
 * Boot, once all consoles are added: takes what the port receives, on the CPU of the console in
 * focus, so that typing costs nobody else. Where its interrupt does not come, which is logged, the
 * CPUs of consoles look at it (console_look_begin()).
 */
void console_listen(void);

/*
 * From here on this CPU, that of a console, looks whether something was typed for a console of
 * its own: by an alarm, some times a second. Nothing where the port interrupts.
 */
void console_look_begin(void);

/* Who has the focus; NULL: there is no console. */
const struct console *console_focus(void);

#endif
