/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMMUv3 registers, stream table, commands and events, as the Arm System Memory Management Unit
 * Architecture Specification (IHI 0070F.b) names them (chapters 4 to 7).
 */
#ifndef BULKHEAD_DRIVERS_IOMMU_SMMUV3_REGS_H
#define BULKHEAD_DRIVERS_IOMMU_SMMUV3_REGS_H

#include <bulkhead/lib/types.h>

/* Register page 0 and, 64 KiB on, page 1. */
#define SMMU_REGS_SIZE 0x20000U

#define SMMU_IDR0 0x0000U
#define SMMU_IDR1 0x0004U
#define SMMU_IDR5 0x0014U
#define SMMU_CR0 0x0020U
#define SMMU_CR0ACK 0x0024U
#define SMMU_CR1 0x0028U
#define SMMU_CR2 0x002cU
#define SMMU_GBPA 0x0044U
#define SMMU_IRQ_CTRL 0x0050U
#define SMMU_IRQ_CTRLACK 0x0054U
#define SMMU_GERROR 0x0060U
#define SMMU_GERRORN 0x0064U
#define SMMU_STRTAB_BASE 0x0080U
#define SMMU_STRTAB_BASE_CFG 0x0088U
#define SMMU_CMDQ_BASE 0x0090U
#define SMMU_CMDQ_PROD 0x0098U
#define SMMU_CMDQ_CONS 0x009cU
#define SMMU_EVENTQ_BASE 0x00a0U
#define SMMU_EVENTQ_IRQ_CFG0 0x00b0U
#define SMMU_EVENTQ_PROD 0x100a8U
#define SMMU_EVENTQ_CONS 0x100acU

#define IDR0_S2P ((u32)BIT(0))
#define IDR0_TTF_AARCH64 ((u32)BIT(3))
#define IDR0_COHACC ((u32)BIT(4))
#define IDR0_HYP ((u32)BIT(9))
#define IDR0_ATS ((u32)BIT(10))
#define IDR0_TTENDIAN(idr0) ((u32)FIELD_GET(idr0, 22, 21))
#define IDR0_TTENDIAN_BIG 3U
#define IDR0_STALL_MODEL(idr0) ((u32)FIELD_GET(idr0, 25, 24))
#define IDR0_STALL_FORCED 2U
#define IDR0_MSI ((u32)BIT(13))
#define IDR0_VMID16 ((u32)BIT(18))
#define IDR0_ST_LEVEL(idr0) ((u32)FIELD_GET(idr0, 28, 27))

#define IDR1_SIDSIZE(idr1) ((u32)FIELD_GET(idr1, 5, 0))
#define IDR1_EVENTQS(idr1) ((u32)FIELD_GET(idr1, 20, 16))
#define IDR1_CMDQS(idr1) ((u32)FIELD_GET(idr1, 25, 21))
/* Addresses of tables or queues are fixed by the implementation. */
#define IDR1_PRESET (BIT(29) | BIT(30))

#define IDR5_OAS(idr5) ((u32)FIELD_GET(idr5, 2, 0))
#define IDR5_GRAN4K ((u32)BIT(4))

#define CR0_SMMUEN ((u32)BIT(0))
#define CR0_EVENTQEN ((u32)BIT(2))
#define CR0_CMDQEN ((u32)BIT(3))
#define CR0_ATSCHK ((u32)BIT(4))

/* Tables and queues: inner shareable (3), write-back (1). */
#define CR1_TABLES_WB_IS \
	((u32)(FIELD_PREP(3U, 11, 10) | FIELD_PREP(1U, 9, 8) | FIELD_PREP(1U, 7, 6)))
#define CR1_QUEUES_WB_IS ((u32)(FIELD_PREP(3U, 5, 4) | FIELD_PREP(1U, 3, 2) | FIELD_PREP(1U, 1, 0)))

#define CR2_RECINVSID ((u32)BIT(1))
#define CR2_PTM ((u32)BIT(2))

#define GBPA_UPDATE ((u32)BIT(31))
#define GBPA_ABORT ((u32)BIT(20))

#define IRQ_CTRL_EVENTQ_IRQEN ((u32)BIT(2))

#define GERROR_CMDQ_ERR ((u32)BIT(0))
#define GERROR_EVENTQ_ABT_ERR ((u32)BIT(2))
#define GERROR_PRIQ_ABT_ERR ((u32)BIT(3))
#define GERROR_MSI_ABT_ERR ((u32)(BIT(4) | BIT(5) | BIT(6) | BIT(7)))
#define GERROR_SFM_ERR ((u32)BIT(8))

#define BASE_RA BIT(62) /* STRTAB_BASE.RA, CMDQ_BASE.RA, EVENTQ_BASE.WA */
#define STRTAB_BASE_CFG_2LVL ((u32)FIELD_PREP(1U, 17, 16))
#define STRTAB_BASE_CFG_SPLIT(bits) ((u32)FIELD_PREP(bits, 10, 6))

#define CMDQ_CONS_ERR(cons) ((u32)FIELD_GET(cons, 30, 24))
/* The command could not be fetched; all other codes are about the command itself (4.8). */
#define CERROR_ABT 2U
#define QUEUE_OVERFLOW ((u32)BIT(31)) /* EVENTQ_PROD.OVFLG, EVENTQ_CONS.OVACKFLG */

/* First-level stream table descriptor: 2^(Span - 1) entries at L2Ptr. */
#define STD_SPAN(bits) ((bits) + 1U)

/* Stream table entry: eight words of 64 bits (5.2). */
#define STE0_V BIT(0)
#define STE0_CONFIG_S2 FIELD_PREP(6U, 3, 1)
#define STE2_S2T0SZ(x) FIELD_PREP(x, 37, 32)
#define STE1_SHCFG_INCOMING FIELD_PREP(1U, 45, 44)
#define STE2_S2VMID(x) FIELD_PREP(x, 15, 0)
/* First level of the walk: 0 for level 2, 1 for level 1, 2 for level 0. */
#define STE2_S2SL0(x) FIELD_PREP(x, 39, 38)
#define STE2_S2IR0_WB FIELD_PREP(1U, 41, 40)
#define STE2_S2OR0_WB FIELD_PREP(1U, 43, 42)
#define STE2_S2SH0_IS FIELD_PREP(3U, 45, 44)
#define STE2_S2PS(x) FIELD_PREP(x, 50, 48)
#define STE2_S2AA64 BIT(51)
#define STE2_S2R BIT(58)

/* Commands, first word (4.1). */
#define CMD_CFGI_STE 0x03U
#define CMD_CFGI_ALL 0x04U
#define CMD_TLBI_EL2_ALL 0x20U
#define CMD_TLBI_S12_VMALL 0x28U
#define CMD_TLBI_S2_IPA 0x2aU
#define CMD_TLBI_NSNH_ALL 0x30U
#define CMD_SYNC 0x46U
/* Second word of CFGI_ALL: Range. */
#define CMD_CFGI_RANGE_ALL 31U
/* Stream id or VMID, in the first word; in the second, only the last level of a walk. */
#define CMD_STREAM(x) FIELD_PREP(x, 63, 32)
#define CMD_VMID(x) FIELD_PREP(x, 47, 32)
#define CMD_LEAF BIT(0)

/* Events (7.3). */
#define EVENT_TYPE(w0) ((u32)FIELD_GET(w0, 7, 0))
#define EVENT_STREAMID(w0) ((u32)FIELD_GET(w0, 63, 32))
#define EVENT_RNW BIT(35)
#define EVENT_F_UUT 0x01U
#define EVENT_F_TRANSL_FORBIDDEN 0x07U
#define EVENT_F_WALK_EABT 0x0bU
#define EVENT_F_TRANSLATION 0x10U
#define EVENT_F_PERMISSION 0x13U

#endif
