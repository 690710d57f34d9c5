// SPDX-License-Identifier: Apache-2.0
/* What a VM exit says, in common words. Pure: tested on the host. */
#include <asm/desc.h>
#include <asm/virt.h>
#include <bulkhead/arch/exit.h>

#include "vmcs.h"

/*
 * Exits by reason. What Bulkhead does not offer is an exception: the guest sees #UD, or #GP for
 * what exists and is not allowed. Reasons that are not here cannot come: nobody asked for them.
 */
static const struct {
	u32 first, last;
	enum exit_class class;
	u32 vector;
} exits[] = {
	{ REASON_INTERRUPT, REASON_INTERRUPT, EXIT_IRQ, 0 },
	{ REASON_TRIPLE_FAULT, REASON_TRIPLE_FAULT, EXIT_SHUTDOWN, 0 },
	{ REASON_INIT, REASON_SIPI, EXIT_IRQ, 0 },
	{ REASON_INTERRUPT_WINDOW, REASON_NMI_WINDOW, EXIT_IRQ, 0 },
	{ REASON_TASK_SWITCH, REASON_TASK_SWITCH, EXIT_EXCEPTION, VEC_GP },
	{ REASON_CPUID, REASON_CPUID, EXIT_CPUID, 0 },
	{ REASON_GETSEC, REASON_GETSEC, EXIT_EXCEPTION, VEC_UD },
	{ REASON_HLT, REASON_HLT, EXIT_WAIT, 0 },
	{ REASON_INVD, REASON_INVD, EXIT_EXCEPTION, VEC_UD },
	{ REASON_RDPMC, REASON_RDPMC, EXIT_EXCEPTION, VEC_GP },
	{ REASON_RSM, REASON_RSM, EXIT_EXCEPTION, VEC_UD },
	{ REASON_VMCALL, REASON_VMCALL, EXIT_HYPERCALL, 0 },
	{ REASON_VMCLEAR, REASON_VMXON, EXIT_EXCEPTION, VEC_UD },
	{ REASON_CR, REASON_CR, EXIT_SYSREG, 0 },
	{ REASON_PORT, REASON_PORT, EXIT_PORT, 0 },
	{ REASON_RDMSR, REASON_WRMSR, EXIT_SYSREG, 0 },
	{ REASON_MWAIT, REASON_MWAIT, EXIT_EXCEPTION, VEC_UD },
	{ REASON_MONITOR, REASON_MONITOR, EXIT_EXCEPTION, VEC_UD },
	{ REASON_EPT_VIOLATION, REASON_EPT_VIOLATION, EXIT_MEMORY, 0 },
	{ REASON_INVEPT, REASON_INVEPT, EXIT_EXCEPTION, VEC_UD },
	{ REASON_INVVPID, REASON_INVVPID, EXIT_EXCEPTION, VEC_UD },
	{ REASON_WBINVD, REASON_WBINVD, EXIT_SYSREG, 0 },
	{ REASON_XSETBV, REASON_XSETBV, EXIT_SYSREG, 0 },
	{ REASON_VMFUNC, REASON_VMFUNC, EXIT_EXCEPTION, VEC_UD },
};

/* SDM volume 3, table 28-7. An access that reads and writes is a write. */
static void decode_memory(const struct vmx_exit *x, struct exit_memory *m)
{
	const u64 q = x->qualification;

	*m = (struct exit_memory){
		.gpa = GPA(x->physical),
		.gpa_exact = true,
		.gva = { x->linear },
		.gva_valid = (q & BIT(7)) != 0U,
		.write = (q & BIT(1)) != 0U,
		.exec = (q & BIT(2)) != 0U,
		.permission = (q & BITS(5, 3)) != 0U,
		.table_walk = (q & BITS(8, 7)) == BIT(7),
	};
	m->read = !m->write && !m->exec;
}

/* SDM volume 3, table 28-5. */
static void decode_port(u64 q, struct exit_port *p)
{
	*p = (struct exit_port){
		.port = (u16)FIELD_GET(q, 31, 16),
		.size = (u8)(FIELD_GET(q, 2, 0) + 1U),
		.in = (q & BIT(3)) != 0U,
		.string = (q & BIT(4)) != 0U,
		.rep = (q & BIT(5)) != 0U,
	};
}

/* SDM volume 3, table 28-3. CLTS and LMSW touch no bit that is Bulkhead's. */
static void decode_cr(const struct vmx_exit *x, struct exit *e)
{
	const u64 q = x->qualification;

	if (FIELD_GET(q, 5, 4) > 1U)
		e->class = EXIT_UNKNOWN;
	e->sysreg = (struct exit_sysreg){
		.id = SYSREG_CR((u32)FIELD_GET(q, 3, 0)),
		.reg = (u16)FIELD_GET(q, 11, 8),
		.write = FIELD_GET(q, 5, 4) == 0U,
	};
}

static void decode_sysreg(const struct vmx_exit *x, u64 rcx, struct exit *e)
{
	switch (x->reason) {
	case REASON_CR:
		decode_cr(x, e);
		break;
	case REASON_WBINVD:
		e->sysreg = (struct exit_sysreg){ .id = SYSREG_WBINVD, .write = true };
		break;
	case REASON_XSETBV:
		e->sysreg = (struct exit_sysreg){ .id = SYSREG_XSETBV, .write = true };
		break;
	default:
		e->sysreg = (struct exit_sysreg){ .id = sysreg_msr(rcx),
						  .write = x->reason == REASON_WRMSR };
		break;
	}
}

/* The length is undefined where no instruction made the exit. */
static void decode_details(const struct vmx_exit *x, u64 rcx, struct exit *e)
{
	switch (e->class) {
	case EXIT_MEMORY:
		decode_memory(x, &e->memory);
		return;
	case EXIT_PORT:
		decode_port(x->qualification, &e->port);
		break;
	case EXIT_SYSREG:
		decode_sysreg(x, rcx, e);
		break;
	case EXIT_HYPERCALL:
	case EXIT_CPUID:
	case EXIT_WAIT:
		break;
	default:
		return;
	}
	e->length = (u8)x->length;
}

/* Reason 0: an exception of the guest, or an NMI of the machine. */
static void decode_event(const struct vmx_exit *x, struct exit *e)
{
	const struct x86_event event = vmx_event_decode(x->event, x->event_code);

	e->class = event.type == EVENT_NMI ? EXIT_IRQ : EXIT_EXCEPTION;
	if (e->class == EXIT_EXCEPTION)
		e->vector = event.vector;
}

void vmx_exit_decode(const struct vmx_exit *x, u64 rcx, struct exit *e)
{
	*e = (struct exit){ .class = EXIT_UNKNOWN,
			    .reason = x->reason,
			    .syndrome = x->qualification };
	if (x->reason == (REASON_ENTRY_FAILED | REASON_MACHINE_CHECK)) {
		e->class = EXIT_EXCEPTION;
		e->vector = VEC_MC;
		return;
	}
	if ((x->reason & REASON_ENTRY_FAILED) != 0U) {
		e->class = EXIT_REFUSED;
		return;
	}
	if (x->reason == REASON_EVENT) {
		decode_event(x, e);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(exits); i++) {
		if (x->reason < exits[i].first || x->reason > exits[i].last)
			continue;
		e->class = exits[i].class;
		if (e->class == EXIT_EXCEPTION)
			e->vector = exits[i].vector;
		decode_details(x, rcx, e);
		return;
	}
}

u32 vmx_event_encode(const struct x86_event *e)
{
	if (!e->valid)
		return 0;
	return (u32)(EVENT_VALID | FIELD_PREP(e->type, 10, 8) | e->vector |
		     (e->has_code ? EVENT_CODE : 0U));
}

struct x86_event vmx_event_decode(u32 info, u32 code)
{
	const bool has_code = (info & EVENT_CODE) != 0U;

	return (struct x86_event){
		.valid = (info & EVENT_VALID) != 0U,
		.has_code = has_code,
		.vector = (u8)info,
		.type = (u8)FIELD_GET(info, 10, 8),
		.code = has_code ? code : 0U,
	};
}

const char *vmx_error_name(u32 n)
{
	static const char *const names[] = {
		[0] = "no current VMCS",
		[1] = "VMCALL in VMX root operation",
		[2] = "VMCLEAR with an invalid address",
		[3] = "VMCLEAR with the VMXON pointer",
		[4] = "VMLAUNCH with a VMCS that is not clear",
		[5] = "VMRESUME with a VMCS that is not launched",
		[6] = "VMRESUME after VMXOFF",
		[7] = "VM entry with invalid control fields",
		[8] = "VM entry with invalid host-state fields",
		[9] = "VMPTRLD with an invalid address",
		[10] = "VMPTRLD with the VMXON pointer",
		[11] = "VMPTRLD with another VMCS revision",
		[12] = "VMREAD or VMWRITE of a field that does not exist",
		[13] = "VMWRITE to a read-only field",
		[15] = "VMXON in VMX root operation",
		[26] = "VM entry with events blocked by MOV SS",
		[28] = "invalid operand to INVEPT or INVVPID",
	};

	return n < ARRAY_SIZE(names) && names[n] != NULL ? names[n] : "an unknown error";
}
