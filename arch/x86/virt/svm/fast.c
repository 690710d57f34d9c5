// SPDX-License-Identifier: Apache-2.0
/*
 * Exits that are answered before anything else looks at them: commands and ends of interrupt of the
 * local APIC, interrupts that are the guest's, windows, ports. What is not decided in a few
 * instructions here goes the long way and comes to the same end.
 */
#include <asm/msr.h>
#include <asm/virq.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>

#include "../backend.h"
#include "../fast.h"
#include "../fastmov.h"
#include "svm.h"

/* EXITINFO1 of a nested page fault: what is not there, touched by the instruction itself. */
#define NPF_KIND (BIT(33) | BIT(32) | BIT(4) | BIT(3) | BIT(0))
#define NPF_EXPECTED BIT(32)
#define NPF_WRITE BIT(1)
/* EXITINFO1 of IOIO: IN; INS, OUTS or REP. */
#define IOIO_IN BIT(0)
#define IOIO_STRINGS BITS(3, 2)
#define SEGMENT_L BIT(9) /* of the attributes as a VMCB has them */

static __noinline bool choose_again(struct vcpu_arch *v, struct vmcb *b)
{
	v->rflags = b->rflags;
	v->inject.valid = false;
	virq_before_entry(v);
	b->eventinj = svm_event_encode(&v->inject);
	b->rflags = v->rflags;
	svm_tpr_in(v->apic, b);
	return true;
}

/* What virq_before_entry() comes to if an interrupt can be taken at once: no other is as urgent. */
static __noinline bool inject_now(struct vcpu_arch *v, struct vmcb *b)
{
	const bool open = (b->rflags & RFLAGS_IF) != 0U && b->interrupt_shadow == 0U;
	const u32 vector = open ? fast_take(v->apic) : 0U;

	if (vector == 0U)
		return choose_again(v, b);
	b->eventinj = EVENT_V | vector;
	return fast_taken(v, vector);
}

/* Nothing else waits and no window is open; else the whole choice. V_TPR is the TPR. */
static inline bool again(struct vcpu_arch *v, struct vmcb *b)
{
	struct vlapic *a = v->apic;

	if ((read_once(a->outstanding) | v->windows | (u32)a->nmi) != 0U)
		return choose_again(v, b);
	if (a->irr.words != 0U)
		return inject_now(v, b);
	b->eventinj = 0;
	return true;
}

static inline bool step(struct vcpu_arch *v, struct vmcb *b, u32 length)
{
	b->rip += length;
	b->rflags &= ~RFLAGS_RF;
	b->interrupt_shadow = 0;
	return again(v, b);
}

static inline u32 slot_of(u64 rip)
{
	return (u32)(rip >> 2) % VCPU_WRMSRS;
}

void svm_wrmsr_noted(struct vcpu_arch *v, const struct vmcb *b, u32 length)
{
	const u32 i = slot_of(b->rip);

	v->wrmsr[i].rip = b->rip;
	v->wrmsr[i].cr3 = b->cr3;
	v->wrmsr[i].length = length;
}

/*
 * 0: it is to be looked at. Without NRIPS a guest that puts one with other prefixes in its place
 * has that stepped over wrongly.
 */
static inline u32 wrmsr_length(const struct vcpu_arch *v, const struct vmcb *b)
{
	const u32 i = slot_of(b->rip);

	if (b->nrip > b->rip)
		return (u32)(b->nrip - b->rip);
	return v->wrmsr[i].rip == b->rip && v->wrmsr[i].cr3 == b->cr3 ? v->wrmsr[i].length : 0U;
}

static __noinline bool fast_wrmsr(struct vcpu_arch *v, struct vmcb *b)
{
	const u32 length = wrmsr_length(v, b);
	const u32 msr = (u32)v->gpr[REG_RCX];
	const u64 value = (u32)b->rax | v->gpr[REG_RDX] << 32;

	if (b->exitinfo1 != 1U || length == 0U || !fast_wrmsr_apic(v, msr, value))
		return false;
	svm_tpr_in(v->apic, b);
	return step(v, b, length);
}

/* Own interrupts may mean something to core: it looks whenever one was taken. */
static __noinline bool fast_irq(struct vcpu_arch *v)
{
	const u64 own = this_cpu()->irqs;

	cpu_take_irqs();
	return this_cpu()->irqs == own && again(v, v->block);
}

/* IN and OUT of one register, by whoever has the port (APM volume 2, 15.10.2). */
static __noinline bool fast_port(struct vcpu_arch *v, struct vmcb *b)
{
	const u64 info = b->exitinfo1;
	struct port_answer r;

	if ((info & IOIO_STRINGS) != 0U)
		return false;
	r = fast_port_access(v, (u16)(info >> 16), info >> 4 & 7U, (info & IOIO_IN) != 0U, b->rax);
	if (!r.done)
		return false;
	b->rax = r.value;
	return step(v, b, (u32)(b->exitinfo2 - b->rip));
}

/* What must be delivered again, and single steps, go the long way. */
static inline bool is_fast(const struct vcpu_arch *v, const struct vmcb *b)
{
	return v->apic != NULL && (b->exitintinfo & EVENT_V) == 0U && (b->rflags & RFLAGS_TF) == 0U;
}

/* Each answer has a frame of its own: here nothing is saved. */
static inline bool answer(struct vcpu_arch *v, struct vmcb *b)
{
	if (!is_fast(v, b))
		return false;
	svm_tpr_out(v->apic, b);
	switch ((u32)b->exitcode) {
	case EXITCODE_MSR:
		return fast_wrmsr(v, b);
	case EXITCODE_INTR:
		return fast_irq(v);
	case EXITCODE_VINTR:
		return choose_again(v, b);
	case EXITCODE_IOIO:
		return fast_port(v, b);
	default:
		return false;
	}
}

/* The guest may have ended an interrupt. */
static __noinline bool collect_and_answer(struct vcpu_arch *v)
{
	kvmpv_eoi_collect(v);
	return answer(v, v->block);
}

bool svm_fast(struct vcpu_arch *v)
{
	return v->eoi.offered ? collect_and_answer(v) : answer(v, v->block);
}

static bool is_64(const struct vmcb *b)
{
	return (b->efer & EFER_LMA) != 0U && (b->segment[SEG_CS].attributes & SEGMENT_L) != 0U;
}

/* A register of the xAPIC page by a plain MOV of 64-bit code. */
bool svm_fast_page(struct vcpu_arch *v)
{
	struct vmcb *b = v->block;
	struct fastmov m;
	u8 code[FASTMOV_MAX];
	const u8 *at;
	bool found;
	u64 value;

	if (v->eoi.offered)
		kvmpv_eoi_collect(v);
	if ((b->exitinfo1 & NPF_KIND) != NPF_EXPECTED || !is_fast(v, b) ||
	    !virq_is_page(v, b->exitinfo2) || !is_64(b))
		return false;
	svm_tpr_out(v->apic, b);
	if ((b->rip & PAGE_MASK) > PAGE_SIZE - sizeof(code))
		return false;
	at = guest_code_at(v, b->rip, b->cr3, &found);
	if (at == NULL)
		return false;
	/* That took long enough: the guest comes again. */
	if (found)
		return again(v, b);
	__builtin_memcpy(code, at, sizeof(code));
	if (!fastmov_decode(code, &m) || m.store != ((b->exitinfo1 & NPF_WRITE) != 0U))
		return false;
	v->gpr[REG_RAX] = b->rax;
	v->gpr[REG_RSP] = b->rsp;
	value = m.immediate ? m.value : (u32)v->gpr[m.reg];
	if (!virq_fast_page(v, b->exitinfo2 & PAGE_MASK, m.store, &value))
		return false;
	if (!m.store) {
		v->gpr[m.reg] = value;
		b->rax = v->gpr[REG_RAX];
		b->rsp = v->gpr[REG_RSP];
	}
	svm_tpr_in(v->apic, b);
	return step(v, b, m.length);
}
