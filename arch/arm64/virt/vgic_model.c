// SPDX-License-Identifier: Apache-2.0
/*
 * What an interrupt is to a guest: enabled, pending, active, for whom; and which interrupts are
 * worth a list register (Arm IHI 0069, chapters 4 and 5). Pure: hardware is struct vgic_ops.
 */
#include <asm/vgic.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/lib/string.h>

/* ICC_SGI1R_EL1 */
#define SGI1R_IRM BIT(40)
#define SGI1R_AFFINITY (BITS(55, 48) | BITS(39, 32) | BITS(23, 16))

/* Lowest set bit, which is taken out of the set. */
static u32 take_bit(u32 *set)
{
	const u32 n = (u32)__builtin_ctz(*set);

	*set &= *set - 1U;
	return n;
}

struct vgic_irqs *vgic_irqs(struct virq *q, u32 n, u32 intid)
{
	return intid < VGIC_PRIVATE ? &q->s.cpu[n].irqs : &q->s.shared[intid / 32U];
}

static u8 *priority_of(struct virq *q, u32 n, u32 intid)
{
	return intid < VGIC_PRIVATE ? &q->s.cpu[n].priority[intid] : &q->s.priority[intid];
}

/* Is @n loaded on this CPU, so that its list registers can be reached? */
static bool is_here(const struct vgic_cpu *c)
{
	return c->loaded_on == this_cpu()->id;
}

/* Pending for the model: a level counts as long as it is high. */
static u32 pending_of(const struct vgic_irqs *w)
{
	return w->latch | (w->line & ~w->edge);
}

static bool group_enabled(const struct virq *q)
{
	return (q->s.ctlr & GICD_CTLR_GRP1) != 0U;
}

/* Pending and to be signalled. */
static u32 ready_of(const struct virq *q, const struct vgic_irqs *w)
{
	return group_enabled(q) ? pending_of(w) & w->enabled : 0U;
}

u32 vgic_owner(const struct virq *q, u32 intid)
{
	const struct vgic_irqs *w = &q->s.shared[intid / 32U];
	const u32 bit = 1U << (intid % 32U);
	const u32 owner = ((w->active | w->in_lr) & bit) != 0U ? q->s.home[intid]
							       : q->s.target[intid];

	return owner < q->s.vcpus ? owner : VGIC_NOWHERE;
}

/* Those of @bits in @word that are for vcpu @n. */
static u32 own_bits(const struct virq *q, u32 n, u32 word, u32 bits)
{
	u32 own = 0;

	if (word == 0U)
		return bits;
	while (bits != 0U) {
		const u32 b = take_bit(&bits);

		if (vgic_owner(q, word * 32U + b) == n)
			own |= 1U << b;
	}
	return own;
}

static void ask(struct virq *q, u32 n, u32 what)
{
	if (__atomic_fetch_or(&q->s.cpu[n].request, what, __ATOMIC_SEQ_CST) == 0U)
		q->ops->kick(q, n);
}

#define TIMER_BIT ((u32)BIT(VGIC_PPI_VTIMER))

u32 vgic_held(const struct virq *q, u32 n, u32 word)
{
	const struct vgic_cpu *c = &q->s.cpu[n];

	if (word != 0U)
		return q->s.shared[word].in_lr;
	if (__atomic_load_n(&c->ready, __ATOMIC_RELAXED) == 0U &&
	    __atomic_load_n(&c->taken, __ATOMIC_RELAXED) == 0U)
		return c->irqs.in_lr;
	return c->irqs.in_lr | TIMER_BIT;
}

void vgic_notify(struct virq *q, u32 set)
{
	while (set != 0U) {
		const u32 n = take_bit(&set);

		if (is_here(&q->s.cpu[n]))
			vgic_sync(q, n);
		else
			ask(q, n, VGIC_REQUEST_LOOK);
	}
}

u32 vgic_concerned(struct virq *q, u32 n, u32 word, u32 bits)
{
	const struct vgic_irqs *w = vgic_irqs(q, n, word * 32U);
	u32 set = 0;

	if (word == 0U) {
		bits &= w->in_lr | w->latch | w->line | w->active | (q->direct ? TIMER_BIT : 0U);
		return bits != 0U ? 1U << n : 0U;
	}
	bits &= w->in_lr | w->latch | w->line | w->active;
	while (bits != 0U) {
		const u32 owner = vgic_owner(q, word * 32U + take_bit(&bits));

		if (owner != VGIC_NOWHERE)
			set |= 1U << owner;
	}
	return set;
}

/* ---- out of the list registers ---- */

/* Whom @intid concerns when vcpu @n is done with it. */
static u32 handed_over(struct virq *q, u32 n, u32 intid)
{
	if (intid < VGIC_PRIVATE)
		return 0;
	return vgic_concerned(q, n, intid / 32U, 1U << (intid % 32U)) & ~(1U << n);
}

/* SGIs of GICv2 are one for each sender, which the guest is told. */
static bool has_source(const struct virq *q, u32 intid)
{
	return q->version == 2U && intid < VGIC_SGIS;
}

static void fold_source(struct vgic_cpu *c, u32 intid, u64 now, bool pending)
{
	const u32 source = (u32)FIELD_GET(now, 12, 10);

	if ((now & LR_PENDING) != 0U && pending)
		__atomic_fetch_or(&c->source[intid], (u8)(1U << source), __ATOMIC_SEQ_CST);
	if ((now & LR_ACTIVE) != 0U)
		c->active_source[intid] = (u8)source;
}

/*
 * The next sender of an SGI, or the one that is being handled, whom no other may follow before the
 * end of that: LR_EOI says when. True: senders are left, and it stays pending.
 */
static bool fill_source(struct vgic_cpu *c, u32 intid, u64 *lr)
{
	const u32 set = __atomic_load_n(&c->source[intid], __ATOMIC_SEQ_CST);
	u32 source = c->active_source[intid];
	u32 left = set;

	if ((*lr & LR_ACTIVE) == 0U) {
		source = set != 0U ? (u32)__builtin_ctz(set) : 0U;
		left = set & ~(1U << source);
		__atomic_fetch_and(&c->source[intid], (u8) ~(1U << source), __ATOMIC_SEQ_CST);
	} else {
		*lr &= ~LR_PENDING;
	}
	*lr |= (u64)source << LR_SOURCE_SHIFT | (left != 0U ? LR_EOI : 0U);
	return left != 0U;
}

/* What became of the list register written as @was, which now reads @now. */
static void fold_one(struct virq *q, u32 n, u64 was, u64 now, bool soft)
{
	const u32 intid = (u32)(was & LR_VINTID);
	struct vgic_irqs *w = vgic_irqs(q, n, intid);
	const u32 bit = 1U << (intid % 32U);

	if ((now & LR_PENDING) != 0U && soft && (w->no_pending & bit) == 0U)
		w->latch |= bit;
	if ((now & LR_ACTIVE) != 0U && (w->no_active & bit) == 0U)
		w->active |= bit;
	if (has_source(q, intid))
		fold_source(&q->s.cpu[n], intid, now, (w->latch & bit) != 0U);
	/* Hardware has ended the physical one with it, unless that has come again. */
	if ((was & LR_HW) != 0U && (now & LR_STATE) == 0U && (w->retaken & bit) == 0U)
		w->physical &= ~bit;
	w->retaken &= ~bit;
	w->in_lr &= ~bit;
	w->no_pending &= ~bit;
	w->no_active &= ~bit;
}

/* The active interrupt of vcpu @n with the highest priority that is in no list register. */
static u32 first_active(struct virq *q, u32 n)
{
	u32 words = q->s.busy | 1U;
	u32 best = VGIC_NOWHERE;
	u32 best_priority = 0x100;

	while (words != 0U) {
		const u32 word = take_bit(&words);
		u32 bits = own_bits(q, n, word, vgic_irqs(q, n, word * 32U)->active);

		while (bits != 0U) {
			const u32 intid = word * 32U + take_bit(&bits);
			const u32 priority = *priority_of(q, n, intid);

			if (priority < best_priority) {
				best = intid;
				best_priority = priority;
			}
		}
	}
	return best;
}

/*
 * The guest has ended interrupts that were in no list register: the most urgent ones. With
 * EOImode 1 deactivation does that, which is trapped then and says what.
 */
static u32 fold_ends(struct virq *q, u32 n)
{
	u32 ends = q->ops->ends();
	u32 others = 0;

	if (q->ops->split())
		return 0;
	for (; ends != 0U; ends--) {
		const u32 intid = first_active(q, n);

		if (intid == VGIC_NOWHERE)
			break;
		vgic_irqs(q, n, intid)->active &= ~(1U << (intid % 32U));
		others |= handed_over(q, n, intid);
	}
	return others;
}

/* A timer whose output has fallen is not pending any more. */
static void drop_fallen(struct virq *q, struct vgic_irqs *w)
{
	u32 bits = w->physical & w->latch & ~w->edge;

	while (bits != 0U) {
		const u32 intid = take_bit(&bits);

		if (!q->ops->line(intid))
			w->latch &= ~(1U << intid);
	}
}

void vgic_absorb(struct vgic_cpu *c)
{
	if (c->taken == 0U)
		return;
	c->lr[VGIC_DIRECT_LR] = c->taken;
	c->lr_of[VGIC_PPI_VTIMER] = VGIC_DIRECT_LR;
	c->lr_used |= 1U << VGIC_DIRECT_LR;
	c->lr_soft |= 1U << VGIC_DIRECT_LR;
	c->irqs.in_lr |= TIMER_BIT;
	c->irqs.physical |= TIMER_BIT;
	__atomic_store_n(&c->taken, 0U, __ATOMIC_RELAXED);
}

u32 vgic_fold(struct virq *q, u32 n)
{
	struct vgic_cpu *c = &q->s.cpu[n];
	u64 now[VGIC_LRS_MAX];
	u32 others = 0;
	u32 used;

	vgic_absorb(c);
	used = c->lr_used;
	if ((c->control & VGIC_CONTROL_ACTIVE) != 0U)
		others = fold_ends(q, n);
	if (used != 0U)
		q->ops->lr_read(used, now);
	while (used != 0U) {
		const u32 i = take_bit(&used);

		fold_one(q, n, c->lr[i], now[i], (c->lr_soft & (1U << i)) != 0U);
		others |= handed_over(q, n, (u32)(c->lr[i] & LR_VINTID));
	}
	c->lr_stale |= c->lr_used;
	c->lr_used = 0;
	c->lr_soft = 0;
	c->again = 0;
	/* Others may have meant what did not come. */
	c->irqs.no_pending = 0;
	c->irqs.no_active = 0;
	c->folds++;
	drop_fallen(q, &c->irqs);
	return others;
}

/* ---- into the list registers ---- */

/* The most urgent ones so far, in order. */
struct pick {
	u32 key[VGIC_LRS_MAX];
	u32 count, limit;
	u32 flags; /* VGIC_CONTROL_*: what is left out */
};

/*
 * What can be taken goes before what is active, pending besides or not: it cannot be seen
 * elsewhere, and without one of them the interface would ask for more again and again.
 */
#define KEY_ACTIVE 0x01000000U

static void pick_add(struct pick *p, u32 key)
{
	u32 at = p->count;
	u32 out = key;

	while (at > 0U && p->key[at - 1U] > key)
		at--;
	if (p->count == p->limit) {
		if (at < p->limit)
			out = p->key[p->limit - 1U];
		p->flags |= (out & KEY_ACTIVE) != 0U ? VGIC_CONTROL_ACTIVE : VGIC_CONTROL_MORE;
		if (at == p->limit)
			return;
		p->count--;
	}
	memmove(&p->key[at + 1U], &p->key[at], (p->count - at) * sizeof(p->key[0]));
	p->key[at] = key;
	p->count++;
}

static void pick_word(struct virq *q, u32 n, u32 word, struct pick *p)
{
	const struct vgic_irqs *w = vgic_irqs(q, n, word * 32U);
	/* A level is looked at when the interrupt ends; until then it is active and no more. */
	const u32 ready = ready_of(q, w) & (w->latch | ~w->active);
	u32 bits = own_bits(q, n, word, (ready | w->active) & ~w->in_lr);

	while (bits != 0U) {
		const u32 b = take_bit(&bits);
		const u32 intid = word * 32U + b;
		u32 key = (u32)*priority_of(q, n, intid) << 16 | intid;

		if ((w->active & (1U << b)) != 0U)
			key |= KEY_ACTIVE;
		pick_add(p, key);
	}
}

/* The physical interrupt is over when nothing of the virtual one is left. */
static void end_physical(struct virq *q, u32 word, struct vgic_irqs *w)
{
	u32 bits = w->physical & ~(w->latch | w->active | w->in_lr);

	w->physical &= ~bits;
	while (bits != 0U)
		q->ops->deactivate(q->ops->physical(word * 32U + take_bit(&bits)));
}

/*
 * The list register for @intid. A level that is high is looked at again when the guest is done
 * (LR_EOI); a list register of a physical interrupt cannot be pending and active at once.
 */
static u64 fill_one(struct virq *q, u32 n, u32 intid, bool *soft)
{
	struct vgic_irqs *w = vgic_irqs(q, n, intid);
	const u32 bit = 1U << (intid % 32U);
	const bool active = (w->active & bit) != 0U;
	const bool latch = (w->latch & bit & ready_of(q, w)) != 0U;
	const bool level = (w->line & bit & ~w->edge & w->enabled) != 0U && group_enabled(q);
	u64 lr = LR_GROUP1 | (u64)*priority_of(q, n, intid) << LR_PRIORITY_SHIFT | intid;

	if ((w->physical & bit) != 0U && !(active && latch) && q->linked)
		lr |= LR_HW | (u64)q->ops->physical(intid) << LR_PINTID_SHIFT;
	else if (level || (w->physical & bit) != 0U)
		lr |= LR_EOI;
	if (active)
		lr |= LR_ACTIVE;
	if (latch || (level && !active))
		lr |= LR_PENDING;
	if (latch && !(has_source(q, intid) && fill_source(&q->s.cpu[n], intid, &lr)))
		w->latch &= ~bit;
	else if (active && has_source(q, intid))
		(void)fill_source(&q->s.cpu[n], intid, &lr);
	w->active &= ~bit;
	w->in_lr |= bit;
	if (intid >= VGIC_PRIVATE)
		q->s.home[intid] = (u8)n;
	*soft = latch;
	return lr;
}

/* Where the first of them goes that is not the timer: its list register is the last to be taken. */
static u32 first_place(const struct virq *q, const struct pick *p)
{
	if (!q->direct || p->count < q->lrs)
		return q->direct ? 1U : 0U;
	for (u32 i = 0; i < p->count; i++) {
		if ((p->key[i] & 0xffffU) == VGIC_PPI_VTIMER)
			return 1;
	}
	return 0;
}

/* What world.S is to write when the timer's interrupt is taken. */
static u64 timer_ready(struct virq *q, const struct vgic_cpu *c)
{
	const struct vgic_irqs *w = &c->irqs;
	const u64 lr = LR_PENDING | LR_HW | LR_GROUP1 |
		       (u64)c->priority[VGIC_PPI_VTIMER] << LR_PRIORITY_SHIFT | VGIC_PPI_VTIMER;
	const u64 kind = LR_HW | LR_VINTID;

	if (!q->direct || !group_enabled(q) || (w->enabled & TIMER_BIT) == 0U ||
	    ((w->latch | w->active) & TIMER_BIT) != 0U)
		return 0;
	if ((c->lr_used & 1U << VGIC_DIRECT_LR) == 0U) {
		if (((w->in_lr | w->physical) & TIMER_BIT) != 0U)
			return 0;
	} else if ((c->lr[VGIC_DIRECT_LR] & kind) != (lr & kind)) {
		return 0;
	}
	return lr | (u64)q->ops->physical(VGIC_PPI_VTIMER) << LR_PINTID_SHIFT;
}

static void fill(struct virq *q, u32 n, const struct pick *p)
{
	struct vgic_cpu *c = &q->s.cpu[n];
	u32 control = p->flags;
	u32 next = first_place(q, p);
	u32 used = 0;
	u32 stale;

	for (u32 i = 0; i < p->count; i++) {
		const u32 intid = p->key[i] & 0xffffU;
		const bool direct = q->direct && intid == VGIC_PPI_VTIMER;
		const u32 at = direct ? VGIC_DIRECT_LR : next;
		bool soft;

		c->lr[at] = fill_one(q, n, intid, &soft);
		c->lr_soft |= soft ? 1U << at : 0U;
		used |= 1U << at;
		next += direct ? 0U : 1U;
		if (intid < VGIC_PRIVATE)
			c->lr_of[intid] = (u8)at;
		if (intid < VGIC_SGIS && q->direct && (c->lr[at] & LR_STATE) == LR_PENDING)
			c->again |= 1U << intid;
	}
	stale = c->lr_stale & ~used;
	for (u32 rest = stale; rest != 0U;)
		c->lr[take_bit(&rest)] = 0;
	if ((used | stale) != 0U)
		q->ops->lr_write(used | stale, c->lr);
	c->lr_used = used;
	c->lr_stale = 0;
	__atomic_store_n(&c->ready, timer_ready(q, c), __ATOMIC_RELAXED);
	/* Who may have to deactivate what is in none of its list registers says which by a trap. */
	if ((control & VGIC_CONTROL_ACTIVE) != 0U || q->s.vcpus > 1U)
		control |= VGIC_CONTROL_DIR;
	if (control != c->control) {
		c->control = control;
		q->ops->control(control);
	}
}

void vgic_sync(struct virq *q, u32 n)
{
	struct vgic_cpu *c = &q->s.cpu[n];
	struct pick p = { .limit = q->lrs };
	u32 words;
	u32 others;
	u32 sent;

	sent = __atomic_exchange_n(&c->request, 0U, __ATOMIC_SEQ_CST) & VGIC_REQUEST_SGIS;
	others = vgic_fold(q, n);
	c->irqs.latch |= sent;
	words = q->s.busy;
	end_physical(q, 0, &c->irqs);
	pick_word(q, n, 0, &p);
	while (words != 0U) {
		const u32 word = take_bit(&words);
		struct vgic_irqs *w = &q->s.shared[word];

		end_physical(q, word, w);
		pick_word(q, n, word, &p);
		if ((pending_of(w) | w->line | w->active | w->in_lr | w->physical) == 0U)
			q->s.busy &= ~(1U << word);
	}
	fill(q, n, &p);
	while (others != 0U)
		ask(q, take_bit(&others), VGIC_REQUEST_LOOK);
}

/* SGIs alone go straight into list registers, as far as these are free. */
void vgic_receive(struct virq *q, u32 n)
{
	struct vgic_cpu *c = &q->s.cpu[n];
	u32 bits = __atomic_exchange_n(&c->request, 0U, __ATOMIC_SEQ_CST);

	while (bits != 0U) {
		if ((bits & VGIC_REQUEST_LOOK) != 0U || q->version == 2U ||
		    !vgic_place(q, n, (u32)__builtin_ctz(bits), 0)) {
			c->irqs.latch |= bits & VGIC_REQUEST_SGIS;
			vgic_sync(q, n);
			return;
		}
		bits &= bits - 1U;
	}
}

/* ---- from outside ---- */

/* A list register for @intid that is in none; none: the limit. */
static u32 place_for(const struct virq *q, const struct vgic_cpu *c, u32 intid)
{
	const u32 own = q->direct ? 1U << VGIC_DIRECT_LR : 0U;
	u32 free = ~c->lr_used & ((1U << q->lrs) - 1U) & ~own;

	if (own != 0U && intid == VGIC_PPI_VTIMER)
		free = ~c->lr_used & own;
	return free != 0U ? (u32)__builtin_ctz(free) : q->lrs;
}

/* The one that has it, if that is done with. */
static bool place_again(struct virq *q, struct vgic_cpu *c, u32 intid, u64 lr)
{
	const u32 i = c->lr_of[intid];

	if (!q->ops->lr_reuse(i, lr))
		return false;
	__atomic_store_n(&c->lr[i], lr, __ATOMIC_RELAXED);
	c->lr_soft |= 1U << i;
	return true;
}

bool vgic_place(struct virq *q, u32 n, u32 intid, u64 extra)
{
	struct vgic_cpu *c = &q->s.cpu[n];
	struct vgic_irqs *w = &c->irqs;
	const u32 bit = 1U << (intid % VGIC_PRIVATE);
	const u64 lr = LR_PENDING | LR_GROUP1 | (u64)c->priority[intid] << LR_PRIORITY_SHIFT |
		       extra | intid;
	u32 i;

	if ((w->enabled & ~w->latch & ~w->active & bit) == 0U || !group_enabled(q))
		return false;
	if (extra != 0U)
		w->physical |= bit;
	if ((w->in_lr & bit) != 0U)
		return place_again(q, c, intid, lr);
	i = place_for(q, c, intid);
	if (i == q->lrs)
		return false;
	__atomic_store_n(&c->lr[i], lr, __ATOMIC_RELAXED);
	c->lr_of[intid] = (u8)i;
	__atomic_store_n(&c->lr_used, c->lr_used | 1U << i, __ATOMIC_RELEASE);
	c->lr_soft |= 1U << i;
	c->again |= q->direct ? bit & VGIC_REQUEST_SGIS : 0U;
	w->in_lr |= bit;
	q->ops->lr_set(i, lr);
	return true;
}

void vgic_raise_private(struct virq *q, u32 n, u32 intid)
{
	q->s.cpu[n].irqs.latch |= 1U << intid;
	vgic_sync(q, n);
}

/* What ties the list register of @intid to the physical one, which ends with it or after it. */
static u64 link_of(const struct virq *q, u32 intid)
{
	return q->linked ? LR_HW | (u64)q->ops->physical(intid) << LR_PINTID_SHIFT : LR_EOI;
}

bool vgic_physical_own(struct virq *q, u32 n, u32 intid)
{
	return vgic_place(q, n, intid, link_of(q, intid));
}

bool vgic_ended_own(struct virq *q, u32 n)
{
	struct vgic_cpu *c = &q->s.cpu[n];
	struct vgic_irqs *w = &c->irqs;
	u32 bits = w->physical & w->in_lr & ~(w->latch | w->active | w->no_pending | w->no_active);
	u32 ended = 0;
	u64 now[VGIC_LRS_MAX];

	if (q->linked || (c->control & (VGIC_CONTROL_MORE | VGIC_CONTROL_ACTIVE)) != 0U)
		return false;
	while (bits != 0U) {
		const u32 intid = take_bit(&bits);
		const u32 at = 1U << c->lr_of[intid];

		q->ops->lr_read(at, now);
		if ((now[c->lr_of[intid]] & LR_STATE) != 0U)
			continue;
		__atomic_store_n(&c->lr[c->lr_of[intid]], 0U, __ATOMIC_RELAXED);
		q->ops->lr_set(c->lr_of[intid], 0);
		__atomic_store_n(&c->lr_used, c->lr_used & ~at, __ATOMIC_RELAXED);
		c->lr_soft &= ~at;
		ended |= 1U << intid;
	}
	w->in_lr &= ~ended;
	end_physical(q, 0, w);
	return ended != 0U;
}

void vgic_physical(struct virq *q, u32 n, u32 intid)
{
	struct vgic_irqs *w = vgic_irqs(q, n, intid);
	const u32 word = intid / 32U;
	const u32 bit = 1U << (intid % 32U);

	if (word == 0U)
		vgic_absorb(&q->s.cpu[n]);
	if (word == 0U && vgic_physical_own(q, n, intid))
		return;
	w->physical |= bit;
	w->retaken |= bit & w->in_lr;
	w->latch |= bit;
	if (word != 0U)
		q->s.busy |= 1U << word;
	vgic_notify(q, vgic_concerned(q, n, word, bit));
}

static void changed(struct virq *q, u32 intid)
{
	const u32 word = intid / 32U;

	q->s.busy |= 1U << word;
	vgic_notify(q, vgic_concerned(q, 0, word, 1U << (intid % 32U)));
}

void vgic_raise(struct virq *q, u32 intid)
{
	q->s.shared[intid / 32U].latch |= 1U << (intid % 32U);
	changed(q, intid);
}

void vgic_line(struct virq *q, u32 intid, bool high)
{
	struct vgic_irqs *w = &q->s.shared[intid / 32U];
	const u32 bit = 1U << (intid % 32U);
	const u32 before = w->line & bit;

	if ((before != 0U) == high)
		return;
	w->line ^= bit;
	if (high)
		w->latch |= bit & w->edge;
	changed(q, intid);
}

void vgic_deactivate(struct virq *q, u32 n, u32 intid)
{
	struct vgic_irqs *w;
	u32 others;
	u32 bit;

	if (intid >= VGIC_LINES || !q->ops->split())
		return;
	others = vgic_fold(q, n);
	w = vgic_irqs(q, n, intid);
	bit = 1U << (intid % 32U);
	/* In a list register of another vcpu: that one is to end it. */
	w->no_active |= w->in_lr & bit;
	w->active &= ~bit;
	others |= vgic_concerned(q, n, intid / 32U, bit);
	vgic_notify(q, others | 1U << n);
}

bool vgic_pending(struct virq *q, u32 n)
{
	struct vgic_cpu *c = &q->s.cpu[n];
	const u32 incoming = __atomic_load_n(&c->request, __ATOMIC_SEQ_CST) & VGIC_REQUEST_SGIS;
	u32 words = q->s.busy;

	if (!group_enabled(q))
		return false;
	/* As they were last filled. */
	for (u32 used = c->lr_used; used != 0U;) {
		if ((c->lr[take_bit(&used)] & LR_PENDING) != 0U)
			return true;
	}
	if (((pending_of(&c->irqs) | incoming) & c->irqs.enabled & ~c->irqs.active) != 0U)
		return true;
	while (words != 0U) {
		const u32 word = take_bit(&words);
		const struct vgic_irqs *w = &q->s.shared[word];

		if (own_bits(q, n, word, ready_of(q, w) & ~w->active & ~w->in_lr) != 0U)
			return true;
	}
	return false;
}

/* Affinities are 0.0.(n / 16).(n % 16), as vplat_affinity() gives them: Aff1 is the cluster. */
static u32 sgi_targets(const struct virq *q, u32 n, u64 value)
{
	const u32 all = (1U << q->s.vcpus) - 1U;
	const u64 range = FIELD_GET(value, 47, 44);

	if ((value & SGI1R_IRM) != 0U)
		return all & ~(1U << n);
	if (range != 0U || (value & SGI1R_AFFINITY) != 0U)
		return 0;
	return (u32)FIELD_GET(value, 15, 0) & all;
}

void vgic_send(struct virq *q, u32 n, u32 targets, u32 intid)
{
	for (u32 left = targets; left != 0U;) {
		const u32 to = take_bit(&left);
		struct vgic_cpu *c = &q->s.cpu[to];

		if (q->version == 2U)
			__atomic_fetch_or(&c->source[intid], (u8)(1U << n), __ATOMIC_SEQ_CST);
		if (vgic_post(c, intid) && to != n)
			q->ops->kick(q, to);
	}
	if ((targets & (1U << n)) == 0U)
		return;
	spin_lock(&q->lock);
	vgic_sync(q, n);
	spin_unlock(&q->lock);
}

void vgic_send_self(struct virq *q, u32 n, u32 intid)
{
	spin_lock(&q->lock);
	if (!vgic_place(q, n, intid, 0))
		vgic_raise_private(q, n, intid);
	spin_unlock(&q->lock);
}

void vgic_sgi(struct virq *q, u32 n, u64 value)
{
	vgic_send(q, n, sgi_targets(q, n, value), (u32)FIELD_GET(value, 27, 24));
}
