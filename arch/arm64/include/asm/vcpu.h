/* SPDX-License-Identifier: Apache-2.0 */
/* A vcpu on arm64: what is in memory while it is out of the guest, and its EL1 register file. */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

/* Offsets that assembly uses; checked in regs.c. */
#define VCPU_HOST_SP 8
#define VCPU_X 16
#define VCPU_PC 264
#define VCPU_ESR 280
#define VCPU_HPFAR 296
#define VCPU_PAUTH 304
#define VCPU_KEY 312
#define VCPU_HOST_KEY 328
#define VCPU_VGIC 344

#ifndef __ASSEMBLER__

#include <asm/debug.h>
#include <asm/pmu.h>
#include <bulkhead/arch/exit.h>
#include <bulkhead/lib/types.h>

/*
 * The register file beside x0..x30, PC and PSTATE: name, encoding, value at reset (docs/arm64.md).
 * In hardware while the vcpu is loaded. Index in regs.h: REG_SYS(name).
 */
#define VCPU_SYSREGS(X)                                    \
	X(SCTLR_EL1, sctlr_el1, 0x30d00800) /* its RES1 */ \
	X(CPACR_EL1, cpacr_el1, 0)                         \
	X(TTBR0_EL1, ttbr0_el1, 0)                         \
	X(TTBR1_EL1, ttbr1_el1, 0)                         \
	X(TCR_EL1, tcr_el1, 0)                             \
	X(MAIR_EL1, mair_el1, 0)                           \
	X(AMAIR_EL1, amair_el1, 0)                         \
	X(VBAR_EL1, vbar_el1, 0)                           \
	X(CONTEXTIDR_EL1, contextidr_el1, 0)               \
	X(ESR_EL1, esr_el1, 0)                             \
	X(FAR_EL1, far_el1, 0)                             \
	X(AFSR0_EL1, afsr0_el1, 0)                         \
	X(AFSR1_EL1, afsr1_el1, 0)                         \
	X(ELR_EL1, elr_el1, 0)                             \
	X(SPSR_EL1, spsr_el1, 0)                           \
	X(PAR_EL1, par_el1, 0)                             \
	X(SP_EL0, sp_el0, 0)                               \
	X(SP_EL1, sp_el1, 0)                               \
	X(TPIDR_EL0, tpidr_el0, 0)                         \
	X(TPIDRRO_EL0, tpidrro_el0, 0)                     \
	X(TPIDR_EL1, tpidr_el1, 0)                         \
	X(CSSELR_EL1, csselr_el1, 0)                       \
	X(CNTKCTL_EL1, cntkctl_el1, 0)                     \
	X(CNTV_CTL_EL0, cntv_ctl_el0, 0)                   \
	X(CNTV_CVAL_EL0, cntv_cval_el0, 0)                 \
	X(CNTP_CTL_EL0, cntp_ctl_el0, 0)                   \
	X(CNTP_CVAL_EL0, cntp_cval_el0, 0)                 \
	X(CNTVOFF_EL2, cntvoff_el2, 0)                     \
	X(VMPIDR_EL2, vmpidr_el2, 0x80000000) /* its RES1; affinity 0 */

/* Where there is FEAT_PAuth: all keys but APIA, which is Bulkhead's own while C runs. */
#define VCPU_KEYS(X)                      \
	X(APIBKEYLO_EL1, S3_0_C2_C1_2, 0) \
	X(APIBKEYHI_EL1, S3_0_C2_C1_3, 0) \
	X(APDAKEYLO_EL1, S3_0_C2_C2_0, 0) \
	X(APDAKEYHI_EL1, S3_0_C2_C2_1, 0) \
	X(APDBKEYLO_EL1, S3_0_C2_C2_2, 0) \
	X(APDBKEYHI_EL1, S3_0_C2_C2_3, 0) \
	X(APGAKEYLO_EL1, S3_0_C2_C3_0, 0) \
	X(APGAKEYHI_EL1, S3_0_C2_C3_1, 0)

#define VCPU_SYS_ENUM(name, encoding, reset) SYS_##name,
enum vcpu_sysreg { VCPU_SYSREGS(VCPU_SYS_ENUM) VCPU_KEYS(VCPU_SYS_ENUM) SYS_COUNT };

#define REG_SYS(name) (0x200U + (u32)SYS_##name)

struct firmware_filter;
struct vcpu_peers;
struct vgic_cpu;

struct vcpu_fp {
	u64 q[64];
	u64 fpsr, fpcr;
} __aligned(16);

struct vcpu_arch {
	struct vcpu *vcpu; /* common code's */
	u64 host_sp;       /* while it runs: SP_EL2 of vcpu_run() */
	u64 x[31];
	u64 pc;
	u64 pstate;
	u64 esr, far, hpfar;   /* of the exit being handled */
	u64 pauth;             /* this CPU has keys to be switched */
	u64 key[2];            /* the guest's APIAKEYLO/HI_EL1 */
	u64 host_key[2];       /* Bulkhead's */
	struct vgic_cpu *vgic; /* what world.S looks at for its interrupts; NULL: nothing */
	struct s2 *s2;
	const struct firmware_filter *filter; /* rules of its partition; NULL: none */
	const struct vcpu_peers *peers;
	struct virq *virq; /* its interrupt controller, there its number; NULL: none */
	u32 virq_id;
	u64 hcr, vttbr, vtcr;
	u64 sgis_short, sgis_long; /* ICC_SGI1R_EL1: by the short path, by the long one */
	bool loaded;
	bool unchecked; /* state changed since the legality table was last asked */
	u64 sys[SYS_COUNT];
	struct vcpu_fp fp;
	struct vcpu_debug debug;
	struct vcpu_pmu pmu;
} __aligned(64);

static inline bool exit_is_ours(const struct vcpu_arch *v, const struct exit *e)
{
	(void)v;
	(void)e;
	return true;
}

#endif
#endif
