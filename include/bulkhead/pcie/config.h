/* SPDX-License-Identifier: Apache-2.0 */
/* PCI host bridges, and configuration space behind them. */
#ifndef BULKHEAD_PCIE_CONFIG_H
#define BULKHEAD_PCIE_CONFIG_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>

#define PCI_SBDF(seg, bus, dev, fn) \
	((pci_sbdf_t){ ((u32)(seg) << 16) | ((u32)(bus) << 8) | ((u32)(dev) << 3) | (u32)(fn) })

#define PCIE_HOSTS_MAX MACHINE_SEGMENTS_MAX

struct dw;
struct pcie_host;

/* How a host bridge reaches configuration space. */
struct pcie_config_ops {
	u32 bytes; /* of configuration space that can be reached of a function: 4096 or 256 */
	/*
	 * One access of @width bytes (1, 2, 4), aligned, below @bytes, to a function @bdf (bus
	 * 15:8, device 7:3, function 2:0) on a bus of @h. What is not there reads all-ones.
	 */
	u32 (*read)(const struct pcie_host *h, u32 bdf, u32 offset, u32 width);
	void (*write)(const struct pcie_host *h, u32 bdf, u32 offset, u32 width, u32 value);
};

/* A host bridge: some buses of a segment, a way to their configuration space, and windows. */
struct pcie_host {
	u16 segment;
	u8 bus_first, bus_last;
	const struct pcie_config_ops *ops;
	volatile u8 *ecam; /* of bus_first, for the ECAM operations */
	u64 ecam_size;
	struct dw *dw; /* for the DesignWare operations */
	struct machine_window window[MACHINE_WINDOWS];
};

/*
 * The host bridges of the machine, in the order of its segments. Mapped on first use, because
 * STAGE_DMA_BLOCK may need one. BH_ENOMEM if an ECAM window cannot be mapped: its functions read
 * as absent.
 */
int pci_config_init(void);
u32 pcie_hosts(const struct pcie_host **out);

/*
 * Naturally aligned accesses of 1, 2 or 4 bytes at @offset (below 4096; below 256 by ports). What
 * is not there, or outside the host's buses, reads all-ones; writes to it are dropped. No lock.
 */
u32 pcie_host_read(const struct pcie_host *h, u32 bdf, u32 offset, u32 width);
void pcie_host_write(const struct pcie_host *h, u32 bdf, u32 offset, u32 width, u32 value);

/* The same of any function of the machine. */
u32 pci_config_read(pci_sbdf_t f, u32 offset, u32 width);
void pci_config_write(pci_sbdf_t f, u32 offset, u32 width, u32 value);

#endif
