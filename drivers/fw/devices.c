// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/fw/devices.h>
#include <bulkhead/lib/string.h>

struct machine_devices machine_devices;
const void *machine_fdt;

const struct machine_device *machine_device_find(const struct machine_devices *list,
						 const char *path)
{
	for (u32 i = 0; i < list->count; i++) {
		if (strcmp(list->device[i].path, path) == 0) {
			return &list->device[i];
		}
	}
	return NULL;
}
