// SPDX-License-Identifier: Apache-2.0
/* The instruction a guest stopped at: read through its own tables and stage 2, and decoded. */
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/s2.h>

#include "backend.h"
#include "walk.h"

/* What lies at @gpa, up to the end of its page; NULL where the guest may not read. */
static const u8 *guest_peek(struct vcpu_arch *v, gpa_t gpa)
{
	struct pt_leaf leaf;
	const u8 *page;

	if (s2_query(v->s2, gpa, &leaf) != 0 || (leaf.attr & PT_R) == 0U)
		return NULL;
	page = mmu_peek(HPA(ALIGN_DOWN(leaf.pa.v, PAGE_SIZE)));
	return page != NULL ? page + (gpa.v & PAGE_MASK) : NULL;
}

/* What is aligned crosses no page. */
bool guest_word(struct vcpu_arch *v, gpa_t at, size_t size, u64 *out)
{
	const u8 *p = guest_peek(v, at);

	*out = 0;
	if (p == NULL || !IS_ALIGNED(at.v, size))
		return false;
	memcpy(out, p, size);
	return true;
}

static bool read_entry(void *ctx, gpa_t at, size_t size, u64 *out)
{
	return guest_word(ctx, at, size, out);
}

static bool code_is_64(struct vcpu_arch *v)
{
	return (vcpu_reg_get(v, REG_EFER) & EFER_LMA) != 0U &&
	       (vcpu_reg_get(v, REG_SEG(SEG_CS, PART_ATTRIBUTES)) & SEG_ATTR_L) != 0U;
}

/* Bytes from @gva to the end of its page, @max at most, into @code. */
static size_t fetch_page(struct vcpu_arch *v, const struct walk_state *s, gva_t gva, u8 *code,
			 size_t max)
{
	const size_t room = (size_t)(PAGE_SIZE - (gva.v & PAGE_MASK));
	const size_t n = room < max ? room : max;
	const u8 *p;
	gpa_t gpa;

	if (walk_gva(s, gva, &gpa) != 0)
		return 0;
	p = guest_peek(v, gpa);
	if (p == NULL)
		return 0;
	memcpy(code, p, n);
	return n;
}

size_t guest_fetch(struct vcpu_arch *v, u8 *code)
{
	const struct walk_state s = {
		.cr0 = vcpu_reg_get(v, REG_CR0),
		.cr3 = vcpu_reg_get(v, REG_CR3),
		.cr4 = vcpu_reg_get(v, REG_CR4),
		.efer = vcpu_reg_get(v, REG_EFER),
		.read = read_entry,
		.ctx = v,
	};
	gva_t gva = { v->rip };
	size_t n;

	if (!code_is_64(v))
		gva.v = (u32)(v->rip + vcpu_reg_get(v, REG_SEG(SEG_CS, PART_BASE)));
	n = fetch_page(v, &s, gva, code, INSN_MAX);
	gva.v += n;
	if (n != 0U && n < INSN_MAX)
		n += fetch_page(v, &s, gva, code + n, INSN_MAX - n);
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
