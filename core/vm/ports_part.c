// SPDX-License-Identifier: Apache-2.0
/* Ports of the machine that the manifest gives a partition: each access is made for it as it is. */
#include <bulkhead/arch/io.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>

#include "partition_internal.h"

/* What the accesses to a range are made with: its first port. */
static u16 bases[PARTITIONS_MAX][PARTITION_PORTS_MAX];

static enum trap_result port_pass(void *ctx, struct mmio_access *a)
{
	const u16 *base = ctx;
	const u16 port = (u16)(*base + a->offset);

	if (a->write)
		port_write_width(port, a->size, (u32)a->value);
	else
		a->value = port_read_width(port, a->size);
	return TRAP_RESUME;
}

static int build(struct partition *p)
{
	int err = 0;

	for (u32 i = 0; i < p->config->port_count && err == 0; i++) {
		const struct port_config *c = &p->config->port[i];
		u16 *base = &bases[p->id][i];

		*base = c->first;
		log_info("partition %s: ports 0x%x to 0x%x are the machine's own", p->config->name,
			 c->first, c->last);
		err = mmio_map_add(&p->ports,
				   &(struct mmio_range){ c->first, c->last - c->first + 1U,
							 port_pass, base });
	}
	return err;
}

static struct partition_part part = { .name = "ports", .build = build };

/* Behind the devices that every partition has. */
static int ports_part_init(void)
{
	partition_part_add(&part);
	return 0;
}
UNIT_DEFINE(ports_part, 8, 12, ports_part_init);
