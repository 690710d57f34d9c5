/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of PCI configuration space: PCI Local Bus 3.0 chapter 6, PCI-to-PCI Bridge 1.2
 * chapter 3, PCI Express Base 6.0 chapter 7. Offsets in bytes; of capabilities, from their start.
 */
#ifndef BULKHEAD_PCIE_REGS_H
#define BULKHEAD_PCIE_REGS_H

#define PCI_ID 0x00U /* device 31:16, vendor 15:0 */
#define PCI_COMMAND 0x04U
#define PCI_COMMAND_IO 0x0001U
#define PCI_COMMAND_MEMORY 0x0002U
#define PCI_COMMAND_MASTER 0x0004U
#define PCI_COMMAND_SERR 0x0100U
#define PCI_COMMAND_INTX_OFF 0x0400U
#define PCI_STATUS 0x06U
#define PCI_STATUS_CAPABILITIES 0x0010U
#define PCI_CLASS_REVISION 0x08U /* class 31:8, revision 7:0 */
#define PCI_HEADER_TYPE 0x0eU
#define PCI_HEADER_MULTIFUNCTION 0x80U
#define PCI_HEADER_LAYOUT 0x7fU
#define PCI_HEADER_FUNCTION 0U
#define PCI_HEADER_BRIDGE 1U
#define PCI_HEADER_CARDBUS 2U
#define PCI_BAR0 0x10U
#define PCI_BAR_IO 0x1U
#define PCI_BAR_TYPE 0x6U
#define PCI_BAR_TYPE_32 0x0U
#define PCI_BAR_TYPE_64 0x4U
#define PCI_BAR_PREFETCH 0x8U
#define PCI_BAR_IO_MASK 0xfffffffcU
#define PCI_BAR_MEMORY_MASK 0xfffffff0U
#define PCI_SUBSYSTEM 0x2cU
#define PCI_ROM 0x30U
#define PCI_ROM_MASK 0xfffff800U
#define PCI_CAPABILITIES 0x34U
#define PCI_CACHE_LINE 0x0cU /* latency timer 15:8, cache line size 7:0 */
#define PCI_INTERRUPT_LINE 0x3cU
#define PCI_INTERRUPT_PIN 0x3dU

/* Of bridges. */
#define PCI_BUSES 0x18U     /* subordinate 23:16, secondary 15:8, primary 7:0 */
#define PCI_IO_WINDOW 0x1cU /* limit 15:8, base 7:0, in units of 4 KiB from bit 4 on */
#define PCI_IO_WINDOW_TYPE 0x0fU
#define PCI_IO_WINDOW_32 0x01U
#define PCI_MEMORY_WINDOW 0x20U /* limit 31:20, base 15:4, in units of 1 MiB */
#define PCI_PREFETCH_WINDOW 0x24U
#define PCI_PREFETCH_WINDOW_64 0x1U
#define PCI_PREFETCH_BASE_HIGH 0x28U
#define PCI_PREFETCH_LIMIT_HIGH 0x2cU
#define PCI_IO_WINDOW_HIGH 0x30U /* limit 31:16, base 15:0: address bits 31:16 */
#define PCI_BRIDGE_CONTROL 0x3eU
#define PCI_BRIDGE_BUS_RESET 0x40U

/* Capabilities: next 15:8, id 7:0. */
#define PCI_CAP_FIRST 0x40U
#define PCI_CAP_ID_PM 0x01U
#define PCI_CAP_ID_MSI 0x05U
#define PCI_CAP_ID_PCIE 0x10U
#define PCI_CAP_ID_MSIX 0x11U
#define PCI_CAP_ID_AF 0x13U

#define PCI_PM_CONTROL 0x4U
#define PCI_PM_NO_SOFT_RESET 0x8U
#define PCI_PM_STATE 0x3U /* D0 to D3hot */
#define PCI_PM_D3HOT 0x3U
#define PCI_PM_VARYING 0xe103U /* state, PME enable and status, what the data register says */
#define PCI_MSI_CONTROL 0x2U
#define PCI_MSI_ENABLE 0x1U
#define PCI_MSI_MULTIPLE 0x70U /* messages it may send: 2^n */
#define PCI_MSI_64BIT 0x80U
#define PCI_MSI_MASKS 0x100U /* a mask bit a vector */
#define PCI_MSI_ADDRESS 0x4U
#define PCI_MSI_ADDRESS_HIGH 0x8U
#define PCI_MSI_DATA 0x8U /* these: 4 more with 64-bit addresses */
#define PCI_MSI_MASK 0xcU
#define PCI_MSI_PENDING 0x10U
#define PCI_MSIX_CONTROL 0x2U
#define PCI_MSIX_ENABLE 0x8000U
#define PCI_MSIX_MASK_ALL 0x4000U
#define PCI_MSIX_TABLE 0x4U /* offset 31:3, BAR 2:0 */
#define PCI_MSIX_PBA 0x8U
#define PCI_MSIX_BAR 0x7U
#define PCI_MSIX_ENTRY 16U
#define PCI_MSIX_PENDING_BYTES(vectors) (((vectors) + 63ULL) / 64U * 8U)
/* Of an entry. */
#define PCI_MSIX_ADDRESS 0x0U
#define PCI_MSIX_ADDRESS_HIGH 0x4U
#define PCI_MSIX_DATA 0x8U
#define PCI_MSIX_VECTOR_CONTROL 0xcU
#define PCI_MSIX_VECTOR_MASK 0x1U
#define PCI_AF_CAPABILITIES 0x3U
#define PCI_AF_FLR 0x2U
#define PCI_AF_PENDING 0x1U
#define PCI_AF_CONTROL 0x4U
#define PCI_AF_INITIATE 0x1U
#define PCI_AF_STATUS 0x5U
#define PCI_AF_TRANSACTIONS 0x1U

#define PCIE_FLAGS 0x2U /* type 7:4, version 3:0 */
#define PCIE_DEVCAP 0x4U
#define PCIE_DEVCAP_FLR 0x10000000U
#define PCIE_DEVCTL 0x8U
#define PCIE_DEVCTL_REPORTS 0x000fU /* correctable, non-fatal, fatal, unsupported request */
#define PCIE_DEVCTL_FLR 0x8000U
#define PCIE_DEVSTA 0xaU
#define PCIE_DEVSTA_PENDING 0x0020U
#define PCIE_LNKCTL 0x10U
#define PCIE_LNKCTL_ACTS 0x0030U /* disable the link, train it again */
#define PCIE_DEVCTL2 0x28U
#define PCIE_LNKCTL2 0x30U

/* Device/port types. */
#define PCIE_TYPE_ENDPOINT 0x0U
#define PCIE_TYPE_LEGACY 0x1U
#define PCIE_TYPE_ROOT_PORT 0x4U
#define PCIE_TYPE_UPSTREAM 0x5U
#define PCIE_TYPE_DOWNSTREAM 0x6U
#define PCIE_TYPE_TO_PCI 0x7U
#define PCIE_TYPE_FROM_PCI 0x8U
#define PCIE_TYPE_INTEGRATED 0x9U
#define PCIE_TYPE_COLLECTOR 0xaU

/* Extended capabilities: next 31:20, version 19:16, id 15:0. */
#define PCIE_EXT_FIRST 0x100U
#define PCIE_EXT_ID_AER 0x0001U
#define PCIE_EXT_ID_ACS 0x000dU
#define PCIE_EXT_ID_ARI 0x000eU
#define PCIE_EXT_ID_ATS 0x000fU
#define PCIE_EXT_ID_SRIOV 0x0010U
#define PCIE_EXT_ID_PRI 0x0013U
#define PCIE_EXT_ID_REBAR 0x0015U
#define PCIE_EXT_ID_PASID 0x001bU

#define PCIE_ACS_CAPABILITIES 0x4U
#define PCIE_ACS_CONTROL 0x6U
#define PCIE_ACS_VALIDATION 0x01U
#define PCIE_ACS_REQUEST_REDIRECT 0x04U
#define PCIE_ACS_COMPLETION_REDIRECT 0x08U
#define PCIE_ACS_UPSTREAM 0x10U
#define PCIE_ATS_CONTROL 0x6U
#define PCIE_ATS_ENABLE 0x8000U
#define PCIE_AER_UNCORRECTABLE_STATUS 0x4U
#define PCIE_AER_UNCORRECTABLE_MASK 0x8U
#define PCIE_AER_UNSUPPORTED_REQUEST 0x00100000U
#define PCIE_AER_UNCORRECTABLE_SEVERITY 0xcU
#define PCIE_AER_CORRECTABLE_STATUS 0x10U
#define PCIE_AER_CORRECTABLE_MASK 0x14U
#define PCIE_AER_CONTROL 0x18U
#define PCIE_AER_FIRST_ERROR 0x1fU
#define PCIE_ARI_CONTROL 0x6U
#define PCIE_PRI_CONTROL 0x4U
#define PCIE_PASID_CONTROL 0x6U
#define PCIE_REBAR_CONTROL 0x8U /* the first; one each 8 bytes: count 7:5 */
#define PCIE_SRIOV_CONTROL 0x8U
#define PCIE_SRIOV_VF_ENABLE 0x1U
#define PCIE_SRIOV_VF_MEMORY 0x8U
#define PCIE_SRIOV_TOTAL 0xeU
#define PCIE_SRIOV_COUNT 0x10U
#define PCIE_SRIOV_OFFSET 0x14U
#define PCIE_SRIOV_STRIDE 0x16U
#define PCIE_SRIOV_DEVICE 0x1aU
#define PCIE_SRIOV_PAGE 0x20U
#define PCIE_SRIOV_BAR0 0x24U

#endif
