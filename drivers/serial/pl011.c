// SPDX-License-Identifier: Apache-2.0
/* PrimeCell UART PL011 (Arm DDI 0183). Sends polled; interrupts are for who listens. */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/serial/serial.h>

#define UARTDR 0x00U
#define UARTFR 0x18U
#define UARTIBRD 0x24U
#define UARTFBRD 0x28U
#define UARTLCR_H 0x2cU
#define UARTCR 0x30U
#define UARTIMSC 0x38U
#define UARTICR 0x44U

#define FR_BUSY (1U << 3)
#define FR_RXFE (1U << 4)
#define FR_TXFF (1U << 5)
#define FR_TXFE (1U << 7)
#define LCR_H_FEN (1U << 4)
#define LCR_H_WLEN_8 (3U << 5)
#define CR_UARTEN (1U << 0)
#define CR_TXE (1U << 8)
#define CR_RXE (1U << 9)
#define DR_ERRORS 0xf00U
#define INT_RX (1U << 4)
#define INT_RT (1U << 6)

#define BAUD 115200U

/* Far more turns than a FIFO of 32 needs at 9600 baud. */
#define WAIT_TURNS 1000000U

static u32 reg_read(const struct serial *s, u32 reg)
{
	return mmio_read32(s->regs + reg);
}

static void reg_write(struct serial *s, u32 reg, u32 v)
{
	mmio_write32(s->regs + reg, v);
}

static bool wait_clear(const struct serial *s, u32 flag)
{
	for (u32 i = 0; i < WAIT_TURNS; i++) {
		if ((reg_read(s, UARTFR) & flag) == 0U)
			return true;
		cpu_relax();
	}
	return false;
}

/* DDI 0183, 3.2.2: revisions before r1p5 have FIFOs of 16, the others of 32. */
#define FIFO 16U

static int pl011_start(struct serial *s, const struct machine_uart *u)
{
	reg_write(s, UARTIMSC, 0);
	if ((reg_read(s, UARTCR) & (CR_UARTEN | CR_TXE)) == (CR_UARTEN | CR_TXE))
		return 0;
	if (u->clock_hz != 0U) {
		/* In 64ths: clock / (16 * baud) * 64, rounded. */
		u64 divisor = ((u64)u->clock_hz * 4U + BAUD / 2U) / BAUD;

		reg_write(s, UARTIBRD, (u32)(divisor >> 6));
		reg_write(s, UARTFBRD, (u32)(divisor & 0x3fU));
	}
	/* Also what makes the divisor take effect (DDI 0183, 3.3.6). */
	reg_write(s, UARTLCR_H, LCR_H_WLEN_8 | LCR_H_FEN);
	reg_write(s, UARTCR, CR_UARTEN | CR_TXE | CR_RXE);
	return 0;
}

static int pl011_init(struct serial *s, const struct machine_uart *u)
{
	const int err = pl011_start(s, u);

	s->fifo = (reg_read(s, UARTLCR_H) & LCR_H_FEN) != 0U ? FIFO : 1U;
	return err;
}

static bool pl011_try_put(struct serial *s, u8 c)
{
	if ((reg_read(s, UARTFR) & FR_TXFF) != 0U)
		return false;
	reg_write(s, UARTDR, c);
	return true;
}

/* An empty FIFO is filled without a look at each byte. */
static size_t room(const struct serial *s)
{
	const u32 flags = reg_read(s, UARTFR);

	if ((flags & FR_TXFE) != 0U)
		return s->fifo;
	return (flags & FR_TXFF) == 0U ? 1U : 0U;
}

static void fill(volatile u8 *data, const char *bytes, size_t n)
{
	for (; n >= 4U; n -= 4U) {
		mmio_write32(data, (u8)bytes[0]);
		mmio_write32(data, (u8)bytes[1]);
		mmio_write32(data, (u8)bytes[2]);
		mmio_write32(data, (u8)bytes[3]);
		bytes += 4;
	}
	for (; n != 0U; n--) {
		mmio_write32(data, (u8)*bytes);
		bytes++;
	}
}

static void pl011_put(struct serial *s, const char *bytes, size_t n)
{
	while (n != 0U) {
		size_t now = room(s);

		if (now == 0U && !wait_clear(s, FR_TXFF))
			return;
		now = now < n ? now : n;
		fill(s->regs + UARTDR, bytes, now);
		bytes += now;
		n -= now;
	}
}

static int pl011_get(struct serial *s)
{
	u32 v;

	if ((reg_read(s, UARTFR) & FR_RXFE) != 0U)
		return -1;
	v = reg_read(s, UARTDR);
	return ((v & DR_ERRORS) != 0U) ? -1 : (int)(v & 0xffU);
}

static void pl011_listen(struct serial *s)
{
	reg_write(s, UARTICR, INT_RX | INT_RT);
	reg_write(s, UARTIMSC, INT_RX | INT_RT);
}

static void pl011_drain(struct serial *s)
{
	(void)wait_clear(s, FR_BUSY);
}

SERIAL_DRIVER(pl011) = {
	.kind = UART_PL011,
	.name = "PL011",
	.init = pl011_init,
	.try_put = pl011_try_put,
	.put = pl011_put,
	.get = pl011_get,
	.listen = pl011_listen,
	.drain = pl011_drain,
};
