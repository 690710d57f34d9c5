/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial ports: a polled transmitter for the log, a receiver for the console. One driver a kind
 * (drivers/serial/<kind>.c), each a record the linker collects.
 */
#ifndef BULKHEAD_SERIAL_SERIAL_H
#define BULKHEAD_SERIAL_SERIAL_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>

struct serial {
	enum uart_kind kind;
	volatile u8 *regs; /* mapped registers, or NULL for ports */
	u16 port;
	u8 reg_shift;
	u8 reg_width;
	u8 fifo; /* bytes an idle transmitter takes at once; set by the driver's init */
};

struct serial_driver {
	enum uart_kind kind;
	const char *name;
	/* Leaves baud rate alone unless the port is off. 0 or an error. */
	int (*init)(struct serial *s, const struct machine_uart *u);
	/* Sends a byte if there is room for it now. */
	bool (*try_put)(struct serial *s, u8 c);
	/* Waits, bounded, for room; drops bytes when the hardware does not answer. */
	void (*put)(struct serial *s, const char *bytes, size_t n);
	/* A byte, or -1. */
	int (*get)(struct serial *s);
	/* Raises its interrupt while there is a byte to get; NULL: cannot. */
	void (*listen)(struct serial *s);
	/* Waits, bounded, until the last byte has left the shift register. */
	void (*drain)(struct serial *s);
};

#define SERIAL_DRIVER(ident)                                                                \
	static const struct serial_driver serial_driver_##ident __used __section(".serial") \
		__aligned(8)

/*
 * STAGE_CONSOLE, before discovery: the UART the board's configuration names
 * (CONFIG_EARLY_UART_*), so that the first line comes before anything can hang.
 */
int serial_early_init(void);

/* After discovery: the UART firmware names as console, if it differs from the early one. */
int serial_console_init(const struct machine *m);

/* A received byte of the console, or -1. */
int serial_console_get(void);

/*
 * Has the console interrupt when it receives; returns the interrupt's number (INTID, GSI), or 0: it
 * has none, or there is no console.
 */
u32 serial_console_listen(void);

/*
 * The port for others than the log: between begin and end nobody else writes to it (LOCK_PORT).
 * BH_ENODEV: there is no console; BH_EBUSY: somebody is at it. Nothing was begun then. Never waits.
 */
int serial_port_begin(void);
void serial_port_end(void);

/* Within: sends as many of @n bytes as there is room for now; returns how many. Never waits. */
u32 serial_port_send(const char *bytes, u32 n);

/*
 * Within: leaves the port in the middle of a line that @owner is writing; NULL: at the start of
 * one. The log ends such a line before it writes its own, and nobody owns it then.
 */
void serial_port_line(const void *owner);
const void *serial_port_line_owner(void);

/*
 * All of it for one more byte of a line that @owner is in the middle of. False: nothing was sent;
 * the port is not there or in use, another's or full.
 */
bool serial_port_go_on(const void *owner, char byte);

/* Waits until everything written to the console has left it. */
void serial_console_drain(void);

#endif
