// SPDX-License-Identifier: Apache-2.0
/*
 * The walk over the buses of a host bridge. A bridge is only gone through towards higher bus
 * numbers, within those of the bridge above and beside those of its neighbours, so every bus is
 * visited once, whatever the registers say.
 */
#include <bulkhead/base/log.h>

#include "internal.h"

#define DEVICES 32U
#define FUNCTIONS 8U

/* A bus whose bridges are being gone through. */
struct level {
	u16 bridge;    /* that leads here; PCIE_NONE for a root bus */
	u16 next, end; /* functions of this bus that are left to do */
	u32 last;      /* highest bus number there may be below */
	bool ours;     /* the bridge's numbers are Bulkhead's, and its last one still open */
};

struct walk {
	struct pcie_tree *t;
	const struct pcie_host *h;
	u16 host;
	u32 free_bus; /* no bus from here on is anybody's */
	u32 depth;
	struct level level[PCIE_DEPTH_MAX];
};

static bool id_absent(u32 id)
{
	u32 vendor = id & 0xffffU;

	/* 1: not ready yet, which configuration software has to ask for (PCIe 6.0, 2.3.2). */
	return vendor == 0xffffU || vendor == 0U || vendor == 1U;
}

static void numbers_write(const struct walk *w, const struct pcie_function *f)
{
	u32 v = pcie_host_read(w->h, fn_bdf(f), PCI_BUSES, 4) & 0xff000000U;

	v |= (u32)f->subordinate << 16 | (u32)f->secondary << 8;
	if (f->secondary != 0U)
		v |= fn_bus(f);
	pcie_host_write(w->h, fn_bdf(f), PCI_BUSES, 4, v);
}

/* Nothing passes @f from here on. */
static void bridge_shut(const struct walk *w, struct pcie_function *f)
{
	pcie_host_write(w->h, fn_bdf(f), PCI_COMMAND, 2, 0);
	f->secondary = 0;
	f->subordinate = 0;
	f->state = PCIE_SHUT;
	numbers_write(w, f);
}

/* Adds the function to the table. Says whether its device has others. */
static bool function_found(struct walk *w, u32 bdf, u32 id, u16 parent)
{
	struct pcie_tree *t = w->t;
	struct pcie_function spare, *f = &spare;

	if (t->count < CONFIG_PCIE_FUNCTIONS)
		f = &t->fn[t->count];
	function_read(w->h, bdf, id, f);
	f->host = w->host;
	f->parent = parent;
	if (f != &spare) {
		t->count++;
		return f->multifunction;
	}
	t->unseen++;
	if (fn_bridge(f))
		bridge_shut(w, f);
	return f->multifunction;
}

/* Behind a port there is one device, and it is number 0 (PCIe 6.0, 7.3.1). */
static u32 devices_on(const struct walk *w, u16 parent)
{
	const struct pcie_function *b = parent == PCIE_NONE ? NULL : &w->t->fn[parent];

	if (b == NULL || b->cap[PCIE_EXPRESS] == 0U)
		return DEVICES;
	return b->type == PCIE_TYPE_ROOT_PORT || b->type == PCIE_TYPE_DOWNSTREAM ? 1U : DEVICES;
}

static void bus_scan(struct walk *w, u32 bus, u16 parent)
{
	u32 devices = devices_on(w, parent);

	for (u32 device = 0; device < devices; device++) {
		u32 functions = 1;

		for (u32 i = 0; i < functions; i++) {
			u32 bdf = bus << 8 | device << 3 | i;
			u32 id = pcie_host_read(w->h, bdf, PCI_ID, 4);

			if (id_absent(id))
				continue;
			if (function_found(w, bdf, id, parent) && i == 0U)
				functions = FUNCTIONS;
		}
	}
}

/* May the bridge @at of the bus of @l keep the numbers it came with? */
static bool numbers_valid(const struct walk *w, const struct level *l, u32 first, u32 at)
{
	const struct pcie_function *f = &w->t->fn[at];

	if (f->secondary <= fn_bus(f) || f->subordinate < f->secondary || f->subordinate > l->last)
		return false;
	for (u32 i = first; i < at; i++) {
		const struct pcie_function *o = &w->t->fn[i];

		if (fn_bridge(o) && o->secondary <= f->subordinate &&
		    f->secondary <= o->subordinate)
			return false;
	}
	return true;
}

/* Takes over the numbers of the bridges on the bus of @l, and forgets those that cannot be. */
static void numbers_check(struct walk *w, const struct level *l)
{
	for (u32 i = l->next; i < l->end; i++) {
		struct pcie_function *f = &w->t->fn[i];
		char text[SBDF_TEXT];

		if (!fn_bridge(f))
			continue;
		if (numbers_valid(w, l, l->next, i)) {
			if (w->free_bus <= f->subordinate)
				w->free_bus = f->subordinate + 1U;
			continue;
		}
		if (f->secondary != 0U || f->subordinate != 0U)
			log_warn("pcie: %s: buses %u to %u forgotten, expected some of %u to %u "
				 "that no other bridge has",
				 sbdf_text(text, f->sbdf), f->secondary, f->subordinate,
				 fn_bus(f) + 1U, l->last);
		f->secondary = 0;
		f->subordinate = 0;
	}
}

/* Scans @bus and makes it the level to go on with. */
static void level_enter(struct walk *w, u32 bus, u16 bridge, u32 last)
{
	struct level *l = &w->level[w->depth++];

	*l = (struct level){ .bridge = bridge, .next = (u16)w->t->count, .last = last };
	bus_scan(w, bus, bridge);
	l->end = (u16)w->t->count;
	if (bridge != PCIE_NONE) {
		w->t->fn[bridge].child_first = l->next;
		w->t->fn[bridge].child_count = (u16)(l->end - l->next);
	}
	numbers_check(w, l);
}

/* Gives the bridge numbers if it has none, and goes through it; shuts it where it cannot. */
static void bridge_enter(struct walk *w, u16 at)
{
	const struct level *l = &w->level[w->depth - 1U];
	struct pcie_function *f = &w->t->fn[at];
	bool ours = f->secondary == 0U;
	char text[SBDF_TEXT];

	if (w->depth == PCIE_DEPTH_MAX || (ours && w->free_bus > l->last)) {
		log_warn("pcie: %s: what is behind this bridge stays unseen: %s",
			 sbdf_text(text, f->sbdf),
			 ours && w->free_bus > l->last ? "no bus number is left"
						       : "too many bridges above it");
		bridge_shut(w, f);
		return;
	}
	if (ours) {
		f->secondary = (u8)w->free_bus++;
		f->subordinate = (u8)l->last;
	}
	numbers_write(w, f);
	level_enter(w, f->secondary, at, f->subordinate);
	w->level[w->depth - 1U].ours = ours;
}

static void level_leave(struct walk *w)
{
	const struct level *l = &w->level[--w->depth];

	if (l->ours) {
		w->t->fn[l->bridge].subordinate = (u8)(w->free_bus - 1U);
		numbers_write(w, &w->t->fn[l->bridge]);
	}
}

/* The first bus from @from on where a device answers; one past the last if none does. */
static u32 bus_search(const struct walk *w, u32 from)
{
	for (u32 bus = from; bus <= w->h->bus_last; bus++) {
		for (u32 device = 0; device < DEVICES; device++) {
			if (!id_absent(pcie_host_read(w->h, bus << 8 | device << 3, PCI_ID, 4)))
				return bus;
		}
	}
	return w->h->bus_last + 1U;
}

static bool more_roots(const struct walk *w, u32 first)
{
	bool more = false;

	for (u32 i = first; i < w->t->count; i++)
		more = more || (w->t->fn[i].quirks & PCIE_QUIRK_MORE_ROOTS) != 0U;
	return more;
}

/* The hierarchy from root bus @bus on. Returns the next root bus, or one past the last bus. */
static u32 root_walk(struct walk *w, u32 bus, bool *more)
{
	struct level *l = &w->level[0];
	u32 next = w->h->bus_last + 1U;

	w->free_bus = bus + 1U;
	level_enter(w, bus, PCIE_NONE, w->h->bus_last);
	*more = *more || more_roots(w, l->next);
	if (*more)
		next = bus_search(w, w->free_bus);
	l->last = next - 1U;
	while (w->depth != 0U) {
		struct level *top = &w->level[w->depth - 1U];

		if (top->next == top->end)
			level_leave(w);
		else if (fn_bridge(&w->t->fn[top->next]))
			bridge_enter(w, top->next++);
		else
			top->next++;
	}
	return next;
}

void host_walk(struct pcie_tree *t, const struct pcie_host *h, u16 index)
{
	struct walk w = { .t = t, .h = h, .host = index };
	bool more = false;

	for (u32 bus = h->bus_first; bus <= h->bus_last;)
		bus = root_walk(&w, bus, &more);
}
