// SPDX-License-Identifier: Apache-2.0
/* What one node says: numbers, strings, addresses through the buses above, interrupts. */
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fdt_walk.h"

/* GIC interrupt specifiers (arm,gic-v3 binding) and where their INTIDs begin (GICv3 2.2.1). */
#define GIC_CELLS 3U

/* No binding read here names more. */
#define INTERRUPTS_MAX 16U

struct gic_range {
	u32 base;
	u32 count;
};

static const struct gic_range gic_ranges[] = {
	{ .base = 32, .count = 988 },    /* 0: SPI */
	{ .base = 16, .count = 16 },     /* 1: PPI */
	{ .base = 4096, .count = 1024 }, /* 2: extended SPI */
	{ .base = 1056, .count = 64 },   /* 3: extended PPI */
};

bool fdt_has(const struct fdt_walk *w, enum fdt_prop_id id)
{
	return w->prop[id].data != NULL;
}

u32 fdt_cell(struct fdt_prop p, u32 index)
{
	const u8 *b = p.data + (size_t)index * 4U;

	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static int size_bad(const struct fdt_walk *w, enum fdt_prop_id id, const char *expected)
{
	return fdt_bad(w, "%s: %u bytes, expected %s", fdt_prop_name(id), w->prop[id].size,
		       expected);
}

int fdt_u32(const struct fdt_walk *w, enum fdt_prop_id id, u32 absent, u32 *out)
{
	*out = absent;
	if (!fdt_has(w, id)) {
		return 0;
	}
	if (w->prop[id].size != 4U) {
		return size_bad(w, id, "4");
	}
	*out = fdt_cell(w->prop[id], 0);
	return 0;
}

/* @cells cells from @index on as one number; the caller knows that they are there. */
static u64 cells_get(struct fdt_prop p, u32 index, u32 cells)
{
	u64 v = 0;

	for (u32 i = 0; i < cells; i++) {
		v = v << 32 | fdt_cell(p, index + i);
	}
	return v;
}

int fdt_u64(const struct fdt_walk *w, enum fdt_prop_id id, u64 absent, u64 *out)
{
	*out = absent;
	if (!fdt_has(w, id)) {
		return 0;
	}
	if (w->prop[id].size != 4U && w->prop[id].size != 8U) {
		return size_bad(w, id, "4 or 8");
	}
	*out = cells_get(w->prop[id], 0, w->prop[id].size / 4U);
	return 0;
}

int fdt_text(const struct fdt_walk *w, enum fdt_prop_id id, const char **out)
{
	struct fdt_prop p = w->prop[id];

	*out = NULL;
	if (p.data == NULL) {
		return 0;
	}
	if (p.size == 0U || memchr(p.data, 0, p.size) == NULL) {
		return size_bad(w, id, "a terminated string");
	}
	*out = (const char *)p.data;
	return 0;
}

int fdt_list_find(struct fdt_prop list, const char *name)
{
	u32 at = 0;

	if (list.data == NULL || list.size == 0U || list.data[list.size - 1U] != 0U) {
		return BH_ENOENT;
	}
	for (int i = 0; at < list.size; i++) {
		const char *s = (const char *)list.data + at;

		if (strcmp(s, name) == 0) {
			return i;
		}
		at += (u32)strlen(s) + 1U;
	}
	return BH_ENOENT;
}

bool fdt_list_any(struct fdt_prop list, const char *const *names, u32 count)
{
	u32 at = 0;

	if (list.data == NULL || list.size == 0U || list.data[list.size - 1U] != 0U) {
		return false;
	}
	while (at < list.size) {
		const char *s = (const char *)list.data + at;

		for (u32 i = 0; i < count; i++) {
			if (names[i][0] == s[0] && strcmp(names[i], s) == 0) {
				return true;
			}
		}
		at += (u32)strlen(s) + 1U;
	}
	return false;
}

/* Cells of one reg entry of the current node; 0 when its parent's cells make no sense. */
static u32 reg_cells(const struct fdt_walk *w)
{
	const struct fdt_level *up = &w->level[w->depth - 1U];

	if (up->address_cells == 0U || up->address_cells > 2U || up->size_cells > 2U) {
		return 0;
	}
	return up->address_cells + up->size_cells;
}

int fdt_reg_count(const struct fdt_walk *w, u32 *count)
{
	u32 cells;

	*count = 0;
	if (w->depth == 0U || !fdt_has(w, PROP_REG)) {
		return 0;
	}
	cells = reg_cells(w);
	if (cells == 0U) {
		return fdt_bad(w, "reg: parent has %u address and %u size cells, expected 1 or 2",
			       w->level[w->depth - 1U].address_cells,
			       w->level[w->depth - 1U].size_cells);
	}
	if (w->prop[PROP_REG].size % (cells * 4U) != 0U) {
		return fdt_bad(w, "reg: %u bytes, expected a multiple of %u",
			       w->prop[PROP_REG].size, cells * 4U);
	}
	*count = w->prop[PROP_REG].size / (cells * 4U);
	return 0;
}

/*
 * One step up: from the addresses below bus @b to those above it. The three parts of an entry of
 * ranges are child address, parent address and size (2.3.8).
 */
static int translate_once(const struct fdt_walk *w, u32 b, struct machine_range *r)
{
	const struct fdt_level *bus = &w->level[b];
	u32 parent = w->level[b - 1U].address_cells;
	u32 cells = bus->address_cells + parent + bus->size_cells;

	if (bus->ranges.data == NULL) {
		return fdt_bad(w, "reg: bus %.20s has no ranges, expected a memory-mapped bus",
			       bus->name);
	}
	if (bus->ranges.size == 0U) {
		return 0;
	}
	if (bus->address_cells > 2U || parent == 0U || parent > 2U || bus->size_cells > 2U ||
	    bus->ranges.size % (cells * 4U) != 0U) {
		return fdt_bad(w, "reg: bus %.20s: ranges of %u bytes in entries of %u cells",
			       bus->name, bus->ranges.size, cells);
	}
	for (u32 at = 0; at < bus->ranges.size / 4U; at += cells) {
		u64 from = cells_get(bus->ranges, at, bus->address_cells);
		u64 to = cells_get(bus->ranges, at + bus->address_cells, parent);
		u64 size =
			cells_get(bus->ranges, at + bus->address_cells + parent, bus->size_cells);

		if (range_inside(r->base.v, r->size, from, size)) {
			r->base.v = to + (r->base.v - from);
			return 0;
		}
	}
	return fdt_bad(w, "reg: 0x%lx is not in ranges of bus %.20s", r->base.v, bus->name);
}

/* From the addresses a child of the parent bus has to those of the CPU. */
static int translate(const struct fdt_walk *w, const char *what, struct machine_range *r)
{
	int err = 0;

	for (u32 b = w->depth - 1U; b > 0U && err == 0; b--) {
		err = translate_once(w, b, r);
	}
	if (err == 0 && r->base.v + r->size < r->base.v) {
		err = fdt_bad(w, "%s: 0x%lx and 0x%lx bytes wrap", what, r->base.v, r->size);
	}
	return err;
}

int fdt_reg(const struct fdt_walk *w, u32 index, struct machine_range *out)
{
	const struct fdt_level *up;
	u32 count;
	u32 at;
	int err = fdt_reg_count(w, &count);

	if (err != 0) {
		return err;
	}
	if (index >= count) {
		return BH_ENOENT;
	}
	up = &w->level[w->depth - 1U];
	at = index * (up->address_cells + up->size_cells);
	out->base = HPA(cells_get(w->prop[PROP_REG], at, up->address_cells));
	out->size = cells_get(w->prop[PROP_REG], at + up->address_cells, up->size_cells);
	return translate(w, "reg", out);
}

int fdt_reg_need(const struct fdt_walk *w, u32 index, const char *what, struct machine_range *out)
{
	int err = fdt_reg(w, index, out);

	if (err == BH_ENOENT) {
		return fdt_bad(w, "reg: no entry %u, expected the %s", index, what);
	}
	if (err == 0 && out->size == 0U) {
		return fdt_bad(w, "reg: entry %u is empty, expected the %s", index, what);
	}
	return err;
}

/*
 * Entries of a PCI host's ranges: phys.hi and a 64-bit PCI address, parent address, size. Bits
 * 25:24 of phys.hi say which space it is (IEEE 1275 PCI bus binding, 2.2.1.1).
 */
#define PCI_ADDRESS_CELLS 3U
#define PCI_SIZE_CELLS 2U
#define PCI_SPACE(hi) (((hi) >> 24) & 3U)

/* Space codes of the first cell (IEEE 1275 PCI bus binding, 2.2.1.1). */
static const u8 pci_space[MACHINE_WINDOWS] = {
	[MACHINE_WINDOW_IO] = 1,
	[MACHINE_WINDOW_MEM32] = 2,
	[MACHINE_WINDOW_MEM64] = 3,
};

int fdt_pci_window(const struct fdt_walk *w, enum machine_window_kind kind,
		   struct machine_window *out)
{
	struct fdt_prop p = w->prop[PROP_RANGES];
	u32 parent = w->depth == 0U ? 0U : w->level[w->depth - 1U].address_cells;
	u32 cells = PCI_ADDRESS_CELLS + parent + PCI_SIZE_CELLS;

	*out = (struct machine_window){ .size = 0 };
	if (p.data == NULL) {
		return 0;
	}
	if (parent == 0U || parent > 2U || p.size % (cells * 4U) != 0U) {
		return size_bad(w, PROP_RANGES, "entries of 3, the parent's address and 2 cells");
	}
	for (u32 at = 0; at < p.size / 4U; at += cells) {
		struct machine_range r;
		int err;

		if (PCI_SPACE(fdt_cell(p, at)) != pci_space[kind]) {
			continue;
		}
		r.base = HPA(cells_get(p, at + PCI_ADDRESS_CELLS, parent));
		r.size = cells_get(p, at + PCI_ADDRESS_CELLS + parent, PCI_SIZE_CELLS);
		err = translate(w, "ranges", &r);
		*out = (struct machine_window){ .base = r.base,
						.size = r.size,
						.bus = cells_get(p, at + 1U, 2U) };
		if (err == 0 && out->size != 0U && out->bus + (out->size - 1U) < out->bus) {
			err = fdt_bad(w, "ranges: window at bus address 0x%lx wraps", out->bus);
		}
		return err;
	}
	return 0;
}

int fdt_controller_note(struct fdt_walk *w)
{
	struct fdt_controller c;
	int err;

	if (!fdt_has(w, PROP_INTERRUPT_CONTROLLER) || !fdt_has(w, PROP_PHANDLE)) {
		return 0;
	}
	err = fdt_u32(w, PROP_PHANDLE, 0, &c.phandle);
	if (err == 0) {
		err = fdt_u32(w, PROP_INTERRUPT_CELLS, 0, &c.cells);
	}
	if (err != 0 || w->controller_count == FDT_CONTROLLERS_MAX) {
		return err;
	}
	c.is_gic = c.cells >= GIC_CELLS &&
		   (fdt_compatible_with(w, "arm,gic-v3") || fdt_compatible_with(w, "arm,gic-400") ||
		    fdt_compatible_with(w, "arm,cortex-a15-gic"));
	w->controller[w->controller_count++] = c;
	return 0;
}

int fdt_interrupt(struct fdt_walk *w, u32 index, u32 *intid)
{
	bool extended = fdt_has(w, PROP_INTERRUPTS_EXTENDED);
	struct fdt_prop spec = w->prop[extended ? PROP_INTERRUPTS_EXTENDED : PROP_INTERRUPTS];

	*intid = 0;
	if (spec.data == NULL) {
		return 0;
	}
	if (index >= INTERRUPTS_MAX || w->interrupt_count == FDT_INTERRUPTS_MAX) {
		return fdt_bad(w, "interrupt number %u, expected below %u, and %u in all", index,
			       INTERRUPTS_MAX, FDT_INTERRUPTS_MAX);
	}
	w->interrupt[w->interrupt_count++] = (struct fdt_interrupt){
		.node = w->level[w->depth].name,
		.spec = spec,
		.parent = extended ? 0U : w->level[w->depth].interrupt_parent,
		.index = index,
		.intid = intid,
	};
	return 0;
}

int fdt_interrupt_named(struct fdt_walk *w, const char *name, u32 *intid)
{
	int index = fdt_list_find(w->prop[PROP_INTERRUPT_NAMES], name);

	*intid = 0;
	return index < 0 ? 0 : fdt_interrupt(w, (u32)index, intid);
}

const struct fdt_controller *fdt_controller_find(const struct fdt_walk *w, u32 phandle)
{
	for (u32 i = 0; i < w->controller_count; i++) {
		if (w->controller[i].phandle == phandle) {
			return &w->controller[i];
		}
	}
	return NULL;
}

static int interrupt_bad(const struct fdt_interrupt *n, const char *what, u32 a, u32 b)
{
	log_error("fdt: %.30s: interrupt %u: %s <0x%x 0x%x>", n->node, n->index, what, a, b);
	return trace_error(BH_EINVAL);
}

int fdt_gic_intid(u32 type, u32 number, u32 *intid)
{
	if (type >= ARRAY_SIZE(gic_ranges) || number >= gic_ranges[type].count) {
		return BH_EINVAL;
	}
	*intid = gic_ranges[type].base + number;
	return 0;
}

/* The specifier at cell @at: type, number, flags. */
static int intid_take(const struct fdt_interrupt *n, const struct fdt_controller *c, u32 at)
{
	u32 cells = n->spec.size / 4U;
	u32 type;
	u32 number;

	if (!c->is_gic) {
		return 0;
	}
	if (at > cells || c->cells > cells - at) {
		return interrupt_bad(n, "cells needed and there", c->cells, cells);
	}
	type = fdt_cell(n->spec, at);
	number = fdt_cell(n->spec, at + 1U);
	if (fdt_gic_intid(type, number, n->intid) != 0) {
		return interrupt_bad(n, "no such interrupt of a GIC", type, number);
	}
	return 0;
}

/* Each entry brings its own controller, so entries have unequal lengths. */
static int extended_resolve(const struct fdt_walk *w, const struct fdt_interrupt *n)
{
	u32 total = n->spec.size / 4U;
	u32 at = 0;

	for (u32 i = 0; i <= n->index && at < total; i++) {
		const struct fdt_controller *c = fdt_controller_find(w, fdt_cell(n->spec, at));

		if (c == NULL) {
			return 0; /* what is no known controller has entries of unknown length */
		}
		if (i == n->index) {
			return intid_take(n, c, at + 1U);
		}
		if (c->cells >= total - at) {
			return interrupt_bad(n, "cells needed and left", c->cells, total - at - 1U);
		}
		at += 1U + c->cells;
	}
	return 0;
}

static int interrupt_resolve(const struct fdt_walk *w, const struct fdt_interrupt *n)
{
	const struct fdt_controller *c;

	if (n->parent == 0U) {
		return extended_resolve(w, n);
	}
	c = fdt_controller_find(w, n->parent);
	if (c == NULL || !c->is_gic) {
		return 0;
	}
	if (n->spec.size % 4U != 0U || n->spec.size / 4U % c->cells != 0U) {
		return interrupt_bad(n, "bytes, and cells of one entry", n->spec.size, c->cells);
	}
	if (n->index >= n->spec.size / 4U / c->cells) {
		return 0;
	}
	return intid_take(n, c, n->index * c->cells);
}

int fdt_interrupts_resolve(struct fdt_walk *w)
{
	int err = 0;

	for (u32 i = 0; i < w->interrupt_count && err == 0; i++) {
		err = interrupt_resolve(w, &w->interrupt[i]);
	}
	return err;
}
