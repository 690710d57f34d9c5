/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual machine control block (APM volume 2, appendix B). */
#ifndef SVM_VMCB_H
#define SVM_VMCB_H

/* For assembly; checked below. */
#define VMCB_TLB_CONTROL 0x5c
#define VMCB_INTERRUPT_SHADOW 0x68
#define VMCB_EXITCODE 0x70
#define VMCB_CPL 0x4cb
#define VMCB_CR3 0x550
#define VMCB_RFLAGS 0x570
#define VMCB_RIP 0x578
#define VMCB_RAX 0x5f8

#define EXITCODE_VMMCALL 0x81
#define EXITCODE_NPF 0x400
#define EXITCODE_CPUID 0x72

#ifndef __ASSEMBLY__
#include <bulkhead/lib/types.h>

/* Intercepts, first word (offset 00Ch) and second (010h). */
#define INTERCEPT_INTR (1U << 0)
#define INTERCEPT_NMI (1U << 1)
#define INTERCEPT_SMI (1U << 2)
#define INTERCEPT_INIT (1U << 3)
#define INTERCEPT_VINTR (1U << 4)
#define INTERCEPT_RDPMC (1U << 15)
#define INTERCEPT_CPUID (1U << 18)
#define INTERCEPT_RSM (1U << 19)
#define INTERCEPT_IRET (1U << 20)
#define INTERCEPT_INVD (1U << 22)
#define INTERCEPT_HLT (1U << 24)
#define INTERCEPT_INVLPGA (1U << 26)
#define INTERCEPT_IOIO_PROT (1U << 27)
#define INTERCEPT_MSR_PROT (1U << 28)
#define INTERCEPT_FERR_FREEZE (1U << 30)
#define INTERCEPT_SHUTDOWN (1U << 31)
#define INTERCEPT_VMRUN (1U << 0)
#define INTERCEPT_VMMCALL (1U << 1)
#define INTERCEPT_VMLOAD (1U << 2)
#define INTERCEPT_VMSAVE (1U << 3)
#define INTERCEPT_STGI (1U << 4)
#define INTERCEPT_CLGI (1U << 5)
#define INTERCEPT_SKINIT (1U << 6)
#define INTERCEPT_MONITOR (1U << 10)
#define INTERCEPT_MWAIT (1U << 11)
#define INTERCEPT_MWAIT_ARMED (1U << 12)
#define INTERCEPT_XSETBV (1U << 13)

#define TLB_CONTROL_NOTHING 0U
#define TLB_CONTROL_FLUSH_ALL 1U

/* Intercepts of MOV to CRn. */
#define INTERCEPT_CR4 (1U << 4)
#define INTERCEPT_CR8 (1U << 8)

#define V_TPR BITS(3, 0)
#define V_IRQ BIT(8)
#define V_INTR_PRIO BITS(19, 16)
#define V_IGN_TPR BIT(20)
#define V_INTR_MASKING BIT(24)
#define V_INTR_VECTOR BITS(39, 32)
#define NP_ENABLE BIT(0)

/* EVENTINJ and EXITINTINFO. */
#define EVENT_EV BIT(11)
#define EVENT_V BIT(31)

#define INTERRUPT_SHADOW BIT(0)

/* EXITCODE (APM volume 2, appendix C). */
#define EXITCODE_CR0_WRITE 0x10U
#define EXITCODE_CR4_WRITE 0x14U
#define EXITCODE_CR8_WRITE 0x18U
#define EXITCODE_EXCP0 0x40U
#define EXITCODE_EXCP31 0x5fU
#define EXITCODE_INTR 0x60U
#define EXITCODE_INIT 0x63U
#define EXITCODE_VINTR 0x64U
#define EXITCODE_RDPMC 0x6fU
#define EXITCODE_RSM 0x73U
#define EXITCODE_IRET 0x74U
#define EXITCODE_INVD 0x76U
#define EXITCODE_HLT 0x78U
#define EXITCODE_INVLPGA 0x7aU
#define EXITCODE_IOIO 0x7bU
#define EXITCODE_MSR 0x7cU
#define EXITCODE_FERR_FREEZE 0x7eU
#define EXITCODE_SHUTDOWN 0x7fU
#define EXITCODE_VMRUN 0x80U
#define EXITCODE_VMLOAD 0x82U
#define EXITCODE_SKINIT 0x86U
#define EXITCODE_MONITOR 0x8aU
#define EXITCODE_MWAIT 0x8bU
#define EXITCODE_MWAIT_ARMED 0x8cU
#define EXITCODE_XSETBV 0x8dU
#define EXITCODE_INVALID 0xffffffffU

struct vmcb_segment {
	u16 selector;
	u16 attributes; /* type, S, DPL, P in 7:0; AVL, L, D/B, G in 11:8 */
	u32 limit;
	u64 base;
};

struct vmcb {
	u16 intercept_cr_read, intercept_cr_write;
	u16 intercept_dr_read, intercept_dr_write;
	u32 intercept_exceptions;
	u32 intercept_1, intercept_2, intercept_3;
	u8 reserved_018[0x3c - 0x18];
	u16 pause_filter_threshold, pause_filter_count;
	u64 iopm_base_pa, msrpm_base_pa;
	u64 tsc_offset;
	u32 asid;
	u8 tlb_control;
	u8 reserved_05d[3];
	u64 v_intr; /* V_TPR 7:0, V_INTR_MASKING */
	u64 interrupt_shadow;
	u64 exitcode, exitinfo1, exitinfo2;
	u64 exitintinfo;
	u64 np_control;
	u64 avic_apic_bar, ghcb_pa;
	u64 eventinj;
	u64 n_cr3;
	u64 lbr_control;
	u32 clean, reserved_0c4;
	u64 nrip;
	u8 fetched_bytes;
	u8 fetched[15];
	u8 reserved_0e0[0x400 - 0xe0];
	/* State save area. */
	struct vmcb_segment segment[6]; /* ES, CS, SS, DS, FS, GS */
	struct vmcb_segment gdtr, ldtr, idtr, tr;
	u8 reserved_4a0[0x4cb - 0x4a0];
	u8 cpl;
	u32 reserved_4cc;
	u64 efer;
	u8 reserved_4d8[0x548 - 0x4d8];
	u64 cr4, cr3, cr0, dr7, dr6, rflags, rip;
	u8 reserved_580[0x5d8 - 0x580];
	u64 rsp, s_cet, ssp, isst_addr, rax;
	u64 star, lstar, cstar, sfmask, kernel_gs_base;
	u64 sysenter_cs, sysenter_esp, sysenter_eip;
	u64 cr2;
	u8 reserved_648[0x668 - 0x648];
	u64 g_pat;
	u8 reserved_670[0x1000 - 0x670];
};

_Static_assert(offsetof(struct vmcb, iopm_base_pa) == 0x40U, "APM B.1");
_Static_assert(offsetof(struct vmcb, tlb_control) == VMCB_TLB_CONTROL, "APM B.1");
_Static_assert(offsetof(struct vmcb, interrupt_shadow) == VMCB_INTERRUPT_SHADOW, "APM B.1");
_Static_assert(offsetof(struct vmcb, exitcode) == VMCB_EXITCODE, "APM B.1");
_Static_assert(offsetof(struct vmcb, np_control) == 0x90U, "APM B.1");
_Static_assert(offsetof(struct vmcb, eventinj) == 0xa8U, "APM B.1");
_Static_assert(offsetof(struct vmcb, nrip) == 0xc8U, "APM B.1");
_Static_assert(offsetof(struct vmcb, segment) == 0x400U, "APM B.2");
_Static_assert(offsetof(struct vmcb, tr) == 0x490U, "APM B.2");
_Static_assert(offsetof(struct vmcb, cpl) == VMCB_CPL, "APM B.2");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0U, "APM B.2");
_Static_assert(offsetof(struct vmcb, cr4) == 0x548U, "APM B.2");
_Static_assert(offsetof(struct vmcb, cr3) == VMCB_CR3, "APM B.2");
_Static_assert(offsetof(struct vmcb, rflags) == VMCB_RFLAGS, "APM B.2");
_Static_assert(offsetof(struct vmcb, rip) == VMCB_RIP, "APM B.2");
_Static_assert(offsetof(struct vmcb, rsp) == 0x5d8U, "APM B.2");
_Static_assert(offsetof(struct vmcb, rax) == VMCB_RAX, "APM B.2");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640U, "APM B.2");
_Static_assert(offsetof(struct vmcb, g_pat) == 0x668U, "APM B.2");
_Static_assert(sizeof(struct vmcb) == 0x1000U, "one page");

struct exit;
struct x86_event;
struct legal_rule;

/*
 * What #VMEXIT left in @b, as an exit; @rcx is the guest's. Length 0 where the CPU did not tell the
 * next RIP (no NRIPS) and the instruction is one to step over: svm_exit_length() then.
 */
void svm_exit_decode(const struct vmcb *b, bool nrips, u64 rcx, struct exit *e);

/*
 * Length of the instruction that made exit @e, from its @n bytes at @code: prefixes and the opcode
 * belonging to the EXITCODE. Without these bytes the opcode alone is counted. 0: not an
 * instruction to step over.
 */
u8 svm_exit_length(u32 exitcode, const u8 *code, size_t n);

/*
 * The general register that the MOV to CRn in the @n bytes at @code takes; false: those are no such
 * instruction.
 */
bool svm_cr_operand(const u8 *code, size_t n, u16 *reg);

/* EVENTINJ for @e, and an event from EXITINTINFO. */
u64 svm_event_encode(const struct x86_event *e);
struct x86_event svm_event_decode(u64 word);

/* The legality table (APM volume 2, 15.5.1), asked of @b for @phys_bits of address. */
const struct legal_rule *svm_check(const struct vmcb *b, u32 phys_bits, u64 *found);

/* world.S: until the guest stops for something else than a hypercall that was answered. */
struct vcpu_arch;
void svm_enter(struct vcpu_arch *v);

#endif
#endif
