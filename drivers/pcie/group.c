// SPDX-License-Identifier: Apache-2.0
/*
 * Who can be kept from whom. DMA of functions in different groups meets the IOMMU before it meets
 * the other function, and bears a requester id of its own.
 */

#include "internal.h"

static bool express(const struct pcie_function *f, u8 type)
{
	return f->cap[PCIE_EXPRESS] != 0U && f->type == type;
}

/*
 * Does the bridge send what comes from behind it up, instead of back? A switch does if each of its
 * downstream ports does: one that does not reaches what is behind all others.
 */
static bool bridge_redirects(const struct pcie_tree *t, const struct pcie_function *f)
{
	if (!express(f, PCIE_TYPE_UPSTREAM))
		return f->acs_on &&
		       (express(f, PCIE_TYPE_ROOT_PORT) || express(f, PCIE_TYPE_DOWNSTREAM));
	for (u32 i = 0; i < f->child_count; i++) {
		const struct pcie_function *port = &t->fn[f->child_first + i];

		if (!express(port, PCIE_TYPE_DOWNSTREAM) || !port->acs_on)
			return false;
	}
	return true;
}

/*
 * A function of the same device as @f before it whose traffic may reach @f inside the device;
 * PCIE_NONE if there is none.
 */
static u16 slot_mate(const struct pcie_tree *t, u32 at)
{
	const struct pcie_function *f = &t->fn[at];

	for (u32 i = at; i-- != 0U && !f->acs_on;) {
		const struct pcie_function *o = &t->fn[i];

		if (o->host != f->host || o->sbdf.v >> 3 != f->sbdf.v >> 3)
			break;
		if (!o->acs_on)
			return (u16)i;
	}
	return PCIE_NONE;
}

static void alias_add(struct pcie_function *f, u32 bdf)
{
	bool known = bdf == fn_bdf(f);

	for (u32 i = 0; i < f->alias_count; i++)
		known = known || f->alias[i] == bdf;
	if (!known && f->alias_count < PCIE_ALIASES_MAX)
		f->alias[f->alias_count++] = (u16)bdf;
}

/* Bridges between PCI and PCI Express lend their own ids (PCIe to PCI Bridge 1.0, 2.3). */
static void aliases_find(const struct pcie_tree *t, struct pcie_function *f)
{
	u32 at = f->parent;

	if ((f->quirks & PCIE_QUIRK_ALIAS_FN0) != 0U)
		alias_add(f, fn_bdf(f) & ~7U);
	if ((f->quirks & PCIE_QUIRK_ALIAS_FN1) != 0U)
		alias_add(f, (fn_bdf(f) & ~7U) | 1U);
	for (u32 depth = 0; depth < PCIE_DEPTH_MAX && at != PCIE_NONE; depth++) {
		const struct pcie_function *b = &t->fn[at];

		if (express(b, PCIE_TYPE_TO_PCI))
			alias_add(f, (u32)b->secondary << 8);
		else if (b->cap[PCIE_EXPRESS] == 0U || express(b, PCIE_TYPE_FROM_PCI))
			alias_add(f, fn_bdf(b));
		at = b->parent;
	}
}

void tree_group(struct pcie_tree *t)
{
	/* A bridge stands before what is behind it, so one pass sees every parent decided. */
	for (u32 i = 0; i < t->count; i++) {
		struct pcie_function *f = &t->fn[i];
		const struct pcie_function *up = f->parent == PCIE_NONE ? NULL : &t->fn[f->parent];
		u16 mate = slot_mate(t, i);

		f->isolates = fn_bridge(f) && bridge_redirects(t, f) &&
			      (up == NULL || up->isolates);
		if (up != NULL && !up->isolates)
			f->group = up->group;
		else if (mate != PCIE_NONE)
			f->group = t->fn[mate].group;
		else
			f->group = (u16)t->groups++;
		aliases_find(t, f);
	}
}
