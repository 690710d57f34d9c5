/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the enumeration share. */
#ifndef BULKHEAD_DRIVERS_PCIE_INTERNAL_H
#define BULKHEAD_DRIVERS_PCIE_INTERNAL_H

#include <bulkhead/pcie/pcie.h>
#include <bulkhead/pcie/regs.h>

/* Text of an address: "0000:00:02.0". */
#define SBDF_TEXT 16U
const char *sbdf_text(char text[SBDF_TEXT], pci_sbdf_t f);

static inline u32 fn_bdf(const struct pcie_function *f)
{
	return f->sbdf.v & 0xffffU;
}

static inline u32 fn_bus(const struct pcie_function *f)
{
	return (f->sbdf.v >> 8) & 0xffU;
}

static inline bool fn_bridge(const struct pcie_function *f)
{
	return f->layout == PCI_HEADER_BRIDGE;
}

/*
 * function.c: reads the function @bdf of @h, which answered @id, into @f: header, BARs with their
 * sizes, capabilities. Its decoding and mastering are off afterwards, unless Bulkhead or the
 * machine uses it (PCIE_OURS). What contradicts itself is left out and named in the log.
 */
void function_read(const struct pcie_host *h, u32 bdf, u32 id, struct pcie_function *f);

/* caps.c: capabilities of @f into its fields; those that report or translate are switched off. */
void caps_read(const struct pcie_host *h, struct pcie_function *f, u32 first);

/* quirk.c: PCIE_QUIRK_* of a device. */
u8 quirks_of(u16 vendor, u16 device);

/* walk.c: every function of host number @index into @t; gives bridges bus numbers. */
void host_walk(struct pcie_tree *t, const struct pcie_host *h, u16 index);

/*
 * assign.c: gives the BARs of the functions of @h from @first on addresses in its windows, and
 * bridges the windows to get there; where firmware has assigned any, checks what it assigned.
 */
void host_assign(struct pcie_tree *t, const struct pcie_host *h, u32 first);

/* group.c: isolation groups and aliases of all functions. */
void tree_group(struct pcie_tree *t);

#endif
