// SPDX-License-Identifier: Apache-2.0
/* The instruction a guest stopped at: read through its own tables and stage 2, and decoded. */
#include <asm/msr.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/guest.h>

#include "backend.h"
#include "walk.h"

bool guest_word(struct vcpu_arch *v, gpa_t at, size_t size, u64 *out)
{
	*out = 0;
	return IS_ALIGNED(at.v, size) && guest_read(v->s2, at, out, (u32)size) == 0;
}

/* What is aligned crosses no page. An entry that was read is one more that the way depends on. */
static bool read_entry(void *ctx, gpa_t at, size_t size, u64 *out)
{
	struct vcpu_arch *v = ctx;
	struct vcpu_code *c = &v->code;
	const u64 *entry;

	*out = 0;
	if (size != sizeof(u64))
		return guest_word(v, at, size, out);
	entry = guest_view(v->s2, GPA(ALIGN_DOWN(at.v, sizeof(u64))), sizeof(u64));
	if (entry == NULL || c->levels == CODE_LEVELS)
		return false;
	*out = read_once(*entry);
	c->entry[c->levels] = entry;
	c->value[c->levels] = *out;
	c->levels++;
	return true;
}

static bool code_is_64(struct vcpu_arch *v)
{
	return (vcpu_reg_get(v, REG_EFER) & EFER_LMA) != 0U &&
	       (vcpu_reg_get(v, REG_SEG(SEG_CS, PART_ATTRIBUTES)) & SEG_ATTR_L) != 0U;
}

/* The page of code that @c was found for is where it was: all entries on the way are the same. */
static bool is_same(const struct vcpu_arch *v, const struct vcpu_code *c, u64 page, u64 cr3)
{
	if (c->page != page || c->cr3 != cr3 ||
	    c->generation != __atomic_load_n(&v->s2->generation, __ATOMIC_RELAXED))
		return false;
	for (u32 i = 0; i < c->levels; i++) {
		if (read_once(*c->entry[i]) != c->value[i])
			return false;
	}
	return true;
}

static const u8 *find(struct vcpu_arch *v, u64 page, u64 cr3)
{
	const struct walk_state s = {
		.cr0 = vcpu_reg_get(v, REG_CR0),
		.cr3 = cr3,
		.cr4 = vcpu_reg_get(v, REG_CR4),
		.efer = vcpu_reg_get(v, REG_EFER),
		.read = read_entry,
		.ctx = v,
	};
	struct vcpu_code *c = &v->code;
	const gva_t gva = { page };
	gpa_t gpa;

	*c = (struct vcpu_code){ .page = CODE_NOWHERE,
				 .cr3 = cr3,
				 .generation = load_acquire(&v->s2->generation) };
	if (walk_gva(&s, gva, &gpa) != 0)
		return NULL;
	c->at = guest_view(v->s2, gpa, PAGE_SIZE);
	/* Without 64-bit entries on the way nothing tells when it changes. */
	if (c->at != NULL && c->levels != 0U && (s.efer & EFER_LMA) != 0U)
		c->page = page;
	return c->at;
}

const u8 *guest_code_at(struct vcpu_arch *v, u64 linear, u64 cr3, size_t *room)
{
	const u64 page = ALIGN_DOWN(linear, PAGE_SIZE);
	const u64 offset = linear - page;
	const u8 *at = is_same(v, &v->code, page, cr3) ? v->code.at : find(v, page, cr3);

	*room = at != NULL ? (size_t)(PAGE_SIZE - offset) : 0U;
	return at != NULL ? at + offset : NULL;
}

size_t guest_fetch(struct vcpu_arch *v, u8 *code)
{
	const u64 cr3 = vcpu_reg_get(v, REG_CR3);
	u64 linear = v->rip;
	size_t n = 0;

	if (!code_is_64(v))
		linear = (u32)(v->rip + vcpu_reg_get(v, REG_SEG(SEG_CS, PART_BASE)));
	while (n < INSN_MAX) {
		size_t room;
		const u8 *at = guest_code_at(v, linear + n, cr3, &room);

		if (at == NULL)
			break;
		room = room < INSN_MAX - n ? room : INSN_MAX - n;
		memcpy(code + n, at, room);
		n += room;
	}
	return n;
}

static u64 mode_reg(void *ctx, u32 reg)
{
	return vcpu_reg_get(ctx, reg);
}

/* In 64-bit code only FS and GS have a base. */
static u64 mode_segment(void *ctx, u32 segment)
{
	if (code_is_64(ctx) && segment < (u32)SEG_FS)
		return 0;
	return vcpu_reg_get(ctx, REG_SEG(segment, PART_BASE));
}

static u8 code_width(struct vcpu_arch *v)
{
	if (code_is_64(v))
		return 8;
	return (vcpu_reg_get(v, REG_SEG(SEG_CS, PART_ATTRIBUTES)) & SEG_ATTR_DB) != 0U ? 4 : 2;
}

int vcpu_insn(struct vcpu_arch *v, const struct exit *e __unused, struct insn *out)
{
	const struct insn_mode mode = {
		.width = code_width(v),
		.reg = mode_reg,
		.segment = mode_segment,
		.ctx = v,
	};
	u8 code[INSN_MAX];
	size_t n;
	int err;

	/* It was not the instruction that touched memory, but the delivery of an event. */
	if (v->vectoring.valid)
		return BH_ENOTSUP;
	n = guest_fetch(v, code);
	if (n == 0U)
		return BH_EFAULT;
	err = insn_decode(&mode, code, n, out);
	return err == BH_ERANGE ? BH_EFAULT : err;
}
