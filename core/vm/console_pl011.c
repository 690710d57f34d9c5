// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/vm/state_hash.h>
#include <bulkhead/vm/vpl011.h>

#include "console_uart.h"

static struct vpl011 uarts[PARTITIONS_MAX];

static void line(void *ctx, bool high)
{
	const struct partition *p = ctx;

	virq_level(p->virq, vplat.uart_intid, high);
}

int console_uart_build(struct partition *p, struct console *c)
{
	struct vpl011 *u = &uarts[p->id];
	const struct mmio_range r = { vplat.uart.v, VPLAT_UART_SIZE, vpl011_access, u };

	c->input = vpl011_receive;
	c->ctx = u;
	vpl011_init(u, c, line, p);
	console_add(c);
	state_hash_add(p->id, STATE_UNIT("virtual UART", u, vpl011_fields, vpl011_field_count));
	return mmio_map_add_brief(&p->mmio, &r, vpl011_access_brief);
}

void console_uart_reset(struct partition *p)
{
	vpl011_reset(&uarts[p->id]);
}
