// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/types.h>
#include <bulkhead/vm/v16550.h>

enum reg { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR }; /* RBR: THR as well; IIR: FCR */

#define IER_DEFINED 0x0fU
#define IER_ERBFI 0x01U
#define IER_ETBEI 0x02U
#define IER_ELSI 0x04U
#define IER_EDSSI 0x08U

#define FCR_ENABLE 0x01U
#define FCR_CLEAR_RX 0x02U
#define FCR_KEPT 0xc9U /* trigger level, DMA mode, enable */

#define IIR_NONE 0x01U
#define IIR_MODEM 0x00U
#define IIR_THRE 0x02U
#define IIR_DATA 0x04U
#define IIR_LINE 0x06U
#define IIR_TIMEOUT 0x0cU
#define IIR_FIFOS 0xc0U

#define LCR_DLAB 0x80U

#define MCR_DEFINED 0x1fU
#define MCR_LOOP 0x10U

#define LSR_DR 0x01U
#define LSR_OE 0x02U
#define LSR_THRE 0x20U
#define LSR_TEMT 0x40U

/* A terminal that is there: DCD, DSR, CTS. */
#define MSR_TERMINAL 0xb0U
#define MSR_TERI 0x04U
#define MSR_RI 0x40U

/* FCR 7:6: bytes in the FIFO that raise the interrupt. */
static const u8 trigger_levels[] = { 1, 4, 8, 14 };

static bool fifos(const struct v16550 *u)
{
	return (u->fcr & FCR_ENABLE) != 0U;
}

static u32 depth(const struct v16550 *u)
{
	return fifos(u) ? V16550_FIFO : 1U;
}

static u32 trigger(const struct v16550 *u)
{
	return fifos(u) ? trigger_levels[u->fcr >> 6] : 1U;
}

/*
 * The pending interrupt of highest priority (PC16550D, table IV). That no more bytes follow is
 * assumed at once: the time-out needs no clock.
 */
static u8 pending(const struct v16550 *u)
{
	if ((u->ier & IER_ELSI) != 0U && u->overrun)
		return IIR_LINE;
	if ((u->ier & IER_ERBFI) != 0U && u->count >= trigger(u))
		return IIR_DATA;
	if ((u->ier & IER_ERBFI) != 0U && u->count != 0U)
		return IIR_TIMEOUT;
	if ((u->ier & IER_ETBEI) != 0U && u->thr_empty)
		return IIR_THRE;
	if ((u->ier & IER_EDSSI) != 0U && u->modem_delta != 0U)
		return IIR_MODEM;
	return IIR_NONE;
}

static void line_update(struct v16550 *u)
{
	const bool high = pending(u) != IIR_NONE;

	if (high == u->high)
		return;
	u->high = high;
	u->line(u->ctx, high);
}

static void receive(struct v16550 *u, u8 byte)
{
	if (u->count == depth(u)) {
		u->overrun = true;
		return;
	}
	u->fifo[(u->head + u->count) % V16550_FIFO] = byte;
	u->count++;
}

static u8 data_read(struct v16550 *u)
{
	const u8 byte = u->fifo[u->head];

	if (u->count == 0U)
		return 0;
	u->head = (u->head + 1U) % V16550_FIFO;
	u->count--;
	return byte;
}

/* False: not now. The byte is gone at once, so the transmitter is empty anew. */
static bool data_write(struct v16550 *u, u8 byte)
{
	if ((u->mcr & MCR_LOOP) != 0U)
		receive(u, byte);
	else if (!console_put(u->console, byte))
		return false;
	u->thr_empty = true;
	return true;
}

/* In loopback RTS is CTS, DTR is DSR, OUT1 is RI and OUT2 is DCD. */
static u8 modem_lines(const struct v16550 *u)
{
	const u32 m = u->mcr;

	if ((m & MCR_LOOP) == 0U)
		return MSR_TERMINAL;
	return (u8)((m & 2U) << 3 | (m & 1U) << 5 | (m & 4U) << 4 | (m & 8U) << 4);
}

/* A change of a line is told in 3:0; of RI only that it ended. */
static void modem_write(struct v16550 *u, u8 value)
{
	const u8 before = modem_lines(u);
	u32 changed;

	u->mcr = value & MCR_DEFINED;
	changed = (u32)before ^ modem_lines(u);
	if ((before & MSR_RI) == 0U)
		changed &= ~MSR_RI;
	u->modem_delta |= (u8)(changed >> 4);
}

static void fifo_write(struct v16550 *u, u8 value)
{
	const bool was = fifos(u);

	u->fcr = (value & FCR_ENABLE) != 0U ? (u8)(value & FCR_KEPT) : 0U;
	if (fifos(u) != was || (value & FCR_CLEAR_RX) != 0U)
		u->count = 0;
}

static void enable_write(struct v16550 *u, u8 value)
{
	const u32 rises = (u32)value & ~(u32)u->ier;

	u->ier = value & IER_DEFINED;
	if ((rises & IER_ETBEI) != 0U)
		u->thr_empty = true;
}

/* Told is done: the interrupt of an empty transmitter ends with it. */
static u8 identify(struct v16550 *u)
{
	const u8 id = pending(u);

	if (id == IIR_THRE)
		u->thr_empty = false;
	return (u8)(id | (fifos(u) ? IIR_FIFOS : 0U));
}

static u8 status_read(struct v16550 *u)
{
	const u32 errors = u->overrun ? LSR_OE : 0U;

	u->overrun = false;
	return (u8)(LSR_THRE | LSR_TEMT | errors | (u->count != 0U ? LSR_DR : 0U));
}

static u8 modem_read(struct v16550 *u)
{
	const u8 value = (u8)(modem_lines(u) | u->modem_delta);

	u->modem_delta = 0;
	return value;
}

static u8 reg_read(struct v16550 *u, u32 reg)
{
	if (reg <= IER && (u->lcr & LCR_DLAB) != 0U)
		return u->divisor[reg];
	switch (reg) {
	case RBR:
		return data_read(u);
	case IER:
		return u->ier;
	case IIR:
		return identify(u);
	case LCR:
		return u->lcr;
	case MCR:
		return u->mcr;
	case LSR:
		return status_read(u);
	case MSR:
		return modem_read(u);
	default:
		return u->scr;
	}
}

static bool reg_write(struct v16550 *u, u32 reg, u8 value)
{
	if (reg <= IER && (u->lcr & LCR_DLAB) != 0U) {
		u->divisor[reg] = value;
		return true;
	}
	switch (reg) {
	case RBR:
		return data_write(u, value);
	case IER:
		enable_write(u, value);
		break;
	case IIR:
		fifo_write(u, value);
		break;
	case LCR:
		u->lcr = value;
		break;
	case MCR:
		modem_write(u, value);
		break;
	case SCR:
		u->scr = value;
		break;
	default:
		break;
	}
	return true;
}

/* Only the first register may say "not now": nothing was done before it. */
enum trap_result v16550_access(void *ctx, struct mmio_access *a)
{
	struct v16550 *u = ctx;
	u64 value = 0;
	bool done = true;

	spin_lock(&u->lock);
	for (u32 i = 0; i < a->size && done; i++) {
		const u32 reg = ((u32)a->offset + i) % V16550_REGISTERS;

		if (a->write)
			done = reg_write(u, reg, (u8)(a->value >> (8U * i)));
		else
			value |= (u64)reg_read(u, reg) << (8U * i);
	}
	if (!a->write)
		a->value = value;
	line_update(u);
	spin_unlock(&u->lock);
	return done ? TRAP_RESUME : TRAP_RETRY;
}

void v16550_receive(void *ctx, u8 byte)
{
	struct v16550 *u = ctx;

	spin_lock(&u->lock);
	if ((u->mcr & MCR_LOOP) == 0U)
		receive(u, byte);
	line_update(u);
	spin_unlock(&u->lock);
}

const struct state_field v16550_fields[] = {
	STATE_FIELD(struct v16550, lock, KEPT),     STATE_FIELD(struct v16550, console, BOOT),
	STATE_FIELD(struct v16550, line, BOOT),     STATE_FIELD(struct v16550, ctx, BOOT),
	STATE_FIELD(struct v16550, high, RESET),    STATE_FIELD(struct v16550, ier, RESET),
	STATE_FIELD(struct v16550, lcr, RESET),     STATE_FIELD(struct v16550, mcr, RESET),
	STATE_FIELD(struct v16550, scr, RESET),     STATE_FIELD(struct v16550, fcr, RESET),
	STATE_FIELD(struct v16550, divisor, RESET), STATE_FIELD(struct v16550, modem_delta, RESET),
	STATE_FIELD(struct v16550, overrun, RESET), STATE_FIELD(struct v16550, thr_empty, RESET),
	STATE_FIELD(struct v16550, head, RESET),    STATE_FIELD(struct v16550, count, RESET),
	STATE_FIELD(struct v16550, fifo, RESET),
};

const u32 v16550_field_count = ARRAY_SIZE(v16550_fields);

void v16550_reset(struct v16550 *u)
{
	state_reset(u, v16550_fields, v16550_field_count);
	console_reset(u->console);
}

void v16550_init(struct v16550 *u, struct console *console, void (*line)(void *ctx, bool high),
		 void *ctx)
{
	u->lock = (struct spinlock)SPINLOCK_INIT(LOCK_VUART);
	u->console = console;
	u->line = line;
	u->ctx = ctx;
	v16550_reset(u);
}
