// SPDX-License-Identifier: Apache-2.0
/* What a partition with a console has of it: a virtual UART, on the console multiplexer. */
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/vm/partition.h>
#include <bulkhead/vm/vpl011.h>

static struct console_state {
	struct console console;
	struct vpl011 uart;
} states[PARTITIONS_MAX];

static void line(void *ctx, bool high)
{
	const struct partition *p = ctx;

	virq_level(p->virq, vplat.uart_intid, high);
}

static int build(struct partition *p)
{
	struct console_state *s = &states[p->id];
	const struct mmio_range r = { vplat.uart.v, VPLAT_UART_SIZE, vpl011_access, &s->uart };

	if (!p->config->console)
		return 0;
	s->console.name = p->config->name;
	s->console.input = vpl011_receive;
	s->console.ctx = &s->uart;
	s->console.cpu = p->vcpu[0].cpu;
	vpl011_init(&s->uart, &s->console, line, p);
	console_add(&s->console);
	return mmio_map_add(&p->mmio, &r);
}

static void reset(struct partition *p)
{
	if (p->config->console)
		vpl011_reset(&states[p->id].uart);
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
