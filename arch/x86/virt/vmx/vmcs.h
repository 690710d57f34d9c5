/* SPDX-License-Identifier: Apache-2.0 */
/* Fields, controls and exit reasons of VMX (SDM volume 3, chapters 25 to 28, appendices B, C). */
#ifndef VMX_VMCS_H
#define VMX_VMCS_H

/* Fields: natural width 6xxxh, 64 bits 2xxxh, 32 bits 4xxxh, 16 bits 0xxxh. */
#define VMCS_VPID 0x0000
#define VMCS_GUEST_ES_SELECTOR 0x0800 /* the other segments two apart: CS .. TR */
#define VMCS_HOST_ES_SELECTOR 0x0c00
#define VMCS_HOST_CS_SELECTOR 0x0c02
#define VMCS_HOST_SS_SELECTOR 0x0c04
#define VMCS_HOST_DS_SELECTOR 0x0c06
#define VMCS_HOST_FS_SELECTOR 0x0c08
#define VMCS_HOST_GS_SELECTOR 0x0c0a
#define VMCS_HOST_TR_SELECTOR 0x0c0c
#define VMCS_MSR_BITMAP 0x2004
#define VMCS_TSC_OFFSET 0x2010
#define VMCS_TSC_MULTIPLIER 0x2032
#define VMCS_EPTP 0x201a
#define VMCS_GUEST_PHYSICAL 0x2400
#define VMCS_LINK_POINTER 0x2800
#define VMCS_GUEST_DEBUGCTL 0x2802
#define VMCS_GUEST_PAT 0x2804
#define VMCS_GUEST_EFER 0x2806
#define VMCS_GUEST_PDPTE0 0x280a
#define VMCS_HOST_PAT 0x2c00
#define VMCS_HOST_EFER 0x2c02
#define VMCS_PIN 0x4000
#define VMCS_PROC 0x4002
#define VMCS_EXCEPTION_BITMAP 0x4004
#define VMCS_PF_MASK 0x4006
#define VMCS_PF_MATCH 0x4008
#define VMCS_CR3_TARGETS 0x400a
#define VMCS_EXIT 0x400c
#define VMCS_EXIT_MSR_STORES 0x400e
#define VMCS_EXIT_MSR_LOADS 0x4010
#define VMCS_ENTRY 0x4012
#define VMCS_ENTRY_MSR_LOADS 0x4014
#define VMCS_ENTRY_EVENT 0x4016
#define VMCS_ENTRY_EVENT_CODE 0x4018
#define VMCS_ENTRY_EVENT_LENGTH 0x401a
#define VMCS_PROC2 0x401e
#define VMCS_INSTRUCTION_ERROR 0x4400
#define VMCS_EXIT_REASON 0x4402
#define VMCS_EXIT_EVENT 0x4404
#define VMCS_EXIT_EVENT_CODE 0x4406
#define VMCS_VECTORING 0x4408
#define VMCS_VECTORING_CODE 0x440a
#define VMCS_EXIT_LENGTH 0x440c
#define VMCS_GUEST_ES_LIMIT 0x4800
#define VMCS_GUEST_GDTR_LIMIT 0x4810
#define VMCS_GUEST_IDTR_LIMIT 0x4812
#define VMCS_GUEST_ES_ATTRIBUTES 0x4814
#define VMCS_GUEST_CS_ATTRIBUTES 0x4816
#define VMCS_GUEST_SS_ATTRIBUTES 0x4818
#define VMCS_GUEST_INTERRUPTIBILITY 0x4824
#define VMCS_GUEST_ACTIVITY 0x4826
#define VMCS_GUEST_SYSENTER_CS 0x482a
#define VMCS_HOST_SYSENTER_CS 0x4c00
#define VMCS_CR0_MASK 0x6000
#define VMCS_CR4_MASK 0x6002
#define VMCS_CR0_SHADOW 0x6004
#define VMCS_CR4_SHADOW 0x6006
#define VMCS_QUALIFICATION 0x6400
#define VMCS_GUEST_LINEAR 0x640a
#define VMCS_GUEST_CR0 0x6800
#define VMCS_GUEST_CR3 0x6802
#define VMCS_GUEST_CR4 0x6804
#define VMCS_GUEST_ES_BASE 0x6806
#define VMCS_GUEST_GDTR_BASE 0x6816
#define VMCS_GUEST_IDTR_BASE 0x6818
#define VMCS_GUEST_DR7 0x681a
#define VMCS_GUEST_RSP 0x681c
#define VMCS_GUEST_RIP 0x681e
#define VMCS_GUEST_RFLAGS 0x6820
#define VMCS_GUEST_PENDING_DEBUG 0x6822
#define VMCS_GUEST_SYSENTER_ESP 0x6824
#define VMCS_GUEST_SYSENTER_EIP 0x6826
#define VMCS_GUEST_S_CET 0x6828
#define VMCS_GUEST_SSP 0x682a
#define VMCS_GUEST_SSP_TABLE 0x682c
#define VMCS_HOST_CR0 0x6c00
#define VMCS_HOST_CR3 0x6c02
#define VMCS_HOST_CR4 0x6c04
#define VMCS_HOST_FS_BASE 0x6c06
#define VMCS_HOST_GS_BASE 0x6c08
#define VMCS_HOST_TR_BASE 0x6c0a
#define VMCS_HOST_GDTR_BASE 0x6c0c
#define VMCS_HOST_IDTR_BASE 0x6c0e
#define VMCS_HOST_SYSENTER_ESP 0x6c10
#define VMCS_HOST_SYSENTER_EIP 0x6c12
#define VMCS_HOST_RSP 0x6c14
#define VMCS_HOST_RIP 0x6c16
#define VMCS_HOST_S_CET 0x6c18
#define VMCS_HOST_SSP 0x6c1a
#define VMCS_HOST_SSP_TABLE 0x6c1c

#define REASON_CPUID 10
#define REASON_VMCALL 18
#define REASON_EPT_VIOLATION 48

#define INTERRUPTIBILITY_SHADOW 0x3 /* blocking by STI, by MOV SS */

#ifndef __ASSEMBLY__
#include <bulkhead/arch/exit.h>
#include <bulkhead/lib/types.h>

#define PIN_EXTERNAL_INTERRUPT (1U << 0)
#define PIN_NMI (1U << 3)
#define PIN_VIRTUAL_NMI (1U << 5)

#define PROC_INTERRUPT_WINDOW (1U << 2)
#define PROC_TSC_OFFSET (1U << 3)
#define PROC_HLT (1U << 7)
#define PROC_MWAIT (1U << 10)
#define PROC_RDPMC (1U << 11)
#define PROC_CR3_LOAD (1U << 15)
#define PROC_CR3_STORE (1U << 16)
#define PROC_CR8_LOAD (1U << 19)
#define PROC_CR8_STORE (1U << 20)
#define PROC_NMI_WINDOW (1U << 22)
#define PROC_IO (1U << 24)
#define PROC_IO_BITMAPS (1U << 25)
#define PROC_MSR_BITMAPS (1U << 28)
#define PROC_MONITOR (1U << 29)
#define PROC_SECONDARY (1U << 31)

#define PROC2_EPT (1U << 1)
#define PROC2_RDTSCP (1U << 3)
#define PROC2_VPID (1U << 5)
#define PROC2_WBINVD (1U << 6)
#define PROC2_UNRESTRICTED (1U << 7)
#define PROC2_TSC_SCALING (1U << 25)

#define AT_EXIT_SAVE_DEBUG (1U << 2)
#define AT_EXIT_HOST_64 (1U << 9)
#define AT_EXIT_SAVE_PAT (1U << 18)
#define AT_EXIT_LOAD_PAT (1U << 19)
#define AT_EXIT_SAVE_EFER (1U << 20)
#define AT_EXIT_LOAD_EFER (1U << 21)
#define AT_EXIT_LOAD_CET (1U << 28)

#define AT_ENTRY_LOAD_DEBUG (1U << 2)
#define AT_ENTRY_LONG_MODE (1U << 9)
#define AT_ENTRY_LOAD_PAT (1U << 14)
#define AT_ENTRY_LOAD_EFER (1U << 15)
#define AT_ENTRY_LOAD_CET (1U << 20)

/* EPTP: write-back, walk of four levels; the root's address above. */
#define EPTP_WB 6U
#define EPTP_LEVELS_4 (3U << 3)

#define INTERRUPTIBILITY_NMI BIT(3)

/* Interruption information, on exit and on entry. */
#define EVENT_CODE BIT(11)
#define EVENT_NMI_UNBLOCKED BIT(12)
#define EVENT_VALID BIT(31)
#define EVENT_PRIVILEGED 5U /* a type: INT1 */

/* Exit reasons (SDM volume 3, appendix C). */
#define REASON_EVENT 0U
#define REASON_INTERRUPT 1U
#define REASON_TRIPLE_FAULT 2U
#define REASON_INIT 3U
#define REASON_SIPI 4U
#define REASON_INTERRUPT_WINDOW 7U
#define REASON_NMI_WINDOW 8U
#define REASON_TASK_SWITCH 9U
#define REASON_GETSEC 11U
#define REASON_HLT 12U
#define REASON_INVD 13U
#define REASON_RDPMC 15U
#define REASON_RSM 17U
#define REASON_VMCLEAR 19U
#define REASON_VMXON 27U
#define REASON_CR 28U
#define REASON_PORT 30U
#define REASON_RDMSR 31U
#define REASON_WRMSR 32U
#define REASON_GUEST_STATE 33U
#define REASON_MSR_LOADING 34U
#define REASON_MWAIT 36U
#define REASON_MONITOR 39U
#define REASON_MACHINE_CHECK 41U
#define REASON_INVEPT 50U
#define REASON_INVVPID 53U
#define REASON_WBINVD 54U
#define REASON_XSETBV 55U
#define REASON_VMFUNC 59U
#define REASON_ENTRY_FAILED (1U << 31)

/* The controls that have capability MSRs. */
enum vmx_control {
	CONTROL_PIN,
	CONTROL_PROC,
	CONTROL_PROC2,
	CONTROL_EXIT,
	CONTROL_ENTRY,
	CONTROLS
};

/* What the CPU can, from its capability MSRs (SDM volume 3, appendix A). */
struct vmx_caps {
	u32 must[CONTROLS], may[CONTROLS];
	u64 cr0_must, cr0_may; /* PE and PG free: unrestricted guests */
	u64 cr4_must, cr4_may;
	u32 phys_bits;
	bool cet; /* the CET fields exist */
};

/* What an exit left in the VMCS. */
struct vmx_exit {
	u32 reason;
	u32 event, event_code;
	u32 vectoring, vectoring_code;
	u32 length;
	u64 qualification;
	u64 linear, physical;
};

struct legal_rule;
struct vcpu_arch;
struct x86_event;

/* @x as an exit; @rcx is the guest's. */
void vmx_exit_decode(const struct vmx_exit *x, u64 rcx, struct exit *e);

/* VM-entry interruption information for @e, and an event from vectoring information. */
u32 vmx_event_encode(const struct x86_event *e);
struct x86_event vmx_event_decode(u32 info, u32 code);

/* VM-instruction error @n in words (SDM volume 3, table 31-1). */
const char *vmx_error_name(u32 n);

/*
 * The legality table (SDM volume 3, sections 27.2 and 27.3, and what Bulkhead itself relies on),
 * asked of the fields that @read answers.
 */
const struct legal_rule *vmx_check(u64 (*read)(const void *ctx, u32 field), const void *ctx,
				   const struct vmx_caps *caps, u64 *found);

/*
 * world.S: until the guest stops for something else than a hypercall that was answered. False: the
 * CPU refused to enter it, as VMCS_INSTRUCTION_ERROR says.
 */
bool vmx_enter(struct vcpu_arch *v, bool launched);
void vmx_exit_entry(void);

#endif
#endif
