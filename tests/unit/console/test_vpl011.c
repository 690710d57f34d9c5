// SPDX-License-Identifier: Apache-2.0
/* The virtual PL011 as a driver sees it. */
#include <bulkhead/vm/vpl011.h>
#include <state_check.h>
#include <unit.h>

#include "port.h"

#define UARTDR 0x00U
#define UARTRSR 0x04U
#define UARTFR 0x18U
#define UARTLCR_H 0x2cU
#define UARTCR 0x30U
#define UARTIFLS 0x34U
#define UARTIMSC 0x38U
#define UARTRIS 0x3cU
#define UARTMIS 0x40U
#define UARTICR 0x44U
#define ALL_ONES (~0ULL)

static struct console console;
static struct vpl011 uart;
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
	vpl011_init(&uart, &console, line, &uart);
	return 0;
}

static u64 rd(u32 offset, u32 size)
{
	struct mmio_access a = { .offset = offset, .size = size, .value = ALL_ONES };

	assert_int_equal(vpl011_access(&uart, &a), TRAP_RESUME);
	return a.value;
}

static void wr(u32 offset, u32 size, u64 value)
{
	struct mmio_access a = { .offset = offset, .size = size, .write = true, .value = value };

	assert_int_equal(vpl011_access(&uart, &a), TRAP_RESUME);
}

static void receive(const char *s)
{
	for (; *s != '\0'; s++)
		vpl011_receive(&uart, (u8)*s);
}

/* Every place of the window: what it reads after reset, and the bits that can be written. */
static const struct {
	u32 offset, reset, mask;
} table[] = {
	{ 0x18, 0x90, 0 },  { 0x20, 0, 0xff },       { 0x24, 0, 0xffff },  { 0x28, 0, 0x3f },
	{ 0x2c, 0, 0xff },  { 0x30, 0x301, 0xff87 }, { 0x34, 0x12, 0x3f }, { 0x38, 0, 0x7ff },
	{ 0x48, 0, 0x7 },   { 0xfe0, 0x11, 0 },      { 0xfe4, 0x10, 0 },   { 0xfe8, 0x34, 0 },
	{ 0xff0, 0x0d, 0 }, { 0xff4, 0xf0, 0 },      { 0xff8, 0x05, 0 },   { 0xffc, 0xb1, 0 },
};

static u32 row_of(u32 offset)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(table) && table[i].offset != offset)
		i++;
	return i;
}

TEST(every_place_at_every_width_is_as_the_table_says)
{
	static const u32 sizes[] = { 1, 2, 4, 8 };

	for (u32 offset = 4; offset < 0x1000U; offset++) {
		const u32 i = row_of(offset);
		const u32 reset = i < ARRAY_SIZE(table) ? table[i].reset : 0U;
		const u32 mask = i < ARRAY_SIZE(table) ? table[i].mask : 0U;

		for (u32 k = 0; k < ARRAY_SIZE(sizes); k++) {
			vpl011_reset(&uart);
			high = false;
			assert_int_equal(rd(offset, sizes[k]), reset);
			wr(offset, sizes[k], ALL_ONES);
			assert_int_equal(rd(offset, sizes[k]), mask != 0U ? mask : reset);
			wr(offset, sizes[k], 0);
			assert_int_equal(rd(offset, sizes[k]), mask != 0U ? 0U : reset);
		}
	}
	assert_int_equal(rises, 0);
}

TEST(what_is_written_goes_to_the_console)
{
	for (const char *s = "hello\r\n"; *s != '\0'; s++)
		wr(UARTDR, 1, (u8)*s);
	assert_string_equal(port.sent, "[guest] hello\r\n");
	assert_int_equal(rd(UARTFR, 4), 0x90);
}

TEST(a_byte_the_console_does_not_take_is_tried_again)
{
	struct mmio_access a = { .offset = UARTDR, .size = 4, .write = true, .value = '\n' };

	port.room = 0;
	assert_int_equal(vpl011_access(&uart, &a), TRAP_RETRY);
	assert_int_equal(rd(UARTRIS, 4), 0);
	port.room = 100;
	assert_int_equal(vpl011_access(&uart, &a), TRAP_RESUME);
	assert_string_equal(port.sent, "[guest] \r\n");
}

TEST(the_transmit_interrupt_comes_with_each_byte_and_is_cleared)
{
	wr(UARTIMSC, 4, 0x20);
	assert_int_equal(rises, 0);
	wr(UARTDR, 4, 'x');
	assert_int_equal(rises, 1);
	assert_int_equal(rd(UARTMIS, 4), 0x20);
	wr(UARTICR, 4, 0x20);
	assert_int_equal(falls, 1);
	wr(UARTDR, 4, 'x');
	wr(UARTIMSC, 4, 0);
	assert_int_equal(falls, 2);
	assert_int_equal(rd(UARTRIS, 4), 0x20);
	assert_int_equal(rd(UARTMIS, 4), 0);
}

TEST(without_fifo_there_is_room_for_one_byte)
{
	wr(UARTIMSC, 4, 0x50);
	receive("a");
	assert_int_equal(rises, 1);
	assert_int_equal(rd(UARTFR, 4), 0xc0);
	assert_int_equal(rd(UARTRIS, 4), 0x10);
	receive("b");
	assert_int_equal(rd(UARTRIS, 4), 0x410);
	assert_int_equal(rd(UARTDR, 4), 'a' | 0x800);
	assert_int_equal(rd(UARTRSR, 4), 0x8);
	assert_int_equal(falls, 1);
	receive("c");
	assert_int_equal(rd(UARTDR, 4), 'c');
	assert_int_equal(rd(UARTRSR, 4), 0);
	assert_int_equal(rd(UARTDR, 4), 0);
	wr(UARTICR, 4, 0x400);
	assert_int_equal(rd(UARTRIS, 4), 0);
}

TEST(the_fifo_raises_its_interrupts_at_its_level_and_for_the_rest)
{
	static const u8 level[] = { 4, 8, 16, 24, 28, 28, 28, 28 };

	for (u32 i = 0; i < ARRAY_SIZE(level); i++) {
		wr(UARTLCR_H, 4, 0x10);
		wr(UARTIFLS, 4, (u64)i << 3);
		for (u32 n = 1; n <= 32U; n++) {
			receive("x");
			assert_int_equal(rd(UARTRIS, 4), n >= level[i] ? 0x50 : 0x40);
		}
		assert_int_equal(rd(UARTFR, 4), 0xc0);
		receive("y");
		assert_int_equal(rd(UARTRIS, 4), 0x450);
		wr(UARTICR, 4, 0x400);
		for (u32 n = 31; n != 0U; n--) {
			assert_int_equal(rd(UARTDR, 1) & 0xffU, 'x');
			assert_int_equal(rd(UARTRIS, 4), n >= level[i] ? 0x50 : 0x40);
		}
		assert_int_equal(rd(UARTDR, 1), 'x');
		assert_int_equal(rd(UARTRIS, 4), 0);
		wr(UARTLCR_H, 4, 0);
	}
}

TEST(switching_the_fifo_empties_it)
{
	wr(UARTLCR_H, 4, 0x10);
	receive("abc");
	wr(UARTLCR_H, 4, 0);
	assert_int_equal(rd(UARTFR, 4), 0x90);
	assert_int_equal(rd(UARTRIS, 4), 0);
}

TEST(a_receiver_that_is_off_hears_nothing)
{
	wr(UARTCR, 4, 0x101);
	receive("a");
	wr(UARTCR, 4, 0x200);
	receive("a");
	assert_int_equal(rd(UARTFR, 4), 0x90);
}

TEST(in_loopback_it_hears_itself)
{
	wr(UARTCR, 4, 0x381);
	wr(UARTDR, 4, 'l');
	assert_int_equal(rd(UARTDR, 4), 'l');
	assert_int_equal(port.length, 0);
}

TEST(a_reset_is_the_state_after_power_on)
{
	wr(UARTIMSC, 4, 0x7ff);
	wr(UARTLCR_H, 4, 0x10);
	receive("abc");
	wr(UARTDR, 4, 'x');
	vpl011_reset(&uart);
	high = false;
	for (u32 i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(rd(table[i].offset, 4), table[i].reset);
	assert_int_equal(rd(UARTRIS, 4), 0);
}

static void start(void *unit __unused)
{
	vpl011_reset(&uart);
}

TEST(whatever_byte_of_its_state_changes_a_reset_brings_it_back)
{
	static struct vpl011 fresh;
	static struct console line_fresh;

	state_is_complete(vpl011_fields, vpl011_field_count, sizeof(struct vpl011));
	state_is_complete(console_fields, console_field_count, sizeof(struct console));
	fresh = uart;
	line_fresh = console;
	state_mutate(vpl011_fields, vpl011_field_count, &uart, &fresh, NULL, start);
	state_mutate(console_fields, console_field_count, &console, &line_fresh, NULL, start);
}

#define T(name) cmocka_unit_test_setup(name, setup)

UNIT_TESTS(T(whatever_byte_of_its_state_changes_a_reset_brings_it_back),
	   T(every_place_at_every_width_is_as_the_table_says),
	   T(what_is_written_goes_to_the_console),
	   T(a_byte_the_console_does_not_take_is_tried_again),
	   T(the_transmit_interrupt_comes_with_each_byte_and_is_cleared),
	   T(without_fifo_there_is_room_for_one_byte),
	   T(the_fifo_raises_its_interrupts_at_its_level_and_for_the_rest),
	   T(switching_the_fifo_empties_it), T(a_receiver_that_is_off_hears_nothing),
	   T(in_loopback_it_hears_itself), T(a_reset_is_the_state_after_power_on));
