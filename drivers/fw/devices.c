// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/fw/devices.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

/* "pci:0000:00:01.0": digits, what separates them, and how many bits each number has. */
#define PCI_PREFIX "pci:"
#define PCI_TEXT 17U

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

static bool hex_take(const char **at, u32 digits, u32 most, char end, u32 *out)
{
	u32 n = 0;

	for (u32 i = 0; i < digits; i++) {
		const char c = **at;
		u32 digit;

		if (c >= '0' && c <= '9') {
			digit = (u32)(c - '0');
		} else if (c >= 'a' && c <= 'f') {
			digit = (u32)(c - 'a') + 10U;
		} else {
			return false;
		}
		n = n << 4 | digit;
		(*at)++;
	}
	if (n > most || **at != end) {
		return false;
	}
	*at += end != '\0' ? 1 : 0;
	*out = n;
	return true;
}

bool machine_device_pci_path(const char *path, pci_sbdf_t *f)
{
	u32 segment, bus, device, function;

	if (strncmp(path, PCI_PREFIX, sizeof(PCI_PREFIX) - 1U) != 0) {
		return false;
	}
	path += sizeof(PCI_PREFIX) - 1U;
	if (!hex_take(&path, 4, 0xffffU, ':', &segment) || !hex_take(&path, 2, 0xffU, ':', &bus) ||
	    !hex_take(&path, 2, 0x1fU, '.', &device) || !hex_take(&path, 1, 7U, '\0', &function)) {
		return false;
	}
	f->v = segment << 16 | bus << 8 | device << 3 | function;
	return true;
}

struct machine_device *machine_device_add_pci(struct machine_devices *list, pci_sbdf_t f)
{
	struct machine_device *d = &list->device[list->count];
	char *path = list->paths + list->paths_used;

	if (list->count == MACHINE_DEVICES_MAX ||
	    PCI_TEXT > MACHINE_DEVICE_PATHS_MAX - list->paths_used) {
		list->dropped++;
		return NULL;
	}
	bh_snprintf(path, PCI_TEXT, PCI_PREFIX "%04x:%02x:%02x.%x", f.v >> 16, f.v >> 8 & 0xffU,
		    f.v >> 3 & 0x1fU, f.v & 7U);
	memset(d, 0, sizeof(*d));
	d->path = path;
	d->pci = true;
	d->function = f;
	list->paths_used += PCI_TEXT;
	list->count++;
	return d;
}
