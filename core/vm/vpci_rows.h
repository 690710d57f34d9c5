/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest sees of a function's configuration space: scripts/vpci_page.py makes the tables of
 * docs/pcie-guest.md of these lines. PCI Local Bus 3.0 chapter 6, PCI Express Base 6.0 chapter 7.
 *
 * REGISTER(name, offset, width, reset, board, writable, live, act). Whatever is in no line reads 0,
 * and writes to it are dropped.
 */
/* clang-format off */
#ifdef HEADER
HEADER("Vendor ID", 0x00, 2, 0, 0xffff, 0, 0, VPCI_REMEMBER)
HEADER("Device ID", 0x02, 2, 0, 0xffff, 0, 0, VPCI_REMEMBER)
HEADER("Command", 0x04, 2, 0x0006, 0, 0x0546, 0, VPCI_COMMAND)
HEADER("Status", 0x06, 2, 0x0010, 0, 0, 0x0008, VPCI_COMMAND)
HEADER("Revision, class", 0x08, 4, 0, 0xffffffff, 0, 0, VPCI_REMEMBER)
HEADER("Cache line size", 0x0c, 1, 0, 0, 0xff, 0, VPCI_REMEMBER)
HEADER("Subsystem vendor", 0x2c, 2, 0, 0xffff, 0, 0, VPCI_REMEMBER)
HEADER("Subsystem", 0x2e, 2, 0, 0xffff, 0, 0, VPCI_REMEMBER)
HEADER("Interrupt line", 0x3c, 1, 0, 0, 0xff, 0, VPCI_REMEMBER)
#undef HEADER
#endif

#ifdef POWER
POWER("PMC", 0x2, 2, 0, 0x0007, 0, 0, VPCI_REMEMBER)
POWER("PMCSR", 0x4, 2, 0x0008, 0, 0x0003, 0, VPCI_POWER)
#undef POWER
#endif

#ifdef EXPRESS
EXPRESS("PCI Express capabilities", 0x2, 2, 0x0090, 0x000f, 0, 0, VPCI_REMEMBER)
EXPRESS("Device capabilities", 0x4, 4, 0, 0x00008027, 0, 0, VPCI_REMEMBER)
EXPRESS("Device control", 0x8, 2, 0, 0x7ef0, 0x79ff, 0, VPCI_REMEMBER)
#undef EXPRESS
#endif

#ifdef EXPRESS2
EXPRESS2("Device capabilities 2", 0x24, 4, 0, 0x0000001f, 0, 0, VPCI_REMEMBER)
EXPRESS2("Device control 2", 0x28, 2, 0, 0x001f, 0x001f, 0, VPCI_REMEMBER)
#undef EXPRESS2
#endif

#ifdef MSI
MSI("MSI control", 0x2, 2, 0, 0x0080, 0x0001, 0, VPCI_MSI)
MSI("MSI address", 0x4, 4, 0, 0, 0xfffffffc, 0, VPCI_MSI)
#undef MSI
#endif

#ifdef MSI32
MSI32("MSI data", 0x8, 2, 0, 0, 0xffff, 0, VPCI_MSI)
#undef MSI32
#endif

#ifdef MSI64
MSI64("MSI upper address", 0x8, 4, 0, 0, 0xffffffff, 0, VPCI_MSI)
MSI64("MSI data", 0xc, 2, 0, 0, 0xffff, 0, VPCI_MSI)
#undef MSI64
#endif

#ifdef MSIX
MSIX("MSI-X control", 0x2, 2, 0, 0, 0xc000, 0, VPCI_MSIX)
MSIX("MSI-X table", 0x4, 4, 0, 0xffffffff, 0, 0, VPCI_REMEMBER)
MSIX("MSI-X pending bits", 0x8, 4, 0, 0xffffffff, 0, 0, VPCI_REMEMBER)
#undef MSIX
#endif

/* CAPABILITY(id, name, how) */
#ifdef CAPABILITY
CAPABILITY(0x01, "power management", SHOWN)
CAPABILITY(0x02, "AGP", HIDDEN)
CAPABILITY(0x03, "vital product data", HIDDEN)
CAPABILITY(0x04, "slot identification", HIDDEN)
CAPABILITY(0x05, "MSI", OFFERED)
CAPABILITY(0x06, "CompactPCI hot swap", HIDDEN)
CAPABILITY(0x07, "PCI-X", HIDDEN)
CAPABILITY(0x08, "HyperTransport", HIDDEN)
CAPABILITY(0x09, "vendor specific", COPIED)
CAPABILITY(0x0a, "debug port", HIDDEN)
CAPABILITY(0x0b, "CompactPCI resources", HIDDEN)
CAPABILITY(0x0c, "hot plug", HIDDEN)
CAPABILITY(0x0d, "bridge subsystem", HIDDEN)
CAPABILITY(0x0e, "AGP 8x", HIDDEN)
CAPABILITY(0x0f, "secure device", HIDDEN)
CAPABILITY(0x10, "PCI Express", SHOWN)
CAPABILITY(0x11, "MSI-X", OFFERED)
CAPABILITY(0x12, "SATA data", HIDDEN)
CAPABILITY(0x13, "advanced features", HIDDEN)
CAPABILITY(0x14, "enhanced allocation", HIDDEN)
CAPABILITY(0x15, "flattening portal bridge", HIDDEN)
#undef CAPABILITY
#endif
