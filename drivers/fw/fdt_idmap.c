// SPDX-License-Identifier: Apache-2.0
/*
 * iommu-map and msi-map of PCI host bridges (pci-iommu, pci-msi bindings): requester id, phandle,
 * id there, length.
 */
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fdt_walk.h"
#include "machine_build.h"

#define CELLS 4U
#define RID_END 0x10000U

static int map_read(struct fdt_walk *w, enum fdt_prop_id prop, enum machine_id_kind kind,
		    u16 segment)
{
	const char *name = prop == PROP_IOMMU_MAP ? "iommu-map" : "msi-map";
	const struct fdt_prop p = w->prop[prop];

	if (p.size % (CELLS * 4U) != 0U) {
		return fdt_bad(w, "%s: %u bytes, expected groups of 16", name, p.size);
	}
	for (u32 i = 0; p.data != NULL && i < p.size / 4U; i += CELLS) {
		const u32 first = fdt_cell(p, i);
		const u32 count = fdt_cell(p, i + 3U);
		struct machine_id_map *map;

		if (first >= RID_END || count == 0U || count > RID_END - first) {
			return fdt_bad(w, "%s: ids 0x%x to 0x%x, expected 16 bits", name, first,
				       first + count - 1U);
		}
		map = machine_add_id_map(w->m, kind, first);
		if (map == NULL) {
			return 0;
		}
		map->segment = segment;
		map->first = first;
		map->count = count;
		map->target = fdt_cell(p, i + 1U); /* a phandle until the walk is over */
		map->out = fdt_cell(p, i + 2U);
	}
	return 0;
}

/* Whoever masks requester ids has several functions under one id: not told apart, so not known. */
int fdt_id_maps(struct fdt_walk *w, u16 segment)
{
	int err = 0;

	if (!fdt_has(w, PROP_IOMMU_MAP_MASK)) {
		err = map_read(w, PROP_IOMMU_MAP, MACHINE_ID_DMA, segment);
	}
	if (err == 0 && !fdt_has(w, PROP_MSI_MAP_MASK)) {
		err = map_read(w, PROP_MSI_MAP, MACHINE_ID_MSI, segment);
	}
	return err;
}

/* An SMMUv2 has ids of 16 bits, above which its mask stands. */
static bool stream_of(const struct fdt_walk *w, struct machine_id_map *map)
{
	if (w->m->iommu[map->target].kind != IOMMU_SMMUV2) {
		return true;
	}
	if (map->out >= RID_END || map->count > RID_END - map->out) {
		return false;
	}
	map->out |= w->iommu[map->target].mask << 16;
	return true;
}

static bool target_find(const struct fdt_walk *w, struct machine_id_map *map)
{
	const bool dma = map->kind == MACHINE_ID_DMA;
	const u32 count = dma ? w->m->iommu_count : w->m->irqchip_count;

	for (u32 i = 0; i < count; i++) {
		const u32 phandle = dma ? w->iommu[i].phandle : w->irqchip_phandle[i];

		if (map->target != 0U && phandle == map->target) {
			map->target = i;
			return !dma || stream_of(w, map);
		}
	}
	return false;
}

void fdt_id_maps_resolve(struct fdt_walk *w)
{
	struct machine *m = w->m;
	u32 kept = 0;

	for (u32 i = 0; i < m->id_map_count; i++) {
		if (target_find(w, &m->id_map[i])) {
			m->id_map[kept] = m->id_map[i];
			kept++;
		}
	}
	m->id_map_count = kept;
}
