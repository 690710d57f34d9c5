// SPDX-License-Identifier: Apache-2.0
/* By what a PCI function is known behind its host bridge. */
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>

static bool applies(const struct machine_id_map *map, enum machine_id_kind kind, pci_sbdf_t f,
		    bool behind)
{
	const u32 rid = f.v & 0xffffU;

	return map->path.steps == 0U && map->kind == kind && map->behind == behind &&
	       map->segment == f.v >> 16 && rid >= map->first && rid - map->first < map->count;
}

/* VT-d and AMD-Vi know functions by their requester ids. */
static int whole_segment(const struct machine *m, pci_sbdf_t f, u32 *target, u32 *id)
{
	for (u32 i = 0; i < m->iommu_count; i++) {
		const struct machine_iommu *u = &m->iommu[i];

		if (u->kind == IOMMU_VTD && u->all_devices && u->segment == f.v >> 16) {
			*target = i;
			*id = f.v & 0xffffU;
			return 0;
		}
	}
	return BH_ENOENT;
}

int machine_id_find(const struct machine *m, enum machine_id_kind kind, pci_sbdf_t f, bool behind,
		    u32 *target, u32 *id)
{
	for (u32 i = 0; i < m->id_map_count; i++) {
		const struct machine_id_map *map = &m->id_map[i];

		if (applies(map, kind, f, behind)) {
			*target = map->target;
			*id = map->same ? map->out : map->out + ((f.v & 0xffffU) - map->first);
			return 0;
		}
	}
	if (kind != MACHINE_ID_DMA || behind) {
		return BH_ENOENT;
	}
	return whole_segment(m, f, target, id);
}
