// SPDX-License-Identifier: Apache-2.0
/* Physical interrupts that are guests': timers, bound lines, and the CPU interface's own. */
#include <asm/pmu.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/irqchip/gic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "vgic_hw.h"

/* CNTV_CTL_EL0, CNTP_CTL_EL0: enabled, not masked, condition met. */
#define CTL_FIELDS 0x7U
#define CTL_FIRING 0x5U

/* Where no table says otherwise (Arm BSA, PPI assignments). */
#define MAINTENANCE_DEFAULT 25U

_Static_assert(offsetof(struct vgic_cpu, ready) == VGIC_CPU_READY, "known to assembly");
_Static_assert(offsetof(struct vgic_cpu, taken) == VGIC_CPU_TAKEN, "known to assembly");

static const struct vgic_interface *interface;
/* Private interrupts of the machine. */
static u32 maintenance, vtimer, ptimer, pmu;

static struct vcpu_arch *loaded[CONFIG_MAX_CPUS];
static struct virq *bound[VGIC_LINES];

const struct vgic_interface *vgic_interface(void)
{
	return interface;
}

u32 vgic_loaded(void)
{
	return loaded[this_cpu()->id]->virq_id;
}

static u32 or_default(u32 found, u32 value)
{
	return found != 0U ? found : value;
}

bool vgic_hw_linked(void)
{
	return gic_guest()->linked;
}

u32 vgic_hw_physical(u32 intid)
{
	if (intid == VGIC_PPI_VTIMER)
		return vtimer;
	if (intid == VGIC_PPI_PMU)
		return pmu;
	return intid == VGIC_PPI_PTIMER ? ptimer : intid;
}

bool vgic_hw_line(u32 intid)
{
	u64 ctl;

	if (intid == VGIC_PPI_PMU)
		return pmu_line();
	ctl = intid == VGIC_PPI_VTIMER ? read_sysreg(cntv_ctl_el0) : read_sysreg(cntp_ctl_el0);
	return (ctl & CTL_FIELDS) == CTL_FIRING;
}

void vgic_hw_deactivate(u32 intid)
{
	gic_guest()->deactivate(intid);
}

/* Is the vcpu that @intid is for out of its window? */
static bool closed(const struct virq *q, u32 intid)
{
	const u32 n = q->s.target[intid];

	return n < VGIC_VCPUS_MAX && (q->closed & 1U << n) != 0U;
}

void vgic_hw_enable(u32 intid, bool on)
{
	gic_guest()->shared_enable(intid, on && !closed(bound[intid], intid));
}

void vgic_hw_route(u32 intid, u32 cpu)
{
	const struct virq *q = bound[intid];

	if (cpu != VGIC_NOWHERE)
		gic_guest()->shared_route(intid, cpu);
	if (q->closed != 0U && (q->s.shared[intid / 32U].enabled & 1U << (intid % 32U)) != 0U)
		vgic_hw_enable(intid, true);
}

void vgic_hw_kick(struct virq *q, u32 n)
{
	upcall_vcpu_kick(q->vcpu[n]);
}

/* ---- what the driver hands on ---- */

/* What a physical timer or the monitors' interrupt is to a guest; 0: none of them. */
static u32 guests_own(u32 intid)
{
	if (intid == vtimer)
		return VGIC_PPI_VTIMER;
	if (intid == ptimer)
		return VGIC_PPI_PTIMER;
	return intid == pmu ? VGIC_PPI_PMU : 0U;
}

/* On a GICv2 a vcpu's own interrupts are out of the others' reach. */
static bool lockless(const struct virq *q)
{
	return q->version == 2U;
}

static void private_taken(struct vcpu_arch *v, u32 own)
{
	if (lockless(v->virq) && vgic_physical_own(v->virq, v->virq_id, own))
		return;
	spin_lock(&v->virq->lock);
	vgic_physical(v->virq, v->virq_id, own);
	spin_unlock(&v->virq->lock);
}

/* The CPU interface wants to be looked at. */
static void maintain(struct vcpu_arch *v)
{
	if (!lockless(v->virq) || !vgic_ended_own(v->virq, v->virq_id)) {
		spin_lock(&v->virq->lock);
		vgic_sync(v->virq, v->virq_id);
		spin_unlock(&v->virq->lock);
	}
}

static void forward_private(u32 intid)
{
	struct vcpu_arch *v = loaded[this_cpu()->id];
	u32 own;

	if (v == NULL) {
		gic_guest()->deactivate(intid);
		return;
	}
	own = guests_own(intid);
	if (own != 0U) {
		private_taken(v, own);
	} else {
		maintain(v);
		gic_guest()->deactivate(intid);
	}
}

static void forward(u32 intid)
{
	struct virq *q = NULL;

	if (intid < VGIC_PRIVATE) {
		forward_private(intid);
		return;
	}
	if (intid < VGIC_LINES)
		q = __atomic_load_n(&bound[intid], __ATOMIC_ACQUIRE);
	if (q == NULL) {
		gic_guest()->deactivate(intid);
		return;
	}
	spin_lock(&q->lock);
	vgic_physical(q, 0, intid);
	spin_unlock(&q->lock);
}

int virq_bind(struct virq *q, u32 intid, bool level, u32 cpu __unused, u32 *own)
{
	const u32 bit = 1U << (intid % 32U);

	if (intid < VGIC_PRIVATE || intid >= VGIC_LINES || intid >= gic_guest()->end)
		return trace_error(BH_ENOENT);
	if (bound[intid] != NULL)
		return trace_error(BH_EBUSY);
	gic_guest()->shared_setup(intid, level);
	q->bound[intid / 32U] |= bit;
	__atomic_store_n(&bound[intid], q, __ATOMIC_RELEASE);
	*own = intid;
	return 0;
}

/* ---- a vcpu comes to a CPU and leaves it ---- */

/* Bound interrupts follow their vcpu. */
static void route_bound(struct virq *q, u32 n, u32 cpu)
{
	for (u32 word = 1; word < VGIC_WORDS; word++) {
		for (u32 bits = q->bound[word]; bits != 0U; bits &= bits - 1U) {
			const u32 intid = word * 32U + (u32)__builtin_ctz(bits);

			if (q->s.target[intid] == n)
				vgic_hw_route(intid, cpu);
		}
	}
}

void virq_lines(struct vcpu_arch *v, bool open)
{
	struct virq *q = v->virq;
	const u32 bit = 1U << v->virq_id;

	if (q == NULL)
		return;
	spin_lock(&q->lock);
	q->closed = open ? q->closed & ~bit : q->closed | bit;
	for (u32 word = 1; word < VGIC_WORDS; word++) {
		u32 bits = q->bound[word] & q->s.shared[word].enabled;

		for (; bits != 0U; bits &= bits - 1U) {
			const u32 intid = word * 32U + (u32)__builtin_ctz(bits);

			if (q->s.target[intid] == v->virq_id)
				gic_guest()->shared_enable(intid, open);
		}
	}
	spin_unlock(&q->lock);
}

void vgic_load(struct vcpu_arch *v)
{
	struct virq *q = v->virq;
	const u32 cpu = this_cpu()->id;
	struct vgic_cpu *c;

	if (q == NULL)
		return;
	c = &q->s.cpu[v->virq_id];
	loaded[cpu] = v;
	spin_lock(&q->lock);
	interface->load(c);
	__atomic_store_n(&c->loaded_on, cpu, __ATOMIC_SEQ_CST);
	if (c->last_on != cpu) {
		c->last_on = cpu;
		route_bound(q, v->virq_id, cpu);
	}
	vgic_sync(q, v->virq_id);
	spin_unlock(&q->lock);
}

/*
 * The physical timers are off from here on: what they had pending comes again when they are
 * loaded, and what the guest has active it ends by itself.
 */
static void drop_timers(struct vgic_irqs *w)
{
	for (u32 bits = w->physical; bits != 0U; bits &= bits - 1U)
		vgic_hw_deactivate(vgic_hw_physical((u32)__builtin_ctz(bits)));
	w->latch &= ~w->physical;
	w->physical = 0;
}

void vgic_put(struct vcpu_arch *v)
{
	struct virq *q = v->virq;
	struct vgic_cpu *c;
	u32 others;

	if (q == NULL)
		return;
	c = &q->s.cpu[v->virq_id];
	spin_lock(&q->lock);
	others = vgic_fold(q, v->virq_id);
	drop_timers(&c->irqs);
	for (u32 i = 0; i < VGIC_LRS_MAX; i++)
		c->lr[i] = 0;
	interface->ops.lr_write(c->lr_stale, c->lr);
	c->lr_stale = 0;
	__atomic_store_n(&c->ready, 0U, __ATOMIC_RELAXED);
	c->loaded_on = VGIC_NOWHERE;
	interface->put(c);
	vgic_notify(q, others);
	spin_unlock(&q->lock);
	loaded[this_cpu()->id] = NULL;
}

/* As switching a CPU on does: the interface begins anew, the redistributor is as it was. */
void vgic_interface_reset(struct vcpu_arch *v)
{
	struct vgic_cpu *c;

	if (v->virq == NULL)
		return;
	c = &v->virq->s.cpu[v->virq_id];
	c->vmcr = 0;
	memset(c->ap0r, 0, sizeof(c->ap0r));
	memset(c->ap1r, 0, sizeof(c->ap1r));
}

void vgic_poll(struct vcpu_arch *v)
{
	struct virq *q = v->virq;

	if (q == NULL || __atomic_load_n(&q->s.cpu[v->virq_id].request, __ATOMIC_ACQUIRE) == 0U)
		return;
	spin_lock(&q->lock);
	vgic_receive(q, v->virq_id);
	spin_unlock(&q->lock);
}

/* The interface of the GIC in charge; what its guests cannot have is in the log. */
int vgic_cpu_init(void)
{
	const struct gic_guest_ops *gic = gic_guest();
	const struct vgic_interface *found;
	int err;

	if (gic == NULL)
		return 0;
	found = gic->version == 2U ? &vgic_v2 : &vgic_v3;
	err = found->cpu_init();
	if (err != 0)
		return err == BH_ENODEV ? 0 : err;
	interface = found;
	maintenance = or_default(gic->maintenance, MAINTENANCE_DEFAULT);
	vtimer = or_default(machine.timer.virt_intid, VGIC_PPI_VTIMER);
	ptimer = or_default(machine.timer.phys_intid, VGIC_PPI_PTIMER);
	pmu = or_default(machine.pmu_intid, VGIC_PPI_PMU);
	gic_forward_set(forward);
	gic->private_enable(maintenance, true);
	gic->private_enable(vtimer, true);
	gic->private_enable(ptimer, true);
	if (pmu_described())
		gic->private_enable(pmu, true);
	return 0;
}
