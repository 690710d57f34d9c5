/* SPDX-License-Identifier: Apache-2.0 */
/* A devicetree that a test edits, and the machine that was read from it. */
#ifndef TESTS_UNIT_FW_TREE_H
#define TESTS_UNIT_FW_TREE_H

#include <libfdt.h>

#include <bulkhead/fw/machine.h>
#include <unit.h>

#define TREE_MAX 32768U

extern u64 tree[TREE_MAX / 8U];
extern struct machine m;

/* Reads exactly @size bytes, so that the sanitizer sees one too many. */
int read_bytes(const void *bytes, size_t size);

/* Reads the tree without the room that edits need. */
int read_tree(void);

/* The tree becomes that of file @name of data/. */
void tree_load(const char *name);

/* A tree of two CPUs and RAM at 1 GiB, to which a test adds what it is about. */
void tree_small(void);

/* Edits; each fails the test if it cannot be done. */
int node_at(const char *path);
void node_add(const char *parent, const char *name);
void prop_set(const char *path, const char *name, const void *value, size_t size);
void text_set(const char *path, const char *name, const char *value);
void cells_set(const char *path, const char *name, const u32 *cells, size_t count);
void device_add(const char *name, const char *compatible, u32 base, u32 size);

#define CELLS(path, name, ...)                                         \
	do {                                                           \
		const u32 cells_[] = { __VA_ARGS__ };                  \
		cells_set((path), (name), cells_, ARRAY_SIZE(cells_)); \
	} while (0)

/* The tree is refused, and the log says why. */
void refused(const char *message);

#endif
