/* SPDX-License-Identifier: Apache-2.0 */
/* What CPUID says, asked once on the boot CPU. All CPUs of a machine are taken to be alike. */
#ifndef ASM_FEATURES_H
#define ASM_FEATURES_H

#include <bulkhead/lib/types.h>

enum x86_feature {
	FEAT_X2APIC,
	FEAT_TSC_DEADLINE,
	FEAT_RDRAND,
	FEAT_RDSEED,
	FEAT_VMX,
	FEAT_SVM,
	FEAT_NX,
	FEAT_SMEP,
	FEAT_SMAP,
	FEAT_UMIP,
	FEAT_CET_SS,
	FEAT_CET_IBT,
	FEAT_PAGE1GB,
	FEAT_SSSE3,
	FEAT_XSAVE,
	FEAT_AVX,
	FEAT_PKU,
	FEAT_SHA,
	FEAT_RDPID,
	FEAT_RDTSCP,
	FEAT_COUNT
};

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

/* CPUID with @leaf and @subleaf; all zero beyond the highest leaf of its range. */
struct cpuid_regs cpuid(u32 leaf, u32 subleaf);

/* Asks CPUID for everything below. Boot CPU, before anything else here is called. */
void features_init(void);

bool feature(enum x86_feature f);

/* Physical address width (CPUID 80000008h), 36 where the CPU does not say. */
u32 feature_phys_bits(void);

/* APIC id of this CPU: 32 bits where leaf 0Bh is there, else the 8 of leaf 1. */
u32 feature_apic_id(void);

/*
 * Control registers of this CPU: CR0 and CR4 to what Bulkhead runs with, PAT, CET. Every CPU,
 * after its descriptor tables are loaded.
 */
void cpu_setup(void);

#endif
