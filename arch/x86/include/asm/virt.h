/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and events of a guest, as data: what needs no vcpu to be spoken of. */
#ifndef ASM_VIRT_H
#define ASM_VIRT_H

#include <bulkhead/lib/types.h>

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
	REG_TSC_OFFSET /* what RDTSC adds to the machine's */
};

/* REG_SEG() of the first. */
#define REG_SEGMENT 0x220U

enum x86_segment { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_LDTR, SEG_TR, SEGMENTS };
/* Attributes as VMX has them: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15. */
enum x86_segment_part { PART_SELECTOR, PART_ATTRIBUTES, PART_LIMIT, PART_BASE, PARTS };
#define REG_SEG(segment, part) (REG_SEGMENT + (u32)(segment) * PARTS + (u32)(part))
#define REG_X86_END REG_SEG(SEGMENTS, 0)

#define SEG_ATTR_L BIT(13)
#define SEG_ATTR_DB BIT(14)
#define SEG_ATTR_UNUSABLE BIT(16)

/* exit_sysreg.id of what is no MSR: MOV to and from a control register, WBINVD. */
#define SYSREG_CR(n) (0x10000000U + (n))
#define SYSREG_WBINVD 0x10000100U
#define SYSREG_XSETBV 0x10000101U

/* exit_sysreg.id of an MSR. There is none numbered as the above, nor as what that becomes. */
static inline u32 sysreg_msr(u64 rcx)
{
	const u32 msr = (u32)rcx;

	return msr >= SYSREG_CR(0) && msr <= SYSREG_XSETBV ? UINT32_MAX : msr;
}

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

#endif
