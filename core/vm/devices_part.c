// SPDX-License-Identifier: Apache-2.0
/* What every partition has of the machine's usual devices (arch/vdev.h). */
#include <bulkhead/arch/vdev.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/vm/state_hash.h>

#include "partition_internal.h"

static struct vdev *devices[PARTITIONS_MAX];

struct vdev *partition_devices(const struct partition *p)
{
	return devices[p->id];
}

static int build(struct partition *p)
{
	struct vdev *d = partition_memory(p->config->name, vdev_size());
	int err = 0;

	if (d == NULL)
		return trace_error(BH_ENOMEM);
	vdev_init(d, p->vcpu[0].arch);
	devices[p->id] = d;
	state_hash_add(p->id, &(const struct state_unit){ "devices", d, vdev_fields,
							  vdev_field_count, 1, 0 });
	for (u32 i = 0; i < vdev_ports_count && err == 0; i++) {
		const struct vdev_ports *v = &vdev_ports[i];
		const struct mmio_range r = { v->port, v->size, v->fn, d };

		err = mmio_map_add(&p->ports, &r);
	}
	return err;
}

static void reset(struct partition *p)
{
	vdev_reset(devices[p->id]);
}

static struct partition_part part = { .name = "devices", .build = build, .reset = reset };

static int devices_part_init(void)
{
	partition_part_add(&part);
	return 0;
}
UNIT_DEFINE(devices_part, 8, 11, devices_part_init);
