/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest sees of its CPU, and what it may change by itself: CPUID, MSRs, control registers.
 * Default deny: what is in no table is not there (CPUID 0) or #GP (MSRs, reserved bits). Tables
 * and rules are pure; emulate.c ties them to a vcpu.
 */
#ifndef ASM_POLICY_H
#define ASM_POLICY_H

#include <asm/features.h>
#include <asm/guest_features.h>
#include <bulkhead/lib/types.h>

/* ---- features (guest_features.h, cpuid.c) ---- */

/* Those shown where nothing else is said: a set, as all of these, of BIT(enum guest_feature). */
u64 guest_features_default(void);

/* What is left of @set once those are gone that need what is not in it. */
u64 guest_features_settle(u64 set);

/* What of XCR0 a guest with @features can have where @max is all there is; 0: no XSAVE. */
u64 guest_features_xcr0(u64 features, u64 max);

/* ---- CPUID (cpuid.c) ---- */

/* What the answer depends on beside the CPU's own. */
struct cpuid_view {
	struct cpuid_regs (*cpu)(u32 leaf, u32 subleaf);
	u32 apic_id;
	u32 vcpus;
	u32 phys_bits; /* of guest physical addresses */
	u64 tsc_hz;
	u64 apic_hz;    /* of the local APIC's timer */
	u64 cr4;        /* the guest's */
	u64 xcr0;       /* the guest's */
	u64 xcr0_max;   /* 0: no XSAVE */
	bool apic;      /* it has one, globally enabled */
	u64 features;   /* settled; of GUEST_KVM depend the KVM leaves */
	bool arch_caps; /* IA32_ARCH_CAPABILITIES is there */
};

struct cpuid_regs cpuid_answer(const struct cpuid_view *view, u32 leaf, u32 subleaf);

/* Features at 40000001h. */
#define KVM_FEATURE_NOP_IO_DELAY BIT(1)
#define KVM_FEATURE_CLOCKSOURCE2 BIT(3)
#define KVM_FEATURE_PV_EOI BIT(6)
#define KVM_FEATURE_CLOCKSOURCE_STABLE BIT(24)

/* ---- control registers (creg.c) ---- */

/* CR4 bits that go with the features a guest is shown by @view. */
u64 cr4_offered(const struct cpuid_view *view);

/* May a guest in long mode or not (@lma) set CR4 to @value where it may set @offered? */
bool cr4_legal(u64 value, u64 offered, bool lma);

/* May it set XCR0 to @value where @max is all there is (SDM volume 1, 13.3)? */
bool xcr0_legal(u64 value, u64 max);

/* May it set EFER to @value, from @old, with paging or not (SDM volume 3, 2.2.1)? */
bool efer_legal(u64 value, u64 old, bool paging);

/*
 * Bits of IA32_SPEC_CTRL that go with what a guest is shown by @view, 0: it has no such MSR; and
 * may it write IA32_PRED_CMD (SDM volume 4; AMD, "Indirect Branch Control Extension")?
 */
u64 spec_ctrl_offered(const struct cpuid_view *view);
bool pred_cmd_offered(const struct cpuid_view *view);

/* ---- MSRs (msr.c) ---- */

#define MTRR_VARIABLES 8U
#define MTRR_FIXED 11U
#define MC_BANKS 4U

/* Registers that hold what is written and do nothing. */
struct guest_msrs {
	u64 mtrr_default;
	u64 mtrr_fixed[MTRR_FIXED];
	u64 mtrr_variable[2U * MTRR_VARIABLES]; /* base, mask */
	u64 misc_enable;
	u64 mcg_status;
	u64 mc_ctl[MC_BANKS];
};

void guest_msrs_reset(struct guest_msrs *m);

/*
 * RDMSR and WRMSR of what needs nothing but @m: constants and registers without effect. False:
 * #GP(0), or none of these. @phys_bits as in struct cpuid_view.
 */
bool msr_plain_read(const struct guest_msrs *m, u32 msr, u64 *value);
bool msr_plain_write(struct guest_msrs *m, u32 msr, u64 value, u32 phys_bits);

#endif
