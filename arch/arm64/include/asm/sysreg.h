/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers: accessors, and the fields Bulkhead sets or reads, under their names in the Arm
 * ARM (DDI 0487, D23/D24). Registers that an ARMv8.0 assembler does not know are given by encoding.
 *
 * EL2 runs with HCR_EL2.E2H = 0; a CPU that has only E2H = 1 would need other encodings for some of
 * these, which is why everything goes through these two macros.
 */
#ifndef ASM_SYSREG_H
#define ASM_SYSREG_H

#define SYS_ICC_SRE_EL3 S3_6_C12_C12_5
#define SYS_ICC_SRE_EL2 S3_4_C12_C9_5
#define SYS_ICH_HCR_EL2 S3_4_C12_C11_0
#define SYS_ICH_LR0_EL2 S3_4_C12_C12_0
#define SYS_ICC_IAR1_EL1 S3_0_C12_C12_0
#define SYS_ICC_EOIR1_EL1 S3_0_C12_C12_1
#define SYS_ICC_BPR1_EL1 S3_0_C12_C12_3
#define SYS_ICC_CTLR_EL1 S3_0_C12_C12_4
#define SYS_ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define SYS_ICC_PMR_EL1 S3_0_C4_C6_0
#define SYS_ICC_SGI1R_EL1 S3_0_C12_C11_5
#define SYS_ICC_DIR_EL1 S3_0_C12_C11_1
#define SYS_ICC_SRE_EL1 S3_0_C12_C12_5
#define SYS_ICH_VTR_EL2 S3_4_C12_C11_1
#define SYS_ICH_VMCR_EL2 S3_4_C12_C11_7
#define SYS_APIAKEYLO_EL1 S3_0_C2_C1_0
#define SYS_APIAKEYHI_EL1 S3_0_C2_C1_1
#define SYS_ID_AA64ISAR2_EL1 S3_0_C0_C6_2
#define SYS_RNDR S3_3_C2_C4_0

/* HCR_EL2 */
#define HCR_FMO (1 << 3)
#define HCR_IMO (1 << 4)
#define HCR_AMO (1 << 5)
#define HCR_RW_SHIFT 31
#define HCR_E2H_SHIFT 34

/* SCTLR_EL2; RES1: the bits that read one when E2H = 0, EIS and EOS among them. */
#define SCTLR_M 0x1
#define SCTLR_C 0x4
#define SCTLR_SA 0x8
#define SCTLR_I 0x1000
#define SCTLR_WXN 0x80000
#define SCTLR_ENIA_SHIFT 31
#define SCTLR_BT_SHIFT 36
#define SCTLR_RES1 0x30c50830

/* TCR_EL2 (E2H = 0): 48-bit addresses, 4 KiB granule, walks write-back inner shareable. */
#define TCR_T0SZ_48 16
#define TCR_IRGN0_WBWA (1 << 8)
#define TCR_ORGN0_WBWA (1 << 10)
#define TCR_SH0_INNER (3 << 12)
#define TCR_PS_SHIFT 16
#define TCR_RES1 0x80800000
/* Highest PS that needs no 52-bit descriptors: 48 bits. */
#define TCR_PS_48BIT 5

/* MAIR_EL2: what the page-table engine's EL2 format expects (asserted in mmu.c). */
#define MAIR_EL2_VALUE 0x4404ff
#define MAIR_NORMAL_WB 0
#define MAIR_DEVICE_NGNRE 1

/* CPTR_EL2 (E2H = 0): RES1, and TFP: Bulkhead touches no SIMD register unless it says so first. */
#define CPTR_EL2_VALUE 0x37ff
#define CPTR_TFP (1 << 10)

/* MDCR_EL2: guests' debug registers trap, those of the PMU until a vcpu touches one (asm/pmu.h). */
#define MDCR_TPMCR (1 << 5)
#define MDCR_TPM (1 << 6)
#define MDCR_TDA (1 << 9)
#define MDCR_TDOSA (1 << 10)
#define MDCR_TDRA (1 << 11)
#define MDCR_HPMD (1 << 17)
#define MDCR_HCCD (1 << 23)

#define VTCR_EL2_RES1 0x80000000

/* SCR_EL3, for an entry at EL3 only. No monitor stays behind: SMC is undefined (SMD). */
#define SCR_NS (1 << 0)
#define SCR_RES1 (3 << 4)
#define SCR_SMD (1 << 7)
#define SCR_HCE (1 << 8)
#define SCR_RW (1 << 10)
#define SCR_APK (1 << 16)
#define SCR_API (1 << 17)
#define SCR_FGTEN (1 << 27)
#define SCR_HXEN (1 << 38)

/* SPSR: EL2 on SP_EL2, DAIF masked. */
#define SPSR_EL2H_DAIF 0x3c9

/* MPIDR_EL1 affinity: Aff3 at 39:32, Aff2..Aff0 at 23:0. */
#define MPIDR_AFF_MASK 0xff00ffffff

/* Shifts of the ID register fields that decide something (4 bits each). */
#define ID_PFR0_EL2_SHIFT 8
#define ID_PFR0_GIC_SHIFT 24
#define ID_PFR0_RAS_SHIFT 28
#define ID_PFR1_BT_SHIFT 0
#define ID_ISAR0_SHA2_SHIFT 12
#define ID_ISAR0_RNDR_SHIFT 60
#define ID_DFR0_PMUVER_SHIFT 8
#define ID_MMFR0_FGT_SHIFT 56
#define ID_MMFR1_VH_SHIFT 8
#define ID_MMFR1_HCX_SHIFT 40

#define SYSREG_STR_(x) #x
#define SYSREG_STR(x) SYSREG_STR_(x)

#ifndef __ASSEMBLER__

#include <bulkhead/lib/types.h>

#define read_sysreg(reg)                                                                      \
	({                                                                                    \
		u64 sysreg_value_;                                                            \
		__asm__ volatile("mrs %0, " SYSREG_STR(reg) : "=r"(sysreg_value_)::"memory"); \
		sysreg_value_;                                                                \
	})

#define write_sysreg(reg, value) \
	__asm__ volatile("msr " SYSREG_STR(reg) ", %x0" ::"rZ"((u64)(value)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

/* All accesses before it are complete before anything behind it is. */
static inline void dsb(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

/* A 4-bit field of an ID register. */
static inline u32 id_field(u64 reg, u32 shift)
{
	return (u32)(reg >> shift) & 0xfU;
}

/* FEAT_PAuth with any algorithm: ID_AA64ISAR1_EL1.{APA,API} or ID_AA64ISAR2_EL1.APA3. */
static inline bool cpu_has_pauth(void)
{
	return (read_sysreg(id_aa64isar1_el1) & BITS(11, 4)) != 0U ||
	       (read_sysreg(SYS_ID_AA64ISAR2_EL1) & BITS(15, 12)) != 0U;
}

static inline bool cpu_has_bti(void)
{
	return id_field(read_sysreg(id_aa64pfr1_el1), ID_PFR1_BT_SHIFT) != 0U;
}

static inline bool cpu_has_ras(void)
{
	return id_field(read_sysreg(id_aa64pfr0_el1), ID_PFR0_RAS_SHIFT) != 0U;
}

static inline bool cpu_has_rndr(void)
{
	return id_field(read_sysreg(id_aa64isar0_el1), ID_ISAR0_RNDR_SHIFT) != 0U;
}

#endif
#endif
