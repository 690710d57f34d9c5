// SPDX-License-Identifier: Apache-2.0
/* The instruction a guest stopped at: read through its own tables and stage 2, and decoded. */
#include <asm/msr.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
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

/* A way through the guest's tables that is being found. */
struct finding {
	struct guest_look look;
	struct vcpu_code *code;
};

/* Aligned, none crosses a page. The way depends on those of 64 bits. */
static bool read_entry(void *ctx, gpa_t at, size_t size, u64 *out)
{
	struct finding *f = ctx;
	struct vcpu_code *c = f->code;
	const void *entry = guest_look(&f->look, at, (u32)size);

	if (entry == NULL || c->levels == CODE_LEVELS)
		return false;
	if (size != sizeof(u64)) {
		*out = read_once(*(const u32 *)entry);
		return true;
	}
	*out = read_once(*(const u64 *)entry);
	c->entry[c->levels] = entry;
	c->value[c->levels] = *out;
	c->levels++;
	return true;
}

static bool code_is_64(struct vcpu_arch *v)
{
	return (virt->get(v, REG_EFER) & EFER_LMA) != 0U &&
	       (virt->get(v, REG_SEG(SEG_CS, PART_ATTRIBUTES)) & SEG_ATTR_L) != 0U;
}

u8 guest_code_width(struct vcpu_arch *v)
{
	if (code_is_64(v))
		return 8;
	return (virt->get(v, REG_SEG(SEG_CS, PART_ATTRIBUTES)) & SEG_ATTR_DB) != 0U ? 4 : 2;
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

static void find(struct vcpu_arch *v, struct vcpu_code *c, u64 page, u64 cr3)
{
	struct finding f = { .code = c };
	const struct walk_state s = {
		.cr0 = virt->get(v, REG_CR0),
		.cr3 = cr3,
		.cr4 = virt->get(v, REG_CR4),
		.efer = virt->get(v, REG_EFER),
		.read = read_entry,
		.ctx = &f,
	};
	const gva_t gva = { page };
	gpa_t gpa;

	c->page = CODE_NOWHERE;
	c->cr3 = cr3;
	c->at = NULL;
	c->levels = 0;
	guest_look_begin(&f.look, v->s2);
	c->generation = v->s2->generation;
	if (walk_gva(&s, gva, &gpa) == 0)
		c->at = guest_look(&f.look, gpa, PAGE_SIZE);
	guest_look_end(&f.look);
	/* Without 64-bit entries on the way nothing tells when it changes. */
	if (c->at != NULL && c->levels != 0U && (s.efer & EFER_LMA) != 0U)
		c->page = page;
}

const u8 *guest_code_at(struct vcpu_arch *v, u64 linear, u64 cr3, bool *found)
{
	const u64 page = ALIGN_DOWN(linear, PAGE_SIZE);
	struct vcpu_code *c = &v->code[page / PAGE_SIZE % VCPU_CODES];

	*found = !is_same(v, c, page, cr3);
	if (*found) {
		find(v, c, page, cr3);
		*found = c->page == page;
	}
	return c->at != NULL ? c->at + (linear - page) : NULL;
}

/* Most often all is in one page: a copy of known size is a few instructions. */
static void copy(u8 *to, const u8 *from, size_t n)
{
	if (n == INSN_MAX)
		__builtin_memcpy(to, from, INSN_MAX);
	else
		memcpy(to, from, n);
}

int guest_fetch(struct vcpu_arch *v, u8 width, u8 *code, size_t *n)
{
	const u64 cr3 = virt->get(v, REG_CR3);
	u64 linear = v->rip;

	*n = 0;
	if (width != 8U)
		linear = (u32)(v->rip + virt->get(v, REG_SEG(SEG_CS, PART_BASE)));
	while (*n < INSN_MAX) {
		size_t room = (size_t)(PAGE_SIZE - ((linear + *n) & PAGE_MASK));
		bool found;
		const u8 *at = guest_code_at(v, linear + *n, cr3, &found);

		if (found)
			return BH_EAGAIN;
		if (at == NULL)
			break;
		room = room < INSN_MAX - *n ? room : INSN_MAX - *n;
		copy(code + *n, at, room);
		*n += room;
	}
	return 0;
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

int vcpu_insn(struct vcpu_arch *v, const struct exit *e __unused, struct insn *out)
{
	const struct insn_mode mode = {
		.width = guest_code_width(v),
		.reg = mode_reg,
		.segment = mode_segment,
		.ctx = v,
	};
	u8 code[INSN_MAX];
	size_t n = 0;
	int err;

	/* It was not the instruction that touched memory, but the delivery of an event. */
	if (v->vectoring.valid)
		return BH_ENOTSUP;
	err = guest_fetch(v, mode.width, code, &n);
	if (err != 0)
		return err;
	if (n == 0U)
		return BH_EFAULT;
	err = insn_decode(&mode, code, n, out);
	cpu_take_irqs();
	return err == BH_ERANGE ? BH_EFAULT : err;
}
