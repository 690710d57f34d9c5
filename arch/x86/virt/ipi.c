// SPDX-License-Identifier: Apache-2.0
/*
 * Interrupts on their way: whom a command, an I/O APIC entry or a message is for, and how it is
 * left with them (SDM volume 3, sections 11.6 and 11.11). Pure.
 */
#include <asm/vlapic.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/lib/error.h>

#define VECTOR_FIRST 16U

#define ICR_MODE(v) ((u8)FIELD_GET(v, 10, 8))
#define ICR_LOGICAL BIT(11)
#define ICR_ASSERT BIT(14)
#define ICR_LEVEL BIT(15)

#define XAPIC_ALL 0xffU
#define X2APIC_ALL 0xffffffffU
#define DFR_FLAT 0xfU

#define MESSAGE_BASE 0xfee00000ULL
#define MESSAGE_LOGICAL BIT(2)

struct ipi ipi_decode(u64 value, bool x2apic)
{
	return (struct ipi){
		.vector = (u8)value,
		.mode = ICR_MODE(value),
		.shorthand = (u8)FIELD_GET(value, 19, 18),
		.logical = (value & ICR_LOGICAL) != 0U,
		.level = (value & (ICR_LEVEL | ICR_ASSERT)) == ICR_LEVEL,
		.wide = x2apic,
		.dest = (u32)(value >> (x2apic ? 32U : 56U)),
	};
}

static bool is_all(const struct ipi *i)
{
	return i->dest == (i->wide ? X2APIC_ALL : XAPIC_ALL);
}

/* By the receiver's own mode: cluster and member, or the two models of the xAPIC. */
static bool logical_match(const struct vlapic *a, const struct ipi *i)
{
	const u32 ldr = vlapic_ldr(a);

	if (vlapic_x2(a))
		return ldr >> 16 == i->dest >> 16 && (ldr & i->dest & 0xffffU) != 0U;
	if (i->dest > XAPIC_ALL)
		return false;
	if (read_once(a->dfr) >> 28 == DFR_FLAT)
		return (ldr >> 24 & i->dest) != 0U;
	return ldr >> 28 == i->dest >> 4 && (ldr >> 24 & i->dest & 0xfU) != 0U;
}

static bool match(const struct vlapic *a, const struct ipi *i)
{
	if (!vlapic_on(a))
		return false;
	if (is_all(i))
		return true;
	return i->logical ? logical_match(a, i) : a->id == i->dest;
}

/* Of those that match, the one with the lowest task priority; the first of equals. */
static u32 lowest(const struct virq *q, u32 set)
{
	u32 best = 0;
	u32 best_tpr = ~0U;

	for (u32 n = 0; n < q->s.vcpus; n++) {
		const struct vlapic *a = &q->s.cpu[n];

		if ((set & 1U << n) != 0U && vlapic_enabled(a) && read_once(a->tpr) < best_tpr) {
			best = 1U << n;
			best_tpr = read_once(a->tpr);
		}
	}
	return best;
}

u32 ipi_targets(const struct virq *q, u32 self, const struct ipi *i)
{
	const u32 all = (u32)(BIT(q->s.vcpus) - 1U);
	u32 set = 0;

	switch (i->shorthand) {
	case IPI_SELF:
		return 1U << self;
	case IPI_ALL:
		set = all;
		break;
	case IPI_OTHERS:
		set = all & ~(1U << self);
		break;
	default:
		for (u32 n = 0; n < q->s.vcpus; n++)
			set |= match(&q->s.cpu[n], i) ? 1U << n : 0U;
		break;
	}
	return i->mode == MODE_LOWEST ? lowest(q, set) : set;
}

static void call(struct virq *q, u32 n)
{
	if (__atomic_exchange_n(&q->s.cpu[n].outstanding, 1U, __ATOMIC_SEQ_CST) == 0U)
		q->ops->kick(q, n);
}

void ipi_post(struct virq *q, u32 n, u32 vector, bool level)
{
	struct vlapic *a = &q->s.cpu[n];
	const u32 bit = 1U << (vector % 32U);

	if (!vlapic_enabled(a))
		return;
	if (level)
		__atomic_fetch_or(&a->posted_level[vector / 32U], bit, __ATOMIC_RELAXED);
	else if ((read_once(a->posted_level[vector / 32U]) & bit) != 0U)
		__atomic_fetch_and(&a->posted_level[vector / 32U], ~bit, __ATOMIC_RELAXED);
	__atomic_fetch_or(&a->posted[vector / 32U], bit, __ATOMIC_SEQ_CST);
	call(q, n);
}

void ipi_post_events(struct virq *q, u32 n, u32 events)
{
	__atomic_fetch_or(&q->s.cpu[n].events, events, __ATOMIC_SEQ_CST);
	call(q, n);
}

/* Its APIC is nobody's while it is off. Without a vcpu there is nobody to try again. */
static enum trap_result send_init(struct virq *q, u32 self, u32 n)
{
	if (self >= VLAPIC_VCPUS_MAX)
		return TRAP_RESUME;
	if (q->ops->stop(q, n) == BH_EAGAIN && n != self)
		return TRAP_RETRY;
	vlapic_reset(&q->s.cpu[n]);
	return n == self ? TRAP_PARK : TRAP_RESUME;
}

static enum trap_result send_one(struct virq *q, u32 self, u32 n, const struct ipi *i)
{
	switch (i->mode) {
	case MODE_FIXED:
	case MODE_LOWEST:
		if (i->vector < VECTOR_FIRST)
			ipi_post_events(q, n, VLAPIC_ERROR);
		else
			ipi_post(q, n, i->vector, i->level);
		return TRAP_RESUME;
	case MODE_NMI:
		ipi_post_events(q, n, VLAPIC_NMI);
		return TRAP_RESUME;
	case MODE_INIT:
		return send_init(q, self, n);
	case MODE_STARTUP:
		q->ops->start(q, n, i->vector);
		return TRAP_RESUME;
	case MODE_EXTINT:
		ipi_post_events(q, n, VLAPIC_LOOK);
		return TRAP_RESUME;
	default:
		/* SMI: a guest has no system management mode; 3 is reserved. */
		return TRAP_RESUME;
	}
}

enum trap_result ipi_send(struct virq *q, u32 self, const struct ipi *i)
{
	u32 set = ipi_targets(q, self, i);
	enum trap_result r = TRAP_RESUME;
	enum trap_result one;

	while (set != 0U) {
		const u32 n = (u32)__builtin_ctz(set);

		set &= set - 1U;
		one = send_one(q, self, n, i);
		if (one != TRAP_RESUME && r != TRAP_PARK)
			r = one;
	}
	return r;
}

bool ipi_message(struct virq *q, u64 address, u32 data)
{
	const struct ipi i = {
		.vector = (u8)data,
		.mode = ICR_MODE(data),
		.logical = (address & MESSAGE_LOGICAL) != 0U,
		.level = (data & ICR_LEVEL) != 0U,
		.dest = (u32)FIELD_GET(address, 19, 12),
	};

	if (ALIGN_DOWN(address, BIT(20)) != MESSAGE_BASE)
		return false;
	if (i.mode != MODE_STARTUP)
		(void)ipi_send(q, VLAPIC_VCPUS_MAX, &i);
	return true;
}
