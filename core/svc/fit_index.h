/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index of a devicetree that libfdt has checked: where each tag of its structure block lies,
 * found by one walk of libfdt's. It answers what the verifier asks of the tree; libfdt itself would
 * check a node and walk from it anew at every question.
 *
 * A node, or a property, is known by the place of its tag in the index; a negative one is none.
 */
#ifndef BULKHEAD_SVC_FIT_INDEX_H
#define BULKHEAD_SVC_FIT_INDEX_H

#include <bulkhead/lib/types.h>

struct fit_tag {
	u32 tag; /* FDT_BEGIN_NODE and its like (Devicetree Specification v0.4, 5.4.1) */
	u32 at;  /* offset in the structure block */
};

struct fit_index {
	const void *fdt;
	const u8 *structure;
	const char *strings;
	u32 end; /* of the structure: where the last tag, FDT_END, ends */
	u32 count;
	u32 room; /* set by the caller, as @tag */
	struct fit_tag *tag;
};

/*
 * Fills @x from @fdt, which fdt_check_full() has found sound, and which stays as it is while @x is
 * asked. BH_EINVAL: a tag is broken after all; BH_EOVERFLOW: there are more tags than room.
 */
int fit_index_make(struct fit_index *x, const void *fdt);

/*
 * The node that begins behind the begin of @node, wherever; *@depth counts how much deeper it lies.
 * BH_ENOENT: there is none, or *@depth fell below 0.
 */
int fit_next_node(const struct fit_index *x, int node, int *depth);

/* The first child of @node, and the one behind @child; BH_ENOENT: there is none. */
int fit_first_child(const struct fit_index *x, int node);
int fit_next_child(const struct fit_index *x, int child);

/* The child of @node called exactly @name; BH_ENOENT: there is none. */
int fit_child(const struct fit_index *x, int node, const char *name);

const char *fit_name(const struct fit_index *x, int node);

/* The first property of @node, and the one behind @prop; BH_ENOENT: there is none. */
int fit_first_prop(const struct fit_index *x, int node);
int fit_next_prop(const struct fit_index *x, int prop);

/* The name of @prop and, unless @nameoff is NULL, where it is in the strings block. */
const char *fit_prop_name(const struct fit_index *x, int prop, u32 *nameoff);

/* The value of property @name of @node, *@len bytes; NULL and -1: it has none. */
const void *fit_prop(const struct fit_index *x, int node, const char *name, int *len);

#endif
