// SPDX-License-Identifier: Apache-2.0
/*
 * What a guest does to its local APIC most, decided in a few instructions: single fixed commands,
 * ends of interrupt, the timer, the TPR. Everything else goes the long way.
 */
#include <asm/vcpu.h>
#include <asm/virq.h>
#include <asm/vlapic.h>
#include <bulkhead/arch/atomic.h>

#define MSR_TPR 0x808U
#define MSR_EOI 0x80bU
#define MSR_INITIAL 0x838U
#define PAGE_TPR 0x080U
#define PAGE_EOI 0x0b0U
#define PAGE_ICR 0x300U
#define PAGE_ICR_HIGH 0x310U
#define PAGE_INITIAL 0x380U
#define ICR_DEFINED 0x000ccfffU /* not the busy bit */

static bool send(struct vcpu_arch *v, u64 command)
{
	if (!ipi_fast(v->virq, v->apic, command, false))
		return false;
	v->apic->icr = command;
	return true;
}

bool virq_fast_wrmsr(struct vcpu_arch *v, u32 msr, u64 value)
{
	/* In the guest's own time: emulate.c knows. */
	if (msr == VLAPIC_MSR_DEADLINE && v->tsc_offset == 0U && v->shown.tsc.up == 0U)
		return vlapic_wrmsr(v->virq, v->virq_id, msr, value) == TRAP_RESUME;
	if (!vlapic_x2(v->apic))
		return false;
	switch (msr) {
	case MSR_EOI:
		if (value != 0U)
			return false;
		vlapic_end(v->virq, v->virq_id);
		return true;
	case MSR_TPR:
	case MSR_INITIAL:
		return vlapic_wrmsr(v->virq, v->virq_id, msr, value) == TRAP_RESUME;
	default:
		return false;
	}
}

bool virq_is_page(const struct vcpu_arch *v, u64 gpa)
{
	const struct vlapic *a = v->apic;

	return gpa - VLAPIC_BASE < VLAPIC_SIZE && vlapic_on(a) && !vlapic_x2(a);
}

bool virq_fast_page(struct vcpu_arch *v, u64 offset, bool write, u64 *value)
{
	struct vlapic *a = v->apic;

	if (!write)
		return vlapic_page(v->virq, v->virq_id, offset, 4, false, value) == TRAP_RESUME;
	switch (offset) {
	case PAGE_ICR:
		return send(v, (a->icr & ~0xffffffffULL) | (*value & ICR_DEFINED));
	case PAGE_ICR_HIGH:
		a->icr = (u32)a->icr | (*value & BITS(31, 24)) << 32;
		return true;
	case PAGE_EOI:
		vlapic_end(v->virq, v->virq_id);
		return true;
	case PAGE_TPR:
	case PAGE_INITIAL:
		return vlapic_page(v->virq, v->virq_id, offset, 4, true, value) == TRAP_RESUME;
	default:
		return false;
	}
}

void virq_sent(const struct vcpu_arch *v, u64 *fast, u64 *slow)
{
	*fast = v->apic->sent_fast;
	*slow = v->apic->sent_slow;
}
