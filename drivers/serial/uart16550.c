// SPDX-License-Identifier: Apache-2.0
/* 16550 and its descendants (TI PC16550D data sheet), by I/O ports or memory-mapped. Polled. */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/serial/serial.h>

enum uart_reg {
	RBR = 0, /* read; the same register is THR when written, DLL with DLAB */
	IER = 1, /* DLM with DLAB */
	FCR = 2, /* write; read it is IIR */
	LCR = 3,
	MCR = 4,
	LSR = 5,
};

#define IER_RECEIVED 0x01U
#define FCR_ENABLE_CLEAR 0x07U
#define IIR_FIFO 0xc0U /* both bits: it has one that works */
#define FIFO 16U
#define LCR_8N1 0x03U
#define LCR_DLAB 0x80U
#define MCR_DTR 0x01U
#define MCR_RTS 0x02U
#define MCR_OUT2 0x08U /* a PC has its interrupt pass by this */
#define LSR_DR 0x01U
#define LSR_THRE 0x20U
#define LSR_TEMT 0x40U
#define LSR_ABSENT 0xffU

#define BAUD 115200U
#define PC_CLOCK_HZ 1843200U

/* Several times what a FIFO of 16 bytes takes at 9600 baud on a fast machine. */
#define TURNS 1000000U

static u8 reg_read(const struct serial *s, enum uart_reg r)
{
	if (s->regs == NULL)
		return port_read8((u16)(s->port + (u32)r));
	if (s->reg_width == 4U)
		return (u8)mmio_read32(s->regs + ((u32)r << s->reg_shift));
	return mmio_read8(s->regs + ((u32)r << s->reg_shift));
}

static void reg_write(const struct serial *s, enum uart_reg r, u32 v)
{
	if (s->regs == NULL)
		port_write8((u16)(s->port + (u32)r), (u8)v);
	else if (s->reg_width == 4U)
		mmio_write32(s->regs + ((u32)r << s->reg_shift), v);
	else
		mmio_write8(s->regs + ((u32)r << s->reg_shift), (u8)v);
}

static void set_baud(const struct serial *s, u32 clock_hz)
{
	u32 divisor = clock_hz / (16U * BAUD);

	if (divisor == 0U || divisor > 0xffffU)
		return;
	reg_write(s, LCR, LCR_8N1 | LCR_DLAB);
	reg_write(s, RBR, divisor & 0xffU);
	reg_write(s, IER, divisor >> 8);
}

/* Somebody who uses the port holds DTR or RTS; without, nobody set it up and we do. */
static int start(struct serial *s, u32 clock_hz)
{
	if (reg_read(s, LSR) == LSR_ABSENT)
		return BH_ENODEV;
	if ((reg_read(s, MCR) & (MCR_DTR | MCR_RTS)) == 0U)
		set_baud(s, clock_hz);
	reg_write(s, LCR, LCR_8N1);
	reg_write(s, IER, 0);
	reg_write(s, FCR, FCR_ENABLE_CLEAR);
	reg_write(s, MCR, MCR_DTR | MCR_RTS);
	s->fifo = (reg_read(s, FCR) & IIR_FIFO) == IIR_FIFO ? FIFO : 1U;
	return 0;
}

static int init_port(struct serial *s, const struct machine_uart *u)
{
	return start(s, u->clock_hz != 0U ? u->clock_hz : PC_CLOCK_HZ);
}

static int init_mmio(struct serial *s, const struct machine_uart *u)
{
	return start(s, u->clock_hz);
}

static void wait_for(const struct serial *s, u32 lsr)
{
	for (u32 i = 0; i < TURNS && (reg_read(s, LSR) & lsr) == 0U; i++)
		cpu_relax();
}

static bool try_put(struct serial *s, u8 c)
{
	if ((reg_read(s, LSR) & LSR_THRE) == 0U)
		return false;
	reg_write(s, RBR, c);
	return true;
}

/* With its FIFO on THRE means that it is empty (National PC16550D, 8.4). */
static void put(struct serial *s, const char *bytes, size_t n)
{
	while (n != 0U) {
		const size_t now = n < s->fifo ? n : s->fifo;

		wait_for(s, LSR_THRE);
		for (size_t i = 0; i < now; i++)
			reg_write(s, RBR, (u8)bytes[i]);
		bytes += now;
		n -= now;
	}
}

static int get(struct serial *s)
{
	return (reg_read(s, LSR) & LSR_DR) != 0U ? reg_read(s, RBR) : -1;
}

static void listen(struct serial *s)
{
	reg_write(s, MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	reg_write(s, IER, IER_RECEIVED);
}

static void drain(struct serial *s)
{
	wait_for(s, LSR_TEMT);
}

SERIAL_DRIVER(uart16550_port) = {
	.kind = UART_16550_PORT,
	.name = "16550",
	.init = init_port,
	.try_put = try_put,
	.put = put,
	.get = get,
	.listen = listen,
	.drain = drain,
};

SERIAL_DRIVER(uart16550_mmio) = {
	.kind = UART_16550_MMIO,
	.name = "16550 (MMIO)",
	.init = init_mmio,
	.try_put = try_put,
	.put = put,
	.get = get,
	.listen = listen,
	.drain = drain,
};
