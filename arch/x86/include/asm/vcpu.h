/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vcpu of this architecture, whichever extension runs it.
 *
 * Between exits the general registers, RIP and RFLAGS are in memory. All other registers stay in
 * the control block (VMCB, VMCS), which follows this structure on a page of its own.
 */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

#include <asm/kvmpv.h>
#include <asm/policy.h>
#include <asm/tsc.h>
#include <asm/virt.h>
#include <bulkhead/arch/exit.h>
#include <bulkhead/lib/types.h>

#define REG_GENERAL 16U
#define REG_RAX 0U
#define REG_RCX 1U
#define REG_RDX 2U
#define REG_RBX 3U
#define REG_RSP 4U
#define REG_RSI 6U
#define REG_RDI 7U

#define VCPU_MSRS 5U
#define VCPU_XSAVE_SIZE 832U /* x87, SSE, header, AVX */

/* Zero is the answer to the one question whose complement is zero. */
struct cpuid_cached {
	u32 not_leaf, not_subleaf;
	u32 eax, ebx, ecx, edx;
	u32 unused[2];
};
#define VCPU_CPUIDS 8U

/*
 * A page of code that was read, and the table entries that lead to it (fetch.c). Two are kept, the
 * last even and the last odd one: an instruction may lie in both.
 */
#define VCPU_CODES 2U
#define CODE_LEVELS 5U
#define CODE_NOWHERE (~0ULL)
struct vcpu_code {
	u64 page; /* its linear address, or CODE_NOWHERE */
	u64 cr3;
	u64 generation; /* of stage 2 */
	const u8 *at;
	u32 levels;
	const u64 *entry[CODE_LEVELS];
	u64 value[CODE_LEVELS];
};

#define VCPU_WRMSRS 8U

/* By vcpu_policy_set(): features, and what can be set with them. */
struct vcpu_shown {
	bool made;
	u64 features, cr4, xcr0, spec_ctrl;
	bool pred_cmd;
	u64 tsc_hz;
	struct tsc_rate tsc;
};

struct vcpu_arch {
	struct vcpu *vcpu; /* first */
	u64 gpr[REG_GENERAL];
	u64 call[7]; /* of the hypercall at hand */
	void *block; /* VMCB, VMCS */
	u64 block_pa;
	u64 host_pa; /* SVM: the host state of the CPU it is loaded on */
	u64 rip;
	u64 rflags;
	/*
	 * For CPUID from the short frame: where the last one was and how long, and answers that
	 * hold until vcpu_cpuid_forget().
	 */
	u64 cpuid_rip, cpuid_cr3, cpuid_length;
	struct cpuid_cached cpuid[VCPU_CPUIDS];
	struct s2 *s2;
	struct x86_event inject;    /* by vcpu_inject() */
	struct x86_event vectoring; /* was being delivered when the guest stopped */
	struct virq *virq;          /* by virq_init(); NULL: it has no interrupt controllers */
	struct vlapic *apic;        /* its local APIC there, or NULL */
	u32 virq_id;
	u32 cpu;     /* that ran it last; all ones: none */
	u32 windows; /* VIRQ_*: what the control block waits for */
	u32 step;    /* SVM: enum svm_step */
	bool loaded;
	bool unchecked; /* state was set since the legality table was asked */
	struct vcpu_code code[VCPU_CODES];
	/* SVM: WRMSRs that were looked at, so that their length is known, by address. */
	struct {
		u64 rip, cr3;
		u32 length;
	} wrmsr[VCPU_WRMSRS];
	u64 dr[4];
	/* VMX: what the VMCS has no field for, and whether it was launched since it was cleared. */
	u64 dr6, cr2, cr8;
	u64 msr[VCPU_MSRS];
	bool launched;
	struct vcpu_shown shown;
	u64 kvm_time, kvm_wall;
	struct kvmpv_eoi eoi;
	u64 tsc_offset, tsc_adjust;
	u64 tsc_deadline; /* as the guest has set it, if its TSC has a rate of its own */
	u64 xcr0;
	u64 pkru; /* while it is not loaded */
	u64 spec_ctrl;
	u64 tsc_aux;
	struct guest_msrs msrs;
	u8 fpu[VCPU_XSAVE_SIZE] __aligned(64); /* FXSAVE; XSAVE where the CPU has it */
};

static inline bool guest_shows(const struct vcpu_arch *v, enum guest_feature feature)
{
	return (v->shown.features & BIT(feature)) != 0U;
}

static inline bool exit_is_ours(const struct vcpu_arch *v __unused, const struct exit *e __unused)
{
	return true;
}

#endif
