// SPDX-License-Identifier: Apache-2.0
/*
 * The MOV class of x86 and its arithmetic, as far as they touch memory: Intel SDM volume 2,
 * chapter 2 (prefixes, ModRM, SIB, REX), appendix A.4 (groups), MOV, MOVZX, MOVSX, MOVSXD, and
 * ADD to XOR, CMP, TEST, NOT, NEG, INC, DEC; AMD APM volume 3, chapter 1.
 *
 * Reading past what is there yields zeros and is remembered in `error`, which outranks whatever
 * was made of the zeros.
 */
#include <bulkhead/arch/insn.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/error.h>

#include "alu.h"

#define REX_W BIT(3)
#define REX_R BIT(2)
#define REX_X BIT(1)
#define REX_B BIT(0)

#define SEG_SS 2U
#define SEG_DS 3U
#define SEG_FS 4U
#define SEG_NONE 0xffU

#define RAX 0U
#define RBX 3U
#define RSP 4U
#define RBP 5U
#define RSI 6U
#define RDI 7U
#define NO_REG 0xffU

#define MODRM_XABORT 0xf8U /* C6 F8 XABORT, C7 F8 XBEGIN */

enum operand { OPERAND_MODRM, OPERAND_OFFSET };
enum immediate { IMM_NONE, IMM_OPERAND, IMM_BYTE };
enum group { GROUP_NONE, GROUP_1, GROUP_3, GROUP_4, GROUPS };

struct form {
	u16 opcode; /* 0x0fXX: behind the escape byte */
	enum insn_kind kind;
	enum operand operand;
	u8 size;     /* in memory; 0: operand size */
	u8 reg_size; /* 0: operand size */
	bool sign;
	enum group group; /* ModRM.reg says what is done */
	enum immediate imm;
};

/* 00 to 3B: bits 5:3 of the opcode say what is done. */
#define ARITHMETIC_END 0x40U
#define ARITHMETIC_FORM 7U
#define ARITHMETIC_FORMS 4U
#define ARITHMETIC_SHIFT 3U

static const struct form forms[] = {
	{ 0x88, INSN_STORE, OPERAND_MODRM, 1, 1, false, GROUP_NONE, IMM_NONE },
	{ 0x89, INSN_STORE, OPERAND_MODRM, 0, 0, false, GROUP_NONE, IMM_NONE },
	{ 0x8a, INSN_LOAD, OPERAND_MODRM, 1, 1, false, GROUP_NONE, IMM_NONE },
	{ 0x8b, INSN_LOAD, OPERAND_MODRM, 0, 0, false, GROUP_NONE, IMM_NONE },
	{ 0xa0, INSN_LOAD, OPERAND_OFFSET, 1, 1, false, GROUP_NONE, IMM_NONE },
	{ 0xa1, INSN_LOAD, OPERAND_OFFSET, 0, 0, false, GROUP_NONE, IMM_NONE },
	{ 0xa2, INSN_STORE, OPERAND_OFFSET, 1, 1, false, GROUP_NONE, IMM_NONE },
	{ 0xa3, INSN_STORE, OPERAND_OFFSET, 0, 0, false, GROUP_NONE, IMM_NONE },
	{ 0xc6, INSN_STORE_IMM, OPERAND_MODRM, 1, 1, false, GROUP_NONE, IMM_OPERAND },
	{ 0xc7, INSN_STORE_IMM, OPERAND_MODRM, 0, 0, false, GROUP_NONE, IMM_OPERAND },
	{ 0x63, INSN_LOAD, OPERAND_MODRM, 4, 0, true, GROUP_NONE, IMM_NONE },
	{ 0x0fb6, INSN_LOAD, OPERAND_MODRM, 1, 0, false, GROUP_NONE, IMM_NONE },
	{ 0x0fb7, INSN_LOAD, OPERAND_MODRM, 2, 0, false, GROUP_NONE, IMM_NONE },
	{ 0x0fbe, INSN_LOAD, OPERAND_MODRM, 1, 0, true, GROUP_NONE, IMM_NONE },
	{ 0x0fbf, INSN_LOAD, OPERAND_MODRM, 2, 0, true, GROUP_NONE, IMM_NONE },
	{ 0x00, INSN_UPDATE, OPERAND_MODRM, 1, 1, false, GROUP_NONE, IMM_NONE },
	{ 0x01, INSN_UPDATE, OPERAND_MODRM, 0, 0, false, GROUP_NONE, IMM_NONE },
	{ 0x02, INSN_COMBINE, OPERAND_MODRM, 1, 1, false, GROUP_NONE, IMM_NONE },
	{ 0x03, INSN_COMBINE, OPERAND_MODRM, 0, 0, false, GROUP_NONE, IMM_NONE },
	{ 0x80, INSN_UPDATE, OPERAND_MODRM, 1, 1, false, GROUP_1, IMM_OPERAND },
	{ 0x81, INSN_UPDATE, OPERAND_MODRM, 0, 0, false, GROUP_1, IMM_OPERAND },
	{ 0x83, INSN_UPDATE, OPERAND_MODRM, 0, 0, false, GROUP_1, IMM_BYTE },
	{ 0x84, INSN_COMPARE, OPERAND_MODRM, 1, 1, false, GROUP_NONE, IMM_NONE },
	{ 0x85, INSN_COMPARE, OPERAND_MODRM, 0, 0, false, GROUP_NONE, IMM_NONE },
	{ 0xf6, INSN_UPDATE, OPERAND_MODRM, 1, 1, false, GROUP_3, IMM_OPERAND },
	{ 0xf7, INSN_UPDATE, OPERAND_MODRM, 0, 0, false, GROUP_3, IMM_OPERAND },
	{ 0xfe, INSN_UPDATE, OPERAND_MODRM, 1, 1, false, GROUP_4, IMM_NONE },
	{ 0xff, INSN_UPDATE, OPERAND_MODRM, 0, 0, false, GROUP_4, IMM_NONE },
};

/* By ModRM.reg. Not: the second TEST of group 3, multiplication, division, CALL, JMP, PUSH. */
static const u8 groups[GROUPS][8] = {
	[GROUP_1] = { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP },
	[GROUP_3] = { ALU_TEST, ALU_NONE, ALU_NOT, ALU_NEG, ALU_NONE, ALU_NONE, ALU_NONE,
		      ALU_NONE },
	[GROUP_4] = { ALU_INC, ALU_DEC, ALU_NONE, ALU_NONE, ALU_NONE, ALU_NONE, ALU_NONE,
		      ALU_NONE },
};

struct decoder {
	const struct insn_mode *mode;
	const u8 *code;
	size_t n, at;
	int error;
	bool lock, operand_override, address_override, has_rex;
	u8 rex, segment;
	u8 operand_size, address_size;
	u8 mod, reg, rm;
	u8 op; /* enum alu */
	bool pc_relative;
	u64 offset; /* effective address before truncation */
};

static u8 peek(struct decoder *d)
{
	if (d->at < d->n && d->at < INSN_MAX)
		return d->code[d->at];
	d->error = d->at < INSN_MAX ? BH_ERANGE : BH_EINVAL;
	return 0;
}

static u8 next(struct decoder *d)
{
	const u8 byte = peek(d);

	d->at++;
	return byte;
}

static u64 next_bytes(struct decoder *d, u32 bytes)
{
	u64 value = 0;

	for (u32 i = 0; i < bytes; i++)
		value |= (u64)next(d) << (8U * i);
	return value;
}

static u64 sign_extend(u64 value, u32 bytes)
{
	const u64 sign = 1ULL << (8U * bytes - 1U);

	return (value ^ sign) - sign;
}

static u64 truncate(u64 value, u32 bytes)
{
	return bytes >= 8U ? value : value & ((1ULL << (8U * bytes)) - 1U);
}

static u64 reg(const struct decoder *d, u32 index)
{
	return index == NO_REG ? 0U : d->mode->reg(d->mode->ctx, index);
}

/* In 64-bit mode only FS and GS exist: the other overrides do not even undo them. */
static void override_segment(struct decoder *d, u8 segment)
{
	if (d->mode->width != 8U || segment >= SEG_FS)
		d->segment = segment;
}

static bool legacy_prefix(struct decoder *d, u8 byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		override_segment(d, (byte >> 3) & 3U);
		return true;
	case 0x64:
	case 0x65:
		override_segment(d, byte & 7U);
		return true;
	case 0x66:
		d->operand_override = true;
		return true;
	case 0x67:
		d->address_override = true;
		return true;
	case 0xf0:
		d->lock = true;
		return true;
	case 0xf2:
	case 0xf3:
		return true;
	default:
		return false;
	}
}

/* A REX prefix counts only right before the opcode. */
static void prefixes(struct decoder *d)
{
	for (u32 i = 0; i < INSN_MAX; i++) {
		const u8 byte = peek(d);
		const bool rex = d->mode->width == 8U && (byte & 0xf0U) == 0x40U;

		if (!rex && !legacy_prefix(d, byte))
			return;
		d->has_rex = rex;
		d->rex = rex ? byte : 0U;
		d->at++;
	}
}

static void sizes(struct decoder *d)
{
	const bool wide = (d->mode->width == 2U) == d->operand_override;

	d->operand_size = wide ? 4U : 2U;
	if ((d->rex & REX_W) != 0U)
		d->operand_size = 8U;
	d->address_size = d->mode->width;
	if (d->address_override)
		d->address_size = d->mode->width == 4U ? 2U : 4U;
}

static const struct form *opcode(struct decoder *d)
{
	u32 value = next(d);

	d->op = ALU_TEST;
	if (value == 0x0fU) {
		value = 0x0f00U | next(d);
	} else if (value < ARITHMETIC_END && (value & ARITHMETIC_FORM) < ARITHMETIC_FORMS) {
		d->op = (u8)(value >> ARITHMETIC_SHIFT);
		value &= ARITHMETIC_FORM;
	}
	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		if (forms[i].opcode == value)
			return &forms[i];
	}
	return NULL;
}

static u64 displacement(struct decoder *d, u32 bytes)
{
	return bytes == 0U ? 0U : sign_extend(next_bytes(d, bytes), bytes);
}

static void default_segment(struct decoder *d, u32 base)
{
	if (d->segment == SEG_NONE)
		d->segment = base == RSP || base == RBP ? SEG_SS : SEG_DS;
}

static void address_16(struct decoder *d)
{
	static const u8 pair[8][2] = {
		{ RBX, RSI },    { RBX, RDI },    { RBP, RSI },    { RBP, RDI },
		{ RSI, NO_REG }, { RDI, NO_REG }, { RBP, NO_REG }, { RBX, NO_REG },
	};
	const bool absolute = d->mod == 0U && d->rm == 6U;
	const u32 base = absolute ? NO_REG : pair[d->rm][0];

	d->offset = displacement(d, absolute ? 2U : d->mod);
	d->offset += reg(d, base);
	if (!absolute)
		d->offset += reg(d, pair[d->rm][1]);
	default_segment(d, base);
}

/* ModRM with 32- or 64-bit addresses. */
static void address_wide(struct decoder *d)
{
	u32 base = d->rm, index = NO_REG, scale = 0;

	if (d->rm == RSP) {
		const u8 sib = next(d);

		scale = sib >> 6;
		index = ((sib >> 3) & 7U) | ((d->rex & REX_X) != 0U ? 8U : 0U);
		index = index == RSP ? NO_REG : index;
		base = sib & 7U;
	}
	if (base == RBP && d->mod == 0U) {
		d->pc_relative = d->rm == RBP && d->mode->width == 8U;
		d->offset = displacement(d, 4U);
		base = NO_REG;
	} else {
		base |= (d->rex & REX_B) != 0U ? 8U : 0U;
		d->offset = displacement(d, d->mod == 2U ? 4U : d->mod);
	}
	d->offset += reg(d, base) + (reg(d, index) << scale);
	default_segment(d, base);
}

static int modrm(struct decoder *d, const struct form *f)
{
	const u8 byte = next(d);

	d->mod = byte >> 6;
	d->reg = (byte >> 3) & 7U;
	d->rm = byte & 7U;
	if (f->kind == INSN_STORE_IMM && d->reg != 0U)
		return byte == MODRM_XABORT ? BH_ENOTSUP : BH_EINVAL;
	if (f->group != GROUP_NONE)
		d->op = groups[f->group][d->reg];
	if (d->mod == 3U || d->op == ALU_NONE)
		return BH_ENOTSUP;
	if (d->address_size == 2U)
		address_16(d);
	else
		address_wide(d);
	return 0;
}

static int operand(struct decoder *d, const struct form *f)
{
	if (f->operand == OPERAND_MODRM)
		return modrm(d, f);
	d->reg = RAX;
	d->rex &= (u8)~REX_R;
	d->offset = next_bytes(d, d->address_size);
	default_segment(d, NO_REG);
	return 0;
}

static gva_t linear(const struct decoder *d)
{
	u64 offset = d->offset;

	if (d->pc_relative)
		offset += d->mode->reg(d->mode->ctx, REG_PC) + d->at;
	offset = truncate(offset, d->address_size);
	if (d->mode->width != 8U || d->segment >= SEG_FS)
		offset += d->mode->segment(d->mode->ctx, d->segment);
	return (gva_t){ d->mode->width == 8U ? offset : truncate(offset, 4U) };
}

/* AH, CH, DH and BH are what SPL, BPL, SIL and DIL would be with a REX prefix. */
static void set_reg(const struct decoder *d, struct insn *out)
{
	out->high = out->reg_size == 1U && !d->has_rex && d->reg >= RSP;
	out->reg[0] = d->reg;
	if (out->high)
		out->reg[0] = d->reg & 3U;
	else if ((d->rex & REX_R) != 0U)
		out->reg[0] = d->reg + 8U;
}

static u32 immediate_bytes(const struct decoder *d, const struct form *f, u8 size)
{
	if (f->imm == IMM_NONE || (f->group == GROUP_3 && d->op != ALU_TEST))
		return 0;
	return f->imm == IMM_BYTE ? 1U : size == 8U ? 4U : size;
}

/* The register is the first operand where it is the one that is written, of a comparison too. */
static void set_computation(const struct decoder *d, const struct form *f, struct insn *out)
{
	if (f->kind < INSN_UPDATE)
		return;
	out->compute = alu_compute;
	out->op = d->op;
	if (f->kind == INSN_COMBINE)
		out->op |= ALU_REVERSED;
	if (d->op == ALU_CMP || d->op == ALU_TEST)
		out->kind = INSN_COMPARE;
}

static void fill(struct decoder *d, const struct form *f, struct insn *out)
{
	u32 bytes;

	*out = (struct insn){
		.kind = f->kind,
		.size = f->size == 0U ? d->operand_size : f->size,
		.count = 1,
		.reg_size = f->reg_size == 0U ? d->operand_size : f->reg_size,
		.sign = f->sign,
		.reg = { REG_ZERO },
	};
	bytes = immediate_bytes(d, f, out->size);
	if (bytes != 0U)
		out->imm = truncate(displacement(d, bytes), out->size);
	else if (f->group == GROUP_NONE)
		set_reg(d, out);
	set_computation(d, f, out);
	out->length = (u8)d->at;
	out->address = linear(d);
}

/* LOCK makes an instruction illegal unless memory is read and written. */
static int locked(const struct insn *i)
{
	return i->kind == INSN_UPDATE ? BH_ENOTSUP : BH_EINVAL;
}

int insn_decode(const struct insn_mode *mode, const u8 *code, size_t n, struct insn *out)
{
	struct decoder d = { .mode = mode, .code = code, .n = n, .segment = SEG_NONE };
	const struct form *f;
	int err;

	prefixes(&d);
	sizes(&d);
	f = opcode(&d);
	if (d.error != 0)
		return d.error;
	if (f == NULL)
		return BH_ENOTSUP;
	/* 63 is ARPL outside 64-bit mode; its 16-bit form differs between vendors. */
	if (f->opcode == 0x63U && (mode->width != 8U || d.operand_size == 2U))
		return BH_ENOTSUP;
	err = operand(&d, f);
	if (err == 0)
		fill(&d, f, out);
	if (d.error != 0)
		return d.error;
	return d.lock && err == 0 ? locked(out) : err;
}
