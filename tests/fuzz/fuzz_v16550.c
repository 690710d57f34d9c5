// SPDX-License-Identifier: Apache-2.0
/*
 * Any accesses of a guest to its UART, any input, on a port that takes what the data say: what the
 * device counts stays in its bounds and its interrupt line is what its registers say.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/vm/v16550.h>

#include "port.h"

#define MSR_DELTAS 0x0fU

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct console console = { .name = "guest" };
static struct v16550 uart;
static bool high;

static void check(bool holds)
{
	if (!holds)
		abort();
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
	port.room = d[0] >> 4 & 7U;
	port.room *= port.room * port.room;
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
	port_reset();
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
