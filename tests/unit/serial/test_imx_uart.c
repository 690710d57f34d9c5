// SPDX-License-Identifier: Apache-2.0
/* The i.MX UART's driver on a model of its registers (BH-PORT-002). */
#include <bulkhead/arch/mmu.h>
#include <unit.h>

#include "drivers/serial/imx_uart.c"

#define BASE 0x30890000ULL
#define SIZE 0x1000U

/* A port: what it was told, its two FIFOs, and whether anything leaves it. */
static struct imx {
	u32 reg[SIZE / 4U];
	u8 sent[256];
	u32 sent_len, waiting; /* bytes of `sent` that are still in the FIFO */
	u16 received[FIFO];
	u32 received_len, received_at;
	u32 lost;  /* written while the FIFO was full, or read while it was empty */
	u32 stuck; /* nothing leaves */
} imx;

static struct serial port;

static u32 status2(void)
{
	/* Time passes with every look. */
	if (imx.waiting != 0U && imx.stuck == 0U)
		imx.waiting--;
	return imx.waiting == 0U ? USR2_TXFE | USR2_TXDC : 0U;
}

static u32 test_register(void)
{
	const u32 full = imx.waiting == FIFO ? UTS_TXFULL : 0U;

	(void)status2();
	return full | (imx.received_at == imx.received_len ? UTS_RXEMPTY : 0U);
}

static u32 receive(void)
{
	if (imx.received_at == imx.received_len) {
		imx.lost++;
		return 0;
	}
	return imx.received[imx.received_at++];
}

static u64 model_read(void *ctx __unused, u64 off, u32 width)
{
	assert_int_equal(width, 4);
	switch (off) {
	case URXD:
		return receive();
	case USR2:
		return status2();
	case UTS:
		return test_register();
	default:
		return imx.reg[off / 4U];
	}
}

static void transmit(u32 v)
{
	if (imx.waiting == FIFO || (imx.reg[UCR1 / 4U] & UCR1_UARTEN) == 0U ||
	    (imx.reg[UCR2 / 4U] & UCR2_TXEN) == 0U) {
		imx.lost++;
		return;
	}
	imx.sent[imx.sent_len++] = (u8)v;
	imx.waiting++;
}

static void model_write(void *ctx __unused, u64 off, u32 width, u64 v)
{
	assert_int_equal(width, 4);
	if (off == UTXD)
		transmit((u32)v);
	else
		imx.reg[off / 4U] = (u32)v;
}

static u32 told(u32 reg)
{
	return imx.reg[reg / 4U];
}

static int imx_setup(void **state)
{
	const struct fake_device dev = { model_read, model_write, NULL };

	imx = (struct imx){ .stuck = 0 };
	fake_mmio_add(HPA(BASE), SIZE, &dev);
	port = (struct serial){ .kind = UART_IMX, .regs = mmu_map(HPA(BASE), SIZE, MMU_DEVICE) };
	(void)state;
	return port.regs == NULL ? -1 : 0;
}

static const struct serial_driver *opened(u32 clock_hz)
{
	const struct machine_uart u = { .kind = UART_IMX, .clock_hz = clock_hz };

	assert_int_equal(serial_driver_imx_uart.init(&port, &u), 0);
	return &serial_driver_imx_uart;
}

TEST(a_port_that_is_off_is_switched_on_at_the_rate)
{
	(void)opened(24000000U);
	assert_int_equal(told(UCR1), UCR1_UARTEN);
	assert_int_equal(told(UCR2), UCR2_IRTS | UCR2_WS | UCR2_TXEN | UCR2_RXEN | UCR2_SRST);
	assert_int_equal(told(UCR3) & UCR3_RXDMUXSEL, UCR3_RXDMUXSEL);
	assert_int_equal(told(UFCR) & (7U << 7), UFCR_RFDIV_1);
	/* 24 MHz / 208 = 115385. */
	assert_int_equal(told(UBIR), 15);
	assert_int_equal(told(UBMR), 207);
}

TEST(a_clock_that_nobody_names_leaves_the_rate_alone)
{
	imx.reg[UBMR / 4U] = 77;
	(void)opened(0);
	assert_int_equal(told(UBMR), 77);
	imx.reg[UCR1 / 4U] = 0;
	(void)opened(4000000000U);
	assert_int_equal(told(UBMR), 34721);
}

TEST(a_port_that_works_keeps_its_frame_and_rate_and_loses_its_interrupts)
{
	imx.reg[UCR1 / 4U] = 0x2201U;
	imx.reg[UCR2 / 4U] = 0x5027U;
	imx.reg[UCR4 / 4U] = 1U;
	imx.reg[UBMR / 4U] = 77;
	(void)opened(24000000U);
	assert_int_equal(told(UCR1), UCR1_UARTEN);
	assert_int_equal(told(UCR2), 0x5027);
	assert_int_equal(told(UCR4), 0);
	assert_int_equal(told(UBMR), 77);
}

TEST(what_is_longer_than_the_fifo_leaves_whole_and_in_order)
{
	const struct serial_driver *d = opened(0);
	char text[200];

	for (u32 i = 0; i < sizeof(text); i++)
		text[i] = (char)('0' + (i & 63U));
	d->put(&port, text, sizeof(text));
	assert_int_equal(imx.sent_len, sizeof(text));
	assert_memory_equal(imx.sent, text, sizeof(text));
	assert_int_equal(imx.lost, 0);
	d->drain(&port);
	assert_int_equal(imx.waiting, 0);
}

TEST(a_port_that_is_stuck_holds_nobody_and_drops_the_rest)
{
	const struct serial_driver *d = opened(0);
	char text[40];

	memset(text, 'x', sizeof(text));
	imx.stuck = 1;
	d->put(&port, text, sizeof(text));
	assert_int_equal(imx.sent_len, FIFO);
	assert_int_equal(imx.lost, 0);
	d->drain(&port);
	assert_false(d->try_put(&port, 'y'));
	imx.stuck = 0;
	d->drain(&port);
	assert_true(d->try_put(&port, 'y'));
	assert_int_equal(imx.sent[FIFO], 'y');
}

TEST(bytes_are_received_in_order_and_bad_ones_are_not)
{
	const struct serial_driver *d = opened(0);

	assert_int_equal(d->get(&port), -1);
	imx.received[0] = 0x8000U | 'a';
	imx.received[1] = 0xd000U | 'b'; /* ERR, FRMERR */
	imx.received[2] = 0x80ffU;
	imx.received_len = 3;
	assert_int_equal(d->get(&port), 'a');
	assert_int_equal(d->get(&port), -1);
	assert_int_equal(d->get(&port), 0xff);
	assert_int_equal(d->get(&port), -1);
	assert_int_equal(imx.lost, 0);
}

TEST(who_listens_is_interrupted_by_the_first_byte)
{
	const struct serial_driver *d = opened(24000000U);

	imx.reg[UFCR / 4U] = 0x0801U | UFCR_RFDIV_1 | (1U << 6) | 31U;
	d->listen(&port);
	assert_int_equal(told(UCR1), UCR1_UARTEN | UCR1_RRDYEN);
	assert_int_equal(told(UFCR), UFCR_TXTL_2 | UFCR_RFDIV_1 | (1U << 6) | 1U);
}

#define IMX_TEST(name) cmocka_unit_test_setup(name, imx_setup)

UNIT_TESTS(IMX_TEST(a_port_that_is_off_is_switched_on_at_the_rate),
	   IMX_TEST(a_clock_that_nobody_names_leaves_the_rate_alone),
	   IMX_TEST(a_port_that_works_keeps_its_frame_and_rate_and_loses_its_interrupts),
	   IMX_TEST(what_is_longer_than_the_fifo_leaves_whole_and_in_order),
	   IMX_TEST(a_port_that_is_stuck_holds_nobody_and_drops_the_rest),
	   IMX_TEST(bytes_are_received_in_order_and_bad_ones_are_not),
	   IMX_TEST(who_listens_is_interrupted_by_the_first_byte));
