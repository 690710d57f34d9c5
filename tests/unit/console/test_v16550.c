// SPDX-License-Identifier: Apache-2.0
/* The virtual 16550A as a driver sees it. */
#include <bulkhead/vm/v16550.h>
#include <state_check.h>
#include <unit.h>

#include "port.h"

enum reg { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR };

static struct console console;
static struct v16550 uart;
static u32 rises, falls;
static bool high;

static void line(void *ctx, bool is)
{
	assert_ptr_equal(ctx, &uart);
	assert_true(is != high);
	high = is;
	if (is)
		rises++;
	else
		falls++;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	port_reset();
	if (console.name == NULL) {
		console.name = "guest";
		console_add(&console);
	}
	rises = falls = 0;
	high = false;
	v16550_init(&uart, &console, line, &uart);
	return 0;
}

static u32 rd_wide(u32 reg, u32 size)
{
	struct mmio_access a = { .offset = reg, .size = size, .value = ~0ULL };

	assert_int_equal(v16550_access(&uart, &a), TRAP_RESUME);
	return (u32)a.value;
}

static u32 rd(u32 reg)
{
	return rd_wide(reg, 1);
}

static void wr(u32 reg, u64 value)
{
	struct mmio_access a = { .offset = reg, .size = 1, .write = true, .value = value };

	assert_int_equal(v16550_access(&uart, &a), TRAP_RESUME);
}

static void receive(const char *s)
{
	for (; *s != '\0'; s++)
		v16550_receive(&uart, (u8)*s);
}

/* Registers: what they read after reset, and which bits can be written. */
static const struct {
	u8 reset, mask;
} table[V16550_REGISTERS] = {
	[RBR] = { 0, 0 },    [IER] = { 0, 0x0f }, [IIR] = { 1, 0 },    [LCR] = { 0, 0xff },
	[MCR] = { 0, 0x1f }, [LSR] = { 0x60, 0 }, [MSR] = { 0xb0, 0 }, [SCR] = { 0, 0xff },
};

TEST(every_register_is_as_the_table_says)
{
	for (u32 reg = 0; reg < V16550_REGISTERS; reg++) {
		v16550_reset(&uart);
		high = false;
		assert_int_equal(rd(reg), table[reg].reset);
		if (reg == RBR || reg == IIR)
			continue;
		for (u32 value = 0; value < 256U; value++) {
			wr(reg, value);
			if (table[reg].mask != 0U)
				assert_int_equal(rd(reg), value & table[reg].mask);
			else
				assert_int_equal(rd(reg), table[reg].reset);
		}
	}
}

TEST(the_divisor_hides_behind_dlab)
{
	wr(IER, 0x5);
	wr(LCR, 0x83);
	wr(RBR, 0x34);
	wr(IER, 0x12);
	assert_int_equal(rd(RBR), 0x34);
	assert_int_equal(rd(IER), 0x12);
	assert_int_equal(rd(SCR), 0);
	wr(LCR, 0x03);
	assert_int_equal(rd(IER), 0x5);
	assert_int_equal(port.length, 0);
}

TEST(a_wide_access_is_one_of_each_register)
{
	struct mmio_access a = { .offset = SCR, .size = 1, .write = true, .value = 0x5a };

	assert_int_equal(v16550_access(&uart, &a), TRAP_RESUME);
	assert_int_equal(rd_wide(LCR, 4), 0xb0600000U);
	a = (struct mmio_access){ .offset = RBR, .size = 2, .write = true, .value = 0x0f00 | '\n' };
	assert_int_equal(v16550_access(&uart, &a), TRAP_RESUME);
	assert_string_equal(port.sent, "[guest] \r\n");
	assert_int_equal(rd(IER), 0xf);
}

TEST(a_byte_the_console_does_not_take_is_tried_again)
{
	struct mmio_access a = { .offset = RBR, .size = 2, .write = true, .value = 0x0200 | '\n' };

	port.room = 0;
	assert_int_equal(v16550_access(&uart, &a), TRAP_RETRY);
	assert_int_equal(rd(IER), 0);
	port.room = 100;
	assert_int_equal(v16550_access(&uart, &a), TRAP_RESUME);
	assert_string_equal(port.sent, "[guest] \r\n");
}

TEST(the_transmit_interrupt_ends_when_it_was_told)
{
	wr(IER, 0x2);
	assert_int_equal(rises, 1);
	assert_int_equal(rd(IIR), 0x2);
	assert_int_equal(falls, 1);
	assert_int_equal(rd(IIR), 0x1);
	wr(RBR, 'x');
	assert_int_equal(rises, 2);
	wr(IER, 0);
	assert_int_equal(falls, 2);
	wr(IER, 0x2);
	assert_int_equal(rd(IIR), 0x2);
}

TEST(interrupts_have_their_order)
{
	wr(IER, 0xf);
	wr(MCR, 0x10);
	wr(RBR, 'a');
	wr(RBR, 'b');
	assert_int_equal(rd(IIR), 0x6);
	assert_int_equal(rd(LSR), 0x63);
	assert_int_equal(rd(IIR), 0x4);
	assert_int_equal(rd(RBR), 'a');
	assert_int_equal(rd(IIR), 0x2);
	assert_int_equal(rd(IIR), 0x0);
	assert_int_equal(rd(MSR), 0x0b);
	assert_int_equal(rd(IIR), 0x1);
	assert_int_equal(rises, 1);
	assert_int_equal(falls, 1);
}

TEST(without_fifo_there_is_room_for_one_byte)
{
	wr(IER, 0x1);
	receive("a");
	assert_int_equal(rises, 1);
	assert_int_equal(rd(LSR), 0x61);
	receive("b");
	assert_int_equal(rd(LSR), 0x63);
	assert_int_equal(rd(LSR), 0x61);
	assert_int_equal(rd(RBR), 'a');
	assert_int_equal(falls, 1);
	assert_int_equal(rd(RBR), 0);
}

TEST(the_fifo_tells_of_its_level_and_of_the_rest)
{
	static const u8 level[] = { 1, 4, 8, 14 };

	wr(IER, 0x1);
	for (u32 i = 0; i < ARRAY_SIZE(level); i++) {
		wr(IIR, 0x01 | i << 6);
		for (u32 n = 1; n <= 16U; n++) {
			receive("x");
			assert_int_equal(rd(IIR), n >= level[i] ? 0xc4 : 0xcc);
		}
		receive("y");
		assert_int_equal(rd(LSR), 0x63);
		for (u32 n = 15; n != 0U; n--) {
			assert_int_equal(rd(RBR), 'x');
			assert_int_equal(rd(IIR), n >= level[i] ? 0xc4 : 0xcc);
		}
		assert_int_equal(rd(RBR), 'x');
		assert_int_equal(rd(IIR), 0xc1);
	}
}

TEST(the_fifo_is_emptied)
{
	wr(IIR, 0x01);
	receive("abc");
	wr(IIR, 0x03);
	assert_int_equal(rd(LSR), 0x60);
	receive("abc");
	wr(IIR, 0xc0);
	assert_int_equal(rd(LSR), 0x60);
	assert_int_equal(rd(IIR), 0x01);
	receive("ab");
	assert_int_equal(rd(LSR), 0x63);
}

TEST(in_loopback_it_hears_and_sees_itself)
{
	wr(MCR, 0x1a);
	assert_int_equal(rd(MSR) & 0xf0U, 0x90);
	wr(MCR, 0x14);
	assert_int_equal(rd(MSR) & 0xf0U, 0x40);
	/* RI has ended; CTS and DCD are as they were. */
	wr(MCR, 0x10);
	assert_int_equal(rd(MSR), 0x04);
	receive("no");
	assert_int_equal(rd(LSR), 0x60);
	wr(RBR, 'l');
	assert_int_equal(rd(RBR), 'l');
	assert_int_equal(port.length, 0);
}

TEST(a_reset_is_the_state_after_power_on)
{
	wr(IER, 0xf);
	wr(IIR, 0x1);
	wr(MCR, 0x1f);
	wr(LCR, 0x80);
	wr(RBR, 1);
	wr(LCR, 0x3);
	wr(RBR, 'x');
	v16550_reset(&uart);
	high = false;
	for (u32 reg = 0; reg < V16550_REGISTERS; reg++)
		assert_int_equal(rd(reg), table[reg].reset);
	wr(LCR, 0x80);
	assert_int_equal(rd(RBR), 0);
}

static void start(void *unit __unused)
{
	v16550_reset(&uart);
}

TEST(whatever_byte_of_its_state_changes_a_reset_brings_it_back)
{
	static struct v16550 fresh;
	static struct console line_fresh;

	state_is_complete(v16550_fields, v16550_field_count, sizeof(struct v16550));
	fresh = uart;
	line_fresh = console;
	state_mutate(v16550_fields, v16550_field_count, &uart, &fresh, NULL, start);
	state_mutate(console_fields, console_field_count, &console, &line_fresh, NULL, start);
}

#define T(name) cmocka_unit_test_setup(name, setup)

UNIT_TESTS(T(whatever_byte_of_its_state_changes_a_reset_brings_it_back),
	   T(every_register_is_as_the_table_says), T(the_divisor_hides_behind_dlab),
	   T(a_wide_access_is_one_of_each_register),
	   T(a_byte_the_console_does_not_take_is_tried_again),
	   T(the_transmit_interrupt_ends_when_it_was_told), T(interrupts_have_their_order),
	   T(without_fifo_there_is_room_for_one_byte),
	   T(the_fifo_tells_of_its_level_and_of_the_rest), T(the_fifo_is_emptied),
	   T(in_loopback_it_hears_and_sees_itself), T(a_reset_is_the_state_after_power_on));
