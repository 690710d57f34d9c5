// SPDX-License-Identifier: Apache-2.0
/*
 * Exits that are answered before anything else looks at them: registers of the virtual GIC that
 * need no lock, SGIs of one vcpu, interrupts that are the guest's. What is not decided in a few
 * instructions here goes the long way and comes to the same end; nothing is counted.
 */
#include <asm/esr.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>

#include "vgic_hw.h"

/* ISS of a data abort (Arm ARM, ESR_EL2): access described, no table walk, translation fault. */
#define ISS_ISV BIT(24)
#define ISS_SSE BIT(21)
#define ISS_FNV BIT(10)
#define ISS_CM BIT(8)
#define ISS_S1PTW BIT(7)
#define ISS_WNR BIT(6)
#define ISS_FSC_KIND 0x3cU
#define FSC_TRANSLATION 0x04U
#define ISS_EXPECTED (ISS_ISV | ISS_SSE | ISS_FNV | ISS_CM | ISS_S1PTW | ISS_FSC_KIND)

#define SYSREG_FIELDS 0x3ffc1eU
#define SGI1R_OTHERS (BIT(40) | BITS(55, 44) | BITS(39, 32) | BITS(23, 16))
#define XZR 31U

static void step(struct vcpu_arch *v)
{
	v->pc += 4U;
	v->pstate &= ~(PSTATE_BTYPE | PSTATE_SS);
}

static u64 operand(const struct vcpu_arch *v, u32 rt)
{
	return rt == XZR ? 0U : v->x[rt];
}

static bool fast_memory(struct vcpu_arch *v, u64 esr)
{
	const u64 gpa = FIELD_GET(v->hpfar, 43, 4) << PAGE_SHIFT | (v->far & PAGE_MASK);
	const u32 rt = (u32)FIELD_GET(esr, 20, 16);
	const u32 size = 1U << FIELD_GET(esr, 23, 22);
	const bool write = (esr & ISS_WNR) != 0U;
	const u64 at = gpa - VPLAT_GICD_BASE;
	const u64 redist = gpa - VPLAT_GICR_BASE;
	enum vgic_frame frame = v->virq->version == 2U ? VGIC_GICD2 : VGIC_GICD;
	u32 cpu = v->virq_id;
	u64 value;

	if ((esr & ISS_EXPECTED) != (ISS_ISV | FSC_TRANSLATION))
		return false;
	if (at >= VPLAT_GICD_SIZE) {
		cpu = (u32)(redist >> VGIC_REDIST_SHIFT);
		if (redist >> VGIC_REDIST_SHIFT >= v->virq->s.vcpus || frame == VGIC_GICD2)
			return false;
		frame = (redist & BIT(VGIC_FRAME_SHIFT)) != 0U ? VGIC_SGI : VGIC_RD;
	}
	value = operand(v, rt);
	if (vgic_register(v->virq, v->virq_id, cpu, frame, gpa & (BIT(VGIC_FRAME_SHIFT) - 1U), size,
			  write, &value) != TRAP_RESUME)
		return true;
	if (!write && rt != XZR)
		v->x[rt] = value;
	step(v);
	return true;
}

static bool fast_sgi(struct vcpu_arch *v, u64 esr)
{
	const u64 value = operand(v, (u32)FIELD_GET(esr, 9, 5));
	const u64 targets = FIELD_GET(value, 15, 0);

	if ((value & SGI1R_OTHERS) != 0U)
		return false;
	if (targets != BIT(v->virq_id)) {
		vgic_sgi(v->virq, v->virq_id, value);
	} else {
		const u32 intid = (u32)FIELD_GET(value, 27, 24);

		spin_lock(&v->virq->lock);
		if (!vgic_place(v->virq, v->virq_id, intid, 0))
			vgic_raise_private(v->virq, v->virq_id, intid);
		spin_unlock(&v->virq->lock);
	}
	step(v);
	return true;
}

/* AArch32 keeps PSTATE otherwise; its guests go the long way. */
bool vgic_fast(struct vcpu_arch *v)
{
	const u64 esr = v->esr;
	const u64 ec = esr >> ESR_EC_SHIFT;

	if (v->virq == NULL || (v->pstate & PSTATE_A32) != 0U)
		return false;
	if (ec == EC_DABT_LOWER)
		return fast_memory(v, esr);
	if (ec == EC_SYSREG && v->virq->version == 3U &&
	    (esr & (SYSREG_FIELDS | 1U)) == SYSREG_ID(3, 0, 12, 11, 5))
		return fast_sgi(v, esr);
	return false;
}

/* Own interrupts may mean something to core: it looks whenever one was taken. */
bool vgic_fast_irq(struct vcpu_arch *v)
{
	const struct cpu *c = this_cpu();
	const u64 own = c->irqs;

	if (v->virq == NULL)
		return false;
	upcall_irq();
	return c->irqs == own;
}
