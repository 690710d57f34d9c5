// SPDX-License-Identifier: Apache-2.0
/*
 * Exits that are answered before anything else looks at them: commands and ends of interrupt of the
 * local APIC, interrupts that are the guest's, windows, ports. What is not decided in a few
 * instructions here goes the long way and comes to the same end.
 */
#include <asm/msr.h>
#include <asm/virq.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>

#include "../backend.h"
#include "../fastmov.h"
#include "svm.h"

/* EXITINFO1 of a nested page fault: what is not there, touched by the instruction itself. */
#define NPF_KIND (BIT(33) | BIT(32) | BIT(4) | BIT(3) | BIT(0))
#define NPF_EXPECTED BIT(32)
#define NPF_WRITE BIT(1)
#define SEGMENT_L BIT(9) /* of the attributes as a VMCB has them */

/* What VMRUN needs when nothing but the guest's registers changed; else the whole choice. */
static bool again(struct vcpu_arch *v, struct vmcb *b)
{
	if (virq_quiet(v)) {
		b->eventinj = 0;
		svm_tpr_in(v);
		return true;
	}
	v->rflags = b->rflags;
	v->inject.valid = false;
	virq_before_entry(v);
	b->eventinj = svm_event_encode(&v->inject);
	b->rflags = v->rflags;
	svm_tpr_in(v);
	return true;
}

static bool step(struct vcpu_arch *v, struct vmcb *b, u32 length)
{
	b->rip += length;
	b->rflags &= ~RFLAGS_RF;
	b->interrupt_shadow = 0;
	return again(v, b);
}

static bool is_64(const struct vmcb *b)
{
	return (b->efer & EFER_LMA) != 0U && (b->segment[SEG_CS].attributes & SEGMENT_L) != 0U;
}

static bool fast_wrmsr(struct vcpu_arch *v, struct vmcb *b)
{
	const u32 length = is_64(b) ? svm_length_fast(v, b) : 0U;

	if (length == 0U || b->exitinfo1 != 1U ||
	    !virq_fast_wrmsr(v, (u32)v->gpr[REG_RCX], (u32)b->rax | v->gpr[REG_RDX] << 32))
		return false;
	return step(v, b, length);
}

/* Own interrupts may mean something to core: it looks whenever one was taken. */
static bool fast_irq(struct vcpu_arch *v, struct vmcb *b)
{
	const struct cpu *c = this_cpu();
	const u64 own = c->irqs;

	cpu_take_irqs();
	return c->irqs == own && again(v, b);
}

/* IN and OUT of one register, by whoever has the port. */
static bool fast_port(struct vcpu_arch *v, struct vmcb *b)
{
	struct exit e;

	svm_exit_decode(b, false, 0, &e);
	if (e.port.string || e.length == 0U)
		return false;
	v->gpr[REG_RAX] = b->rax;
	if (upcall_exit(v, &e) != TRAP_RESUME)
		return false;
	b->rax = v->gpr[REG_RAX];
	return step(v, b, e.length);
}

/* A register of the xAPIC page by a plain MOV of 64-bit code. */
static bool fast_page(struct vcpu_arch *v, struct vmcb *b)
{
	struct fastmov m;
	u8 code[FASTMOV_MAX];
	const u8 *at;
	size_t n;
	u64 *reg;
	u64 value;

	if ((b->exitinfo1 & NPF_KIND) != NPF_EXPECTED || !virq_is_page(v, b->exitinfo2) ||
	    !is_64(b))
		return false;
	at = guest_code(v, b->rip, b->cr3, &n);
	if (at == NULL || n < sizeof(code))
		return false;
	__builtin_memcpy(code, at, sizeof(code));
	if (!fastmov_decode(code, &m) || m.store != ((b->exitinfo1 & NPF_WRITE) != 0U))
		return false;
	v->gpr[REG_RAX] = b->rax;
	v->gpr[REG_RSP] = b->rsp;
	reg = &v->gpr[m.reg];
	value = m.immediate ? m.value : (u32)*reg;
	if (!virq_fast_page(v, b->exitinfo2 & PAGE_MASK, m.store, &value))
		return false;
	if (!m.store)
		*reg = value;
	b->rax = v->gpr[REG_RAX];
	b->rsp = v->gpr[REG_RSP];
	return step(v, b, m.length);
}

bool svm_fast(struct vcpu_arch *v)
{
	struct vmcb *b = v->block;

	/* What must be delivered again, and single steps, go the long way. */
	if (v->virq == NULL || (b->exitintinfo & EVENT_V) != 0U || (b->rflags & RFLAGS_TF) != 0U)
		return false;
	svm_tpr_out(v);
	switch ((u32)b->exitcode) {
	case EXITCODE_MSR:
		return fast_wrmsr(v, b);
	case EXITCODE_INTR:
		return fast_irq(v, b);
	case EXITCODE_VINTR:
		return again(v, b);
	case EXITCODE_IOIO:
		return fast_port(v, b);
	case EXITCODE_NPF:
		return fast_page(v, b);
	default:
		return false;
	}
}
