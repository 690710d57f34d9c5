// SPDX-License-Identifier: Apache-2.0
/*
 * Exits that are answered before anything else looks at them: registers of the virtual GIC that
 * need no lock, those of the console, SGIs of one vcpu, interrupts that are the guest's. What is
 * not decided in a few instructions here goes the long way and comes to the same end; nothing is
 * counted.
 */
#include <asm/esr.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/irqchip/gic.h>

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
#define CALLEE_SAVED_FIRST 19U
#define CALLEE_SAVED_LAST 28U

/* Is the register in memory? */
static bool at_hand(u32 rt, u32 all)
{
	return rt < CALLEE_SAVED_FIRST || (rt != XZR && (all != 0U || rt > CALLEE_SAVED_LAST));
}

/* Where one that is not at hand is looked for: the long way knows what xzr is. */
static u32 elsewhere(u32 rt)
{
	return rt == XZR ? (u32)TRAP_PARK : VGIC_FAST_REST;
}

/*
 * A device that core answers for may be meant where it is no register of the GIC. What that does to
 * its interrupt is in the list registers at once, or comes with a kick.
 */
static u32 fast_memory(struct vcpu_arch *v, u64 esr, u32 all)
{
	const u64 gpa = FIELD_GET(v->hpfar, 43, 4) << PAGE_SHIFT | (v->far & PAGE_MASK);
	const u32 rt = (u32)FIELD_GET(esr, 20, 16);
	const u32 size = 1U << FIELD_GET(esr, 23, 22);
	const bool write = (esr & ISS_WNR) != 0U;
	const u64 at = gpa - VPLAT_GICD_BASE;
	const u64 redist = gpa - VPLAT_GICR_BASE;
	enum vgic_frame frame = (enum vgic_frame)v->virq->dist;
	u32 cpu = v->virq_id;

	if ((esr & ISS_EXPECTED) != (ISS_ISV | FSC_TRANSLATION))
		return TRAP_PARK;
	if (!at_hand(rt, all))
		return elsewhere(rt);
	if (at >= VPLAT_GICD_SIZE) {
		cpu = (u32)(redist >> VGIC_REDIST_SHIFT);
		if (redist >> VGIC_REDIST_SHIFT >= v->virq->redists)
			return (u32)upcall_mmio(v, gpa, size, write, &v->x[rt]);
		frame = (redist & BIT(VGIC_FRAME_SHIFT)) != 0U ? VGIC_SGI : VGIC_RD;
	}
	return vgic_register(v->virq, v->virq_id, cpu, frame, gpa & (BIT(VGIC_FRAME_SHIFT) - 1U),
			     size, write, &v->x[rt]);
}

/*
 * SGI @intid in the list register it was in, if that is done with. Of the first few only: the
 * first is the timer's, and most CPUs have four.
 */
static inline bool once_more(const struct vgic_cpu *c, u32 intid)
{
	const u64 lr = vgic_again(c, intid);
	const u32 at = c->lr_of[intid];

#define ONCE_MORE(number, encoding)                                                   \
	if (lr != 0U && at == (number) && (read_sysreg(encoding) & LR_STATE) == 0U) { \
		write_sysreg(encoding, lr);                                           \
		return true;                                                          \
	}
	ONCE_MORE(1, S3_4_C12_C12_1)
	ONCE_MORE(2, S3_4_C12_C12_2)
	ONCE_MORE(3, S3_4_C12_C12_3)
	return false;
}

static __attribute__((noinline)) enum trap_result sgi_self(struct vcpu_arch *v, u32 intid)
{
	if (!once_more(v->vgic, intid))
		vgic_send_self(v->virq, v->virq_id, intid);
	return TRAP_RESUME;
}

/*
 * Where it is in its guest it is loaded, which it says before it looks for what was posted: it is
 * seen here, or looks later than that.
 */
static void kick(struct virq *q, u32 to)
{
	const u32 cpu = __atomic_load_n(&q->s.cpu[to].loaded_on, __ATOMIC_SEQ_CST);

	if (cpu != VGIC_NOWHERE)
		irq_kick(cpu);
	else
		upcall_vcpu_kick(q->vcpu[to]);
}

/* To one vcpu; to more of them it is the long way, which says so in the statistics. */
static __attribute__((noinline)) enum trap_result fast_sgi(struct vcpu_arch *v, u64 value)
{
	const u32 targets = (u32)FIELD_GET(value, 15, 0);
	struct virq *q = v->virq;
	u32 intid;
	u32 to;

	if ((value & SGI1R_OTHERS) != 0U || targets == 0U || (targets & (targets - 1U)) != 0U)
		return TRAP_PARK;
	v->sgis_short++;
	to = (u32)__builtin_ctz(targets);
	intid = (u32)FIELD_GET(value, 27, 24);
	if (to == v->virq_id)
		return sgi_self(v, intid);
	if (to < q->s.vcpus && vgic_post(&q->s.cpu[to], intid))
		kick(q, to);
	return TRAP_RESUME;
}

/* AArch32 keeps PSTATE otherwise; its guests go the long way. */
u32 vgic_fast(struct vcpu_arch *v, u32 all)
{
	const u64 esr = v->esr;
	const u64 ec = esr >> ESR_EC_SHIFT;
	const u32 rt = (u32)FIELD_GET(esr, 9, 5);

	if (v->virq == NULL || (v->pstate & PSTATE_A32) != 0U)
		return TRAP_PARK;
	if (ec == EC_DABT_LOWER)
		return fast_memory(v, esr, all);
	if (ec != EC_SYSREG || (esr & (SYSREG_FIELDS | 1U)) != SYSREG_ID(3, 0, 12, 11, 5))
		return TRAP_PARK;
	return at_hand(rt, all) ? (u32)fast_sgi(v, v->x[rt]) : elsewhere(rt);
}

/* What others have sent: one SGI needs no lock where it was seen before. */
static void receive(struct vcpu_arch *v)
{
	struct vgic_cpu *c = v->vgic;
	const u32 bits = __atomic_load_n(&c->request, __ATOMIC_ACQUIRE);
	const u32 sgi = (u32)__builtin_ctz(bits | VGIC_REQUEST_LOOK);

	if ((bits & VGIC_REQUEST_LOOK) != 0U || !once_more(c, sgi) ||
	    __atomic_and_fetch(&c->request, ~(1U << sgi), __ATOMIC_SEQ_CST) != 0U)
		vgic_poll(v);
}

/* A kick, acknowledged by world.S, is what another vcpu's SGI needs: nothing else is looked at. */
static bool kicked(struct vcpu_arch *v)
{
	/* What is posted from here on comes with another kick. */
	isb();
	write_sysreg(SYS_ICC_EOIR1_EL1, GIC_SGI_KICK);
	write_sysreg(SYS_ICC_DIR_EL1, GIC_SGI_KICK);
	irq_kicked();
	if (!upcall_vcpu_stays(v))
		return false;
	receive(v);
	return true;
}

/* Own interrupts may mean something to core: it looks whenever one was taken that is no kick. */
bool vgic_fast_irq(struct vcpu_arch *v, u32 acknowledged)
{
	if (acknowledged == GIC_SGI_KICK)
		return kicked(v);
	if (upcall_irq_taken(acknowledged) != IRQ_GUEST)
		return false;
	vgic_poll(v);
	return true;
}
