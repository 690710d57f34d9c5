// SPDX-License-Identifier: Apache-2.0
/*
 * Exits that are answered before anything else looks at them: commands and ends of interrupt of the
 * local APIC, interrupts that are the guest's, windows, ports. What is not decided in a few
 * instructions here goes the long way and comes to the same end.
 */
#include <asm/msr.h>
#include <asm/virq.h>
#include <asm/vlapic.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>

#include "../backend.h"
#include "../fast.h"
#include "../fastmov.h"
#include "vmx.h"

/* Qualification of an EPT violation: not there at all, touched by the instruction itself. */
#define EPT_KIND (BIT(12) | BITS(8, 7) | BITS(5, 2))
#define EPT_EXPECTED BITS(8, 7)
#define EPT_WRITE BIT(1)
/* Of an I/O instruction: IN; INS, OUTS or REP. */
#define PORT_IN BIT(3)
#define PORT_STRINGS BITS(5, 4)

static __noinline bool choose_again(struct vcpu_arch *v)
{
	v->rflags = vmread(VMCS_GUEST_RFLAGS);
	v->inject.valid = false;
	virq_before_entry(v);
	vmx_event_in(&v->inject);
	return true;
}

/* What virq_before_entry() comes to if an interrupt can be taken at once: no other is as urgent. */
static __noinline bool inject_now(struct vcpu_arch *v)
{
	const u64 state = vmread(VMCS_GUEST_INTERRUPTIBILITY);
	const bool open = (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF) != 0U &&
			  (state & INTERRUPTIBILITY_SHADOW) == 0U;
	const u32 vector = open ? fast_take(v->apic) : 0U;

	if (vector == 0U)
		return choose_again(v);
	vmwrite(VMCS_ENTRY_EVENT, EVENT_VALID | vector);
	return fast_taken(v, vector);
}

/* Nothing else waits and no window is open; else the whole choice. */
static inline bool again(struct vcpu_arch *v)
{
	struct vlapic *a = v->apic;

	if ((read_once(a->outstanding) | v->windows | (u32)a->nmi) != 0U)
		return choose_again(v);
	if (a->irr.words != 0U)
		return inject_now(v);
	return true;
}

static inline bool step(struct vcpu_arch *v, u64 length)
{
	const u64 state = vmread(VMCS_GUEST_INTERRUPTIBILITY);
	const u64 rflags = vmread(VMCS_GUEST_RFLAGS);

	vmwrite(VMCS_GUEST_RIP, vmread(VMCS_GUEST_RIP) + length);
	if ((rflags & RFLAGS_RF) != 0U)
		vmwrite(VMCS_GUEST_RFLAGS, rflags & ~(u64)RFLAGS_RF);
	if ((state & INTERRUPTIBILITY_SHADOW) != 0U)
		vmwrite(VMCS_GUEST_INTERRUPTIBILITY, state & ~(u64)INTERRUPTIBILITY_SHADOW);
	return again(v);
}

static inline bool fast_wrmsr(struct vcpu_arch *v)
{
	const u64 value = (u32)v->gpr[REG_RAX] | v->gpr[REG_RDX] << 32;

	return fast_wrmsr_apic(v, (u32)v->gpr[REG_RCX], value) && step(v, vmread(VMCS_EXIT_LENGTH));
}

/* Own interrupts may mean something to core: it looks whenever one was taken. */
static inline bool fast_irq(struct vcpu_arch *v)
{
	const struct cpu *c = this_cpu();
	const u64 own = c->irqs;

	cpu_take_irqs();
	return c->irqs == own && again(v);
}

/* IN and OUT of one register, by whoever has the port (SDM volume 3, table 28-5). */
static __noinline bool fast_port(struct vcpu_arch *v)
{
	const u64 q = vmread(VMCS_QUALIFICATION);
	struct port_answer r;

	if ((q & PORT_STRINGS) != 0U)
		return false;
	r = fast_port_access(v, (u16)(q >> 16), (q & 7U) + 1U, (q & PORT_IN) != 0U,
			     v->gpr[REG_RAX]);
	if (!r.done)
		return false;
	v->gpr[REG_RAX] = r.value;
	return step(v, vmread(VMCS_EXIT_LENGTH));
}

/*
 * Looks first whether the guest has ended an interrupt. What must be delivered again, and single
 * steps, go the long way.
 */
static inline bool is_fast(struct vcpu_arch *v)
{
	if (v->eoi.offered)
		kvmpv_eoi_collect(v);
	return v->apic != NULL && (vmread(VMCS_VECTORING) & EVENT_VALID) == 0U &&
	       (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF) == 0U;
}

bool vmx_fast(struct vcpu_arch *v, u32 reason)
{
	if (!is_fast(v))
		return false;
	switch (reason) {
	case REASON_WRMSR:
		return fast_wrmsr(v);
	case REASON_INTERRUPT:
		return fast_irq(v);
	case REASON_INTERRUPT_WINDOW:
		return choose_again(v);
	case REASON_PORT:
		return fast_port(v);
	default:
		return false;
	}
}

static bool is_64(void)
{
	return (vmread(VMCS_GUEST_EFER) & EFER_LMA) != 0U &&
	       (vmread(VMCS_GUEST_CS_ATTRIBUTES) & SEG_ATTR_L) != 0U;
}

/* A register of the xAPIC page by a plain MOV of 64-bit code. */
bool vmx_fast_page(struct vcpu_arch *v)
{
	const u64 q = vmread(VMCS_QUALIFICATION);
	const u64 gpa = vmread(VMCS_GUEST_PHYSICAL);
	const u64 rip = vmread(VMCS_GUEST_RIP);
	struct fastmov m;
	u8 code[FASTMOV_MAX];
	const u8 *at;
	bool found;
	u64 value;

	if ((q & EPT_KIND) != EPT_EXPECTED || !is_fast(v) || !virq_is_page(v, gpa) || !is_64() ||
	    (rip & PAGE_MASK) > PAGE_SIZE - sizeof(code))
		return false;
	at = guest_code_at(v, rip, vmread(VMCS_GUEST_CR3), &found);
	if (at == NULL)
		return false;
	/* That took long enough: the guest comes again. */
	if (found)
		return again(v);
	__builtin_memcpy(code, at, sizeof(code));
	if (!fastmov_decode(code, &m) || m.store != ((q & EPT_WRITE) != 0U))
		return false;
	v->gpr[REG_RSP] = vmread(VMCS_GUEST_RSP);
	value = m.immediate ? m.value : (u32)v->gpr[m.reg];
	if (!virq_fast_page(v, gpa & PAGE_MASK, m.store, &value))
		return false;
	if (!m.store) {
		v->gpr[m.reg] = value;
		vmwrite(VMCS_GUEST_RSP, v->gpr[REG_RSP]);
	}
	return step(v, m.length);
}
