// SPDX-License-Identifier: Apache-2.0
/*
 * Any accesses of a guest to its UART, any input, on a port that takes what the data say: what the
 * device counts stays in its bounds and its interrupt line is what its registers say.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/serial/serial.h>
#include <bulkhead/vm/v16550.h>

#define MSR_DELTAS 0x0fU

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct console console = { .name = "guest" };
static struct v16550 uart;
static u32 room;
static bool high;
static const void *owner;

static void check(bool holds)
{
	if (!holds)
		abort();
}

int serial_port_begin(void)
{
	return 0;
}

void serial_port_end(void)
{
}

u32 serial_port_send(const char *bytes, u32 n)
{
	const u32 taken = n < room ? n : room;

	(void)bytes;
	room -= taken;
	return taken;
}

void serial_port_line(const void *who)
{
	owner = who;
}

const void *serial_port_line_owner(void)
{
	return owner;
}

u32 serial_console_listen(void)
{
	return 0;
}

int serial_console_get(void)
{
	return -1;
}

static void line(void *ctx, bool is)
{
	(void)ctx;
	check(is != high);
	high = is;
}

/* What to do, where, and with what. */
static void step(const uint8_t *d)
{
	struct mmio_access a = {
		.offset = d[1] % V16550_REGISTERS,
		.size = 1U << (d[0] >> 2) % 3U,
		.write = (d[0] & 1U) != 0U,
		.value = (u64)d[3] | (u64)d[4] << 8 | (u64)d[5] << 24,
	};
	enum trap_result r;

	if (a.offset + a.size > V16550_REGISTERS)
		a.offset = V16550_REGISTERS - a.size;
	room = d[0] >> 4 & 7U;
	room *= room * room;
	if ((d[0] & 2U) != 0U) {
		v16550_receive(&uart, d[3]);
		return;
	}
	r = v16550_access(&uart, &a);
	check(r == TRAP_RESUME || (r == TRAP_RETRY && a.write && a.offset == 0U));
}

/* Some enabled reason and the line high, or neither. */
static bool due(void)
{
	return ((uart.ier & 1U) != 0U && uart.count != 0U) ||
	       ((uart.ier & 2U) != 0U && uart.thr_empty) ||
	       ((uart.ier & 4U) != 0U && uart.overrun) ||
	       ((uart.ier & 8U) != 0U && uart.modem_delta != 0U);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (console_focus() == NULL)
		console_add(&console);
	owner = NULL;
	high = false;
	v16550_init(&uart, &console, line, NULL);
	for (size_t i = 0; i + 6U <= size; i += 6U) {
		step(data + i);
		check(uart.count <= V16550_FIFO && uart.head < V16550_FIFO);
		check(console.length <= CONSOLE_LINE_MAX && console.sent <= console.length);
		check((uart.modem_delta & ~MSR_DELTAS) == 0U);
		check(high == due());
	}
	return 0;
}
