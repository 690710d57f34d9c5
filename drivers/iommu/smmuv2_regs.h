/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMMUv2 registers, as the Arm System Memory Management Unit Architecture Specification, version
 * 2.0 (IHI 0062D.c) names them (chapters 9, 10, 14 and 16).
 */
#ifndef BULKHEAD_DRIVERS_IOMMU_SMMUV2_REGS_H
#define BULKHEAD_DRIVERS_IOMMU_SMMUV2_REGS_H

#include <bulkhead/lib/types.h>

/* Global register space 0. */
#define SMMU_sCR0 0x000U
#define SMMU_sACR 0x010U
#define SMMU_sIDR0 0x020U
#define SMMU_sIDR1 0x024U
#define SMMU_sIDR2 0x028U
#define SMMU_sIDR7 0x03cU
#define SMMU_sGFAR 0x040U /* 64 bits */
#define SMMU_sGFSR 0x048U
#define SMMU_sGFSYNR0 0x050U
#define SMMU_sGFSYNR1 0x054U
#define SMMU_TLBIVMID 0x064U
#define SMMU_TLBIALLNSNH 0x068U
#define SMMU_TLBIALLH 0x06cU
#define SMMU_sTLBGSYNC 0x070U
#define SMMU_sTLBGSTATUS 0x074U
#define SMMU_SMR(n) (0x800U + 4U * (n))
#define SMMU_S2CR(n) (0xc00U + 4U * (n))
/* SMRs and S2CRs there is room for, and context banks. */
#define SMMU_GROUPS 128U
#define SMMU_BANKS 128U

/* Global register space 1, a register page on. */
#define SMMU_CBAR(n) (4ULL * (n))
#define SMMU_CBFRSYNRA(n) (0x400U + 4U * (n))
#define SMMU_CBA2R(n) (0x800U + 4U * (n))

/* A context bank, a register page each, from the middle of the unit's registers on. */
#define SMMU_CB_SCTLR 0x000U
#define SMMU_CB_ACTLR 0x004U
#define SMMU_CB_RESUME 0x008U
#define SMMU_CB_TTBR0 0x020U /* 64 bits */
#define SMMU_CB_TCR 0x030U
#define SMMU_CB_FSR 0x058U
#define SMMU_CB_FAR 0x060U /* 64 bits */
#define SMMU_CB_FSYNR0 0x068U
#define SMMU_CB_TLBIIPAS2 0x630U /* 64 bits: address bits from 12 on */
#define SMMU_CB_TLBIIPAS2L 0x638U

#define CR0_CLIENTPD ((u32)BIT(0)) /* every transaction bypasses */
#define CR0_GFRE ((u32)BIT(1))
#define CR0_GFIE ((u32)BIT(2))
#define CR0_EXIDENABLE ((u32)BIT(3))
#define CR0_GCFGFRE ((u32)BIT(4))
#define CR0_STALLD ((u32)BIT(8))
#define CR0_USFCFG ((u32)BIT(10)) /* what no SMR matches faults */
#define CR0_VMIDPNE ((u32)BIT(11))
#define CR0_PTM ((u32)BIT(12))     /* does not take part in broadcast TLB maintenance */
#define CR0_SMCFCFG ((u32)BIT(21)) /* what two SMRs match faults */
#define CR0_VMID16EN ((u32)BIT(31))

#define IDR0_S2TS ((u32)BIT(29))
#define IDR0_SMS ((u32)BIT(27))
#define IDR0_CTTW ((u32)BIT(14))
#define IDR0_NUMSIDB(idr0) ((u32)FIELD_GET(idr0, 12, 9))
#define IDR0_EXIDS ((u32)BIT(8))
#define IDR0_NUMSMRG(idr0) ((u32)FIELD_GET(idr0, 7, 0))

#define IDR1_PAGESIZE_64K ((u32)BIT(31))
#define IDR1_NUMPAGENDXB(idr1) ((u32)FIELD_GET(idr1, 30, 28))
#define IDR1_NUMCB(idr1) ((u32)FIELD_GET(idr1, 7, 0))

#define IDR2_VMID16S ((u32)BIT(15))
#define IDR2_PTFSV8_4K ((u32)BIT(12))
#define IDR2_OAS(idr2) ((u32)FIELD_GET(idr2, 7, 4))
#define IDR2_IAS(idr2) ((u32)FIELD_GET(idr2, 3, 0))

#define IDR7_MAJOR(idr7) ((u32)FIELD_GET(idr7, 7, 4))

/* Faults of all streams: of which kind, and of which stream. */
#define GFSR_FAULTS ((u32)BITS(8, 0))
#define GFSYNR0_WNR ((u32)BIT(1))
#define GFSYNR1_STREAMID(x) ((u32)FIELD_GET(x, 15, 0))

#define TLBGSTATUS_GSACTIVE ((u32)BIT(0))

/* Bits that a mask has set are not compared. With EXIDENABLE both fields have 16 bits. */
#define SMR_VALID ((u32)BIT(31))
#define SMR_MASK(x) ((u32)FIELD_PREP(x, 31, 16))

#define S2CR_CBNDX(x) ((u32)FIELD_PREP(x, 7, 0))
#define S2CR_EXIDVALID ((u32)BIT(10))
#define S2CR_TYPE ((u32)BITS(17, 16))
#define S2CR_TYPE_TRANS 0U
#define S2CR_TYPE_BYPASS ((u32)FIELD_PREP(1U, 17, 16))
#define S2CR_TYPE_FAULT ((u32)FIELD_PREP(2U, 17, 16))

/* Stage 2 alone; its faults raise context interrupt 0. */
#define CBAR_TYPE ((u32)BITS(17, 16))
#define CBAR_TYPE_S2 0U
#define CBAR_VMID(x) ((u32)FIELD_PREP(x, 7, 0))
#define CBA2R_VA64 ((u32)BIT(0))
#define CBA2R_VMID16(x) ((u32)FIELD_PREP(x, 31, 16))

#define SCTLR_M ((u32)BIT(0)) /* clear: the bank translates nothing and lets all through */
#define SCTLR_CFRE ((u32)BIT(5))
#define SCTLR_CFIE ((u32)BIT(6))
#define SCTLR_HUPCF ((u32)BIT(8)) /* a fault not yet taken does not stop others */

/* MMU-500 (Arm DDI 0517F, 3.9): prefetch of the next page. */
#define ACTLR_CPRE ((u32)BIT(1))
#define ACR_CACHE_LOCK ((u32)BIT(26))

#define TCR_RES1 ((u32)BIT(31))
#define TCR_T0SZ(x) ((u32)FIELD_PREP(x, 5, 0))
/* First level of the walk: 0 for level 2, 1 for level 1, 2 for level 0. */
#define TCR_SL0(x) ((u32)FIELD_PREP(x, 7, 6))
#define TCR_IRGN0_WB ((u32)FIELD_PREP(1U, 9, 8))
#define TCR_ORGN0_WB ((u32)FIELD_PREP(1U, 11, 10))
#define TCR_SH0_IS ((u32)FIELD_PREP(3U, 13, 12))
#define TCR_SH0_OS ((u32)FIELD_PREP(2U, 13, 12))
#define TCR_PASIZE(x) ((u32)FIELD_PREP(x, 18, 16))

#define FSR_FAULTS ((u32)BITS(8, 1))
#define FSR_SS ((u32)BIT(30))
#define FSYNR0_WNR ((u32)BIT(4))
#define RESUME_TERMINATE ((u32)BIT(0))

#endif
