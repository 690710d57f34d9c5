// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "model.h"

static struct model *owner[PCIE_HOSTS_MAX];
static u16 owner_segment[PCIE_HOSTS_MAX];
static u32 owners;

static struct model *model_of(const struct pcie_host *h)
{
	for (u32 i = 0; i < owners; i++)
		if (owner_segment[i] == h->segment)
			return owner[i];
	return NULL;
}

static bool leads_to(const struct model_function *f, u32 bus)
{
	return (f->data[PCI_HEADER_TYPE] & PCI_HEADER_LAYOUT) == PCI_HEADER_BRIDGE &&
	       f->data[PCI_BUSES + 1U] <= bus && f->data[PCI_BUSES + 2U] >= bus;
}

/* The bridge behind @parent (or on a root bus) that forwards to @bus. */
static u32 bridge_to(const struct model *m, u32 parent, u32 bus)
{
	for (u32 i = 0; i < m->count; i++)
		if (m->fn[i].parent == parent && leads_to(&m->fn[i], bus) &&
		    (parent != MODEL_NONE || m->fn[i].root < bus))
			return i;
	return MODEL_NONE;
}

static struct model_function *on_bus(struct model *m, u32 parent, u32 root, u32 devfn)
{
	for (u32 i = 0; i < m->count; i++)
		if (m->fn[i].parent == parent && m->fn[i].devfn == devfn &&
		    (parent != MODEL_NONE || m->fn[i].root == root))
			return &m->fn[i];
	return NULL;
}

/* Routes an access: by root bus, else down through one bridge after the other. */
static struct model_function *route(struct model *m, u32 bdf)
{
	u32 bus = bdf >> 8, at;

	for (u32 i = 0; i < m->count; i++)
		if (m->fn[i].parent == MODEL_NONE && m->fn[i].root == bus)
			return on_bus(m, MODEL_NONE, bus, bdf & 0xffU);
	at = bridge_to(m, MODEL_NONE, bus);
	for (u32 depth = 0; depth < m->count && at != MODEL_NONE; depth++) {
		if (m->fn[at].data[PCI_BUSES + 1U] == bus)
			return on_bus(m, at, 0, bdf & 0xffU);
		at = bridge_to(m, at, bus);
	}
	return NULL;
}

static u32 model_read(const struct pcie_host *h, u32 bdf, u32 offset, u32 width)
{
	struct model *m = model_of(h);
	const struct model_function *f = route(m, bdf);
	u32 v = 0;

	m->reads++;
	if (f == NULL)
		return width == 4U ? ~0U : (1U << (8U * width)) - 1U;
	memcpy(&v, f->data + offset, width);
	if (f->restless && offset >= 4U)
		v ^= (u32)(m->reads * 0x9e3779b9U) >> (32U - 8U * width);
	return v;
}

static void model_write(const struct pcie_host *h, u32 bdf, u32 offset, u32 width, u32 value)
{
	struct model *m = model_of(h);
	struct model_function *f = route(m, bdf);

	m->writes++;
	for (u32 i = 0; i < width && f != NULL; i++) {
		u8 bits = f->writable[offset + i];

		f->data[offset + i] =
			(u8)((f->data[offset + i] & ~bits) | ((value >> (8U * i)) & bits));
	}
}

static const struct pcie_config_ops ops = { MODEL_BYTES, model_read, model_write };

void model_open(struct model *m, struct pcie_host *h, u16 segment, u8 first, u8 last)
{
	u32 i = 0;

	memset(m, 0, sizeof(*m));
	memset(h, 0, sizeof(*h));
	h->segment = segment;
	h->bus_first = first;
	h->bus_last = last;
	h->ops = &ops;
	while (i < owners && owner_segment[i] != segment)
		i++;
	owner[i] = m;
	owner_segment[i] = segment;
	owners = i == owners ? owners + 1U : owners;
}

void model_windows(struct pcie_host *h)
{
	h->window[MACHINE_WINDOW_IO] = (struct machine_window){ HPA(0x3eff0000), 0x10000, 0 };
	h->window[MACHINE_WINDOW_MEM32] =
		(struct machine_window){ HPA(0x10000000), 0x2eff0000, 0x10000000 };
	h->window[MACHINE_WINDOW_MEM64] =
		(struct machine_window){ HPA(0x8000000000), 0x8000000000, 0x8000000000 };
}

u32 model_add(struct model *m, u32 parent, u32 root, u32 devfn, u32 id, u32 class)
{
	u32 f = m->count++;

	m->fn[f].parent = (u16)parent;
	m->fn[f].root = (u8)root;
	m->fn[f].devfn = (u8)devfn;
	model_set(m, f, PCI_ID, 4, id);
	model_set(m, f, PCI_CLASS_REVISION, 4, class << 8);
	model_writable(m, f, PCI_COMMAND, 2, 0x0547);
	return f;
}

u32 model_bridge(struct model *m, u32 parent, u32 root, u32 devfn, u8 type, bool acs)
{
	u32 f = model_add(m, parent, root, devfn, 0x000c1b36, 0x060400);

	model_set(m, f, PCI_HEADER_TYPE, 1, PCI_HEADER_BRIDGE);
	model_writable(m, f, PCI_BUSES, 4, 0xffffff);
	model_writable(m, f, PCI_IO_WINDOW, 2, 0xf0f0);
	model_writable(m, f, PCI_MEMORY_WINDOW, 4, 0xfff0fff0);
	model_writable(m, f, PCI_PREFETCH_WINDOW, 4, 0xfff0fff0);
	model_set(m, f, PCI_PREFETCH_WINDOW, 4, 0x00010001);
	model_writable(m, f, PCI_PREFETCH_BASE_HIGH, 4, ~0U);
	model_writable(m, f, PCI_PREFETCH_LIMIT_HIGH, 4, ~0U);
	model_express(m, f, type, 0);
	if (acs) {
		model_set(m, f, 0x100, 4, 0x00010000U | PCIE_EXT_ID_ACS);
		model_set(m, f, 0x104, 2, 0x5f);
		model_writable(m, f, 0x106, 2, 0x5f);
	}
	return f;
}

void model_set(struct model *m, u32 f, u32 offset, u32 width, u32 value)
{
	memcpy(m->fn[f].data + offset, &value, width);
}

u32 model_get(const struct model *m, u32 f, u32 offset, u32 width)
{
	u32 v = 0;

	memcpy(&v, m->fn[f].data + offset, width);
	return v;
}

void model_writable(struct model *m, u32 f, u32 offset, u32 width, u32 bits)
{
	memcpy(m->fn[f].writable + offset, &bits, width);
}

void model_bar(struct model *m, u32 f, u32 bar, u64 size, u32 type)
{
	u32 at = PCI_BAR0 + 4U * bar;
	u64 mask = ~(size - 1U);

	model_set(m, f, at, 4, type);
	model_writable(m, f, at, 4,
		       (u32)mask &
			       ((type & PCI_BAR_IO) != 0U ? PCI_BAR_IO_MASK : PCI_BAR_MEMORY_MASK));
	if ((type & (PCI_BAR_IO | PCI_BAR_TYPE)) == PCI_BAR_TYPE_64)
		model_writable(m, f, at + 4U, 4, (u32)(mask >> 32));
}

void model_cap(struct model *m, u32 f, u32 at, u32 id)
{
	model_set(m, f, at, 2, model_get(m, f, PCI_CAPABILITIES, 1) << 8 | id);
	model_set(m, f, PCI_CAPABILITIES, 1, at);
	model_set(m, f, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES);
}

void model_express(struct model *m, u32 f, u8 type, u32 devcap)
{
	model_cap(m, f, 0x40, PCI_CAP_ID_PCIE);
	model_set(m, f, 0x42, 2, 2U | (u32)type << 4);
	model_set(m, f, 0x44, 4, devcap);
	model_writable(m, f, 0x48, 2, 0x7fff);
	model_set(m, f, 0x48, 2, 0x2810 | PCIE_DEVCTL_REPORTS);
}

static bool space_shared(const struct pcie_bar *a, const struct pcie_bar *b)
{
	return (a->kind == MACHINE_WINDOW_IO) == (b->kind == MACHINE_WINDOW_IO) &&
	       range_overlaps(a->base.v, a->size, b->base.v, b->size);
}

static const char *bar_unsound(const struct pcie_tree *t, const struct pcie_host *hosts, u32 at,
			       u32 bar)
{
	const struct pcie_function *f = &t->fn[at];
	const struct pcie_bar *b = &f->bar[bar];
	const struct machine_window *w = hosts[f->host].window;
	bool any = false, inside = false;

	if (b->base.v == 0U)
		return b->bus == 0U ? NULL : "a BAR has an address on the bus alone";
	if (b->size == 0U || (b->size & (b->size - 1U)) != 0U || !IS_ALIGNED(b->bus, b->size))
		return "a BAR has an address that it cannot hold";
	for (u32 i = 0; i < MACHINE_WINDOWS; i++) {
		any = any || w[i].size != 0U;
		inside = inside || range_inside(b->base.v, b->size, w[i].base.v, w[i].size);
	}
	if (any && !inside)
		return "a BAR lies outside the windows";
	for (u32 i = 0; i <= at; i++)
		for (u32 k = 0; k < PCIE_BARS; k++)
			if ((i != at || k < bar) && t->fn[i].bar[k].base.v != 0U &&
			    space_shared(&t->fn[i].bar[k], b))
				return "two BARs share a byte";
	return NULL;
}

static const char *function_unsound(const struct pcie_tree *t, u32 at)
{
	const struct pcie_function *f = &t->fn[at];
	const struct pcie_function *up = f->parent == PCIE_NONE ? NULL : &t->fn[f->parent];
	u32 bus = (f->sbdf.v >> 8) & 0xffU;

	if (f->parent != PCIE_NONE && f->parent >= at)
		return "a function stands before its bridge";
	if (up != NULL && (bus != up->secondary || up->state != PCIE_PATH))
		return "a function is not on the bus behind its bridge";
	if (f->group >= t->groups || f->alias_count > PCIE_ALIASES_MAX)
		return "a function has no group";
	if (f->state == PCIE_PATH && (f->secondary <= bus || f->subordinate < f->secondary))
		return "a bridge leads to lower buses";
	if (up != NULL && f->state == PCIE_PATH && f->subordinate > up->subordinate)
		return "a bridge leads further than the one above";
	if (f->child_count != 0U && f->child_first + f->child_count > t->count)
		return "a bridge has children beyond the table";
	if (f->msix.vectors != 0U &&
	    (!range_inside(f->msix.table, f->msix.vectors * 16U, 0,
			   f->bar[f->msix.table_bar].size) ||
	     !range_inside(f->msix.pba, 8, 0, f->bar[f->msix.pba_bar].size)))
		return "an MSI-X table lies outside its BAR";
	for (u32 i = 0; i < PCIE_CAPS; i++)
		if (f->cap[i] >= MODEL_BYTES)
			return "a capability lies outside configuration space";
	return NULL;
}

const char *model_unsound(const struct pcie_tree *t, const struct pcie_host *hosts, u32 count)
{
	const char *what = NULL;

	if (t->count > CONFIG_PCIE_FUNCTIONS)
		return "more functions than there is room for";
	for (u32 i = 0; i < t->count && what == NULL; i++) {
		if (t->fn[i].host >= count)
			return "a function without host";
		what = function_unsound(t, i);
		for (u32 k = 0; k < PCIE_BARS && what == NULL; k++)
			what = bar_unsound(t, hosts, i, k);
		if (what == NULL && i != 0U &&
		    t->fn[t->order[i - 1U]].sbdf.v >= t->fn[t->order[i]].sbdf.v)
			what = "the order is not one";
	}
	return what;
}
