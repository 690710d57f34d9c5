// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/vm/state_hash.h>
#include <bulkhead/vm/v16550.h>

#include "console_uart.h"

static struct v16550 uarts[PARTITIONS_MAX];

static void line(void *ctx, bool high)
{
	const struct partition *p = ctx;

	virq_level(p->virq, vplat.uart_intid, high);
}

int console_uart_build(struct partition *p, struct console *c)
{
	struct v16550 *u = &uarts[p->id];
	const struct mmio_range r = { vplat.uart_port, V16550_REGISTERS, v16550_access, u };

	c->input = v16550_receive;
	c->ctx = u;
	v16550_init(u, c, line, p);
	console_add(c);
	state_hash_add(p->id, STATE_UNIT("virtual UART", u, v16550_fields, v16550_field_count));
	return mmio_map_add(&p->ports, &r);
}

void console_uart_reset(struct partition *p)
{
	v16550_reset(&uarts[p->id]);
}
