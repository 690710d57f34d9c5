// SPDX-License-Identifier: Apache-2.0
/* The register file, and what is in it at reset. */
#include <asm/desc.h>
#include <asm/msr.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "backend.h"
#include "xstate.h"

#define ATTR_CODE16 0x9bU /* present, execute/read, accessed */
#define ATTR_DATA16 0x93U
#define ATTR_CODE32 0xc09bU /* the same with D and G */
#define ATTR_CODE64 0xa09bU /* with L and G */
#define ATTR_DATA32 0xc093U
#define ATTR_LDT 0x82U
#define ATTR_TSS 0x8bU
#define TSS_LIMIT 0x67U /* of one without permission map */

/* __BOOT_CS and __BOOT_DS of Linux, and how long a GDT with both is. */
#define START_CS 0x10U
#define START_DS 0x18U
#define START_GDT_LIMIT 0x1fU

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
	{ REG_TSC_OFFSET, 0 },
	SEG(SEG_ES, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_CS, 0, ATTR_CODE16, 0xffff),
	SEG(SEG_SS, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_DS, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_FS, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_GS, 0, ATTR_DATA16, 0xffff),
	SEG(SEG_LDTR, 0, ATTR_LDT, 0xffff),
	SEG(SEG_TR, 0, ATTR_TSS, 0xffff),
};

#define SEGS_FLAT(code)                                                                          \
	SEG(SEG_ES, START_DS, ATTR_DATA32, 0xffffffff), SEG(SEG_CS, START_CS, code, 0xffffffff), \
		SEG(SEG_SS, START_DS, ATTR_DATA32, 0xffffffff),                                  \
		SEG(SEG_DS, START_DS, ATTR_DATA32, 0xffffffff),                                  \
		SEG(SEG_FS, START_DS, ATTR_DATA32, 0xffffffff),                                  \
		SEG(SEG_GS, START_DS, ATTR_DATA32, 0xffffffff),                                  \
		SEG(SEG_LDTR, 0, ATTR_LDT, 0xffff), SEG(SEG_TR, 0, ATTR_TSS, TSS_LIMIT)

const u32 vcpu_reset_count = ARRAY_SIZE(reset_real);

u32 vcpu_reset_reg(u32 i)
{
	return reset_real[i].reg;
}

/* What a protected start changes (Xen docs/misc/pvh.pandoc; Multiboot 0.6.96, 3.2). */
static const struct reset_value reset_protected[] = {
	{ REG_CR0, CR0_NE | CR0_ET | CR0_PE },
	{ REG_GDTR_LIMIT, 0 },
	{ REG_IDTR_LIMIT, 0 },
	SEGS_FLAT(ATTR_CODE32),
};

/* And a 64-bit one (Linux Documentation/x86/boot.rst, 64-bit boot protocol). */
static const struct reset_value reset_long[] = {
	{ REG_CR0, CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE },
	{ REG_CR4, CR4_PAE },
	{ REG_EFER, EFER_NXE | EFER_LMA | EFER_LME },
	{ REG_GDTR_LIMIT, 0 },
	{ REG_IDTR_LIMIT, 0 },
	SEGS_FLAT(ATTR_CODE64),
};

/* Below 1 MiB as a start-up IPI has it; above, as after a reset (CS 0xf000, at the top). */
static void start_real(struct vcpu_arch *v, const struct vcpu_start *start)
{
	const u64 unit = start->pc.v < MIB(1) ? PAGE_SIZE : BIT(16);
	const u64 base = ALIGN_DOWN(start->pc.v, unit);

	vcpu_reg_set(v, REG_SEG(SEG_CS, PART_BASE), base);
	vcpu_reg_set(v, REG_SEG(SEG_CS, PART_SELECTOR), (base >> 4) & 0xffffU);
	v->rip = start->pc.v - base;
	v->gpr[REG_RSP] = start->sp.v;
}

static void start_protected(struct vcpu_arch *v, const struct vcpu_start *start)
{
	v->rip = start->pc.v;
	v->gpr[REG_RSP] = start->sp.v;
	v->gpr[REG_RBX] = (u32)start->arg;
	v->gpr[REG_RAX] = start->magic;
}

static void start_long(struct vcpu_arch *v, const struct vcpu_start *start)
{
	if (start->gdt.v != 0U) {
		vcpu_reg_set(v, REG_GDTR_BASE, start->gdt.v);
		vcpu_reg_set(v, REG_GDTR_LIMIT, START_GDT_LIMIT);
	}
	vcpu_reg_set(v, REG_CR3, start->map.v);
	v->rip = start->pc.v;
	v->gpr[REG_RSP] = start->sp.v;
	v->gpr[REG_RDI] = start->arg;
	v->gpr[REG_RSI] = start->arg;
}

/* What a kind of start has instead of what is there after a reset, and what its caller says. */
static const struct {
	const struct reset_value *changed;
	u32 count;
	void (*given)(struct vcpu_arch *v, const struct vcpu_start *start);
} starts[] = {
	[START_REAL] = { NULL, 0, start_real },
	[START_PROTECTED] = { reset_protected, ARRAY_SIZE(reset_protected), start_protected },
	[START_LONG] = { reset_long, ARRAY_SIZE(reset_long), start_long },
};

/* Registers set in a step. */
#define STEP_REGS 12U

/* Other CPUs follow its first word at any time. */
static void reset_memory(struct vcpu_arch *v, struct s2 *s2)
{
	struct virq *virq = v->virq;
	struct vlapic *apic = v->apic;
	const u32 virq_id = v->virq_id;
	const struct vcpu_shown shown = v->shown;

	memset((u8 *)v + offsetof(struct vcpu_arch, gpr), 0,
	       sizeof(*v) - offsetof(struct vcpu_arch, gpr));
	v->s2 = s2;
	v->virq = virq;
	v->apic = apic;
	v->virq_id = virq_id;
	v->shown = shown;
	v->cpu = ~0U;
	for (u32 i = 0; i < VCPU_CODES; i++)
		v->code[i].page = CODE_NOWHERE;
	v->rflags = RFLAGS_FIXED;
	if (!v->shown.made)
		(void)vcpu_policy_set(v, &(struct vcpu_policy){ 0 });
	v->unchecked = true;
	xstate_reset(v);
	guest_msrs_reset(&v->msrs);
}

/* Registers @first to @first + STEP_REGS, of both tables. True: these were the last. */
static bool reset_registers(struct vcpu_arch *v, const struct vcpu_start *start, u32 first)
{
	const u32 all = ARRAY_SIZE(reset_real) + starts[start->mode].count;
	const u32 end = first + STEP_REGS < all ? first + STEP_REGS : all;

	for (u32 i = first; i < end; i++) {
		const struct reset_value *r =
			i < ARRAY_SIZE(reset_real)
				? &reset_real[i]
				: &starts[start->mode].changed[i - ARRAY_SIZE(reset_real)];

		vcpu_reg_set(v, r->reg, r->value);
	}
	if (end == all)
		starts[start->mode].given(v, start);
	return end == all;
}

/* Memory, control block, then registers, a few at a time. */
int vcpu_reset(struct vcpu_arch *v, struct s2 *s2, const struct vcpu_start *start, u32 *at)
{
	const u32 step = *at;
	bool done = false;

	if (start->pc.v > UINT32_MAX && start->mode != START_LONG)
		return trace_error(BH_EINVAL);
	if (step == 0U) {
		reset_memory(v, s2);
	} else if (step == 1U) {
		virt->reset(v);
	} else {
		if (virt->reset_open != NULL)
			virt->reset_open(v);
		done = reset_registers(v, start, (step - 2U) * STEP_REGS);
		if (virt->reset_close != NULL)
			virt->reset_close(v);
	}
	if (done)
		return 0;
	*at = step + 1U;
	return BH_EAGAIN;
}

void vcpu_check(struct vcpu_arch *v)
{
	u64 found = 0;

	if (virt->reset_open != NULL)
		virt->reset_open(v);
	v->unchecked = virt->check(v, &found) != NULL;
	if (virt->reset_close != NULL)
		virt->reset_close(v);
}

/* A local APIC tells nobody who runs. */
void vcpu_peers_set(struct vcpu_arch *v __unused, const struct vcpu_peers *p __unused)
{
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
