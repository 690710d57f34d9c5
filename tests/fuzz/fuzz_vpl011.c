// SPDX-License-Identifier: Apache-2.0
/*
 * Any accesses of a guest to its UART, any input, on a port that takes what the data say: what the
 * device counts stays in its bounds and its interrupt line is what its registers say.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/vm/vpl011.h>

#include "port.h"

#define UARTIMSC 0x38U
#define UARTRIS 0x3cU

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct console console = { .name = "guest" };
static struct vpl011 uart;
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

static u64 read_reg(u32 offset)
{
	struct mmio_access a = { .offset = offset, .size = 4 };

	check(vpl011_access(&uart, &a) == TRAP_RESUME);
	return a.value;
}

/* What to do, where, and with what. */
static void step(const uint8_t *d)
{
	struct mmio_access a = {
		.offset = ((u32)d[1] | (u32)d[2] << 8) & 0xfffU,
		.size = 1U << (d[0] >> 2 & 3U),
		.write = (d[0] & 1U) != 0U,
		.value = (u64)d[3] | (u64)d[4] << 8 | (u64)d[5] << 56,
	};
	enum trap_result r;

	if ((d[0] & 0x80U) != 0U)
		a.offset &= 0x7cU;
	port.room = d[0] >> 4 & 7U;
	port.room *= port.room * port.room;
	if ((d[0] & 2U) != 0U) {
		vpl011_receive(&uart, d[3]);
		return;
	}
	r = vpl011_access(&uart, &a);
	check(r == TRAP_RESUME || (r == TRAP_RETRY && a.write && a.offset == 0U));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (console_focus() == NULL)
		console_add(&console);
	port_reset();
	high = false;
	vpl011_init(&uart, &console, line, NULL);
	for (size_t i = 0; i + 6U <= size; i += 6U) {
		step(data + i);
		check(uart.count <= VPL011_FIFO && uart.head < VPL011_FIFO);
		check(console.length <= CONSOLE_LINE_MAX && console.sent <= console.length);
		check(high == ((read_reg(UARTIMSC) & read_reg(UARTRIS)) != 0U));
	}
	return 0;
}
