// SPDX-License-Identifier: Apache-2.0
/* Guests by VMX (SDM volume 3, chapters 24 to 34): one entry and the exit that ends it. */
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/virq.h>
#include <asm/x86.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>

#include "../backend.h"
#include "vmx.h"

#define DR6_CLEARED (BITS(3, 0) | BITS(15, 13))
#define DR7_GD BIT(13)

static u64 read_current(const void *ctx __unused, u32 field)
{
	return vmread(field);
}

void vmx_event_in(const struct x86_event *e)
{
	u64 ends = INTERRUPTIBILITY_SHADOW;

	vmwrite(VMCS_ENTRY_EVENT, vmx_event_encode(e));
	if (!e->valid)
		return;
	vmwrite(VMCS_ENTRY_EVENT_CODE, e->code);
	/*
	 * A delivery ends the shadow; with it and RFLAGS.TF an entry would be refused. So would one
	 * with an NMI that was cut short, which blocks NMIs already.
	 */
	if (e->type == EVENT_NMI)
		ends |= INTERRUPTIBILITY_NMI;
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, vmread(VMCS_GUEST_INTERRUPTIBILITY) & ~ends);
}

/* RIP, RSP, RFLAGS and what is to be injected; CR2 is not the VMCS's. */
static void state_in(struct vcpu_arch *v)
{
	vmwrite(VMCS_GUEST_RSP, v->gpr[REG_RSP]);
	vmwrite(VMCS_GUEST_RIP, v->rip);
	vmwrite(VMCS_GUEST_RFLAGS, v->rflags);
	vmx_event_in(&v->inject);
}

static void state_out(struct vcpu_arch *v, struct vmx_exit *x)
{
	v->cr2 = read_cr2();
	v->gpr[REG_RSP] = vmread(VMCS_GUEST_RSP);
	v->rip = vmread(VMCS_GUEST_RIP);
	v->rflags = vmread(VMCS_GUEST_RFLAGS);
	*x = (struct vmx_exit){
		.reason = (u32)vmread(VMCS_EXIT_REASON),
		.event = (u32)vmread(VMCS_EXIT_EVENT),
		.event_code = (u32)vmread(VMCS_EXIT_EVENT_CODE),
		.vectoring = (u32)vmread(VMCS_VECTORING),
		.vectoring_code = (u32)vmread(VMCS_VECTORING_CODE),
		.length = (u32)vmread(VMCS_EXIT_LENGTH),
		.qualification = vmread(VMCS_QUALIFICATION),
		.linear = vmread(VMCS_GUEST_LINEAR),
		.physical = vmread(VMCS_GUEST_PHYSICAL),
	};
	v->vectoring = vmx_event_decode(x->vectoring, x->vectoring_code);
}

/* DR6 and DR7 are as before the exception; it is delivered by injection, which leaves them too. */
static void debug_exception(struct vcpu_arch *v, const struct vmx_exit *x)
{
	u64 dr6;

	__asm__ volatile("movq %%db6, %0" : "=r"(dr6));
	dr6 = (dr6 & ~(u64)DR6_CLEARED) | (x->qualification & DR6_CLEARED);
	__asm__ volatile("movq %0, %%db6" : : "r"(dr6));
	vmwrite(VMCS_GUEST_DR7, vmread(VMCS_GUEST_DR7) & ~DR7_GD);
	/* INT1 is a trap: the guest goes on behind it. */
	if (FIELD_GET(x->event, 10, 8) == EVENT_PRIVILEGED)
		v->rip += x->length;
}

/* What an exit of reason 0 wants before anything else. */
static void event(struct vcpu_arch *v, const struct vmx_exit *x)
{
	/* The NMI was taken by the exit, and no other comes until an IRET. */
	if (FIELD_GET(x->event, 10, 8) == EVENT_NMI)
		__asm__ volatile("int %0" : : "i"(VEC_NMI) : "memory", "cc");
	else if ((x->event & 0xffU) == VEC_DB)
		debug_exception(v, x);
}

/* The guest's IRET had ended the blocking of NMIs when it faulted (SDM volume 3, 28.2.3). */
static bool unblocked_nmi(const struct vmx_exit *x)
{
	if ((x->vectoring & EVENT_VALID) != 0U)
		return false;
	if (x->reason == REASON_EVENT)
		return (x->event & EVENT_NMI_UNBLOCKED) != 0U && (x->event & 0xffU) != VEC_DF;
	return x->reason == REASON_EPT_VIOLATION && (x->qualification & BIT(12)) != 0U;
}

static void refused(struct exit *e)
{
	const u32 error = (u32)vmread(VMCS_INSTRUCTION_ERROR);

	log_error("VMX: the CPU refused to enter a guest: error %u: %s", error,
		  vmx_error_name(error));
	*e = (struct exit){ .class = EXIT_REFUSED, .reason = error };
}

static void vmx_run(struct vcpu_arch *v, struct exit *e)
{
	struct vmx_exit x;

	state_in(v);
	if (read_cr2() != v->cr2)
		write_cr2(v->cr2);
	if (!vmx_enter(v, v->launched)) {
		refused(e);
		return;
	}
	state_out(v, &x);
	/* An entry that failed late leaves it as it was. */
	v->launched = v->launched || (x.reason & REASON_ENTRY_FAILED) == 0U;
	if (x.reason == REASON_EVENT)
		event(v, &x);
	if (unblocked_nmi(&x))
		vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
			vmread(VMCS_GUEST_INTERRUPTIBILITY) | INTERRUPTIBILITY_NMI);
	vmx_exit_decode(&x, v->gpr[REG_RCX], e);
}

static const struct legal_rule *check(struct vcpu_arch *v, u64 *found)
{
	state_in(v);
	return vmx_check(read_current, NULL, vmx_caps(), found);
}

/* The entry finds the trap pending; it is an exit like any #DB. */
static void stepped(struct vcpu_arch *v)
{
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
		vmread(VMCS_GUEST_INTERRUPTIBILITY) & ~(u64)INTERRUPTIBILITY_SHADOW);
	if ((v->rflags & RFLAGS_TF) != 0U)
		vmwrite(VMCS_GUEST_PENDING_DEBUG, vmread(VMCS_GUEST_PENDING_DEBUG) | DR6_BS);
}

/* ---- when events may come ---- */

static u32 blocked(struct vcpu_arch *v)
{
	const u64 state = vmread(VMCS_GUEST_INTERRUPTIBILITY);
	const bool shadow = (state & INTERRUPTIBILITY_SHADOW) != 0U;
	u32 set = shadow || (v->rflags & RFLAGS_IF) == 0U ? VIRQ_INTR : 0U;

	if (shadow || (state & INTERRUPTIBILITY_NMI) != 0U)
		set |= VIRQ_NMI;
	return set;
}

/* CR8 always exits: for the TPR nothing is to be done. */
static void window(struct vcpu_arch *v, u32 set)
{
	u64 proc;

	if (set == v->windows)
		return;
	v->windows = set;
	proc = vmread(VMCS_PROC) & ~(u64)(PROC_INTERRUPT_WINDOW | PROC_NMI_WINDOW);
	if ((set & VIRQ_INTR) != 0U)
		proc |= PROC_INTERRUPT_WINDOW;
	if ((set & VIRQ_NMI) != 0U)
		proc |= PROC_NMI_WINDOW;
	vmwrite(VMCS_PROC, proc);
}

/* The entry blocks further ones by itself. */
static void nmi_taken(struct vcpu_arch *v __unused)
{
}

const struct virt_ops vmx_ops = {
	.name = "VMX",
	.kind = PT_EPT,
	.cpu_init = vmx_cpu_init,
	.pt_flags = vmx_pt_flags,
	.tags = vmx_tags,
	.tsc_bits = vmx_tsc_bits,
	.invalidate = vmx_invalidate,
	.reset = vmx_reset,
	.reset_open = vmx_reset_open,
	.reset_close = vmx_reset_close,
	.get = vmx_get,
	.set = vmx_set,
	.load = vmx_load,
	.put = vmx_put,
	.check = check,
	.run = vmx_run,
	.stepped = stepped,
	.blocked = blocked,
	.window = window,
	.nmi_taken = nmi_taken,
	.control = vmx_emulate,
};
