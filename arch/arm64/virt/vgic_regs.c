// SPDX-License-Identifier: Apache-2.0
/*
 * Distributor and redistributor registers (Arm IHI 0069, chapter 12): one table says what there is,
 * drives the emulation and its tests.
 */
#include <asm/vgic.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/lib/string.h>

#define SHARED_WORDS (VGIC_WORDS - 1U)
#define SHARED (VGIC_LINES - VGIC_PRIVATE)

/* Access sizes: bit n for n bytes. */
#define S4 0x10U
#define S1_4 0x12U
#define S2_4 0x14U
#define S4_8 0x110U

#define ALL32 0xffffffffU
#define NOTHING_FIXED 0U

/* GICD_IIDR, GICR_IIDR: product 'B', revision 1, implementer Arm as for any such GIC. */
#define IIDR 0x4200143bU

/* GICD_TYPER: SPIs by message; INTIDs of ten bits; no routing to one of several. */
#define TYPER_MBIS BIT(16)
#define TYPER_IDBITS (9ULL << 19)
#define TYPER_NO1N BIT(25)
#define TYPER_VALUE (SHARED_WORDS | TYPER_MBIS | TYPER_IDBITS | TYPER_NO1N)

#define WAKER_SLEEP BIT(1)
#define WAKER_CHILDREN_ASLEEP BIT(2)
#define WAKER_ASLEEP (WAKER_SLEEP | WAKER_CHILDREN_ASLEEP)

#define IROUTER_AFFINITY 0xffffffULL

#define SGI_BITS 0xffffU

#define ID_COUNT 12U

/* ---- what a row's registers are ---- */

/* Which 32 interrupts a register with a bit for each has: offsets count from interrupt 0. */
static u32 word_of(const struct vgic_access *x)
{
	return (u32)x->at >> 2U & 0x1fU;
}

static struct vgic_irqs *irqs_of(const struct vgic_access *x)
{
	return vgic_irqs(x->q, x->cpu, word_of(x) * 32U);
}

static u32 held_of(const struct vgic_access *x)
{
	return vgic_held(x->q, x->cpu, word_of(x));
}

static void notify(struct vgic_access *x, u32 bits)
{
	if (bits != 0U)
		vgic_notify(x->q, vgic_concerned(x->q, x->cpu, word_of(x), bits));
}

static void mark_busy(struct vgic_access *x)
{
	if (word_of(x) != 0U)
		x->q->s.busy |= 1U << word_of(x);
}

/* Bound interrupts among @bits are switched on or off in the physical controller, too. */
static void enable_physical(struct vgic_access *x, u32 bits, bool on)
{
	const u32 word = word_of(x);

	for (bits &= word != 0U ? x->q->bound[word] : 0U; bits != 0U; bits &= bits - 1U)
		x->q->ops->enable(word * 32U + (u32)__builtin_ctz(bits), on);
}

static u64 read_enabled(struct vgic_access *x)
{
	return irqs_of(x)->enabled;
}

static void set_enabled(struct vgic_access *x, u64 value)
{
	struct vgic_irqs *w = irqs_of(x);
	const u32 bits = (u32)value & ~w->enabled;

	w->enabled |= bits;
	enable_physical(x, bits, true);
	notify(x, bits);
}

/* vcpus other than the one that writes which still have some of @bits in their list registers. */
static u32 elsewhere(struct vgic_access *x, u32 bits)
{
	u32 set = 0;

	for (bits &= held_of(x); bits != 0U; bits &= bits - 1U) {
		const u32 intid = word_of(x) * 32U + (u32)__builtin_ctz(bits);

		set |= 1U << (word_of(x) == 0U ? x->cpu : x->q->s.home[intid]);
	}
	return set & ~(1U << x->self);
}

/* Writes in force once those vcpus have folded: until then GICD_CTLR.RWP reads 1. */
static void want_folds(struct vgic_access *x, u32 set)
{
	for (; set != 0U; set &= set - 1U) {
		struct vgic_cpu *c = &x->q->s.cpu[__builtin_ctz(set)];

		c->wanted = c->folds + 1U;
	}
}

static void clear_enabled(struct vgic_access *x, u64 value)
{
	struct vgic_irqs *w = irqs_of(x);
	const u32 bits = (u32)value & w->enabled;

	w->enabled &= ~bits;
	enable_physical(x, bits, false);
	want_folds(x, elsewhere(x, bits));
	notify(x, bits & held_of(x));
}

/*
 * What is in list registers of other vcpus is read from what they held when they were last filled,
 * which is after this read began: each of them has folded meanwhile, or the read is tried again.
 */
static bool settled(struct vgic_access *x, u32 set)
{
	struct vgic_cpu *c = &x->q->s.cpu[x->self];
	u32 wait = 0;

	if (c->asked_for != x->at) {
		c->asked_for = x->at;
		c->asked = 0;
	}
	for (; set != 0U; set &= set - 1U) {
		const u32 t = (u32)__builtin_ctz(set);
		const u64 folds = x->q->s.cpu[t].folds;

		if ((c->asked & (1U << t)) == 0U)
			c->asked_folds[t] = folds;
		if (c->asked_folds[t] == folds)
			wait |= 1U << t;
		c->asked |= 1U << t;
	}
	vgic_notify(x->q, wait);
	if (wait == 0U)
		c->asked_for = 0;
	return wait == 0U;
}

/* Those of the word's interrupts whose list register, as last filled, has a bit of @state. */
static u32 in_list_registers(struct vgic_access *x, u32 set, u64 state)
{
	const u32 word = word_of(x);
	u32 bits = 0;

	for (; set != 0U; set &= set - 1U) {
		const struct vgic_cpu *c = &x->q->s.cpu[__builtin_ctz(set)];
		u32 used = __atomic_load_n(&c->lr_used, __ATOMIC_ACQUIRE);

		for (; used != 0U; used &= used - 1U) {
			const u32 at = (u32)__builtin_ctz(used);
			const u64 lr = __atomic_load_n(&c->lr[at], __ATOMIC_RELAXED);

			if ((lr & LR_VINTID) / 32U == word && (lr & state) != 0U)
				bits |= 1U << (lr % 32U);
		}
	}
	return bits;
}

/* Makes the model complete for a read of @state; what stays in list registers elsewhere. */
static bool complete(struct vgic_access *x, u64 state, u32 *bits)
{
	struct vgic_irqs *w = irqs_of(x);
	u32 others;

	*bits = 0;
	if (held_of(x) != 0U || (word_of(x) == 0U && w->physical != 0U))
		vgic_sync(x->q, x->self);
	others = elsewhere(x, ALL32);
	if (others != 0U && !settled(x, others)) {
		x->result = TRAP_RETRY;
		return false;
	}
	*bits = in_list_registers(x, others | 1U << x->self, state) & w->in_lr;
	return true;
}

static u64 read_pending(struct vgic_access *x)
{
	const struct vgic_irqs *w = irqs_of(x);
	u32 bits;

	if (!complete(x, LR_PENDING, &bits))
		return 0;
	if (word_of(x) == 0U)
		bits |= __atomic_load_n(&x->q->s.cpu[x->cpu].request, __ATOMIC_SEQ_CST) &
			VGIC_REQUEST_SGIS;
	return bits | w->latch | (w->line & ~w->edge);
}

static void set_pending(struct vgic_access *x, u64 value)
{
	struct vgic_irqs *w = irqs_of(x);

	w->latch |= (u32)value;
	w->no_pending &= ~(u32)value;
	mark_busy(x);
	notify(x, (u32)value);
}

static void clear_pending(struct vgic_access *x, u64 value)
{
	struct vgic_irqs *w = irqs_of(x);
	const u32 bits = (u32)value;

	if (word_of(x) == 0U)
		__atomic_fetch_and(&x->q->s.cpu[x->cpu].request, ~(bits & VGIC_REQUEST_SGIS),
				   __ATOMIC_SEQ_CST);
	w->latch &= ~bits;
	w->no_pending |= bits & held_of(x);
	/* A physical interrupt that is not pending any more must end, too. */
	notify(x, bits & (held_of(x) | w->physical | w->line));
	if ((bits & w->physical & ~w->in_lr) != 0U)
		vgic_notify(x->q, 1U << x->cpu);
}

static u64 read_active(struct vgic_access *x)
{
	const struct vgic_irqs *w = irqs_of(x);
	u32 bits;

	if (!complete(x, LR_ACTIVE, &bits))
		return 0;
	return bits | w->active;
}

static void set_active(struct vgic_access *x, u64 value)
{
	struct vgic_irqs *w = irqs_of(x);
	const u32 bits = (u32)value;

	for (u32 b = word_of(x) != 0U ? bits & ~(w->active | w->in_lr) : 0U; b != 0U; b &= b - 1U) {
		const u32 intid = word_of(x) * 32U + (u32)__builtin_ctz(b);

		x->q->s.home[intid] = x->q->s.target[intid];
	}
	w->active |= bits;
	w->no_active &= ~bits;
	mark_busy(x);
	notify(x, bits);
}

static void clear_active(struct vgic_access *x, u64 value)
{
	struct vgic_irqs *w = irqs_of(x);
	const u32 bits = (u32)value;
	const u32 concerned = vgic_concerned(x->q, x->cpu, word_of(x), bits);

	w->active &= ~bits;
	w->no_active |= bits & held_of(x);
	vgic_notify(x->q, concerned);
	/* What was held back by its active state may be for another vcpu now. */
	notify(x, bits);
}

/* The first of four interrupts with a byte each. */
static u32 first_of(const struct vgic_access *x)
{
	return (u32)x->at & 0x3fcU;
}

static u8 *priorities(struct vgic_access *x)
{
	const u32 first = first_of(x);

	return first < VGIC_PRIVATE ? &x->q->s.cpu[x->cpu].priority[first]
				    : &x->q->s.priority[first];
}

static u64 read_priority(struct vgic_access *x)
{
	const u8 *p = priorities(x);

	return (u64)p[0] | (u64)p[1] << 8 | (u64)p[2] << 16 | (u64)p[3] << 24;
}

static void write_priority(struct vgic_access *x, u64 value)
{
	const u32 first = first_of(x);
	u8 *p = priorities(x);

	for (u32 i = 0; i < 4U; i++)
		p[i] = (u8)(value >> (8U * i)) & VGIC_PRIORITY_BITS;
	vgic_notify(x->q, vgic_concerned(x->q, x->cpu, first / 32U, 0xfU << (first % 32U)));
}

/* Two bits an interrupt, of which the upper one says edge. */
static u32 config_word(const struct vgic_access *x)
{
	return (u32)x->at >> 3U & 0x1fU;
}

static u32 config_shift(const struct vgic_access *x)
{
	return ((u32)x->at >> 2U & 1U) * 16U;
}

static u64 read_config(struct vgic_access *x)
{
	const u32 edge = vgic_irqs(x->q, x->cpu, config_word(x) * 32U)->edge >> config_shift(x);
	u64 value = 0;

	for (u32 bits = edge & 0xffffU; bits != 0U; bits &= bits - 1U)
		value |= 2ULL << (2U * (u32)__builtin_ctz(bits));
	return value;
}

static void write_config(struct vgic_access *x, u64 value)
{
	struct vgic_irqs *w = vgic_irqs(x->q, x->cpu, config_word(x) * 32U);
	const u32 mask = 0xffffU << config_shift(x);
	u32 edge = 0;

	for (u64 bits = value & 0xaaaaaaaaU; bits != 0U; bits &= bits - 1U)
		edge |= 1U << ((u32)__builtin_ctzll(bits) / 2U);
	w->edge = (w->edge & ~mask) | edge << config_shift(x);
	vgic_notify(x->q, vgic_concerned(x->q, x->cpu, config_word(x), mask));
}

static u64 read_router(struct vgic_access *x)
{
	return x->q->s.affinity[VGIC_PRIVATE + x->index];
}

static u8 target_of(const struct virq *q, u32 affinity)
{
	for (u32 n = 0; n < q->s.vcpus; n++) {
		if (vplat_affinity(n) == affinity)
			return (u8)n;
	}
	return 0xff;
}

static void write_router(struct vgic_access *x, u64 value)
{
	struct virq *q = x->q;
	const u32 intid = VGIC_PRIVATE + x->index;
	const u32 bit = 1U << (intid % 32U);
	u32 set = vgic_concerned(q, x->self, intid / 32U, bit);

	q->s.affinity[intid] = (u32)value;
	q->s.target[intid] = target_of(q, (u32)value);
	set |= vgic_concerned(q, x->self, intid / 32U, bit);
	if ((q->bound[intid / 32U] & bit) != 0U && q->s.target[intid] < q->s.vcpus)
		q->ops->route(intid, q->s.cpu[q->s.target[intid]].last_on);
	vgic_notify(q, set);
}

static u64 read_ctlr(struct vgic_access *x)
{
	u64 value = x->q->s.ctlr | GICD_CTLR_FIXED;

	for (u32 n = 0; n < x->q->s.vcpus; n++) {
		const struct vgic_cpu *c = &x->q->s.cpu[n];

		if (c->loaded_on != VGIC_NOWHERE && c->wanted > c->folds)
			value |= GICD_CTLR_PENDING_WRITE;
	}
	return value;
}

static void write_ctlr(struct vgic_access *x, u64 value)
{
	const u32 all = (1U << x->q->s.vcpus) - 1U;
	const u32 ctlr = (u32)value & (u32)GICD_CTLR_GRP1;

	if (ctlr == x->q->s.ctlr)
		return;
	x->q->s.ctlr = ctlr;
	if (ctlr == 0U)
		want_folds(x, all & ~(1U << x->self));
	vgic_notify(x->q, all);
}

/* GICD_SETSPI_NSR, GICD_CLRSPI_NSR: an edge, or the level, of the interrupt that is written. */
static struct vgic_irqs *message(struct vgic_access *x, u64 value, u32 *bit)
{
	const u32 intid = (u32)value & 0x3ffU;

	if (intid < VGIC_PRIVATE || intid >= VGIC_LINES)
		return NULL;
	x->q->s.busy |= 1U << (intid / 32U);
	*bit = 1U << (intid % 32U);
	x->at = (x->at & ~0x7fULL) | (u64)(intid / 32U) << 2;
	return irqs_of(x);
}

static void message_set(struct vgic_access *x, u64 value)
{
	u32 bit = 0;
	struct vgic_irqs *w = message(x, value, &bit);

	if (w == NULL)
		return;
	w->latch |= bit;
	notify(x, bit);
}

static void message_clear(struct vgic_access *x, u64 value)
{
	u32 bit = 0;
	struct vgic_irqs *w = message(x, value, &bit);

	if (w != NULL && (w->edge & bit) == 0U)
		clear_pending(x, bit);
}

/* ---- GICv2's own (IHI 0048, 4.3) ---- */

/* GICD_CTLR.Enable is what EnableGrp1 is in GICv3. */
static u64 read_ctlr2(struct vgic_access *x)
{
	return x->q->s.ctlr != 0U ? 1U : 0U;
}

static void write_ctlr2(struct vgic_access *x, u64 value)
{
	write_ctlr(x, (value & 1U) != 0U ? GICD_CTLR_GRP1 : 0U);
}

static u64 read_typer2(struct vgic_access *x)
{
	return SHARED_WORDS | (u64)(x->q->s.vcpus - 1U) << 5;
}

static u64 read_own_target(struct vgic_access *x)
{
	return (0x01010101ULL << x->self) & 0xffffffffULL;
}

static u64 read_target(struct vgic_access *x)
{
	const u32 *set = &x->q->s.affinity[first_of(x)];

	return set[0] | set[1] << 8 | set[2] << 16 | set[3] << 24;
}

static void write_target(struct vgic_access *x, u64 value)
{
	struct virq *q = x->q;
	const u32 first = first_of(x);
	const u32 bits = 0xfU << (first % 32U);
	u32 set = vgic_concerned(q, x->self, first / 32U, bits);

	for (u32 i = 0; i < 4U; i++) {
		const u32 written = (u32)(value >> (8U * i)) & 0xffU;
		const u32 list = written & ((1U << q->s.vcpus) - 1U);

		q->s.affinity[first + i] = written;
		q->s.target[first + i] = list != 0U ? (u8)__builtin_ctz(list) : 0xffU;
		if ((q->bound[first / 32U] & 1U << ((first + i) % 32U)) != 0U && list != 0U)
			q->ops->route(first + i, q->s.cpu[__builtin_ctz(list)].last_on);
	}
	set |= vgic_concerned(q, x->self, first / 32U, bits);
	vgic_notify(q, set);
}

/* GICD_SGIR: to a list, to all others, to oneself. */
static void write_sgir(struct vgic_access *x, u64 value)
{
	const u32 all = (1U << x->q->s.vcpus) - 1U;
	const u32 self = 1U << x->self;
	const u32 targets[] = { (u32)FIELD_GET(value, 23, 16) & all, all & ~self, self, 0 };

	/* The sender's own share is taken at once, under the lock. */
	spin_unlock(&x->q->lock);
	vgic_send(x->q, x->self, targets[FIELD_GET(value, 25, 24)], (u32)value & 0xfU);
	spin_lock(&x->q->lock);
}

/* GICD_SPENDSGIR, GICD_CPENDSGIR: for each SGI who has sent it. */
static u64 read_sources(struct vgic_access *x)
{
	const struct vgic_cpu *c = &x->q->s.cpu[x->self];
	const u32 first = x->index * 4U;
	u64 value = 0;

	vgic_sync(x->q, x->self);
	for (u32 i = 0; i < 4U; i++) {
		u64 set = __atomic_load_n(&c->source[first + i], __ATOMIC_SEQ_CST);
		const u64 lr = c->lr[c->lr_of[first + i]];

		if ((c->irqs.in_lr & 1U << (first + i)) != 0U && (lr & LR_PENDING) != 0U)
			set |= 1ULL << FIELD_GET(lr, 12, 10);
		value |= set << (8U * i);
	}
	return value;
}

static void change_sources(struct vgic_access *x, u64 value, bool on)
{
	struct vgic_cpu *c = &x->q->s.cpu[x->self];

	(void)vgic_fold(x->q, x->self);
	for (u32 i = 0; i < 4U; i++) {
		const u32 intid = x->index * 4U + i;
		const u8 set = (u8)(value >> (8U * i));
		const u8 now =
			on ? __atomic_or_fetch(&c->source[intid], set, __ATOMIC_SEQ_CST)
			   : __atomic_and_fetch(&c->source[intid], (u8)~set, __ATOMIC_SEQ_CST);

		if (now != 0U)
			c->irqs.latch |= 1U << intid;
		else
			c->irqs.latch &= ~(1U << intid);
	}
	vgic_sync(x->q, x->self);
}

static void set_sources(struct vgic_access *x, u64 value)
{
	change_sources(x, value, true);
}

static void clear_sources(struct vgic_access *x, u64 value)
{
	change_sources(x, value, false);
}

static u64 read_id2(struct vgic_access *x)
{
	static const u8 id[ID_COUNT] = {
		0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1
	};

	return id[x->index];
}

static u64 read_waker(struct vgic_access *x)
{
	return x->q->s.cpu[x->cpu].waker;
}

/* It wakes and falls asleep at once. */
static void write_waker(struct vgic_access *x, u64 value)
{
	x->q->s.cpu[x->cpu].waker = (value & WAKER_SLEEP) != 0U ? (u32)WAKER_ASLEEP : 0U;
}

/* GICD_PIDR4 to GICD_CIDR3, the same for redistributors: architecture revision 3. */
static u64 read_id(struct vgic_access *x)
{
	static const u8 id[ID_COUNT] = {
		0x44, 0, 0, 0, 0x92, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1
	};

	return id[x->index];
}

/* ---- the table: by frame and offset ---- */

#define ROW(frame, name, offset, count, width, sizes, kind, reset, ro, read, write)            \
	{ name,  frame, kind, width, 0, 0, sizes, offset, count, (offset) + (count) * (width), \
	  reset, ro,    read, write }
/* Registers of what is not there: LPIs, a second security state, legacy operation. */
#define NONE(frame, name, offset, count, width) \
	ROW(frame, name, offset, count, width, width == 8U ? S4_8 : S4, VGIC_RO, 0, 0, NULL, NULL)
#define CONST(frame, name, offset, count, value) \
	ROW(frame, name, offset, count, 4U, S4, VGIC_RO, value, 0, NULL, NULL)
/* Could be written, if there were group 0. */
#define GROUPS(in, register, at, n) \
	{ .name = register,         \
	  .frame = in,              \
	  .kind = VGIC_RO,          \
	  .width = 4,               \
	  .missing = 1,             \
	  .sizes = S4,              \
	  .offset = at,             \
	  .count = n,               \
	  .end = (at) + (n) * 4U,   \
	  .reset = ALL32 }
/* Made at boot, for it is read most. */
#define TYPER(register, at) \
	{ .name = register, \
	  .frame = VGIC_RD, \
	  .kind = VGIC_RO,  \
	  .width = 8,       \
	  .by_vcpu = 1,     \
	  .sizes = S4_8,    \
	  .offset = at,     \
	  .count = 1,       \
	  .end = (at) + 8U }

const struct vgic_row vgic_rows[] = {
	ROW(VGIC_GICD, "GICD_CTLR", 0x0000, 1, 4, S4, VGIC_RW, GICD_CTLR_FIXED,
	    ALL32 & ~GICD_CTLR_GRP1, read_ctlr, write_ctlr),
	CONST(VGIC_GICD, "GICD_TYPER", 0x0004, 1, TYPER_VALUE),
	CONST(VGIC_GICD, "GICD_IIDR", 0x0008, 1, IIDR),
	NONE(VGIC_GICD, "GICD_TYPER2", 0x000c, 1, 4),
	NONE(VGIC_GICD, "GICD_STATUSR", 0x0010, 1, 4),
	ROW(VGIC_GICD, "GICD_SETSPI_NSR", 0x0040, 1, 4, S2_4, VGIC_WO, 0, NOTHING_FIXED, NULL,
	    message_set),
	ROW(VGIC_GICD, "GICD_CLRSPI_NSR", 0x0048, 1, 4, S2_4, VGIC_WO, 0, NOTHING_FIXED, NULL,
	    message_clear),
	NONE(VGIC_GICD, "GICD_SETSPI_SR", 0x0050, 1, 4),
	NONE(VGIC_GICD, "GICD_CLRSPI_SR", 0x0058, 1, 4),
	NONE(VGIC_GICD, "GICD_IGROUPR0", 0x0080, 1, 4),
	GROUPS(VGIC_GICD, "GICD_IGROUPR", 0x0084, SHARED_WORDS),
	NONE(VGIC_GICD, "GICD_ISENABLER0", 0x0100, 1, 4),
	ROW(VGIC_GICD, "GICD_ISENABLER", 0x0104, SHARED_WORDS, 4, S4, VGIC_SET, 0, NOTHING_FIXED,
	    read_enabled, set_enabled),
	NONE(VGIC_GICD, "GICD_ICENABLER0", 0x0180, 1, 4),
	ROW(VGIC_GICD, "GICD_ICENABLER", 0x0184, SHARED_WORDS, 4, S4, VGIC_CLEAR, 0, NOTHING_FIXED,
	    read_enabled, clear_enabled),
	NONE(VGIC_GICD, "GICD_ISPENDR0", 0x0200, 1, 4),
	ROW(VGIC_GICD, "GICD_ISPENDR", 0x0204, SHARED_WORDS, 4, S4, VGIC_SET, 0, NOTHING_FIXED,
	    read_pending, set_pending),
	NONE(VGIC_GICD, "GICD_ICPENDR0", 0x0280, 1, 4),
	ROW(VGIC_GICD, "GICD_ICPENDR", 0x0284, SHARED_WORDS, 4, S4, VGIC_CLEAR, 0, NOTHING_FIXED,
	    read_pending, clear_pending),
	NONE(VGIC_GICD, "GICD_ISACTIVER0", 0x0300, 1, 4),
	ROW(VGIC_GICD, "GICD_ISACTIVER", 0x0304, SHARED_WORDS, 4, S4, VGIC_SET, 0, NOTHING_FIXED,
	    read_active, set_active),
	NONE(VGIC_GICD, "GICD_ICACTIVER0", 0x0380, 1, 4),
	ROW(VGIC_GICD, "GICD_ICACTIVER", 0x0384, SHARED_WORDS, 4, S4, VGIC_CLEAR, 0, NOTHING_FIXED,
	    read_active, clear_active),
	NONE(VGIC_GICD, "GICD_IPRIORITYR0-7", 0x0400, 8, 4),
	ROW(VGIC_GICD, "GICD_IPRIORITYR", 0x0420, SHARED / 4U, 4, S1_4, VGIC_RW, 0, 0x07070707U,
	    read_priority, write_priority),
	NONE(VGIC_GICD, "GICD_ITARGETSR", 0x0800, VGIC_LINES / 4U, 4),
	NONE(VGIC_GICD, "GICD_ICFGR0-1", 0x0c00, 2, 4),
	ROW(VGIC_GICD, "GICD_ICFGR", 0x0c08, SHARED / 16U, 4, S4, VGIC_RW, 0, 0x55555555U,
	    read_config, write_config),
	NONE(VGIC_GICD, "GICD_IGRPMODR", 0x0d00, VGIC_WORDS, 4),
	NONE(VGIC_GICD, "GICD_NSACR", 0x0e00, VGIC_LINES / 16U, 4),
	NONE(VGIC_GICD, "GICD_SGIR", 0x0f00, 1, 4),
	NONE(VGIC_GICD, "GICD_CPENDSGIR", 0x0f10, 4, 4),
	NONE(VGIC_GICD, "GICD_SPENDSGIR", 0x0f20, 4, 4),
	ROW(VGIC_GICD, "GICD_IROUTER", 0x6100, SHARED, 8, S4_8, VGIC_RW, 0, ~IROUTER_AFFINITY,
	    read_router, write_router),
	ROW(VGIC_GICD, "GICD_PIDR4-CIDR3", 0xffd0, ID_COUNT, 4, S4, VGIC_RO, 0, NOTHING_FIXED,
	    read_id, NULL),
	NONE(VGIC_RD, "GICR_CTLR", 0x0000, 1, 4),
	CONST(VGIC_RD, "GICR_IIDR", 0x0004, 1, IIDR),
	TYPER("GICR_TYPER", 0x0008),
	NONE(VGIC_RD, "GICR_STATUSR", 0x0010, 1, 4),
	ROW(VGIC_RD, "GICR_WAKER", 0x0014, 1, 4, S4, VGIC_RW, WAKER_ASLEEP, ALL32 & ~WAKER_SLEEP,
	    read_waker, write_waker),
	NONE(VGIC_RD, "GICR_SETLPIR", 0x0040, 1, 8),
	NONE(VGIC_RD, "GICR_CLRLPIR", 0x0048, 1, 8),
	NONE(VGIC_RD, "GICR_PROPBASER", 0x0070, 1, 8),
	NONE(VGIC_RD, "GICR_PENDBASER", 0x0078, 1, 8),
	NONE(VGIC_RD, "GICR_INVLPIR", 0x00a0, 1, 8),
	NONE(VGIC_RD, "GICR_INVALLR", 0x00b0, 1, 8),
	NONE(VGIC_RD, "GICR_SYNCR", 0x00c0, 1, 4),
	ROW(VGIC_RD, "GICR_PIDR4-CIDR3", 0xffd0, ID_COUNT, 4, S4, VGIC_RO, 0, NOTHING_FIXED,
	    read_id, NULL),
	GROUPS(VGIC_SGI, "GICR_IGROUPR0", 0x0080, 1),
	ROW(VGIC_SGI, "GICR_ISENABLER0", 0x0100, 1, 4, S4, VGIC_SET, 0, NOTHING_FIXED, read_enabled,
	    set_enabled),
	ROW(VGIC_SGI, "GICR_ICENABLER0", 0x0180, 1, 4, S4, VGIC_CLEAR, 0, NOTHING_FIXED,
	    read_enabled, clear_enabled),
	ROW(VGIC_SGI, "GICR_ISPENDR0", 0x0200, 1, 4, S4, VGIC_SET, 0, NOTHING_FIXED, read_pending,
	    set_pending),
	ROW(VGIC_SGI, "GICR_ICPENDR0", 0x0280, 1, 4, S4, VGIC_CLEAR, 0, NOTHING_FIXED, read_pending,
	    clear_pending),
	ROW(VGIC_SGI, "GICR_ISACTIVER0", 0x0300, 1, 4, S4, VGIC_SET, 0, NOTHING_FIXED, read_active,
	    set_active),
	ROW(VGIC_SGI, "GICR_ICACTIVER0", 0x0380, 1, 4, S4, VGIC_CLEAR, 0, NOTHING_FIXED,
	    read_active, clear_active),
	ROW(VGIC_SGI, "GICR_IPRIORITYR", 0x0400, VGIC_PRIVATE / 4U, 4, S1_4, VGIC_RW, 0,
	    0x07070707U, read_priority, write_priority),
	CONST(VGIC_SGI, "GICR_ICFGR0", 0x0c00, 1, 0xaaaaaaaaU),
	ROW(VGIC_SGI, "GICR_ICFGR1", 0x0c04, 1, 4, S4, VGIC_RW, 0, 0x55555555U, read_config,
	    write_config),
	NONE(VGIC_SGI, "GICR_IGRPMODR0", 0x0d00, 1, 4),
	NONE(VGIC_SGI, "GICR_NSACR", 0x0e00, 1, 4),
	ROW(VGIC_GICD2, "GICD_CTLR", 0x0000, 1, 4, S4, VGIC_RW, 0, ALL32 & ~1U, read_ctlr2,
	    write_ctlr2),
	ROW(VGIC_GICD2, "GICD_TYPER", 0x0004, 1, 4, S4, VGIC_RO, 0, NOTHING_FIXED, read_typer2,
	    NULL),
	CONST(VGIC_GICD2, "GICD_IIDR", 0x0008, 1, IIDR),
	NONE(VGIC_GICD2, "GICD_IGROUPR", 0x0080, VGIC_WORDS, 4),
	ROW(VGIC_GICD2, "GICD_ISENABLER", 0x0100, VGIC_WORDS, 4, S4, VGIC_SET, 0, NOTHING_FIXED,
	    read_enabled, set_enabled),
	ROW(VGIC_GICD2, "GICD_ICENABLER", 0x0180, VGIC_WORDS, 4, S4, VGIC_CLEAR, 0, NOTHING_FIXED,
	    read_enabled, clear_enabled),
	ROW(VGIC_GICD2, "GICD_ISPENDR0", 0x0200, 1, 4, S4, VGIC_SET, 0, SGI_BITS, read_pending,
	    set_pending),
	ROW(VGIC_GICD2, "GICD_ISPENDR", 0x0204, SHARED_WORDS, 4, S4, VGIC_SET, 0, NOTHING_FIXED,
	    read_pending, set_pending),
	ROW(VGIC_GICD2, "GICD_ICPENDR0", 0x0280, 1, 4, S4, VGIC_CLEAR, 0, SGI_BITS, read_pending,
	    clear_pending),
	ROW(VGIC_GICD2, "GICD_ICPENDR", 0x0284, SHARED_WORDS, 4, S4, VGIC_CLEAR, 0, NOTHING_FIXED,
	    read_pending, clear_pending),
	ROW(VGIC_GICD2, "GICD_ISACTIVER", 0x0300, VGIC_WORDS, 4, S4, VGIC_SET, 0, NOTHING_FIXED,
	    read_active, set_active),
	ROW(VGIC_GICD2, "GICD_ICACTIVER", 0x0380, VGIC_WORDS, 4, S4, VGIC_CLEAR, 0, NOTHING_FIXED,
	    read_active, clear_active),
	ROW(VGIC_GICD2, "GICD_IPRIORITYR", 0x0400, VGIC_LINES / 4U, 4, S1_4, VGIC_RW, 0,
	    0x07070707U, read_priority, write_priority),
	ROW(VGIC_GICD2, "GICD_ITARGETSR0-7", 0x0800, VGIC_PRIVATE / 4U, 4, S1_4, VGIC_RO, 0,
	    NOTHING_FIXED, read_own_target, NULL),
	ROW(VGIC_GICD2, "GICD_ITARGETSR", 0x0820, SHARED / 4U, 4, S1_4, VGIC_RW, 0, NOTHING_FIXED,
	    read_target, write_target),
	CONST(VGIC_GICD2, "GICD_ICFGR0", 0x0c00, 1, 0xaaaaaaaaU),
	ROW(VGIC_GICD2, "GICD_ICFGR", 0x0c04, VGIC_LINES / 16U - 1U, 4, S4, VGIC_RW, 0, 0x55555555U,
	    read_config, write_config),
	NONE(VGIC_GICD2, "GICD_NSACR", 0x0e00, VGIC_LINES / 16U, 4),
	ROW(VGIC_GICD2, "GICD_SGIR", 0x0f00, 1, 4, S4, VGIC_WO, 0, NOTHING_FIXED, NULL, write_sgir),
	ROW(VGIC_GICD2, "GICD_CPENDSGIR", 0x0f10, VGIC_SGIS / 4U, 4, S1_4, VGIC_CLEAR, 0,
	    NOTHING_FIXED, read_sources, clear_sources),
	ROW(VGIC_GICD2, "GICD_SPENDSGIR", 0x0f20, VGIC_SGIS / 4U, 4, S1_4, VGIC_SET, 0,
	    NOTHING_FIXED, read_sources, set_sources),
	ROW(VGIC_GICD2, "GICD_PIDR4-CIDR3", 0x0fd0, ID_COUNT, 4, S4, VGIC_RO, 0, NOTHING_FIXED,
	    read_id2, NULL),
	/* No row: ends a search. */
	{ .frame = VGIC_FRAMES },
};

const u32 vgic_row_count = ARRAY_SIZE(vgic_rows) - 1U;

/* ---- finding the row, reading and writing ---- */

#define FRAME_SIZE 0x10000U
/*
 * For each 4 of the first 256 bytes of a frame, where what is read most is, and for each 256 bytes
 * behind them the first row that reaches into it or lies behind it.
 */
#define INDEX_FINE 0x100U
#define INDEX_FINE_SHIFT 2U
#define INDEX_SHIFT 8U
#define INDEX_FINES (INDEX_FINE >> INDEX_FINE_SHIFT)
#define INDEX_SIZE (INDEX_FINES + ((FRAME_SIZE - INDEX_FINE) >> INDEX_SHIFT))

static u8 row_index[VGIC_FRAMES][INDEX_SIZE];

_Static_assert(ARRAY_SIZE(vgic_rows) < 0xffU, "row_index holds bytes");

/* The entry of @offset. */
static u32 index_of(u32 offset)
{
	return offset < INDEX_FINE ? offset >> INDEX_FINE_SHIFT
				   : (offset >> INDEX_SHIFT) + INDEX_FINES - 1U;
}

/* How many entries of the index begin below @offset. */
static u32 entries_below(u32 offset)
{
	if (offset <= INDEX_FINE)
		return (offset + (1U << INDEX_FINE_SHIFT) - 1U) >> INDEX_FINE_SHIFT;
	return INDEX_FINES + ((offset - INDEX_FINE + (1U << INDEX_SHIFT) - 1U) >> INDEX_SHIFT);
}

/* An entry is that of the first row which ends behind where the entry begins. */
void vgic_regs_init(void)
{
	u32 r = 0;

	for (u32 frame = 0; frame < VGIC_FRAMES; frame++) {
		u32 from = 0;

		for (; r < vgic_row_count && vgic_rows[r].frame == frame; r++) {
			const u32 to = entries_below(vgic_rows[r].end);

			if (to > from)
				memset(&row_index[frame][from], (int)r, to - from);
			from = to > from ? to : from;
		}
		memset(&row_index[frame][from], (int)r, INDEX_SIZE - from);
	}
}

static const struct vgic_row *row_find(enum vgic_frame frame, u64 offset)
{
	const struct vgic_row *r = &vgic_rows[row_index[frame][index_of((u32)offset)]];

	while (r->end <= offset && r->frame == (u8)frame)
		r++;
	return r->frame == (u8)frame && r->offset <= offset ? r : NULL;
}

static u64 row_read(const struct vgic_row *r, struct vgic_access *x)
{
	if (r->kind == VGIC_WO)
		return 0;
	return r->read != NULL ? r->read(x) : r->reset;
}

static void row_write(const struct vgic_row *r, struct vgic_access *x, u32 shift, u32 size,
		      u64 value)
{
	const u64 mask = LOW_BYTES(size) << shift;

	value = (value & LOW_BYTES(size)) << shift;
	if (r->kind == VGIC_RW)
		value |= r->read(x) & ~mask;
	r->write(x, value & ~r->read_only);
}

/* Nothing would change, or nothing is there to be written. */
static bool write_is_idle(const struct vgic_row *r, u64 value)
{
	return r->write == NULL || (value == 0U && (r->kind == VGIC_SET || r->kind == VGIC_CLEAR));
}

static u64 part_of(const struct vgic_row *r, u64 value, u32 offset, u32 size)
{
	return value >> (8U * (offset & (r->width - 1U))) & LOW_BYTES(size);
}

/* An answer that never changes, but is not the same for all. */
static __attribute__((noinline)) enum trap_result computed(const struct vgic_row *r, struct virq *q,
							   u32 self, u32 cpu, u32 offset, u32 size,
							   u64 *value)
{
	struct vgic_access x = { .q = q, .self = self, .cpu = cpu };

	x.index = (offset - r->offset) / r->width;
	*value = part_of(r, r->read(&x), offset, size);
	return TRAP_RESUME;
}

/* An access that a handler answers, under the lock. */
static __attribute__((noinline)) enum trap_result handled(const struct vgic_row *r, struct virq *q,
							  u32 self, u32 cpu, u32 offset, u32 size,
							  bool write, u64 *value)
{
	struct vgic_access x = { .q = q, .self = self, .cpu = cpu, .result = TRAP_RESUME };
	const u32 shift = 8U * (offset & (r->width - 1U));
	u64 found = 0;

	x.index = (offset - r->offset) / r->width;
	x.at = (u64)r->frame << 32 | (u64)cpu << 20 | offset | 1U;
	spin_lock(&q->lock);
	vgic_absorb(&q->s.cpu[self]);
	if (write)
		row_write(r, &x, shift, size, *value);
	else
		found = part_of(r, row_read(r, &x), offset, size);
	spin_unlock(&q->lock);
	if (!write && x.result == TRAP_RESUME)
		*value = found;
	return x.result;
}

enum trap_result vgic_register(struct virq *q, u32 self, u32 cpu, enum vgic_frame frame, u64 offset,
			       u32 size, bool write, u64 *value)
{
	const struct vgic_row *r = row_find(frame, offset);
	const bool valid = r != NULL && (r->sizes & (1U << size)) != 0U &&
			   (offset & (size - 1U)) == 0U;

	if (write) {
		if (!valid || write_is_idle(r, *value))
			return TRAP_RESUME;
	} else if (!valid) {
		*value = 0;
		return TRAP_RESUME;
	} else if (r->read == NULL) {
		*value = part_of(r, r->by_vcpu != 0U ? q->typer[cpu] : r->reset, (u32)offset, size);
		return TRAP_RESUME;
	} else if (r->kind == VGIC_RO) {
		return computed(r, q, self, cpu, (u32)offset, size, value);
	}
	return handled(r, q, self, cpu, (u32)offset, size, write, value);
}
