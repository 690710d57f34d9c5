// SPDX-License-Identifier: Apache-2.0
/* Functions that a partition could be given, in the list of the machine's devices. */
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/devices.h>
#include <bulkhead/lib/error.h>

#include "internal.h"

/* A function of its group that runs the machine, or is Bulkhead's own. */
static bool group_in_use(const struct pcie_function *f)
{
	for (u32 i = 0; i < pcie.count; i++) {
		if (pcie.fn[i].group == f->group && pcie.fn[i].state == PCIE_OURS)
			return true;
	}
	return false;
}

static void ranges_take(const struct pcie_function *f, struct machine_device *d)
{
	for (u32 i = 0; i < PCIE_BARS; i++) {
		const struct pcie_bar *b = &f->bar[i];

		if (b->size == 0U || b->kind == MACHINE_WINDOW_IO)
			continue;
		if (b->base.v == 0U) {
			d->obstacle = "a BAR of it has no address";
		} else if (!IS_ALIGNED(b->base.v | b->size, PAGE_SIZE)) {
			d->obstacle = "a BAR of it shares its page";
		} else if (d->range_count == MACHINE_DEVICE_RANGES_MAX) {
			d->obstacle = "it has too many BARs";
		} else {
			d->range[d->range_count] = (struct machine_range){ b->base, b->size };
			d->range_count++;
		}
	}
}

static void stream_add(struct machine_device *d, u32 unit, u32 id)
{
	if (d->stream_count == MACHINE_DEVICE_STREAMS_MAX) {
		d->obstacle = "its DMA has too many ids";
		return;
	}
	d->stream[d->stream_count].iommu = machine.iommu[unit].base;
	d->stream[d->stream_count].id = id;
	d->stream_count++;
}

/* Its own id, and those its DMA may bear beside it. */
static void streams_take(const struct pcie_function *f, struct machine_device *d)
{
	if (f->iommu == PCIE_NONE)
		return;
	stream_add(d, f->iommu, f->stream);
	for (u32 i = 0; i < f->alias_count; i++) {
		const pci_sbdf_t alias = { (f->sbdf.v & ~0xffffU) | f->alias[i] };
		u32 unit, id;

		if (machine_id_find(&machine, MACHINE_ID_DMA, alias, false, &unit, &id) == 0)
			stream_add(d, unit, id);
		else
			d->obstacle = "its DMA may bear an id that no IOMMU is said to know";
	}
}

static int pcie_devices_init(void)
{
	for (u32 i = 0; i < pcie.count; i++) {
		const struct pcie_function *f = &pcie.fn[pcie.order[i]];
		struct machine_device *d;

		if (f->state != PCIE_OFF || fn_bridge(f))
			continue;
		d = machine_device_add_pci(&machine_devices, f->sbdf);
		if (d == NULL)
			continue;
		d->group = 1U + f->group;
		ranges_take(f, d);
		streams_take(f, d);
		if (group_in_use(f))
			d->obstacle = "a function of its group runs the machine";
	}
	return pcie.count == 0U ? BH_ENODEV : 0;
}

UNIT_DEFINE(pcie_devices, 6, 60, pcie_devices_init);
