// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/vdev.h>

#include "partition_internal.h"
#include "vpci_ports.h"

void vpci_ports_add(const struct partition *p, struct vpci *v)
{
	struct vdev *d = partition_devices(p);

	if (d != NULL)
		vdev_pci_set(d, vpci_config, v);
}
