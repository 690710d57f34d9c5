// SPDX-License-Identifier: Apache-2.0
/* The registry with drivers of its own, on the fake machine's registers. */
#define CONFIG_EARLY_UART_PL011 1
#define CONFIG_EARLY_UART_BASE 0x9000000

#include <bulkhead/arch/io.h>
#include <bulkhead/fw/machine.h>
#include <lines.h>

#include "core/base/log.c"
#include "drivers/serial/serial.c"

#define OTHER_BASE 0xa000000U

struct machine machine;

/* What left each port: register 0 is the transmitter. */
static char sent[2][8192];
static u32 sent_len[2];
static u32 drains;
static int init_result;
static u32 room;

static u64 reg_read(void *ctx __unused, u64 off __unused, u32 width __unused)
{
	return 'k';
}

static void reg_write(void *ctx, u64 off, u32 width __unused, u64 v)
{
	u32 which = *(u32 *)ctx;

	assert_int_equal(off, 0);
	sent[which][sent_len[which]] = (char)v;
	sent_len[which]++;
}

static int model_init(struct serial *s, const struct machine_uart *u)
{
	assert_int_equal(s->kind, u->kind);
	return init_result;
}

static void model_send(struct serial *s, u8 c)
{
	if (s->regs != NULL)
		mmio_write8(s->regs, c);
	else
		port_write8(s->port, c);
}

static void model_put(struct serial *s, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		model_send(s, (u8)bytes[i]);
}

static bool model_try_put(struct serial *s, u8 c)
{
	if (room == 0U)
		return false;
	room--;
	model_send(s, c);
	return true;
}

static int model_get(struct serial *s)
{
	return mmio_read8(s->regs);
}

static void model_drain(struct serial *s __unused)
{
	drains++;
}

SERIAL_DRIVER(model_mmio) = {
	UART_PL011, "model", model_init, model_try_put, model_put, model_get, NULL, model_drain,
};
SERIAL_DRIVER(model_port) = {
	UART_16550_PORT, "port model", model_init, model_try_put,
	model_put,       model_get,    NULL,       model_drain,
};

static u32 first_port = 0;
static u32 second_port = 1;

/* Sinks are never removed, but every test wants to be the first to open a console. */
static void forget_console(void)
{
	driver = NULL;
	for (struct log_sink **s = &sinks; *s != NULL; s = &(*s)->next) {
		if (*s == &console_sink) {
			*s = console_sink.next;
			return;
		}
	}
}

static int console_setup(void **state)
{
	const struct fake_device first = { reg_read, reg_write, &first_port };
	const struct fake_device second = { reg_read, reg_write, &second_port };
	int err;

	forget_console();
	err = lines_setup(state);
	init_result = 0;
	room = 0;
	line_owner = NULL;
	drains = 0;
	memset(sent, 0, sizeof(sent));
	memset(sent_len, 0, sizeof(sent_len));
	memset(&machine, 0, sizeof(machine));
	fake_mmio_add(HPA(CONFIG_EARLY_UART_BASE), 0x1000, &first);
	fake_mmio_add(HPA(OTHER_BASE), 0x1000, &second);
	fake_port_add(0x3f8, 8, &second);
	return err;
}

TEST(the_first_line_comes_before_discovery_with_all_there_was_before)
{
	log_info("before the console");
	assert_int_equal(early_unit(), 0);
	log_info("after");
	assert_non_null(strstr(sent[0], "before the console\r\n"));
	assert_non_null(strstr(sent[0], "info  after\r\n"));
}

TEST(others_use_the_port_between_lines_of_the_log_and_never_wait)
{
	assert_int_equal(serial_port_begin(), BH_ENODEV);
	assert_int_equal(early_unit(), 0);
	sent_len[0] = 0;
	room = 5;
	assert_int_equal(serial_port_begin(), 0);
	assert_int_equal(serial_port_begin(), BH_EBUSY);
	assert_int_equal(serial_port_send("half a line", 11), 5);
	serial_port_line(&room);
	assert_ptr_equal(serial_port_line_owner(), &room);
	serial_port_end();
	log_info("broken");
	assert_memory_equal(sent[0], "half \r\n[", 8);
	assert_non_null(strstr(sent[0], "broken\r\n"));
	assert_int_equal(serial_port_begin(), 0);
	assert_null(serial_port_line_owner());
	assert_false(serial_port_go_on(NULL, 'x'));
	serial_port_line(&room);
	serial_port_end();
	sent_len[0] = 0;
	assert_false(serial_port_go_on(&sent_len, 'x'));
	room = 1;
	assert_true(serial_port_go_on(&room, 'x'));
	assert_false(serial_port_go_on(&room, 'y'));
	assert_int_equal(sent_len[0], 1);
	assert_int_equal(sent[0][0], 'x');
}

TEST(the_console_firmware_names_takes_over)
{
	assert_int_equal(serial_early_init(), 0);
	machine.uart_count = 2;
	machine.uart[0] = (struct machine_uart){ .kind = UART_PL011, .base = HPA(1) };
	machine.uart[1] = (struct machine_uart){
		.kind = UART_PL011, .base = HPA(OTHER_BASE), .size = 0x1000, .console = true
	};
	assert_int_equal(console_unit(), 0);
	assert_non_null(strstr(sent[1], "console: model at 0xa000000\r\n"));
	assert_null(strstr(sent[0], "console: model"));
	assert_int_not_equal(drains, 0);
}

TEST(a_console_by_ports_is_reached_by_ports)
{
	assert_int_equal(serial_early_init(), 0);
	machine.uart_count = 1;
	machine.uart[0] = (struct machine_uart){
		.kind = UART_16550_PORT, .base = HPA(0x3f8), .size = 8, .console = true
	};
	assert_int_equal(console_unit(), 0);
	assert_non_null(strstr(sent[1], "console: port model at 0x3f8\r\n"));
}

TEST(the_same_console_is_not_opened_twice)
{
	u32 before;

	assert_int_equal(serial_early_init(), 0);
	before = fake_mappings();
	machine.uart_count = 1;
	machine.uart[0] = (struct machine_uart){ .kind = UART_PL011,
						 .base = HPA(CONFIG_EARLY_UART_BASE),
						 .size = 0x1000,
						 .console = true };
	assert_int_equal(console_unit(), 0);
	assert_int_equal(fake_mappings(), before);
}

static void assert_keeps_console(struct machine_uart u, const char *why)
{
	assert_int_equal(serial_early_init(), 0);
	machine.uart_count = 1;
	machine.uart[0] = u;
	assert_int_equal(console_unit(), 0);
	assert_non_null(lines_find(why));
	log_info("still here");
	assert_non_null(strstr(sent[0], "still here\r\n"));
}

TEST(a_console_without_driver_leaves_the_early_one)
{
	assert_keeps_console((struct machine_uart){ .kind = UART_IMX, .console = true },
			     "kind 3: ENOTSUP: the console stays as it was");
}

TEST(a_console_that_cannot_be_mapped_leaves_the_early_one)
{
	assert_keeps_console((struct machine_uart){ .kind = UART_PL011,
						    .base = HPA(0xdead0000U),
						    .size = 0x1000,
						    .console = true },
			     "console at 0xdead0000, kind 0: ENOMEM");
}

TEST(a_board_without_its_uart_boots_and_says_so_in_the_ring)
{
	init_result = BH_EIO;
	assert_int_equal(early_unit(), 0);
	assert_non_null(lines_find("early UART at 0x9000000: EIO: no console before discovery"));
}

TEST(a_machine_that_names_no_console_is_no_error)
{
	assert_int_equal(console_unit(), BH_ENODEV);
}

TEST(a_byte_is_received_from_the_console_if_there_is_one)
{
	assert_int_equal(serial_console_get(), -1);
	serial_console_drain();
	assert_int_equal(serial_early_init(), 0);
	assert_int_equal(serial_console_get(), 'k');
	log_drain();
	assert_int_not_equal(drains, 0);
}

#define CONSOLE_TEST(name) cmocka_unit_test_setup(name, console_setup)

UNIT_TESTS(CONSOLE_TEST(the_first_line_comes_before_discovery_with_all_there_was_before),
	   CONSOLE_TEST(others_use_the_port_between_lines_of_the_log_and_never_wait),
	   CONSOLE_TEST(the_console_firmware_names_takes_over),
	   CONSOLE_TEST(a_console_by_ports_is_reached_by_ports),
	   CONSOLE_TEST(the_same_console_is_not_opened_twice),
	   CONSOLE_TEST(a_console_without_driver_leaves_the_early_one),
	   CONSOLE_TEST(a_console_that_cannot_be_mapped_leaves_the_early_one),
	   CONSOLE_TEST(a_board_without_its_uart_boots_and_says_so_in_the_ring),
	   CONSOLE_TEST(a_machine_that_names_no_console_is_no_error),
	   CONSOLE_TEST(a_byte_is_received_from_the_console_if_there_is_one));
