/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model of configuration space: functions with registers, some bits of them writable, reached
 * through the bridges above as these are numbered at that moment.
 */
#ifndef TESTS_UNIT_PCIE_MODEL_H
#define TESTS_UNIT_PCIE_MODEL_H

#include <bulkhead/pcie/pcie.h>
#include <bulkhead/pcie/regs.h>

#define MODEL_FUNCTIONS 96U
#define MODEL_BYTES 4096U
#define MODEL_NONE 0xffffU

struct model_function {
	u16 parent; /* index of the bridge above; MODEL_NONE: on root bus `root` */
	u8 root;
	u8 devfn;
	bool restless; /* every word but the first is another one at each read */
	u8 data[MODEL_BYTES];
	u8 writable[MODEL_BYTES];
};

struct model {
	u32 count;
	u64 reads, writes;
	struct model_function fn[MODEL_FUNCTIONS];
};

/* Empties @m, and makes @h a host with buses @first to @last whose configuration space it is. */
void model_open(struct model *m, struct pcie_host *h, u16 segment, u8 first, u8 last);

/* The windows of QEMU's virt machine. */
void model_windows(struct pcie_host *h);

/* Adds a plain function on the bus behind @parent, or on root bus @root; its index. */
u32 model_add(struct model *m, u32 parent, u32 root, u32 devfn, u32 id, u32 class);

/* Adds a bridge of PCIE_TYPE_*, with ACS that can be switched on if @acs. */
u32 model_bridge(struct model *m, u32 parent, u32 root, u32 devfn, u8 type, bool acs);

void model_set(struct model *m, u32 f, u32 offset, u32 width, u32 value);
u32 model_get(const struct model *m, u32 f, u32 offset, u32 width);
void model_writable(struct model *m, u32 f, u32 offset, u32 width, u32 bits);

/* A BAR whose low bits are @type (PCI_BAR_*). */
void model_bar(struct model *m, u32 f, u32 bar, u64 size, u32 type);

/* Puts a capability of @id at @at as the first of the list. Extended ones are chained by hand. */
void model_cap(struct model *m, u32 f, u32 at, u32 id);

/* A PCI Express capability of @type at 0x40; @devcap its device capabilities. */
void model_express(struct model *m, u32 f, u8 type, u32 devcap);

/*
 * What is wrong with the table, in words; NULL if nothing is. Holds for any configuration space.
 */
const char *model_unsound(const struct pcie_tree *t, const struct pcie_host *hosts, u32 count);

#endif
