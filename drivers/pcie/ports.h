/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration access through ports 0xcf8 and 0xcfc (PCI 3.0, 3.2.2.3.2). */
#ifndef BULKHEAD_DRIVERS_PCIE_PORTS_H
#define BULKHEAD_DRIVERS_PCIE_PORTS_H

#include <bulkhead/lib/types.h>

/*
 * One access of @width bytes (1, 2, 4; checked by the caller) at @offset below 256 of function
 * @bdf (bus 15:8, device 7:3, function 2:0). Reads all-ones where there are no such ports.
 */
#ifdef CONFIG_PCIE_PORTS
u32 pci_ports_read(u32 bdf, u32 offset, u32 width);
void pci_ports_write(u32 bdf, u32 offset, u32 width, u32 value);
#else
static inline u32 pci_ports_read(u32 bdf, u32 offset, u32 width)
{
	(void)bdf;
	(void)offset;
	(void)width;
	return ~0U;
}

static inline void pci_ports_write(u32 bdf, u32 offset, u32 width, u32 value)
{
	(void)bdf;
	(void)offset;
	(void)width;
	(void)value;
}
#endif

#endif
