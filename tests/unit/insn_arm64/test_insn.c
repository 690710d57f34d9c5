// SPDX-License-Identifier: Apache-2.0
#include <unit.h>

#include <bulkhead/lib/error.h>

#include "guest.h"

static struct guest guest;

static int decode(u32 word, struct insn *out)
{
	for (u32 i = 0; i < 32U; i++)
		guest.x[i] = 0x8000000080000000ULL + i * 0x1000000010000ULL;
	return guest_decode(&guest, word, out);
}

struct want {
	u32 word; /* what the assembler makes of the text behind it */
	enum insn_kind kind;
	u8 size, reg_size;
	bool sign, simd;
	u16 reg, base;
	s64 offset;    /* of the address from the base */
	s64 writeback; /* or 0 */
};

#define L INSN_LOAD
#define S INSN_STORE

static const struct want wants[] = {
	{ 0x39400820, L, 1, 4, false, false, 0, 1, 2, 0 },          /* ldrb w0, [x1, #2] */
	{ 0x79000820, S, 2, 4, false, false, 0, 1, 4, 0 },          /* strh w0, [x1, #4] */
	{ 0x39c00020, L, 1, 4, true, false, 0, 1, 0, 0 },           /* ldrsb w0, [x1] */
	{ 0x39800020, L, 1, 8, true, false, 0, 1, 0, 0 },           /* ldrsb x0, [x1] */
	{ 0xb9800420, L, 4, 8, true, false, 0, 1, 4, 0 },           /* ldrsw x0, [x1, #4] */
	{ 0xb900003f, S, 4, 4, false, false, REG_ZERO, 1, 0, 0 },   /* str wzr, [x1] */
	{ 0xf94007e2, L, 8, 8, false, false, 2, REG_SP, 8, 0 },     /* ldr x2, [sp, #8] */
	{ 0xf85f8020, L, 8, 8, false, false, 0, 1, -8, 0 },         /* ldur x0, [x1, #-8] */
	{ 0xf8408420, L, 8, 8, false, false, 0, 1, 0, 8 },          /* ldr x0, [x1], #8 */
	{ 0xb81f0c20, S, 4, 4, false, false, 0, 1, -16, -16 },      /* str w0, [x1, #-16]! */
	{ 0xf81f0fe0, S, 8, 8, false, false, 0, REG_SP, -16, -16 }, /* str x0, [sp, #-16]! */
	{ 0x3d800441, S, 16, 16, false, true, 1, 2, 16, 0 },        /* str q1, [x2, #16] */
	{ 0xfc404441, L, 8, 16, false, true, 1, 2, 0, 4 },          /* ldr d1, [x2], #4 */
	{ 0x88dffc20, L, 4, 4, false, false, 0, 1, 0, 0 },          /* ldar w0, [x1] */
	{ 0x089ffc20, S, 1, 4, false, false, 0, 1, 0, 0 },          /* stlrb w0, [x1] */
};

TEST(single_loads_and_stores_are_decoded_with_width_sign_and_writeback)
{
	for (u32 n = 0; n < ARRAY_SIZE(wants); n++) {
		const struct want *w = &wants[n];
		const u64 base = (w->base == REG_SP ? 31U : w->base) * 0x1000000010000ULL +
				 0x8000000080000000ULL;
		struct insn i;

		assert_int_equal(decode(w->word, &i), 0);
		assert_int_equal(i.kind, w->kind);
		assert_int_equal(i.length, 4);
		assert_int_equal(i.count, 1);
		assert_int_equal(i.size, w->size);
		assert_int_equal(i.reg_size, w->reg_size);
		assert_int_equal(i.sign, w->sign);
		assert_int_equal(i.simd, w->simd);
		assert_int_equal(i.reg[0], w->reg);
		assert_int_equal(i.address.v, base + (u64)w->offset);
		assert_int_equal(i.writeback, w->writeback != 0);
		if (w->writeback != 0) {
			assert_int_equal(i.base, w->base);
			assert_int_equal(i.base_value, base + (u64)w->writeback);
		}
	}
}

static u64 address(u32 word)
{
	struct insn i;

	assert_int_equal(decode(word, &i), 0);
	return i.address.v;
}

TEST(a_register_offset_is_extended_then_scaled)
{
	(void)address(0xf8626820U);
	const u64 base = guest.x[1], index = guest.x[2];

	assert_int_equal(address(0xf8626820U), base + index);
	assert_int_equal(address(0xf8627820U), base + (index << 3));
	assert_int_equal(address(0xf8624820U), base + (u32)index);
	assert_int_equal(address(0xf8625820U), base + ((u64)(u32)index << 3));
	assert_int_equal(address(0xf862c820U), base + ((u64)(u32)index | 0xffffffff00000000ULL));
	assert_int_equal(address(0x3c62d820U), base + ((u64)(u32)index | 0xffffffff00000000ULL));
	assert_int_equal(address(0xf862f820U), base + (index << 3));
	assert_int_equal(address(0xf87f6820U), base);
}

TEST(pairs_are_decoded_with_both_registers_and_writeback)
{
	struct insn i;

	assert_int_equal(decode(0xa8c10440U, &i), 0); /* ldp x0, x1, [x2], #16 */
	assert_true(i.kind == INSN_LOAD && i.count == 2U && i.size == 8U && i.writeback);
	assert_true(i.reg[0] == 0U && i.reg[1] == 1U && i.base == 2U);
	assert_true(i.address.v == guest.x[2] && i.base_value == guest.x[2] + 16U);
	assert_int_equal(decode(0x69410440U, &i), 0); /* ldpsw x0, x1, [x2, #8] */
	assert_true(i.size == 4U && i.reg_size == 8U && i.sign && !i.writeback);
	assert_int_equal(i.address.v, guest.x[2] + 8U);
	assert_int_equal(decode(0x293f7c5fU, &i), 0); /* stp wzr, wzr, [x2, #-8] */
	assert_true(i.kind == INSN_STORE && i.reg[0] == REG_ZERO && i.reg[1] == REG_ZERO);
	assert_int_equal(i.address.v, guest.x[2] - 8U);
	assert_int_equal(decode(0xa8400440U, &i), 0); /* ldnp x0, x1, [x2] */
	assert_int_equal(decode(0xad010440U, &i), 0); /* stp q0, q1, [x2, #32] */
	assert_true(i.simd && i.size == 16U && i.address.v == guest.x[2] + 32U);
}

static const struct {
	u32 word;
	int why;
} refused[] = {
	{ 0xd503201fU, BH_ENOTSUP }, /* nop */
	{ 0x14000000U, BH_ENOTSUP }, /* b */
	{ 0xd61f0000U, BH_ENOTSUP }, /* br x0 */
	{ 0x58000040U, BH_ENOTSUP }, /* ldr x0, literal */
	{ 0xf9800020U, BH_ENOTSUP }, /* prfm */
	{ 0x885f7c20U, BH_ENOTSUP }, /* ldxr */
	{ 0xc8df7c20U, BH_ENOTSUP }, /* ldlar */
	{ 0xc8a07c41U, BH_ENOTSUP }, /* cas */
	{ 0xf8200041U, BH_ENOTSUP }, /* ldadd */
	{ 0xf8bfc020U, BH_ENOTSUP }, /* ldapr */
	{ 0xf8200420U, BH_ENOTSUP }, /* ldraa */
	{ 0xf8400820U, BH_ENOTSUP }, /* ldtr */
	{ 0x69010440U, BH_ENOTSUP }, /* stgp */
	{ 0x4c407020U, BH_ENOTSUP }, /* ld1 */
	{ 0x99400020U, BH_ENOTSUP }, /* ldapur */
	{ 0xa8c10c63U, BH_EINVAL },  /* ldp x3, x3, [x3], #16 */
	{ 0xa9400c43U, BH_EINVAL },  /* ldp x3, x3, [x2] */
	{ 0xa8c10c42U, BH_EINVAL },  /* ldp x2, x3, [x2], #16 */
	{ 0xf8408421U, BH_EINVAL },  /* ldr x1, [x1], #8 */
	{ 0xf8008c21U, BH_EINVAL },  /* str x1, [x1, #8]! */
	{ 0xf8620820U, BH_EINVAL },  /* option 0 */
	{ 0xb9c00020U, BH_EINVAL },  /* size 2, opc 3 */
	{ 0xe9400440U, BH_EINVAL },  /* pair, opc 3 */
	{ 0x88c0fc20U, BH_EINVAL },  /* ldar with a status register */
};

TEST(everything_else_is_refused)
{
	struct insn i;

	for (u32 n = 0; n < ARRAY_SIZE(refused); n++) {
		if (decode(refused[n].word, &i) != refused[n].why)
			fail_msg("%08x", refused[n].word);
	}
}

TEST(writeback_to_the_stack_pointer_never_meets_the_zero_register)
{
	struct insn i;

	assert_int_equal(decode(0xf81f0fffU, &i), 0); /* str xzr, [sp, #-16]! */
	assert_true(i.reg[0] == REG_ZERO && i.base == REG_SP && i.writeback);
}

TEST(other_modes_and_missing_bytes_are_refused)
{
	static const u8 code[] = { 0x20, 0x00, 0x40, 0xf9 };
	struct insn_mode mode = { .width = 8 };
	struct insn i;

	assert_int_equal(insn_decode(&mode, code, 3, &i), BH_ERANGE);
	mode.big_endian = true;
	assert_int_equal(insn_decode(&mode, code, 4, &i), BH_ENOTSUP);
	mode = (struct insn_mode){ .width = 4 };
	assert_int_equal(insn_decode(&mode, code, 4, &i), BH_ENOTSUP);
}

UNIT_TESTS(UNIT(single_loads_and_stores_are_decoded_with_width_sign_and_writeback),
	   UNIT(a_register_offset_is_extended_then_scaled),
	   UNIT(pairs_are_decoded_with_both_registers_and_writeback),
	   UNIT(everything_else_is_refused),
	   UNIT(writeback_to_the_stack_pointer_never_meets_the_zero_register),
	   UNIT(other_modes_and_missing_bytes_are_refused));
