// SPDX-License-Identifier: Apache-2.0
/* The register file, and what is in it at reset. */
#include <asm/desc.h>
#include <asm/msr.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "backend.h"

#define ATTR_CODE16 0x9bU /* present, execute/read, accessed */
#define ATTR_DATA16 0x93U
#define ATTR_CODE64 0xa09bU /* the same with L and G */
#define ATTR_DATA64 0xc093U
#define ATTR_LDT 0x82U
#define ATTR_TSS 0x8bU
#define SEG(s, selector, attributes, limit)                                                   \
	{ REG_SEG(s, PART_SELECTOR), selector }, { REG_SEG(s, PART_ATTRIBUTES), attributes }, \
		{ REG_SEG(s, PART_LIMIT), limit }, { REG_SEG(s, PART_BASE), 0 }

struct reset_value {
	u32 reg;
	u64 value;
};

/* SDM volume 3, table 10-1; APM volume 2, table 14-1. CS and RIP come from the start address. */
static const struct reset_value reset_real[] = {
	{ REG_CR0, CR0_ET },
	{ REG_CR2, 0 },
	{ REG_CR3, 0 },
	{ REG_CR4, 0 },
	{ REG_EFER, 0 },
	{ REG_DR7, 0x400 },
	{ REG_PAT, 0x0007040600070406ULL },
	{ REG_GDTR_BASE, 0 },
	{ REG_GDTR_LIMIT, 0xffff },
	{ REG_IDTR_BASE, 0 },
	{ REG_IDTR_LIMIT, 0xffff },
	SEG(SEG_ES, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_CS, 0, ATTR_CODE16, 0xffff),
	SEG(SEG_SS, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_DS, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_FS, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_GS, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_LDTR, 0, ATTR_LDT, 0xffff),
	SEG(SEG_TR, 0, ATTR_TSS, 0xffff),
};

/* What a flat start changes. No descriptor tables: the guest loads its own before it needs one. */
static const struct reset_value reset_flat[] = {
	{ REG_CR0, CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE },
	{ REG_CR4, CR4_PAE },
	{ REG_EFER, EFER_NXE | EFER_LMA | EFER_LME },
	{ REG_GDTR_LIMIT, 0 },
	{ REG_IDTR_LIMIT, 0 },
	SEG(SEG_ES, SEL_DATA, ATTR_DATA64, 0xffffffff),
	SEG(SEG_CS, SEL_CODE64, ATTR_CODE64, 0xffffffff),
	SEG(SEG_SS, SEL_DATA, ATTR_DATA64, 0xffffffff),
	SEG(SEG_DS, SEL_DATA, ATTR_DATA64, 0xffffffff),
	SEG(SEG_FS, SEL_DATA, ATTR_DATA64, 0xffffffff),
	SEG(SEG_GS, SEL_DATA, ATTR_DATA64, 0xffffffff),
	SEG(SEG_LDTR, 0, ATTR_LDT, 0xffff),
	SEG(SEG_TR, 0, ATTR_TSS, 0xffff),
};

/* FXSAVE image after FNINIT (SDM volume 1, table 10-2): FCW at 0, MXCSR at 24. */
static void fpu_reset(struct vcpu_arch *v)
{
	const u16 fcw = 0x37f;
	const u32 mxcsr = 0x1f80;

	memset(v->fpu, 0, sizeof(v->fpu));
	memcpy(&v->fpu[0], &fcw, sizeof(fcw));
	memcpy(&v->fpu[24], &mxcsr, sizeof(mxcsr));
}

static void set_table(struct vcpu_arch *v, const struct reset_value *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vcpu_reg_set(v, t[i].reg, t[i].value);
}

static void start_real(struct vcpu_arch *v, const struct vcpu_start *start)
{
	const u64 base = ALIGN_DOWN(start->pc.v, BIT(16));

	vcpu_reg_set(v, REG_SEG(SEG_CS, PART_BASE), base);
	vcpu_reg_set(v, REG_SEG(SEG_CS, PART_SELECTOR), (base >> 4) & 0xf000U);
	v->rip = start->pc.v - base;
	v->gpr[REG_RSP] = start->sp.v;
}

static void start_flat(struct vcpu_arch *v, const struct vcpu_start *start)
{
	set_table(v, reset_flat, ARRAY_SIZE(reset_flat));
	vcpu_reg_set(v, REG_CR3, start->map.v);
	v->rip = start->pc.v;
	v->gpr[REG_RSP] = start->sp.v;
	v->gpr[REG_RDI] = start->arg;
}

int vcpu_reset(struct vcpu_arch *v, struct s2 *s2, const struct vcpu_start *start)
{
	if (start->pc.v > UINT32_MAX && !start->flat)
		return trace_error(BH_EINVAL);
	*v = (struct vcpu_arch){ .vcpu = v->vcpu, .s2 = s2, .cpu = ~0U, .rflags = RFLAGS_FIXED };
	v->unchecked = true;
	fpu_reset(v);
	virt->reset(v);
	set_table(v, reset_real, ARRAY_SIZE(reset_real));
	if (start->flat)
		start_flat(v, start);
	else
		start_real(v, start);
	if (virt->reset_done != NULL)
		virt->reset_done(v);
	return 0;
}

static bool in_block(u32 reg)
{
	return reg >= (u32)REG_CR0 && reg < REG_X86_END;
}

u64 vcpu_reg_get(struct vcpu_arch *v, u32 reg)
{
	if (reg < REG_GENERAL)
		return v->gpr[reg];
	switch (reg) {
	case REG_PC:
		return v->rip;
	case REG_FLAGS:
		return v->rflags;
	case REG_SP:
		return v->gpr[REG_RSP];
	case REG_ZERO:
		return 0;
	default:
		BUG_ON(!in_block(reg));
		return virt->get(v, reg);
	}
}

void vcpu_reg_set(struct vcpu_arch *v, u32 reg, u64 value)
{
	if (reg < REG_GENERAL) {
		v->gpr[reg] = value;
		return;
	}
	switch (reg) {
	case REG_PC:
		v->rip = value;
		break;
	case REG_FLAGS:
		v->rflags = value;
		break;
	case REG_SP:
		v->gpr[REG_RSP] = value;
		break;
	case REG_ZERO:
		break;
	default:
		BUG_ON(!in_block(reg));
		v->unchecked = true;
		virt->set(v, reg, value);
		break;
	}
}

/* The decoder knows general registers only, so that nobody can ask for these. */
void vcpu_vector_get(struct vcpu_arch *v __unused, u32 reg, u64 value[2] __unused)
{
	panic("vector register %u of a guest is not read here", reg);
}

void vcpu_vector_set(struct vcpu_arch *v __unused, u32 reg, const u64 value[2] __unused)
{
	panic("vector register %u of a guest is not written here", reg);
}
