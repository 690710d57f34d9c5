/* SPDX-License-Identifier: Apache-2.0 */
/* Model-specific and control registers by their names in the SDM (volumes 3 and 4) and APM. */
#ifndef ASM_MSR_H
#define ASM_MSR_H

#define IA32_TSC 0x10
#define IA32_APIC_BASE 0x1b
#define IA32_APIC_BASE_BSP (1U << 8)
#define IA32_APIC_BASE_EXTD (1U << 10)
#define IA32_APIC_BASE_EN (1U << 11)
#define IA32_FEATURE_CONTROL 0x3a
#define IA32_FEATURE_CONTROL_LOCK (1U << 0)
#define IA32_FEATURE_CONTROL_VMX (1U << 2)
#define IA32_TSC_ADJUST 0x3b
#define IA32_MCG_CAP 0x179
#define MCG_CAP_COUNT 0xffU
#define MCG_CAP_SER_P (1U << 24)
#define IA32_MCG_STATUS 0x17a
#define MCG_STATUS_RIPV (1U << 0)
#define MCG_STATUS_MCIP (1U << 2)
#define IA32_PAT 0x277
#define IA32_MC_STATUS(bank) (0x401 + 4 * (bank))
#define IA32_VMX_BASIC 0x480
#define IA32_VMX_PINBASED_CTLS 0x481
#define IA32_VMX_PROCBASED_CTLS 0x482
#define IA32_VMX_EXIT_CTLS 0x483
#define IA32_VMX_ENTRY_CTLS 0x484
#define IA32_VMX_CR0_FIXED0 0x486
#define IA32_VMX_CR0_FIXED1 0x487
#define IA32_VMX_CR4_FIXED0 0x488
#define IA32_VMX_CR4_FIXED1 0x489
#define IA32_VMX_PROCBASED_CTLS2 0x48b
#define IA32_VMX_EPT_VPID_CAP 0x48c
#define IA32_VMX_TRUE_PINBASED_CTLS 0x48d
#define IA32_VMX_TRUE_PROCBASED_CTLS 0x48e
#define IA32_VMX_TRUE_EXIT_CTLS 0x48f
#define IA32_VMX_TRUE_ENTRY_CTLS 0x490
#define IA32_S_CET 0x6a2
#define S_CET_SH_STK_EN (1 << 0)
#define S_CET_WR_SHSTK_EN (1 << 1)
#define S_CET_ENDBR_EN (1 << 2)
#define IA32_PL0_SSP 0x6a4
#define IA32_INTERRUPT_SSP_TABLE 0x6a8
#define IA32_TSC_DEADLINE 0x6e0
#define IA32_EFER 0xc0000080
#define EFER_SCE (1 << 0)
#define EFER_LME (1 << 8)
#define EFER_LMA (1 << 10)
#define EFER_NXE (1 << 11)
#define EFER_SVME (1 << 12)
#define IA32_STAR 0xc0000081
#define IA32_LSTAR 0xc0000082
#define IA32_CSTAR 0xc0000083
#define IA32_FMASK 0xc0000084
#define IA32_FS_BASE 0xc0000100
#define IA32_GS_BASE 0xc0000101
#define IA32_KERNEL_GS_BASE 0xc0000102
#define IA32_TSC_AUX 0xc0000103
#define VM_CR 0xc0010114
#define VM_CR_SVMDIS (1U << 4)
#define VM_HSAVE_PA 0xc0010117

#define CR0_PE (1 << 0)
#define CR0_MP (1 << 1)
#define CR0_EM (1 << 2)
#define CR0_TS (1 << 3)
#define CR0_ET (1 << 4)
#define CR0_NE (1 << 5)
#define CR0_WP (1 << 16)
#define CR0_AM (1 << 18)
#define CR0_NW (1U << 29)
#define CR0_CD (1U << 30)
#define CR0_PG 0x80000000
/* CD and NW clear: caches on, whatever firmware left (the Bochs BIOS leaves both set). */
#define CR0_BULKHEAD (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG)

#define CR4_PAE (1 << 5)
#define CR4_PSE (1 << 4)
#define CR4_MCE (1 << 6)
#define CR4_OSFXSR (1 << 9)
#define CR4_UMIP (1 << 11)
#define CR4_LA57 (1 << 12)
#define CR4_VMXE (1 << 13)
#define CR4_PCIDE (1 << 17)
#define CR4_OSXSAVE (1 << 18)
#define CR4_SMEP (1 << 20)
#define CR4_SMAP (1 << 21)
#define CR4_PKE (1 << 22)
#define CR4_CET (1 << 23)

#define DR6_FIXED 0xffff0ff0U
#define DR6_BS (1U << 14)
#define RFLAGS_FIXED (1U << 1)
#define RFLAGS_TF (1ULL << 8)
#define RFLAGS_IF (1ULL << 9)
#define RFLAGS_RF (1ULL << 16)
#define RFLAGS_VM (1ULL << 17)

#ifndef __ASSEMBLY__
#include <bulkhead/lib/types.h>

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return ((u64)hi << 32) | lo;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

/* Reads an MSR the CPU may not have: false instead of a general protection fault. */
bool rdmsr_safe(u32 msr, u64 *out);

#define X86_CR(n)                                                            \
	static inline u64 read_cr##n(void)                                   \
	{                                                                    \
		u64 v;                                                       \
                                                                             \
		__asm__ volatile("movq %%cr" #n ", %0" : "=r"(v)::"memory"); \
		return v;                                                    \
	}                                                                    \
	static inline void write_cr##n(u64 v)                                \
	{                                                                    \
		__asm__ volatile("movq %0, %%cr" #n : : "r"(v) : "memory");  \
	}
X86_CR(0)
X86_CR(2)
X86_CR(3)
X86_CR(4)
#undef X86_CR

#endif
#endif
