// SPDX-License-Identifier: Apache-2.0
/* UART of NXP i.MX parts (IMX8MPRM rev. 1, 16.2). Sends polled; interrupts are for who listens. */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/serial/serial.h>

#define URXD 0x00U
#define UTXD 0x40U
#define UCR1 0x80U
#define UCR2 0x84U
#define UCR3 0x88U
#define UCR4 0x8cU
#define UFCR 0x90U
#define USR2 0x98U
#define UBIR 0xa4U
#define UBMR 0xa8U
#define UTS 0xb4U

#define URXD_ERR (1U << 14)
#define UCR1_RRDYEN (1U << 9)
#define UCR1_UARTEN (1U << 0)
#define UCR2_IRTS (1U << 14)
#define UCR2_WS (1U << 5)
#define UCR2_TXEN (1U << 2)
#define UCR2_RXEN (1U << 1)
#define UCR2_SRST (1U << 0)      /* written as 0 it resets */
#define UCR3_RXDMUXSEL (1U << 2) /* without it nothing is received */
#define UFCR_TXTL_2 (2U << 10)
#define UFCR_RFDIV_1 (5U << 7)
#define UFCR_RFDIV_DCEDTE 0x3c0U
#define UFCR_RXTL_1 1U
#define USR2_TXFE (1U << 14)
#define USR2_TXDC (1U << 3)
#define UTS_RXEMPTY (1U << 5)
#define UTS_TXFULL (1U << 4)

#define BAUD 115200U
#define FIFO 32U

/* Baud rate = clock / 16 * (UBIR + 1) / (UBMR + 1): with this one, clock / (UBMR + 1). */
#define UBIR_16 15U

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

static bool wait_for(const struct serial *s, u32 reg, u32 flag, u32 wanted)
{
	for (u32 i = 0; i < WAIT_TURNS; i++) {
		if ((reg_read(s, reg) & flag) == wanted)
			return true;
		cpu_relax();
	}
	return false;
}

static void set_baud(struct serial *s, u32 clock_hz)
{
	const u32 divisor = (clock_hz + BAUD / 2U) / BAUD;

	if (divisor == 0U)
		return;
	reg_write(s, UFCR, UFCR_TXTL_2 | UFCR_RFDIV_1 | UFCR_RXTL_1);
	/* In this order: the second makes both take effect. */
	reg_write(s, UBIR, UBIR_16);
	reg_write(s, UBMR, divisor - 1U);
}

static int imx_init(struct serial *s, const struct machine_uart *u)
{
	const u32 sends = UCR2_SRST | UCR2_TXEN;
	const bool on = (reg_read(s, UCR1) & UCR1_UARTEN) != 0U &&
			(reg_read(s, UCR2) & sends) == sends;

	s->fifo = FIFO;
	reg_write(s, UCR1, UCR1_UARTEN);
	reg_write(s, UCR4, 0);
	if (on)
		return 0;
	set_baud(s, u->clock_hz);
	reg_write(s, UCR3, reg_read(s, UCR3) | UCR3_RXDMUXSEL);
	reg_write(s, UCR2, UCR2_IRTS | UCR2_WS | UCR2_TXEN | UCR2_RXEN | UCR2_SRST);
	return 0;
}

static bool imx_try_put(struct serial *s, u8 c)
{
	if ((reg_read(s, UTS) & UTS_TXFULL) != 0U)
		return false;
	reg_write(s, UTXD, c);
	return true;
}

/* An empty FIFO is filled without a look at each byte. */
static void imx_put(struct serial *s, const char *bytes, size_t n)
{
	while (n != 0U) {
		size_t now = (reg_read(s, USR2) & USR2_TXFE) != 0U ? s->fifo : 1U;

		if (now == 1U && !wait_for(s, UTS, UTS_TXFULL, 0))
			return;
		now = now < n ? now : n;
		for (size_t i = 0; i < now; i++)
			reg_write(s, UTXD, (u8)bytes[i]);
		bytes += now;
		n -= now;
	}
}

static int imx_get(struct serial *s)
{
	u32 v;

	if ((reg_read(s, UTS) & UTS_RXEMPTY) != 0U)
		return -1;
	v = reg_read(s, URXD);
	return (v & URXD_ERR) != 0U ? -1 : (int)(v & 0xffU);
}

static void imx_listen(struct serial *s)
{
	reg_write(s, UFCR, (reg_read(s, UFCR) & UFCR_RFDIV_DCEDTE) | UFCR_TXTL_2 | UFCR_RXTL_1);
	reg_write(s, UCR1, UCR1_UARTEN | UCR1_RRDYEN);
}

static void imx_drain(struct serial *s)
{
	(void)wait_for(s, USR2, USR2_TXDC, USR2_TXDC);
}

SERIAL_DRIVER(imx_uart) = {
	.kind = UART_IMX,
	.name = "i.MX UART",
	.init = imx_init,
	.try_put = imx_try_put,
	.put = imx_put,
	.get = imx_get,
	.listen = imx_listen,
	.drain = imx_drain,
};
