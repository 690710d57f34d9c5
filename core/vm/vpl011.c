// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/types.h>
#include <bulkhead/vm/vpl011.h>

#define UARTDR 0x00U
#define UARTRSR 0x04U
#define UARTFR 0x18U
#define UARTILPR 0x20U
#define UARTIBRD 0x24U
#define UARTFBRD 0x28U
#define UARTLCR_H 0x2cU
#define UARTCR 0x30U
#define UARTIFLS 0x34U
#define UARTIMSC 0x38U
#define UARTRIS 0x3cU
#define UARTMIS 0x40U
#define UARTICR 0x44U
#define UARTDMACR 0x48U
#define UARTPERIPHID0 0xfe0U

#define DR_OE BIT(11)
#define RSR_OE BIT(3)
#define FR_RXFE BIT(4)
#define FR_RXFF BIT(6)
#define FR_TXFE BIT(7)
#define LCR_H_FEN BIT(4)
#define CR_LBE BIT(7)
#define CR_RECEIVES 0x201U /* RXE, UARTEN */
#define INT_RX BIT(4)
#define INT_TX BIT(5)
#define INT_RT BIT(6)
#define INT_OE BIT(10)
#define INT_ALL 0x7ffU

/* UARTEN, TXE, RXE: nobody in a guest's machine enables it before the guest runs. */
#define CR_RESET 0x301U

#define IFLS_RESET 0x12U /* both at half */

/* Registers that hold what is written (DDI 0183 G, table 3-1). */
enum plain { ILPR, IBRD, FBRD, LCR_H, CR, IFLS, IMSC, DMACR, PLAIN_COUNT };

_Static_assert(PLAIN_COUNT == VPL011_PLAIN, "vpl011.h has room for each");

static const struct {
	u32 offset, mask, reset;
} plain[PLAIN_COUNT] = {
	[ILPR] = { UARTILPR, 0xff, 0 },      [IBRD] = { UARTIBRD, 0xffff, 0 },
	[FBRD] = { UARTFBRD, 0x3f, 0 },      [LCR_H] = { UARTLCR_H, 0xff, 0 },
	[CR] = { UARTCR, 0xff87, CR_RESET }, [IFLS] = { UARTIFLS, 0x3f, IFLS_RESET },
	[IMSC] = { UARTIMSC, INT_ALL, 0 },   [DMACR] = { UARTDMACR, 0x7, 0 },
};

/* UARTPeriphID0 to 3: part 011, designer Arm, revision r1p5; UARTPCellID0 to 3. */
static const u8 ids[] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

/* IFLS.RXIFLSEL: bytes in the FIFO that raise the interrupt; reserved values as the last. */
static const u8 trigger_levels[] = { 4, 8, 16, 24, 28, 28, 28, 28 };

static u32 depth(const struct vpl011 *u)
{
	return (u->plain[LCR_H] & LCR_H_FEN) != 0U ? VPL011_FIFO : 1U;
}

static u32 trigger(const struct vpl011 *u)
{
	return depth(u) == 1U ? 1U : trigger_levels[u->plain[IFLS] >> 3 & 7U];
}

/* After every change of RIS or IMSC. */
static void line_update(struct vpl011 *u)
{
	const bool high = (u->ris & u->plain[IMSC]) != 0U;

	if (high == u->high)
		return;
	u->high = high;
	u->line(u->ctx, high);
}

/* After bytes were taken. */
static void receive_settle(struct vpl011 *u)
{
	if (u->count < trigger(u))
		u->ris &= ~(u32)INT_RX;
	if (u->count == 0U)
		u->ris &= ~(u32)INT_RT;
}

/* Also read without the lock. */
static void count_set(struct vpl011 *u, u32 count)
{
	__atomic_store_n(&u->count, count, __ATOMIC_RELAXED);
}

/* That no more bytes follow is assumed at once: the time-out interrupt needs no clock. */
static void receive(struct vpl011 *u, u8 byte)
{
	if (u->count == depth(u)) {
		u->overrun = true;
		u->ris |= INT_OE;
		return;
	}
	u->fifo[(u->head + u->count) % VPL011_FIFO] = byte;
	count_set(u, u->count + 1U);
	if (u->count >= trigger(u))
		u->ris |= INT_RX;
	if (depth(u) > 1U)
		u->ris |= INT_RT;
}

static u32 data_read(struct vpl011 *u)
{
	u32 value = u->fifo[u->head];

	if (u->count == 0U)
		return 0;
	u->head = (u->head + 1U) % VPL011_FIFO;
	count_set(u, u->count - 1U);
	u->errors &= ~(u32)RSR_OE;
	if (u->overrun) {
		value |= (u32)DR_OE;
		u->errors |= (u32)RSR_OE;
	}
	u->overrun = false;
	receive_settle(u);
	return value;
}

/* False: not now. The byte is gone at once, so the FIFO passes its trigger level each time. */
static bool data_write(struct vpl011 *u, u8 byte)
{
	if ((u->plain[CR] & CR_LBE) != 0U)
		receive(u, byte);
	else if (!console_put(u->console, byte))
		return false;
	u->ris |= INT_TX;
	return true;
}

static u32 flags(const struct vpl011 *u)
{
	u32 fr = (u32)FR_TXFE;

	if (u->count == 0U)
		fr |= (u32)FR_RXFE;
	if (u->count == depth(u))
		fr |= (u32)FR_RXFF;
	return fr;
}

static u32 plain_find(u32 offset)
{
	u32 i = 0;

	while (i < PLAIN_COUNT && plain[i].offset != offset)
		i++;
	return i;
}

static u32 other_read(const struct vpl011 *u, u32 offset)
{
	const u32 id = (offset - UARTPERIPHID0) / 4U;
	const u32 i = plain_find(offset);

	if (i < PLAIN_COUNT)
		return u->plain[i];
	return offset >= UARTPERIPHID0 && (offset & 3U) == 0U && id < ARRAY_SIZE(ids) ? ids[id]
										      : 0U;
}

static u32 reg_read(struct vpl011 *u, u32 offset)
{
	switch (offset) {
	case UARTDR:
		return data_read(u);
	case UARTRSR:
		return u->errors;
	case UARTFR:
		return flags(u);
	case UARTRIS:
		return u->ris;
	case UARTMIS:
		return u->ris & u->plain[IMSC];
	default:
		return other_read(u, offset);
	}
}

/* Switching the FIFO on or off empties it. */
static void plain_write(struct vpl011 *u, u32 offset, u32 value)
{
	const u32 i = plain_find(offset);
	const u32 before = depth(u);

	if (i == PLAIN_COUNT)
		return;
	u->plain[i] = value & plain[i].mask;
	if (depth(u) != before)
		count_set(u, 0);
	receive_settle(u);
}

static bool reg_write(struct vpl011 *u, u32 offset, u32 value)
{
	switch (offset) {
	case UARTDR:
		return data_write(u, (u8)value);
	case UARTRSR:
		u->errors = 0;
		return true;
	case UARTICR:
		u->ris &= ~value;
		return true;
	default:
		plain_write(u, offset, value);
		return true;
	}
}

static __attribute__((noinline)) enum trap_result access_locked(struct vpl011 *u, u32 offset,
								u32 size, bool write, u64 *value)
{
	bool done = true;

	spin_lock(&u->lock);
	if (write)
		done = reg_write(u, offset, (u32)(*value & LOW_BYTES(size)));
	else
		*value = reg_read(u, offset) & LOW_BYTES(size);
	line_update(u);
	spin_unlock(&u->lock);
	return done ? TRAP_RESUME : TRAP_RETRY;
}

/* The flags are read before each byte that is sent: that nothing waits is told without the lock. */
enum trap_result vpl011_access_brief(void *ctx, u32 offset, u32 size, bool write, u64 *value)
{
	struct vpl011 *u = ctx;

	if (offset != UARTFR || write || __atomic_load_n(&u->count, __ATOMIC_RELAXED) != 0U)
		return access_locked(u, offset, size, write, value);
	*value = FR_TXFE | FR_RXFE;
	return TRAP_RESUME;
}

enum trap_result vpl011_access(void *ctx, struct mmio_access *a)
{
	return vpl011_access_brief(ctx, (u32)a->offset, sizeof(a->value), a->write, &a->value);
}

void vpl011_receive(void *ctx, u8 byte)
{
	struct vpl011 *u = ctx;

	spin_lock(&u->lock);
	if ((u->plain[CR] & CR_RECEIVES) == CR_RECEIVES)
		receive(u, byte);
	line_update(u);
	spin_unlock(&u->lock);
}

const struct state_field vpl011_fields[] = {
	STATE_FIELD(struct vpl011, lock, KEPT),    STATE_FIELD(struct vpl011, console, BOOT),
	STATE_FIELD(struct vpl011, line, BOOT),    STATE_FIELD(struct vpl011, ctx, BOOT),
	STATE_FIELD(struct vpl011, high, RESET),   STATE_FIELD(struct vpl011, ris, RESET),
	STATE_FIELD(struct vpl011, errors, RESET), STATE_FIELD(struct vpl011, plain, MADE),
	STATE_FIELD(struct vpl011, head, RESET),   STATE_FIELD(struct vpl011, count, RESET),
	STATE_FIELD(struct vpl011, fifo, RESET),   STATE_FIELD(struct vpl011, overrun, RESET),
};

const u32 vpl011_field_count = ARRAY_SIZE(vpl011_fields);

void vpl011_reset(struct vpl011 *u)
{
	state_reset(u, vpl011_fields, vpl011_field_count);
	for (u32 i = 0; i < PLAIN_COUNT; i++)
		u->plain[i] = plain[i].reset;
	console_reset(u->console);
}

void vpl011_init(struct vpl011 *u, struct console *console, void (*line)(void *ctx, bool high),
		 void *ctx)
{
	u->lock = (struct spinlock)SPINLOCK_INIT(LOCK_VUART);
	u->console = console;
	u->line = line;
	u->ctx = ctx;
	vpl011_reset(u);
}
