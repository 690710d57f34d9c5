// SPDX-License-Identifier: Apache-2.0
/* What an AMD-Vi unit does with messages (AMD IOMMU 3.08, 2.2.2.1 and 2.2.5). */
#include "amdvi_model.h"
#include "drivers/iommu/amdvi_regs.h"

#define DTE2_RESERVED (BITS(55, 52) | BIT(59))
#define DTE2_PASSES (BITS(58, 56) | BITS(63, 62))
#define MOST_LOG2 11U
#define INDEX 0x7ffU /* of a message's data */
#define IRTE_TYPE BITS(4, 2)
#define IRTE_GUEST_MODE BIT(7)
#define IRTE_RESERVED (BITS(31, 24) | IRTE_GUEST_MODE)
#define IRTE_GA_LOW_RESERVED (BITS(63, 32) | IRTE_GUEST_MODE)
#define IRTE_GA_HIGH_RESERVED BITS(55, 8)
#define MESSAGES 0xfee00000U

void amdvi_model_forget_dte(struct amdvi_model *m, u16 source)
{
	struct amdvi_model_irt *c = &m->irt;

	for (u32 i = 0; i < c->dte_count; i++) {
		if (c->dte[i].source == source)
			c->dte[i--] = c->dte[--c->dte_count];
	}
}

static bool ga(const struct amdvi_model *m)
{
	return (m->control & CONTROL_GA_EN) != 0U;
}

static const u64 *dte_of(const struct amdvi_model *m, u16 source)
{
	return (const u64 *)(uintptr_t)(m->devtab & BITS(51, 12)) + 4U * source;
}

static void entry_read(const struct amdvi_model *m, u64 word, u32 number, u64 *low, u64 *high)
{
	const uintptr_t root = (uintptr_t)(word & DTE2_INT_ROOT);

	*low = ga(m) ? ((const u64 *)root)[2U * number] : ((const u32 *)root)[number];
	*high = ga(m) ? ((const u64 *)root)[2U * number + 1U] : 0U;
}

/* One that is on, and was before with another second word, may have been read half and half. */
void amdvi_model_forget_irt(struct amdvi_model *m, u16 source)
{
	struct amdvi_model_irt *c = &m->irt;
	u64 low, high;

	for (u32 i = 0; i < c->count; i++) {
		const struct amdvi_model_irte *e = &c->irte[i];

		if (e->source != source)
			continue;
		entry_read(m, dte_of(m, source)[2], e->number, &low, &high);
		if ((low & e->low & IRTE_REMAP_EN) != 0U && high != e->high)
			watch_illegal(&m->watch, "both words of an entry change while it is on");
		c->irte[i--] = c->irte[--c->count];
	}
}

static u64 dte_word(struct amdvi_model *m, u16 source)
{
	struct amdvi_model_irt *c = &m->irt;
	const u64 word = dte_of(m, source)[2];

	for (u32 i = 0; i < c->dte_count; i++) {
		if (c->dte[i].source == source)
			return c->dte[i].word;
	}
	assert_true(c->dte_count < AMDVI_MODEL_REMEMBERS);
	c->dte[c->dte_count].source = source;
	c->dte[c->dte_count++].word = word;
	if ((word & DTE2_RESERVED) != 0U)
		watch_illegal(&m->watch, "reserved bits of a device table entry");
	if ((word & DTE2_PASSES) != 0U)
		watch_illegal(&m->watch, "INIT, ExtInt, NMI or a LINT pass");
	if ((word & DTE2_IV) == 0U || FIELD_GET(word, 61, 60) == 1U)
		watch_illegal(&m->watch, "messages pass as they are");
	return word;
}

static void entry_check(struct amdvi_model *m, const struct amdvi_model_irte *e)
{
	const u64 low = ga(m) ? IRTE_GA_LOW_RESERVED : BITS(63, 32) | IRTE_RESERVED;
	const u64 wide = (m->control & CONTROL_XT_EN) != 0U ? 0U : BITS(31, 16);

	if ((e->low & low) != 0U || (e->high & IRTE_GA_HIGH_RESERVED) != 0U)
		watch_illegal(&m->watch, "reserved bits of an entry");
	if ((e->low & IRTE_TYPE) != 0U)
		watch_illegal(&m->watch, "an entry of another type than fixed");
	if (ga(m) && ((e->low & wide) != 0U || (wide != 0U && e->high >> 56 != 0U)))
		watch_illegal(&m->watch, "a destination wider than the unit has");
}

static const struct amdvi_model_irte *entry_of(struct amdvi_model *m, u64 word, u16 source,
					       u32 number)
{
	struct amdvi_model_irt *c = &m->irt;
	struct amdvi_model_irte *e;

	for (u32 i = 0; i < c->count; i++) {
		if (c->irte[i].source == source && c->irte[i].number == number)
			return &c->irte[i];
	}
	assert_true(c->count < AMDVI_MODEL_REMEMBERS);
	e = &c->irte[c->count++];
	*e = (struct amdvi_model_irte){ .source = source, .number = number };
	entry_read(m, word, number, &e->low, &e->high);
	if ((e->low & IRTE_REMAP_EN) != 0U)
		entry_check(m, e);
	return e;
}

static bool remap(struct amdvi_model *m, u64 word, u16 source, u32 data,
		  struct amdvi_model_message *out)
{
	const u32 log2 = (u32)FIELD_GET(word, 4, 1);
	const struct amdvi_model_irte *e;

	if (FIELD_GET(word, 61, 60) != 2U)
		return false;
	if (log2 > MOST_LOG2 || (word & BIT(6)) != 0U)
		watch_illegal(&m->watch, "length or place of an interrupt remapping table");
	if ((data & INDEX) >> log2 != 0U)
		return false;
	e = entry_of(m, word, source, data & INDEX);
	if ((e->low & IRTE_REMAP_EN) == 0U)
		return false;
	*out = (struct amdvi_model_message){
		.apic = ga(m) ? (u32)(FIELD_GET(e->low, 31, 8) | e->high >> 56 << 24)
			      : (u32)FIELD_GET(e->low, 15, 8),
		.vector = (u8)(ga(m) ? e->high : e->low >> 16),
		.level = (e->low & IRTE_RQ_EOI) != 0U,
	};
	return true;
}

bool amdvi_model_interrupt(struct amdvi_model *m, u16 source, u32 data,
			   struct amdvi_model_message *out)
{
	const u64 word = dte_word(m, source);

	if (remap(m, word, source, data, out))
		return true;
	if ((word & DTE2_IG) == 0U)
		amdvi_model_event(m, 2, source, MESSAGES, EVENT_I);
	return false;
}
