/* SPDX-License-Identifier: Apache-2.0 */
/* What both backends' fast.c do alike: nothing here knows a control block. */
#ifndef VIRT_FAST_H
#define VIRT_FAST_H

#include <asm/msr.h>
#include <asm/virq.h>
#include <asm/vlapic.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/upcall.h>

#define FAST_MSR_ICR 0x830U
#define FAST_MSR_SELF 0x83fU
#define FAST_ICR_RESERVED (BITS(31, 20) | BITS(17, 16) | BIT(13))
#define FAST_ICR_BUSY BIT(12)

static inline bool fast_send(struct vcpu_arch *v, u64 value)
{
	struct vlapic *a = v->apic;

	value &= ~(u64)FAST_ICR_BUSY;
	if ((value & FAST_ICR_RESERVED) != 0U || !vlapic_x2(a) ||
	    !ipi_fast(v->virq, a, value, true))
		return false;
	a->icr = value;
	return true;
}

static inline bool fast_send_self(struct vlapic *a, u64 value)
{
	if (value < 16U || value > 0xffU || !vlapic_x2(a))
		return false;
	a->sent_fast++;
	vlapic_accept(a, (u32)value, false);
	return true;
}

/* WRMSR of the local APIC. False: nothing was done. */
static inline bool fast_wrmsr_apic(struct vcpu_arch *v, u32 msr, u64 value)
{
	if (msr == FAST_MSR_ICR)
		return fast_send(v, value);
	if (msr == FAST_MSR_SELF)
		return fast_send_self(v->apic, value);
	return virq_fast_wrmsr(v, msr, value);
}

/* The part of RAX that the IN or OUT has, by whoever has the port; the answer is all of RAX. */
static inline struct port_answer fast_port_access(struct vcpu_arch *v, u16 port, u64 size, bool in,
						  u64 rax)
{
	const u64 mask = size == 1U ? 0xffU : size == 2U ? 0xffffU : 0xffffffffU;
	struct port_answer r = { .value = rax, .done = false };

	if (size != 4U && size != 2U && size != 1U)
		return r;
	r = upcall_port(v, port, (u32)size, !in, rax & mask);
	/* AL and AX leave the rest of the register, EAX clears its upper half. */
	if (!in)
		r.value = rax;
	else if (size != 4U)
		r.value |= rax & ~mask;
	return r;
}

/*
 * The interrupt that virq_before_entry() would choose for a guest whose RFLAGS.IF is set and that
 * is in no shadow, taken; 0: none, or it is to be asked. Something is requested.
 */
static inline u32 fast_take(struct vlapic *a)
{
	const u32 word = (u32)__builtin_clz(a->irr.words) ^ 31U;
	const u32 bit = (u32)__builtin_clz(a->irr.w[word]) ^ 31U;
	const u32 vector = word * 32U + bit;
	const u32 class = vector & 0xf0U;

	if (class <= (vlapic_highest(&a->isr) & 0xf0U) || class <= (a->tpr & 0xf0U) ||
	    !vlapic_enabled(a))
		return 0;
	vlapic_ack_bit(a, word, bit);
	return vector;
}

static __noinline bool fast_offer_eoi(struct vcpu_arch *v, u32 vector)
{
	kvmpv_eoi_offer(v, vector);
	return true;
}

/* What there is to do behind fast_take() and the injection; true. */
static inline bool fast_taken(struct vcpu_arch *v, u32 vector)
{
	if ((v->eoi.msr & KVM_PV_EOI_ENABLED) != 0U)
		return fast_offer_eoi(v, vector);
	return true;
}

#endif
