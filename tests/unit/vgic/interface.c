// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include <bulkhead/arch/percpu.h>

#include "interface.h"

struct interface interfaces[CONFIG_MAX_CPUS];
bool physical_active[VGIC_LINES];
bool timer_line;
bool interface_linked;
void (*on_wrong)(const char *what);

static struct interface *mine(void)
{
	return &interfaces[this_cpu()->id];
}

static u32 lr_count(void)
{
	return LRS;
}

static void lr_read(u32 set, u64 *lr)
{
	for (u32 i = 0; i < LRS; i++) {
		if ((set & (1U << i)) != 0U)
			lr[i] = mine()->lr[i];
	}
}

static void lr_write(u32 set, const u64 *lr)
{
	for (u32 i = 0; i < LRS; i++) {
		if ((set & (1U << i)) != 0U)
			mine()->lr[i] = lr[i];
	}
}

static void lr_set(u32 n, u64 value)
{
	mine()->lr[n] = value;
}

static bool lr_reuse(u32 n, u64 value)
{
	if ((mine()->lr[n] & LR_STATE) != 0U)
		return false;
	mine()->lr[n] = value;
	return true;
}

static void control(u32 flags)
{
	mine()->control = flags;
	mine()->ends = 0;
}

static u32 ends(void)
{
	const u32 n = mine()->ends;

	mine()->ends = 0;
	return n;
}

static bool split(void)
{
	return mine()->split;
}

static u32 physical(u32 intid)
{
	return intid;
}

static bool line(u32 intid)
{
	(void)intid;
	return timer_line;
}

static void deactivate(u32 intid)
{
	if (!physical_active[intid])
		on_wrong("a physical interrupt is ended twice");
	physical_active[intid] = false;
}

static void enable(u32 intid, bool on)
{
	(void)intid;
	(void)on;
}

static void route(u32 intid, u32 cpu)
{
	(void)intid;
	(void)cpu;
}

static void kick(struct virq *q, u32 n)
{
	(void)q;
	__atomic_store_n(&interfaces[n].kicked, 1U, __ATOMIC_SEQ_CST);
}

static bool linked(void)
{
	return interface_linked;
}

const struct vgic_ops interface_ops = {
	.direct = true,
	.linked = linked,
	.lr_count = lr_count,
	.lr_read = lr_read,
	.lr_write = lr_write,
	.lr_set = lr_set,
	.lr_reuse = lr_reuse,
	.control = control,
	.ends = ends,
	.split = split,
	.physical = physical,
	.line = line,
	.deactivate = deactivate,
	.enable = enable,
	.route = route,
	.kick = kick,
};

bool take_timer(struct virq *q, u32 n)
{
	struct vgic_cpu *c = &q->s.cpu[n];

	if (c->ready == 0U)
		return false;
	if ((interfaces[n].lr[VGIC_DIRECT_LR] & LR_STATE) != 0U)
		on_wrong("the timer takes a list register that is in use");
	interfaces[n].lr[VGIC_DIRECT_LR] = c->ready;
	__atomic_store_n(&c->taken, c->ready, __ATOMIC_RELAXED);
	return true;
}

void send_short(struct virq *q, u32 n, u32 to, u32 intid)
{
	struct vgic_cpu *c = &q->s.cpu[to];
	const u64 lr = to == n ? vgic_again(c, intid) : 0U;

	if (to != n && vgic_post(c, intid))
		kick(q, to);
	else if (to == n && (lr == 0U || !lr_reuse(c->lr_of[intid], lr)))
		vgic_send_self(q, n, intid);
}

void interface_reset(void)
{
	memset(interfaces, 0, sizeof(interfaces));
	memset(physical_active, 0, sizeof(physical_active));
	timer_line = true;
	interface_linked = true;
}

void be_cpu(u32 n)
{
	fake_cpu = &cpus[n];
}

void load_cpu(struct virq *q, u32 n)
{
	be_cpu(n);
	spin_lock(&q->lock);
	q->s.cpu[n].loaded_on = n;
	vgic_sync(q, n);
	spin_unlock(&q->lock);
}

static u32 priority_of(u64 lr)
{
	return (u32)(lr >> LR_PRIORITY_SHIFT) & 0xffU;
}

static bool wants_maintenance(const struct interface *f)
{
	bool pending = false;

	for (u32 i = 0; i < LRS; i++) {
		/* ICH_MISR_EL2.NP: one that is active besides is not in the pending state. */
		pending = pending || (f->lr[i] & LR_STATE) == LR_PENDING;
		if ((f->lr[i] & (LR_STATE | LR_HW)) == 0U && (f->lr[i] & LR_EOI) != 0U)
			return true;
	}
	if ((f->control & VGIC_CONTROL_MORE) != 0U && !pending)
		return true;
	return (f->control & VGIC_CONTROL_ACTIVE) != 0U && f->ends != 0U;
}

void serve(struct virq *q, u32 n)
{
	struct interface *f = &interfaces[n];

	for (u32 i = 0; wants_maintenance(f); i++) {
		if (i == 2U) {
			on_wrong("the maintenance interrupt does not go away");
			return;
		}
		f->maintained++;
		if (!interface_linked && vgic_ended_own(q, n))
			continue;
		spin_lock(&q->lock);
		vgic_sync(q, n);
		spin_unlock(&q->lock);
	}
	if (__atomic_exchange_n(&f->kicked, 0U, __ATOMIC_SEQ_CST) == 0U ||
	    __atomic_load_n(&q->s.cpu[n].request, __ATOMIC_SEQ_CST) == 0U)
		return;
	spin_lock(&q->lock);
	vgic_receive(q, n);
	spin_unlock(&q->lock);
}

u32 guest_take(struct virq *q, u32 n)
{
	struct interface *f = &interfaces[n];
	const u32 running = f->depth == 0U ? 0x100U : f->running[f->depth - 1U];
	u32 best = LRS;

	(void)q;
	for (u32 i = 0; i < LRS; i++) {
		if ((f->lr[i] & LR_STATE) != LR_PENDING || priority_of(f->lr[i]) >= running)
			continue;
		if (best == LRS || priority_of(f->lr[i]) < priority_of(f->lr[best]))
			best = i;
	}
	if (best == LRS || f->depth == sizeof(f->running))
		return SPURIOUS;
	f->lr[best] ^= LR_STATE;
	f->running[f->depth] = (u8)priority_of(f->lr[best]);
	f->depth++;
	return (u32)(f->lr[best] & LR_VINTID);
}

static void end_one(struct interface *f, u32 intid)
{
	for (u32 i = 0; i < LRS; i++) {
		if ((f->lr[i] & LR_ACTIVE) == 0U || (f->lr[i] & LR_VINTID) != intid)
			continue;
		f->lr[i] &= ~LR_ACTIVE;
		if ((f->lr[i] & LR_HW) != 0U) {
			const u32 p = (u32)(f->lr[i] >> LR_PINTID_SHIFT) & 0x1fffU;

			if (!physical_active[p])
				on_wrong("hardware ends what is not active");
			physical_active[p] = false;
		}
		return;
	}
	f->ends++;
}

void guest_end(struct virq *q, u32 n, u32 intid)
{
	struct interface *f = &interfaces[n];

	if (f->depth == 0U)
		return;
	f->depth--;
	if (!f->split)
		end_one(f, intid);
	serve(q, n);
}

void guest_deactivate(struct virq *q, u32 n, u32 intid)
{
	struct interface *f = &interfaces[n];

	if (!f->split)
		return;
	if ((f->control & VGIC_CONTROL_DIR) != 0U) {
		spin_lock(&q->lock);
		vgic_deactivate(q, n, intid);
		spin_unlock(&q->lock);
	} else {
		end_one(f, intid);
	}
	serve(q, n);
}

void come_to_rest(struct virq *q)
{
	for (u32 turn = 0; turn < 8U; turn++) {
		for (u32 n = 0; n < q->s.vcpus; n++) {
			be_cpu(n);
			serve(q, n);
		}
	}
	for (u32 n = 0; n < q->s.vcpus; n++) {
		if (interfaces[n].kicked != 0U)
			on_wrong("kicks do not end");
	}
}

static const u64 *lr_with(u32 n, u32 intid)
{
	for (u32 i = 0; i < LRS; i++) {
		const u64 *lr = &interfaces[n].lr[i];

		if ((*lr & LR_STATE) != 0U && (*lr & LR_VINTID) == intid)
			return lr;
	}
	return NULL;
}

/* Is something pending there that goes before @priority, or beside it? */
static bool another_first(u32 n, u32 priority)
{
	for (u32 i = 0; i < LRS; i++) {
		const u64 lr = interfaces[n].lr[i];

		if ((lr & LR_STATE) == LR_PENDING && priority_of(lr) <= priority)
			return true;
	}
	return false;
}

/*
 * Ready, and for vcpu @n: a list register has it, or others go first and the interface asks for
 * more when they are taken.
 */
static void check_ready(struct virq *q, u32 n, u32 intid)
{
	const struct vgic_irqs *w = vgic_irqs(q, n, intid);
	const u32 bit = 1U << (intid % 32U);
	const u32 pending = w->latch | (w->line & ~w->edge);
	const u8 *priority = intid < VGIC_PRIVATE ? q->s.cpu[n].priority : q->s.priority;

	if ((q->s.ctlr & GICD_CTLR_GRP1) == 0U || (pending & w->enabled & bit) == 0U ||
	    lr_with(n, intid) != NULL || (w->active & bit) != 0U)
		return;
	if (!another_first(n, priority[intid]) || (interfaces[n].control & VGIC_CONTROL_MORE) == 0U)
		on_wrong("a ready interrupt is forgotten");
}

static void check_interface(struct virq *q, u32 n)
{
	for (u32 i = 0; i < LRS; i++) {
		const u64 lr = interfaces[n].lr[i];

		if ((lr & LR_STATE) == 0U)
			continue;
		if ((lr & LR_VINTID) >= VGIC_LINES)
			on_wrong("a number that no interrupt has");
		if ((lr & LR_HW) != 0U && (lr & LR_STATE) == LR_STATE)
			on_wrong("a linked interrupt is pending and active at once");
		if ((vgic_irqs(q, n, (u32)lr)->in_lr & (1U << (lr % 32U))) == 0U &&
		    (i != VGIC_DIRECT_LR || q->s.cpu[n].taken == 0U))
			on_wrong("the model does not know of a list register");
		if (lr_with(n, (u32)lr) != &interfaces[n].lr[i])
			on_wrong("an interrupt is in two list registers");
		for (u32 other = 0; other < n && (lr & LR_VINTID) >= VGIC_PRIVATE; other++) {
			if (lr_with(other, (u32)lr) != NULL)
				on_wrong("an interrupt is with two vcpus");
		}
	}
}

void check_state(struct virq *q)
{
	for (u32 n = 0; n < q->s.vcpus; n++) {
		check_interface(q, n);
		for (u32 intid = 0; intid < VGIC_PRIVATE; intid++)
			check_ready(q, n, intid);
	}
	for (u32 intid = VGIC_PRIVATE; intid < VGIC_LINES; intid++) {
		const u32 owner = vgic_owner(q, intid);

		if (owner != VGIC_NOWHERE)
			check_ready(q, owner, intid);
	}
}
