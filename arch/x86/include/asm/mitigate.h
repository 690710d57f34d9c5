/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speculation, and the one machine check that a guest could cause: a table of CPU models says what
 * a CPU needs, CPUID what it can, and hooks do it.
 */
#ifndef ASM_MITIGATE_H
#define ASM_MITIGATE_H

#include <asm/features.h>
#include <bulkhead/lib/types.h>

#define IA32_SPEC_CTRL 0x48
#define SPEC_CTRL_IBRS BIT(0)
#define SPEC_CTRL_STIBP BIT(1)
#define SPEC_CTRL_SSBD BIT(2)
#define IA32_PRED_CMD 0x49
#define PRED_CMD_IBPB BIT(0)
#define IA32_ARCH_CAPABILITIES 0x10a
#define IA32_FLUSH_CMD 0x10b
#define FLUSH_CMD_L1D BIT(0)

/* IA32_ARCH_CAPABILITIES (SDM volume 4): what the CPU says it does not need. */
#define ARCH_CAP_RDCL_NO BIT(0)
#define ARCH_CAP_IBRS_ALL BIT(1)
#define ARCH_CAP_SKIP_L1DFL BIT(3)
#define ARCH_CAP_SSB_NO BIT(4)
#define ARCH_CAP_MDS_NO BIT(5)
#define ARCH_CAP_PSCHANGE_MC_NO BIT(6)
#define ARCH_CAP_TAA_NO BIT(8)

/* What is done: a set. */
#define MITIGATE_IBPB 1U        /* another vcpu's branch history is forgotten at a switch */
#define MITIGATE_VERW 2U        /* buffers are overwritten before an entry (MDS, TAA) */
#define MITIGATE_L1D 4U         /* the L1 data cache is flushed at a switch (L1TF) */
#define MITIGATE_SMALL_PAGES 8U /* no large page is executable (ITLB multihit) */

/* What a CPU is known by. */
struct mitigate_cpu {
	bool intel;
	u32 family, model;
	u32 leaf7_edx;  /* CPUID 7: MD_CLEAR 10, IBPB 26, L1D_FLUSH 28, ARCH_CAPABILITIES 29 */
	u32 leafx8_ebx; /* CPUID 80000008h: IBPB 12 */
	u64 arch_caps;  /* 0 where the MSR is not there */
};

/* What is done on such a CPU: what its model needs and it can. Pure. */
u32 mitigate_set(const struct mitigate_cpu *cpu);

/* What a guest reads from IA32_ARCH_CAPABILITIES there; 0: it is not shown the MSR. Pure. */
u64 mitigate_told(const struct mitigate_cpu *cpu, u32 set);

/* Boot CPU: looks at the CPU. */
void mitigate_init(void);

/* As above, of this machine. After mitigate_init(). */
bool mitigate(u32 what);
u64 mitigate_arch_caps(void);

/* Another vcpu is loaded on this CPU than the last one. */
void mitigate_switch(void);

/* A guest's IBPB, which is this CPU's. */
void mitigate_ibpb(void);

/* The guest is entered from C. */
void mitigate_entry(void);

#endif
