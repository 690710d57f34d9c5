/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMD-Vi registers, device table, commands and events, as the AMD I/O Virtualization Technology
 * (IOMMU) specification 3.08 names them (chapters 2.2 to 2.5 and 3.4).
 */
#ifndef BULKHEAD_DRIVERS_IOMMU_AMDVI_REGS_H
#define BULKHEAD_DRIVERS_IOMMU_AMDVI_REGS_H

#include <bulkhead/lib/types.h>

#define AMDVI_REGS_SIZE 0x4000U

#define DEVTAB_BASE 0x0000U
#define CMD_BUF_BASE 0x0008U
#define EVENT_LOG_BASE 0x0010U
#define CONTROL 0x0018U
#define EXCL_BASE 0x0020U
#define EXCL_LIMIT 0x0028U
#define EXT_FEATURE 0x0030U
#define CMD_BUF_HEAD 0x2000U
#define CMD_BUF_TAIL 0x2008U
#define EVENT_LOG_HEAD 0x2010U
#define EVENT_LOG_TAIL 0x2018U
#define STATUS 0x2020U

/* Size: length in pages of 4 KiB, less one. */
#define DEVTAB_BASE_SIZE(bytes) (((u64)(bytes) >> 12) - 1U)
/* ComLen, EventLen: log2 of the number of entries; 8 is the least. */
#define RING_LEN_256 FIELD_PREP(8U, 59, 56)
#define RING_OFFSET BITS(18, 4)

#define CONTROL_IOMMU_EN BIT(0)
#define CONTROL_HT_TUN_EN BIT(1)
#define CONTROL_EVENT_LOG_EN BIT(2)
#define CONTROL_EVENT_INT_EN BIT(3)
#define CONTROL_INV_TIMEOUT BITS(7, 5)
#define CONTROL_PASS_PW BIT(8)
#define CONTROL_RES_PASS_PW BIT(9)
#define CONTROL_COHERENT BIT(10)
#define CONTROL_ISOC BIT(11)
#define CONTROL_CMD_BUF_EN BIT(12)
#define CONTROL_GA_EN BIT(17)
#define CONTROL_XT_EN BIT(50)

#define EXT_FEATURE_XT_SUP BIT(2)
#define EXT_FEATURE_IA_SUP BIT(6)
#define EXT_FEATURE_GA_SUP BIT(7)

#define STATUS_EVENT_OVERFLOW ((u32)BIT(0))
#define STATUS_EVENT_LOG_INT ((u32)BIT(1))
#define STATUS_COM_WAIT_INT ((u32)BIT(2))
#define STATUS_EVENT_LOG_RUN ((u32)BIT(3))
#define STATUS_CMD_BUF_RUN ((u32)BIT(4))

/* Device table entry: four words of 64 bits (2.2.2.1). */
#define DTE0_V BIT(0)
#define DTE0_TV BIT(1)
#define DTE0_MODE(levels) FIELD_PREP(levels, 11, 9)
#define DTE0_ROOT BITS(51, 12)
#define DTE0_IR BIT(61)
#define DTE0_IW BIT(62)
#define DTE1_DOMAIN(id) FIELD_PREP(id, 15, 0)
#define DTE1_SA BIT(34) /* no event of any fault */
/* The passes for INIT, ExtInt, NMI and LINTs (56 to 58, 62, 63) are never set. */
#define DTE2_IV BIT(0)
#define DTE2_INT_TAB_LEN(log2) FIELD_PREP(log2, 4, 1)
#define DTE2_IG BIT(5) /* no event of a message that is not remapped */
#define DTE2_INT_ROOT BITS(51, 6)
#define DTE2_INTCTL BITS(61, 60)
#define DTE2_INTCTL_ABORT FIELD_PREP(0U, 61, 60)
#define DTE2_INTCTL_REMAP FIELD_PREP(2U, 61, 60)

/* Interrupt remapping table entry, fixed and physical: of 32 bits, or low word of 128 (2.2.5). */
#define IRTE_REMAP_EN BIT(0)
#define IRTE_RQ_EOI BIT(5)
#define IRTE_DESTINATION(apic) FIELD_PREP(apic, 15, 8)
#define IRTE_VECTOR(vector) FIELD_PREP(vector, 23, 16)
#define IRTE_GA_DESTINATION(apic) FIELD_PREP(apic, 31, 8)
/* High word. */
#define IRTE_GA_VECTOR(vector) FIELD_PREP(vector, 7, 0)
#define IRTE_GA_DESTINATION_HIGH(apic) FIELD_PREP((apic) >> 24, 63, 56)

/* Commands, first word (2.4). */
#define CMD_COMPLETION_WAIT FIELD_PREP(1U, 63, 60)
#define CMD_COMPLETION_WAIT_S BIT(0)
#define CMD_COMPLETION_WAIT_ADDR BITS(51, 3)
#define CMD_INVALIDATE_DEVTAB_ENTRY FIELD_PREP(2U, 63, 60)
#define CMD_INVALIDATE_IOMMU_PAGES FIELD_PREP(3U, 63, 60)
#define CMD_DOMAIN(id) FIELD_PREP(id, 47, 32)
#define CMD_INVALIDATE_INTERRUPT_TABLE FIELD_PREP(5U, 63, 60)
#define CMD_INVALIDATE_IOMMU_ALL FIELD_PREP(8U, 63, 60)
/* Second word of INVALIDATE_IOMMU_PAGES: every address of the domain, upper levels included. */
#define CMD_PAGES_PDE BIT(1)
#define CMD_PAGES_ALL (BITS(62, 12) | BIT(1) | BIT(0))

/* Event log entry, first word (2.5). */
#define EVENT_CODE(word) ((u32)FIELD_GET(word, 63, 60))
#define EVENT_DEVICE(word) ((u32)FIELD_GET(word, 15, 0))
#define EVENT_I BIT(51) /* of a message, which is a write */
#define EVENT_RW BIT(53)

#endif
