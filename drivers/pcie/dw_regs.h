/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of the DesignWare PCIe host controller (NXP IMX8MPRM rev. 1, 11.4.1.6: port logic, and
 * the internal address translation unit, iATU).
 */
#ifndef BULKHEAD_DRIVERS_PCIE_DW_REGS_H
#define BULKHEAD_DRIVERS_PCIE_DW_REGS_H

#include <bulkhead/lib/types.h>

#define DW_PORT_DEBUG1 0x72cU
#define PORT_DEBUG1_LINK_UP ((u32)BIT(4))
#define PORT_DEBUG1_IN_TRAINING ((u32)BIT(29))

/* Which region the registers behind it are of; all-ones if each region has registers of its own. */
#define DW_IATU_VIEWPORT 0x900U
#define DW_IATU_VIEW 0x904U
/* Where those lie, if nothing says otherwise, and how far apart. */
#define DW_IATU_UNROLLED 0x300000U
#define DW_IATU_STRIDE 0x200U

/* Registers of a region. */
#define IATU_CTRL1 0x00U
#define IATU_CTRL2 0x04U
#define IATU_LOWER_BASE 0x08U
#define IATU_UPPER_BASE 0x0cU
#define IATU_LIMIT 0x10U
#define IATU_LOWER_TARGET 0x14U
#define IATU_UPPER_TARGET 0x18U

#define CTRL1_TYPE_MEM 0U
#define CTRL1_TYPE_IO 2U
#define CTRL1_TYPE_CFG0 4U
#define CTRL1_TYPE_CFG1 5U
#define CTRL2_REGION_EN ((u32)BIT(31))

#endif
