/* SPDX-License-Identifier: Apache-2.0 */
/* PCI configuration space by ECAM or by ports CF8/CFC. */
#ifndef BULKHEAD_PCIE_CONFIG_H
#define BULKHEAD_PCIE_CONFIG_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>

#define PCI_SBDF(seg, bus, dev, fn) \
	((pci_sbdf_t){ ((u32)(seg) << 16) | ((u32)(bus) << 8) | ((u32)(dev) << 3) | (u32)(fn) })

/*
 * Naturally aligned accesses of 1, 2 or 4 bytes at @offset (below 4096; below 256 by ports). What
 * is not there, or outside the segment's buses, reads all-ones; writes to it are dropped.
 */
u32 pci_config_read(pci_sbdf_t f, u32 offset, u32 width);
void pci_config_write(pci_sbdf_t f, u32 offset, u32 width, u32 value);

/* Maps the ECAM windows of the machine. STAGE_DMA_BLOCK may need it, so it runs on first use. */
int pci_config_init(void);

#endif
