// SPDX-License-Identifier: Apache-2.0
/* What a partition with a console has of it: a virtual UART, on the console multiplexer. */
#include <bulkhead/base/unit.h>
#include <bulkhead/vm/state_hash.h>

#include "console_uart.h"

static struct console consoles[PARTITIONS_MAX];

static int build(struct partition *p)
{
	struct console *c = &consoles[p->id];

	if (!p->config->console)
		return 0;
	c->name = p->config->name;
	c->cpu = p->vcpu[0].cpu;
	state_hash_add(p->id, STATE_UNIT("console", c, console_fields, console_field_count));
	return console_uart_build(p, c);
}

static void reset(struct partition *p)
{
	if (!p->config->console)
		return;
	console_uart_reset(p);
	console_look_begin();
}

static struct partition_part part = { .name = "console", .build = build, .reset = reset };

static int console_part_init(void)
{
	partition_part_add(&part);
	return 0;
}
UNIT_DEFINE(console_part, 8, 10, console_part_init);

static int console_input_init(void)
{
	console_listen();
	return 0;
}
UNIT_DEFINE(console_input, 9, 40, console_input_init);
