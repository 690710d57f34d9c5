/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vcpu of this architecture, whichever extension runs it.
 *
 * Between exits the general registers, RIP and RFLAGS are in memory. All other registers stay in
 * the control block (VMCB or VMCS), which follows this structure on a page of its own.
 */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

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

/* Registers of the control block: 0x200 and above. */
enum x86_reg {
	REG_CR0 = 0x200,
	REG_CR2,
	REG_CR3,
	REG_CR4,
	REG_EFER, /* as the guest sees it */
	REG_DR7,
	REG_PAT,
	REG_GDTR_BASE,
	REG_GDTR_LIMIT,
	REG_IDTR_BASE,
	REG_IDTR_LIMIT,
	REG_SEGMENT = 0x220 /* REG_SEG() */
};

enum x86_segment { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_LDTR, SEG_TR, SEGMENTS };
/* Attributes as VMX has them: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15. */
enum x86_segment_part { PART_SELECTOR, PART_ATTRIBUTES, PART_LIMIT, PART_BASE, PARTS };
#define REG_SEG(segment, part) ((u32)REG_SEGMENT + (u32)(segment) * PARTS + (u32)(part))
#define REG_X86_END REG_SEG(SEGMENTS, 0)

#define SEG_ATTR_L BIT(13)
#define SEG_ATTR_DB BIT(14)
#define SEG_ATTR_UNUSABLE BIT(16)

/* An event on its way into the guest (EVENTINJ, VM-entry interruption information). */
struct x86_event {
	bool valid;
	bool has_code;
	u8 vector;
	u8 type; /* EVENT_* */
	u32 code;
};
#define EVENT_INTR 0U
#define EVENT_NMI 2U
#define EVENT_EXCEPTION 3U

struct vcpu_arch {
	struct vcpu *vcpu; /* first */
	u64 gpr[REG_GENERAL];
	u64 call[7]; /* of the hypercall at hand */
	void *block; /* VMCB or VMCS */
	u64 block_pa;
	u64 host_pa; /* SVM: the host state of the CPU it is loaded on */
	u64 rip;
	u64 rflags;
	struct s2 *s2;
	struct x86_event inject;    /* by vcpu_inject() */
	struct x86_event vectoring; /* was being delivered when the guest stopped */
	u32 cpu;                    /* that ran it last; all ones: none */
	bool loaded;
	bool unchecked; /* state was set since the legality table was asked */
	bool launched;  /* VMX: VMRESUME instead of VMLAUNCH */
	u64 dr[4];
	u8 fpu[512] __aligned(64); /* FXSAVE */
};

static inline bool exit_is_ours(const struct vcpu_arch *v __unused, const struct exit *e __unused)
{
	return true;
}

#endif
