// SPDX-License-Identifier: Apache-2.0
/*
 * Loads and stores of A64 for which a data abort has no syndrome, and their plain forms: Arm ARM
 * (DDI 0487) C4.1.94 "Loads and Stores". Exclusives, atomics, pointer authentication, tags,
 * unprivileged forms, prefetches and literals are refused.
 */
#include <bulkhead/arch/insn.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/error.h>

#define WORD 4U
#define XZR 31U /* SP as a base */

/* Bits 11:10 of "immediate" forms; bits 24:23 of pairs number them alike, 2 without writeback. */
#define INDEX_PLAIN 0U
#define INDEX_POST 1U
#define INDEX_PRE 3U

struct access {
	const struct insn_mode *mode;
	u32 word;
	u32 index; /* INDEX_POST, INDEX_PRE, or without writeback */
	u64 offset;
};

static u32 bits(u32 word, u32 hi, u32 lo)
{
	return (u32)FIELD_GET(word, hi, lo);
}

static u64 sign_extend(u64 value, u32 width)
{
	const u64 sign = 1ULL << (width - 1U);

	return (value ^ sign) - sign;
}

static u16 reg_index(const struct insn *out, u32 field)
{
	return field == XZR && !out->simd ? (u16)REG_ZERO : (u16)field;
}

/* Size, direction and sign of one general register: bits 31:30 (size) and 23:22 (opc). */
static int general(u32 word, struct insn *out)
{
	const u32 size = bits(word, 31, 30), opc = bits(word, 23, 22);

	out->kind = opc == 0U ? INSN_STORE : INSN_LOAD;
	out->size = (u8)(1U << size);
	out->reg_size = size == 3U ? 8U : 4U;
	if (opc < 2U)
		return 0;
	if (size == 3U && opc == 2U)
		return BH_ENOTSUP; /* prefetch */
	if (size + (opc & 1U) > 2U)
		return BH_EINVAL;
	out->sign = true;
	out->reg_size = opc == 2U ? 8U : 4U;
	return 0;
}

/* opc<1> makes 16 bytes of size 0. */
static int vector(u32 word, struct insn *out)
{
	const u32 size = bits(word, 31, 30), opc = bits(word, 23, 22);

	if (opc >= 2U && size != 0U)
		return BH_EINVAL;
	out->simd = true;
	out->kind = (opc & 1U) == 0U ? INSN_STORE : INSN_LOAD;
	out->size = (u8)(1U << (opc >= 2U ? 4U : size));
	out->reg_size = 16U;
	return 0;
}

static int single(struct access *a, struct insn *out)
{
	const int err = bits(a->word, 26, 26) != 0U ? vector(a->word, out) : general(a->word, out);

	out->count = 1;
	out->reg[0] = reg_index(out, bits(a->word, 4, 0));
	return err;
}

static int unsigned_offset(struct access *a, struct insn *out)
{
	const int err = single(a, out);

	a->offset = (u64)bits(a->word, 21, 10) * out->size;
	return err;
}

static int register_offset(struct access *a, struct insn *out)
{
	const u32 option = bits(a->word, 15, 13), rm = bits(a->word, 20, 16);
	const int err = single(a, out);
	u64 offset = rm == XZR ? 0U : a->mode->reg(a->mode->ctx, rm);

	if ((option & 2U) == 0U)
		return BH_EINVAL;
	if (option == 2U)
		offset = (u32)offset;
	else if (option == 6U)
		offset = sign_extend((u32)offset, 32);
	a->offset = bits(a->word, 12, 12) != 0U ? offset * out->size : offset;
	return err;
}

/* Unscaled, post-index, pre-index; bits 11:10 = 2 is unprivileged. */
static int signed_offset(struct access *a, struct insn *out)
{
	const int err = single(a, out);

	a->index = bits(a->word, 11, 10);
	a->offset = sign_extend(bits(a->word, 20, 12), 9);
	if (a->index == INDEX_POST || a->index == INDEX_PRE)
		return err == BH_ENOTSUP ? BH_EINVAL : err;
	return a->index == INDEX_PLAIN ? err : BH_ENOTSUP;
}

/* opc (bits 31:30) of pairs is 32-bit, LDPSW or STGP, 64-bit; of SIMD pairs S, D, Q. */
static int pair(struct access *a, struct insn *out)
{
	const u32 opc = bits(a->word, 31, 30);
	const bool load = bits(a->word, 22, 22) != 0U;

	if (opc == 3U)
		return BH_EINVAL;
	a->index = bits(a->word, 24, 23);
	out->simd = bits(a->word, 26, 26) != 0U;
	out->kind = load ? INSN_LOAD : INSN_STORE;
	out->count = 2;
	out->size = (u8)(out->simd ? 4U << opc : 4U << (opc >> 1));
	out->reg_size = out->simd ? 16U : out->size;
	if (!out->simd && opc == 1U) {
		if (!load)
			return BH_ENOTSUP;
		if (a->index == INDEX_PLAIN)
			return BH_EINVAL;
		out->sign = true;
		out->reg_size = 8U;
	}
	out->reg[0] = reg_index(out, bits(a->word, 4, 0));
	out->reg[1] = reg_index(out, bits(a->word, 14, 10));
	a->offset = sign_extend(bits(a->word, 21, 15), 7) * out->size;
	return load && out->reg[0] == out->reg[1] ? BH_EINVAL : 0;
}

/* LDAR and STLR alone: the unused register fields should be ones. */
static int ordered(struct access *a, struct insn *out)
{
	const u32 size = bits(a->word, 31, 30);

	if (bits(a->word, 23, 23) == 0U || bits(a->word, 21, 21) != 0U ||
	    bits(a->word, 15, 15) == 0U)
		return BH_ENOTSUP;
	if (bits(a->word, 20, 16) != XZR || bits(a->word, 14, 10) != XZR)
		return BH_EINVAL;
	out->kind = bits(a->word, 22, 22) != 0U ? INSN_LOAD : INSN_STORE;
	out->count = 1;
	out->size = (u8)(1U << size);
	out->reg_size = size == 3U ? 8U : 4U;
	out->reg[0] = reg_index(out, bits(a->word, 4, 0));
	return 0;
}

struct class
{
	u32 mask, value;
	int (*decode)(struct access *a, struct insn *out);
};

static const struct class classes[] = {
	{ 0x3b000000U, 0x39000000U, unsigned_offset }, { 0x3b200000U, 0x38000000U, signed_offset },
	{ 0x3b200c00U, 0x38200800U, register_offset }, { 0x3a000000U, 0x28000000U, pair },
	{ 0x3f000000U, 0x08000000U, ordered },
};

/* Writeback into a register that is also transferred is CONSTRAINED UNPREDICTABLE. */
static int address(const struct access *a, struct insn *out)
{
	const u32 n = bits(a->word, 9, 5);
	const u16 base = n == XZR ? (u16)REG_SP : (u16)n;
	const u64 start = a->mode->reg(a->mode->ctx, base);

	out->writeback = a->index == INDEX_POST || a->index == INDEX_PRE;
	if (out->writeback && !out->simd &&
	    (out->reg[0] == base || (out->count == 2U && out->reg[1] == base)))
		return BH_EINVAL;
	out->base = base;
	out->base_value = start + a->offset;
	out->address = (gva_t){ a->index == INDEX_POST ? start : out->base_value };
	return 0;
}

int insn_decode(const struct insn_mode *mode, const u8 *code, size_t n, struct insn *out)
{
	struct access a = { .mode = mode, .index = INDEX_PLAIN };
	int err = BH_ENOTSUP;

	if (n < WORD)
		return BH_ERANGE;
	if (mode->width != 8U || mode->big_endian)
		return BH_ENOTSUP;
	a.word = (u32)code[0] | (u32)code[1] << 8 | (u32)code[2] << 16 | (u32)code[3] << 24;
	*out = (struct insn){ .length = WORD };
	for (u32 i = 0; i < ARRAY_SIZE(classes); i++) {
		if ((a.word & classes[i].mask) == classes[i].value)
			err = classes[i].decode(&a, out);
	}
	return err == 0 ? address(&a, out) : err;
}
