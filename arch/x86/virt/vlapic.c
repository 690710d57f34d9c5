// SPDX-License-Identifier: Apache-2.0
/* One local APIC: requests, service, priorities, the local vector table. Pure. */
#include <asm/vlapic.h>
#include <bulkhead/arch/atomic.h>

#define VECTOR_FIRST 16U
#define CLASS 0xf0U
#define SVR_NO_BROADCAST BIT(12)
#define LVT_MODE(lvt) (((lvt) >> 8) & 7U)

/* Level or edge is noted when a request is accepted. */
static void fold_word(struct vlapic *a, u32 i)
{
	const u32 bits = __atomic_exchange_n(&a->posted[i], 0U, __ATOMIC_SEQ_CST);

	if (bits == 0U || !vlapic_enabled(a))
		return;
	a->irr.w[i] |= bits;
	a->irr.words |= 1U << i;
	a->tmr[i] = (a->tmr[i] & ~bits) | (read_once(a->posted_level[i]) & bits);
}

bool vlapic_fold(struct vlapic *a)
{
	u32 events;

	if (read_once(a->outstanding) == 0U)
		return false;
	__atomic_store_n(&a->outstanding, 0U, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < VLAPIC_WORDS; i++) {
		if (read_once(a->posted[i]) != 0U)
			fold_word(a, i);
	}
	events = __atomic_exchange_n(&a->events, 0U, __ATOMIC_SEQ_CST);
	if ((events & VLAPIC_NMI) != 0U)
		a->nmi = true;
	if ((events & VLAPIC_ERROR) != 0U)
		vlapic_error(a, (u32)ESR_RECEIVE_VECTOR);
	return true;
}

u32 vlapic_ppr(const struct vlapic *a)
{
	const u32 service = vlapic_highest(&a->isr) & CLASS;

	return (a->tpr & CLASS) >= service ? a->tpr : service;
}

u32 vlapic_next(const struct vlapic *a, bool *blocked)
{
	const u32 vector = vlapic_highest(&a->irr);
	const u32 service = vlapic_highest(&a->isr) & CLASS;

	*blocked = false;
	if ((vector & CLASS) <= service || !vlapic_enabled(a))
		return 0;
	*blocked = (vector & CLASS) <= (a->tpr & CLASS);
	return *blocked ? 0U : vector;
}

u32 vlapic_eoi(struct vlapic *a)
{
	const u32 vector = vlapic_highest(&a->isr);

	if (vector == 0U)
		return 0;
	vlapic_set_remove(&a->isr, vector);
	if ((a->tmr[vector / 32U] & 1U << (vector % 32U)) == 0U ||
	    (a->svr & SVR_NO_BROADCAST) != 0U)
		return 0;
	return vector;
}

void vlapic_end(struct virq *q, u32 n)
{
	const u32 vector = vlapic_eoi(&q->s.cpu[n]);

	if (vector == 0U)
		return;
	spin_lock(&q->lock);
	vioapic_eoi(q, vector);
	spin_unlock(&q->lock);
}

void vlapic_accept(struct vlapic *a, u32 vector, bool level)
{
	const u32 bit = 1U << (vector % 32U);
	u32 *tmr = &a->tmr[vector / 32U];

	if (!vlapic_enabled(a))
		return;
	vlapic_set_add(&a->irr, vector);
	*tmr = level ? *tmr | bit : *tmr & ~bit;
}

/* An error interrupt with an illegal vector is noted and makes no other. */
void vlapic_error(struct vlapic *a, u32 bits)
{
	const u32 lvt = a->lvt[LVT_ERROR];

	a->errors |= bits;
	if ((lvt & LVT_MASKED) != 0U)
		return;
	if ((lvt & 0xffU) < VECTOR_FIRST)
		a->errors |= (u32)ESR_RECEIVE_VECTOR;
	else
		vlapic_accept(a, lvt & 0xffU, false);
}

void vlapic_local(struct vlapic *a, enum vlapic_lvt lvt)
{
	const u32 entry = a->lvt[lvt];

	if ((entry & LVT_MASKED) != 0U || !vlapic_on(a))
		return;
	/* Timer and error have no mode: those bits are zero. SMI and INIT are nothing. */
	if (LVT_MODE(entry) == MODE_NMI)
		a->nmi = true;
	else if (LVT_MODE(entry) == MODE_FIXED && (entry & 0xffU) < VECTOR_FIRST)
		vlapic_error(a, (u32)ESR_RECEIVE_VECTOR);
	else if (LVT_MODE(entry) == MODE_FIXED)
		vlapic_accept(a, entry & 0xffU, false);
}

bool vlapic_takes_pic(const struct vlapic *a)
{
	if (!vlapic_on(a))
		return a->id == 0U;
	return (a->lvt[LVT_LINT0] & LVT_MASKED) == 0U && LVT_MODE(a->lvt[LVT_LINT0]) == MODE_EXTINT;
}
