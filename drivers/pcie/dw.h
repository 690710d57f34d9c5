/* SPDX-License-Identifier: Apache-2.0 */
/* The DesignWare PCIe host: its own registers, and a window that leads where it is told to. */
#ifndef BULKHEAD_DRIVERS_PCIE_DW_H
#define BULKHEAD_DRIVERS_PCIE_DW_H

#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/config.h>

/*
 * Maps the registers of @s, points the outbound windows of @h (those that cannot be pointed are
 * taken from it, with a line each), and gives @h its operations. @index: of the host, below
 * PCIE_HOSTS_MAX. BH_ENOMEM: not mapped; BH_EIO: nothing answers; BH_ENOTSUP: not in this build;
 * the log says which, and all of the host's functions read as absent.
 */
#ifdef CONFIG_PCIE_DW
int pcie_dw_open(struct pcie_host *h, u32 index, const struct machine_segment *s);
#else
static inline int pcie_dw_open(struct pcie_host *h, u32 index, const struct machine_segment *s)
{
	(void)h;
	(void)index;
	(void)s;
	return BH_ENOTSUP;
}
#endif

#endif
