// SPDX-License-Identifier: Apache-2.0
/*
 * Functions that firmware's tables name by a path of bridges (VT-d 4.0, 8.3.1): found by the bus
 * numbers that firmware has left, before the IOMMUs block everything, since what is promised to a
 * function it must keep.
 */
#include <bulkhead/base/unit.h>
#include <bulkhead/pcie/pcie.h>
#include <bulkhead/pcie/regs.h>

static const struct pcie_host *host_of(const struct pcie_host *hosts, u32 count, u32 segment,
				       u32 bdf)
{
	for (u32 i = 0; i < count; i++) {
		if (hosts[i].segment == segment && bdf >> 8 >= hosts[i].bus_first &&
		    bdf >> 8 <= hosts[i].bus_last)
			return &hosts[i];
	}
	return NULL;
}

/*
 * The bus behind the bridge @bdf, as enumeration would leave it; 0: none. @last: highest bus there
 * may be, and then that of this bridge.
 */
static u32 bus_behind(const struct pcie_host *h, u32 bdf, u32 *last)
{
	const u32 layout = pcie_host_read(h, bdf, PCI_HEADER_TYPE, 1);
	const u32 buses = pcie_host_read(h, bdf, PCI_BUSES, 4);
	const u32 secondary = (buses >> 8) & 0xffU, subordinate = (buses >> 16) & 0xffU;

	if ((layout & PCI_HEADER_LAYOUT) != PCI_HEADER_BRIDGE || secondary <= bdf >> 8 ||
	    subordinate < secondary || subordinate > *last)
		return 0;
	*last = subordinate;
	return secondary;
}

/* Goes all of @path from @first on; where it leads nowhere nothing changes. */
static void follow(const struct pcie_host *h, u32 *first, struct machine_path *path)
{
	u32 last = h == NULL ? 0U : h->bus_last;
	u32 bdf = *first;

	if (h == NULL)
		return;
	for (u32 i = 0; i < path->steps; i++) {
		const u32 bus = bus_behind(h, bdf, &last);

		if (bus == 0U)
			return;
		bdf = bus << 8 | path->step[i];
	}
	*first = bdf;
	path->steps = 0;
}

void pcie_paths_follow(struct machine *m, const struct pcie_host *hosts, u32 count)
{
	for (u32 i = 0; i < m->id_map_count; i++) {
		struct machine_id_map *map = &m->id_map[i];

		if (map->path.steps == 0U)
			continue;
		follow(host_of(hosts, count, map->segment, map->first), &map->first, &map->path);
		map->out = map->first;
	}
	for (u32 i = 0; i < m->dma_count; i++) {
		struct machine_dma *r = &m->dma[i];

		if (r->path.steps != 0U)
			follow(host_of(hosts, count, r->segment, r->first), &r->first, &r->path);
	}
}

static bool any(const struct machine *m)
{
	bool found = false;

	for (u32 i = 0; i < m->id_map_count; i++)
		found = found || m->id_map[i].path.steps != 0U;
	for (u32 i = 0; i < m->dma_count; i++)
		found = found || m->dma[i].path.steps != 0U;
	return found;
}

static int paths_init(void)
{
	const struct pcie_host *hosts;
	u32 count;

	if (!any(&machine))
		return 0;
	count = pcie_hosts(&hosts);
	pcie_paths_follow(&machine, hosts, count);
	return 0;
}

UNIT_DEFINE(pcie_paths, 3, 40, paths_init);
