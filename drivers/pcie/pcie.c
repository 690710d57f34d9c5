// SPDX-License-Identifier: Apache-2.0
/* The table of functions: filled once, looked things up in ever after. */
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "internal.h"

struct pcie_tree pcie;

/* Sorted by insertion: the walk finds functions nearly in order. */
static void order_insert(struct pcie_tree *t, u32 at)
{
	u32 i = at;

	while (i != 0U && t->fn[t->order[i - 1U]].sbdf.v > t->fn[at].sbdf.v) {
		t->order[i] = t->order[i - 1U];
		i--;
	}
	t->order[i] = (u16)at;
}

void pcie_enumerate(struct pcie_tree *t, const struct pcie_host *hosts, u32 host_count)
{
	t->count = 0;
	t->unseen = 0;
	t->groups = 0;
	for (u32 i = 0; i < host_count; i++) {
		u32 first = t->count;

		host_walk(t, &hosts[i], (u16)i);
		host_assign(t, &hosts[i], first);
	}
	tree_group(t);
	for (u32 i = 0; i < t->count; i++)
		order_insert(t, i);
	if (t->unseen != 0U)
		log_warn("pcie: %u functions left out and switched off: more than "
			 "CONFIG_PCIE_FUNCTIONS=%u",
			 t->unseen, (u32)CONFIG_PCIE_FUNCTIONS);
}

/* As firmware says of the function itself, or of a bridge above; the nearest counts. */
static u16 id_of(const struct pcie_tree *t, const struct pcie_function *f,
		 enum machine_id_kind kind, u32 *id)
{
	u32 target = 0;
	u16 up = f->parent;

	if (machine_id_find(&machine, kind, f->sbdf, false, &target, id) == 0)
		return (u16)target;
	for (u32 i = 0; i < PCIE_DEPTH_MAX && up != PCIE_NONE; i++) {
		if (machine_id_find(&machine, kind, t->fn[up].sbdf, true, &target, id) == 0) {
			*id = f->sbdf.v & 0xffffU;
			return (u16)target;
		}
		up = t->fn[up].parent;
	}
	return PCIE_NONE;
}

void pcie_identify(struct pcie_tree *t)
{
	for (u32 i = 0; i < t->count; i++) {
		struct pcie_function *f = &t->fn[i];

		f->iommu = id_of(t, f, MACHINE_ID_DMA, &f->stream);
		f->its = id_of(t, f, MACHINE_ID_MSI, &f->msi_id);
	}
}

struct pcie_function *pcie_find(struct pcie_tree *t, pci_sbdf_t f)
{
	u32 low = 0, high = t->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2U;
		struct pcie_function *at = &t->fn[t->order[middle]];

		if (at->sbdf.v == f.v)
			return at;
		if (at->sbdf.v < f.v)
			low = middle + 1U;
		else
			high = middle;
	}
	return NULL;
}

static int pcie_init(void)
{
	const struct pcie_host *hosts;
	u32 count = pcie_hosts(&hosts);

	if (count == 0U)
		return BH_ENODEV;
	pcie_enumerate(&pcie, hosts, count);
	pcie_identify(&pcie);
	pcie_log(&pcie);
	return 0;
}

UNIT_DEFINE(pcie, 6, 50, pcie_init);
