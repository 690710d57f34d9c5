/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the enumeration share: two hosts on models, and the tree as it is logged. */
#ifndef TESTS_UNIT_PCIE_TREE_H
#define TESTS_UNIT_PCIE_TREE_H

#include <lines.h>
#include <unit.h>

#include "model.h"

#define EDU 0x11e81234U
#define NVME 0x00101b36U
#define IGB 0x10c98086U

extern struct model m, other;
extern struct pcie_host host[2];

/* One host with 256 buses and the windows of a machine without firmware; nothing on it yet. */
int tree_setup(void **state);
#define TREE(name) cmocka_unit_test_setup(name, tree_setup)

/* Enumerates the first @count hosts; fails if the table is unsound. */
void tree_find(u32 count);

/* A function of segment 0, which must be there. */
struct pcie_function *at(u32 bus, u32 dev, u32 fn);

/* An NVMe controller with FLR, MSI-X in its BAR 0, and BAR 4. */
u32 nvme_add(u32 parent, u32 devfn);

/* The log of the tree must be these lines. TREE_IS("line", "line"). */
void tree_is(const char *const *want, u32 count);
#define TREE_IS(...)                                                \
	do {                                                        \
		static const char *const want_[] = { __VA_ARGS__ }; \
		tree_is(want_, ARRAY_SIZE(want_));                  \
	} while (0)

/* Something was logged that contains @text. */
void warned(const char *text);

#endif
