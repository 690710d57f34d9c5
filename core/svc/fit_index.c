// SPDX-License-Identifier: Apache-2.0
#include <libfdt.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fit_index.h"

int fit_index_make(struct fit_index *x, const void *fdt)
{
	u32 tag = FDT_NOP;
	int next = 0;

	x->fdt = fdt;
	x->structure = (const u8 *)fdt + fdt_off_dt_struct(fdt);
	x->strings = (const char *)fdt + fdt_off_dt_strings(fdt);
	x->count = 0;
	while (tag != FDT_END) {
		const int at = next;

		if (x->count == x->room)
			return BH_EOVERFLOW;
		tag = fdt_next_tag(fdt, at, &next);
		if (next <= at)
			return BH_EINVAL;
		x->tag[x->count] = (struct fit_tag){ .tag = tag, .at = (u32)at };
		x->count++;
	}
	x->end = (u32)next;
	return 0;
}

int fit_next_node(const struct fit_index *x, int node, int *depth)
{
	for (u32 i = (u32)node + 1U; i < x->count; i++) {
		if (x->tag[i].tag == FDT_BEGIN_NODE) {
			++*depth;
			return (int)i;
		}
		if (x->tag[i].tag == FDT_END_NODE)
			--*depth;
		if (*depth < 0)
			break;
	}
	return BH_ENOENT;
}

int fit_first_child(const struct fit_index *x, int node)
{
	int depth = 0;
	const int child = fit_next_node(x, node, &depth);

	return depth == 1 ? child : BH_ENOENT;
}

int fit_next_child(const struct fit_index *x, int child)
{
	int depth = 1;

	do {
		child = fit_next_node(x, child, &depth);
		if (child < 0 || depth < 1)
			return BH_ENOENT;
	} while (depth > 1);
	return child;
}

int fit_child(const struct fit_index *x, int node, const char *name)
{
	int child = fit_first_child(x, node);

	while (child >= 0 && strcmp(fit_name(x, child), name) != 0)
		child = fit_next_child(x, child);
	return child;
}

const char *fit_name(const struct fit_index *x, int node)
{
	return (const char *)x->structure + x->tag[node].at + FDT_TAGSIZE;
}

static const struct fdt_property *property(const struct fit_index *x, int prop)
{
	return (const void *)(x->structure + x->tag[prop].at);
}

/* Properties stand before a node's children (5.4.2), and NOPs anywhere. */
int fit_next_prop(const struct fit_index *x, int prop)
{
	u32 i = (u32)prop + 1U;

	while (i < x->count && x->tag[i].tag == FDT_NOP)
		i++;
	return i < x->count && x->tag[i].tag == FDT_PROP ? (int)i : BH_ENOENT;
}

int fit_first_prop(const struct fit_index *x, int node)
{
	return fit_next_prop(x, node);
}

const char *fit_prop_name(const struct fit_index *x, int prop, u32 *nameoff)
{
	const u32 at = fdt32_to_cpu(property(x, prop)->nameoff);

	if (nameoff != NULL)
		*nameoff = at;
	return x->strings + at;
}

const void *fit_prop(const struct fit_index *x, int node, const char *name, int *len)
{
	int prop = fit_first_prop(x, node);

	while (prop >= 0 && strcmp(fit_prop_name(x, prop, NULL), name) != 0)
		prop = fit_next_prop(x, prop);
	if (prop < 0) {
		*len = -1;
		return NULL;
	}
	*len = (int)fdt32_to_cpu(property(x, prop)->len);
	return property(x, prop)->data;
}
