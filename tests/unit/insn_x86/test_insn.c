// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include <unit.h>

#include <bulkhead/lib/error.h>

#include "../../../arch/x86/virt/alu.h"
#include "guest.h"

static struct guest guest;

static int decode(u8 width, const u8 *code, size_t n, struct insn *out)
{
	const struct insn_mode mode = guest_mode(&guest, width);

	for (u32 i = 0; i < 16U; i++)
		guest.reg[i] = 0x1111000000000000ULL * (i & 7U) + 0x10010ULL * i + 0xfff0ULL;
	for (u32 i = 0; i < 6U; i++)
		guest.segment[i] = 0x100000000ULL * (i + 1U) + 0x1000000ULL * (i + 1U);
	guest.pc = 0xffffffff80001000ULL;
	return insn_decode(&mode, code, n, out);
}

/* C string literals hold the code: a zero at the end needs no care. */
#define DECODE(width, code, out) decode(width, (const u8 *)(code), sizeof(code) - 1U, out)
#define REFUSED(width, code, why)                                          \
	do {                                                               \
		struct insn refused_insn;                                  \
		assert_int_equal(DECODE(width, code, &refused_insn), why); \
	} while (0)

struct want {
	u8 width;
	const char *code;
	u8 length;
	enum insn_kind kind;
	u8 size, reg_size;
	bool sign, high;
	u16 reg;
	u64 imm;
};

#define L INSN_LOAD
#define S INSN_STORE
#define I INSN_STORE_IMM

static const struct want wants[] = {
	{ 8, "\x88\x07", 2, S, 1, 1, false, false, 0, 0 },
	{ 8, "\x88\x27", 2, S, 1, 1, false, true, 0, 0 },
	{ 8, "\x8a\x3f", 2, L, 1, 1, false, true, 3, 0 },
	{ 8, "\x40\x8a\x3f", 3, L, 1, 1, false, false, 7, 0 },
	{ 8, "\x44\x8a\x3f", 3, L, 1, 1, false, false, 15, 0 },
	{ 8, "\x40\x66\x8a\x3f", 4, L, 1, 1, false, true, 3, 0 },
	{ 8, "\x89\x0f", 2, S, 4, 4, false, false, 1, 0 },
	{ 8, "\x66\x89\x0f", 3, S, 2, 2, false, false, 1, 0 },
	{ 8, "\x66\x48\x89\x0f", 4, S, 8, 8, false, false, 1, 0 },
	{ 8, "\x48\x66\x89\x0f", 4, S, 2, 2, false, false, 1, 0 },
	{ 2, "\x89\x0f", 2, S, 2, 2, false, false, 1, 0 },
	{ 2, "\x66\x89\x0f", 3, S, 4, 4, false, false, 1, 0 },
	{ 4, "\x66\x8b\x0f", 3, L, 2, 2, false, false, 1, 0 },
	{ 8, "\x49\x8b\x04\x24", 4, L, 8, 8, false, false, 0, 0 },
	{ 8, "\x0f\xb6\x27", 3, L, 1, 4, false, false, 4, 0 },
	{ 8, "\x66\x0f\xb6\x27", 4, L, 1, 2, false, false, 4, 0 },
	{ 8, "\x4c\x0f\xb7\x27", 4, L, 2, 8, false, false, 12, 0 },
	{ 8, "\x48\x0f\xbe\x07", 4, L, 1, 8, true, false, 0, 0 },
	{ 4, "\x0f\xbf\x07", 3, L, 2, 4, true, false, 0, 0 },
	{ 8, "\x48\x63\x07", 3, L, 4, 8, true, false, 0, 0 },
	{ 8, "\xc6\x07\xa5", 3, I, 1, 1, false, false, REG_ZERO, 0xa5 },
	{ 8, "\xc7\x07\x04\x03\x02\x81", 6, I, 4, 4, false, false, REG_ZERO, 0x81020304 },
	{ 8, "\x66\xc7\x07\x04\x83", 5, I, 2, 2, false, false, REG_ZERO, 0x8304 },
	{ 8, "\x48\xc7\x07\x04\x03\x02\x81", 7, I, 8, 8, false, false, REG_ZERO,
	  0xffffffff81020304ULL },
	{ 8, "\x4c\xa1\x01\x02\x03\x04\x05\x06\x07\x08", 10, L, 8, 8, false, false, 0, 0 },
	{ 8, "\x67\xa2\x01\x02\x03\x04", 6, S, 1, 1, false, false, 0, 0 },
	{ 2, "\xa3\x01\x02", 3, S, 2, 2, false, false, 0, 0 },
	{ 8, "\xf3\xc6\x07\xa5", 4, I, 1, 1, false, false, REG_ZERO, 0xa5 },
};

TEST(the_mov_class_is_decoded_with_width_sign_and_register)
{
	for (u32 i = 0; i < ARRAY_SIZE(wants); i++) {
		const struct want *w = &wants[i];
		struct insn out;

		assert_int_equal(decode(w->width, (const u8 *)w->code, w->length, &out), 0);
		assert_int_equal(out.kind, w->kind);
		assert_int_equal(out.length, w->length);
		assert_int_equal(out.count, 1);
		assert_int_equal(out.size, w->size);
		assert_int_equal(out.reg_size, w->reg_size);
		assert_int_equal(out.sign, w->sign);
		assert_int_equal(out.high, w->high);
		assert_int_equal(out.reg[0], w->reg);
		assert_int_equal(out.imm, w->imm);
		assert_false(out.simd || out.writeback);
	}
}

#define U INSN_UPDATE
#define B INSN_COMBINE
#define P INSN_COMPARE

static const struct {
	u8 width;
	const char *code;
	u8 length;
	enum insn_kind kind;
	u8 op, size;
	bool high;
	u16 reg;
	u64 imm;
} computations[] = {
	{ 8, "\x00\x27", 2, U, ALU_ADD, 1, true, 0, 0 },
	{ 8, "\x44\x09\x07", 3, U, ALU_OR, 4, false, 8, 0 },
	{ 2, "\x12\x07", 2, B, ALU_ADC | ALU_REVERSED, 1, false, 0, 0 },
	{ 8, "\x48\x1b\x0f", 3, B, ALU_SBB | ALU_REVERSED, 8, false, 1, 0 },
	{ 4, "\x66\x21\x0f", 3, U, ALU_AND, 2, false, 1, 0 },
	{ 8, "\x38\x07", 2, P, ALU_CMP, 1, false, 0, 0 },
	{ 8, "\x3b\x07", 2, P, ALU_CMP | ALU_REVERSED, 4, false, 0, 0 },
	{ 8, "\x80\x37\x85", 3, U, ALU_XOR, 1, false, REG_ZERO, 0x85 },
	{ 8, "\x81\x2f\x01\x02\x03\x84", 6, U, ALU_SUB, 4, false, REG_ZERO, 0x84030201 },
	{ 8, "\x66\x81\x2f\x01\x82", 5, U, ALU_SUB, 2, false, REG_ZERO, 0x8201 },
	{ 8, "\x48\x83\x0f\xfe", 4, U, ALU_OR, 8, false, REG_ZERO, ~1ULL },
	{ 8, "\x83\x3f\xfe", 3, P, ALU_CMP, 4, false, REG_ZERO, 0xfffffffe },
	{ 8, "\x84\x3f", 2, P, ALU_TEST, 1, true, 3, 0 },
	{ 8, "\x85\x07", 2, P, ALU_TEST, 4, false, 0, 0 },
	{ 8, "\xf6\x07\x80", 3, P, ALU_TEST, 1, false, REG_ZERO, 0x80 },
	{ 8, "\x48\xf7\x07\x01\x02\x03\x84", 7, P, ALU_TEST, 8, false, REG_ZERO,
	  0xffffffff84030201ULL },
	{ 8, "\xf6\x17", 2, U, ALU_NOT, 1, false, REG_ZERO, 0 },
	{ 8, "\xf7\x1f", 2, U, ALU_NEG, 4, false, REG_ZERO, 0 },
	{ 8, "\xfe\x07", 2, U, ALU_INC, 1, false, REG_ZERO, 0 },
	{ 8, "\x48\xff\x0f", 3, U, ALU_DEC, 8, false, REG_ZERO, 0 },
};

TEST(arithmetic_is_decoded_with_its_operands)
{
	for (u32 i = 0; i < ARRAY_SIZE(computations); i++) {
		const struct insn want = {
			.kind = computations[i].kind,
			.length = computations[i].length,
			.size = computations[i].size,
			.count = 1,
			.reg_size = computations[i].size,
			.high = computations[i].high,
			.reg = { computations[i].reg },
			.imm = computations[i].imm,
			.op = computations[i].op,
			.address = { guest.reg[7] },
			.compute = alu_compute,
		};
		struct insn out;

		assert_int_equal(decode(computations[i].width, (const u8 *)computations[i].code,
					computations[i].length, &out),
				 0);
		assert_true(out.compute == alu_compute);
		assert_int_equal(out.kind, want.kind);
		assert_int_equal(out.length, want.length);
		assert_int_equal(out.size, want.size);
		assert_int_equal(out.reg_size, want.reg_size);
		assert_int_equal(out.high, want.high);
		assert_int_equal(out.reg[0], want.reg[0]);
		assert_int_equal(out.imm, want.imm);
		assert_int_equal(out.op, want.op);
		assert_int_equal(out.count, 1);
	}
}

#define C 0x001U
#define PF 0x004U
#define A 0x010U
#define Z 0x040U
#define N 0x080U
#define O 0x800U

/* What the processor says as well where these tests run on x86 (test_native.c). */
static const struct {
	u8 op, size;
	u64 memory, operand, before, result, after;
} sums[] = {
	{ ALU_ADD, 1, 0xff, 1, 0, 0, C | PF | A | Z },
	{ ALU_ADD, 4, 0x7fffffff, 1, 0x202, 0x80000000, 0x202 | PF | A | N | O },
	{ ALU_ADC, 2, 0xffff, 0, C, 0, C | PF | A | Z },
	{ ALU_SBB, 8, 0, 0, C, ~0ULL, C | PF | A | N },
	{ ALU_SUB, 1, 0x80, 1, 0, 0x7f, A | O },
	{ ALU_SUB | ALU_REVERSED, 1, 1, 0x80, 0, 0x7f, A | O },
	{ ALU_CMP, 4, 5, 5, C | N | O, 0, PF | Z },
	{ ALU_AND, 4, 0xf0, 0x10, C | O | A, 0x10, 0 },
	{ ALU_OR, 1, 0x80, 0x01, C, 0x81, PF | N },
	{ ALU_XOR, 2, 0xffff, 0xffff, O, 0, PF | Z },
	{ ALU_TEST, 4, 1, 2, C, 0, PF | Z },
	{ ALU_NOT, 2, 0x00ff, 0, C | Z | O, 0xff00, C | Z | O },
	{ ALU_NEG, 1, 0x80, 0, 0, 0x80, C | N | O },
	{ ALU_NEG, 4, 0, 0, C, 0, PF | Z },
	{ ALU_INC, 1, 0xff, 0, C, 0, C | PF | A | Z },
	{ ALU_DEC, 4, 1, 0, 0, 0, PF | Z },
};

TEST(arithmetic_gives_result_and_flags)
{
	for (u32 i = 0; i < ARRAY_SIZE(sums); i++) {
		const struct insn insn = { .op = sums[i].op, .size = sums[i].size };
		u64 flags = sums[i].before;

		assert_int_equal(alu_compute(&insn, sums[i].memory, sums[i].operand, &flags),
				 sums[i].result);
		assert_int_equal(flags, sums[i].after);
	}
}

static u64 address(u8 width, const char *code, size_t n)
{
	struct insn out;

	assert_int_equal(decode(width, (const u8 *)code, n, &out), 0);
	return out.address.v;
}

#define ADDRESS(width, code) address(width, code, sizeof(code) - 1U)

TEST(an_address_follows_base_index_scale_and_displacement)
{
	assert_int_equal(ADDRESS(8, "\x8b\x03"), guest.reg[3]);
	assert_int_equal(ADDRESS(8, "\x8b\x43\x80"), guest.reg[3] - 128U);
	assert_int_equal(ADDRESS(8, "\x8b\x83\x00\x00\x00\x80"), guest.reg[3] - 0x80000000ULL);
	assert_int_equal(ADDRESS(8, "\x41\x8b\x04\xe4"), guest.reg[12]);
	assert_int_equal(ADDRESS(8, "\x43\x8b\x44\xe5\x01"),
			 guest.reg[13] + (guest.reg[12] << 3) + 1U);
	assert_int_equal(ADDRESS(8, "\x8b\x04\x8d\x10\x00\x00\x00"), (guest.reg[1] << 2) + 16U);
	assert_int_equal(ADDRESS(8, "\x8b\x04\x25\xff\xff\xff\xff"), ~0ULL);
	assert_int_equal(ADDRESS(8, "\xa0\x01\x02\x03\x04\x05\x06\x07\x08"), 0x0807060504030201ULL);
}

TEST(an_address_relative_to_the_program_counter_counts_from_behind_the_immediate)
{
	assert_int_equal(ADDRESS(8, "\x8b\x05\x10\x00\x00\x00"), guest.pc + 6U + 16U);
	assert_int_equal(ADDRESS(8, "\xc7\x05\x10\x00\x00\x00\x01\x02\x03\x04"),
			 guest.pc + 10U + 16U);
	assert_int_equal(ADDRESS(8, "\x67\x41\x8b\x05\x10\x00\x00\x00"),
			 (guest.pc + 8U + 16U) & 0xffffffffU);
	assert_int_equal(ADDRESS(4, "\x8b\x05\x10\x00\x00\x00"),
			 (guest.segment[3] + 16U) & 0xffffffffU);
}

TEST(an_address_wraps_at_its_size_before_the_segment_is_added)
{
	assert_int_equal(ADDRESS(8, "\x67\x8b\x03"), guest.reg[3] & 0xffffffffU);
	assert_int_equal(ADDRESS(8, "\x65\x67\x8b\x03"),
			 guest.segment[5] + (guest.reg[3] & 0xffffffffU));
	assert_int_equal(ADDRESS(2, "\x8b\x41\x7f"),
			 ((guest.segment[3] & 0xffffffffU) +
			  ((guest.reg[3] + guest.reg[7] + 127U) & 0xffffU)) &
				 0xffffffffU);
	assert_int_equal(ADDRESS(4, "\x67\x8b\x0e\xf0\xff"),
			 (guest.segment[3] + 0xfff0U) & 0xffffffffU);
	assert_int_equal(ADDRESS(4, "\x8b\x83\x00\x00\x00\x80"),
			 (guest.segment[3] + guest.reg[3] - 0x80000000ULL) & 0xffffffffU);
}

static u64 flat(u32 segment, u64 offset)
{
	return (guest.segment[segment] + offset) & 0xffffffffU;
}

TEST(the_segment_is_the_overriding_one_or_that_of_the_base)
{
	assert_int_equal(ADDRESS(4, "\x8b\x45\x00"), flat(2, guest.reg[5] & 0xffffffffU));
	assert_int_equal(ADDRESS(4, "\x8b\x04\x24"), flat(2, guest.reg[4] & 0xffffffffU));
	assert_int_equal(ADDRESS(4, "\x8b\x04\x2b"),
			 flat(3, (guest.reg[3] + guest.reg[5]) & 0xffffffffU));
	assert_int_equal(ADDRESS(2, "\x8b\x02"), flat(2, (guest.reg[5] + guest.reg[6]) & 0xffffU));
	assert_int_equal(ADDRESS(2, "\x8b\x46\x00"), flat(2, guest.reg[5] & 0xffffU));
	assert_int_equal(ADDRESS(4, "\x26\x8b\x00"), flat(0, guest.reg[0] & 0xffffffffU));
	assert_int_equal(ADDRESS(4, "\x2e\x8b\x00"), flat(1, guest.reg[0] & 0xffffffffU));
	assert_int_equal(ADDRESS(4, "\x36\x8b\x00"), flat(2, guest.reg[0] & 0xffffffffU));
	assert_int_equal(ADDRESS(4, "\x3e\x8b\x45\x00"), flat(3, guest.reg[5] & 0xffffffffU));
	assert_int_equal(ADDRESS(4, "\x64\x26\x8b\x00"), flat(0, guest.reg[0] & 0xffffffffU));
	assert_int_equal(ADDRESS(8, "\x26\x8b\x00"), guest.reg[0]);
	assert_int_equal(ADDRESS(8, "\x64\x8b\x00"), guest.segment[4] + guest.reg[0]);
	assert_int_equal(ADDRESS(8, "\x65\x26\x8b\x00"), guest.segment[5] + guest.reg[0]);
}

TEST(what_is_not_of_the_class_is_refused)
{
	REFUSED(8, "\x90", BH_ENOTSUP);
	REFUSED(8, "\xe8\x00\x00\x00\x00", BH_ENOTSUP);
	REFUSED(8, "\xff\x20", BH_ENOTSUP);
	REFUSED(8, "\xc3", BH_ENOTSUP);
	REFUSED(8, "\xa4", BH_ENOTSUP);
	REFUSED(8, "\x89\xc0", BH_ENOTSUP);
	REFUSED(8, "\x0f\xb6\xc0", BH_ENOTSUP);
	REFUSED(8, "\x0f\x38\xf0\x00", BH_ENOTSUP);
	REFUSED(8, "\xc7\xf8\x00\x00\x00\x00", BH_ENOTSUP);
	REFUSED(4, "\x63\x07", BH_ENOTSUP);
	REFUSED(8, "\x66\x63\x07", BH_ENOTSUP);
	REFUSED(4, "\x48\x8b\x07", BH_ENOTSUP);
}

TEST(arithmetic_that_is_not_of_the_class_is_refused)
{
	REFUSED(8, "\x01\xc0", BH_ENOTSUP);             /* a register */
	REFUSED(8, "\x05\x01\x00\x00\x00", BH_ENOTSUP); /* EAX */
	REFUSED(8, "\x86\x07", BH_ENOTSUP);             /* XCHG */
	REFUSED(4, "\x82\x07\x01", BH_ENOTSUP);         /* another name of 80 */
	REFUSED(8, "\xf6\x0f\x01", BH_ENOTSUP);         /* another name of TEST */
	REFUSED(8, "\xf7\x27", BH_ENOTSUP);             /* MUL */
	REFUSED(8, "\xff\x17", BH_ENOTSUP);             /* CALL */
	REFUSED(8, "\xff\x37", BH_ENOTSUP);             /* PUSH */
	REFUSED(8, "\xc1\x27\x01", BH_ENOTSUP);         /* SHL */
	REFUSED(8, "\x0f\xba\x2f\x01", BH_ENOTSUP);     /* BTS */
	REFUSED(8, "\x0f\xb1\x07", BH_ENOTSUP);         /* CMPXCHG */
	REFUSED(8, "\x0f\xc1\x07", BH_ENOTSUP);         /* XADD */
	REFUSED(8, "\xf0\x01\x07", BH_ENOTSUP);         /* LOCK */
	REFUSED(8, "\xf0\xff\x07", BH_ENOTSUP);
	REFUSED(8, "\xf0\x03\x07", BH_EINVAL);
	REFUSED(8, "\xf0\x39\x07", BH_EINVAL);
	REFUSED(8, "\xf0\x85\x07", BH_EINVAL);
	REFUSED(8, "\x81\x07\x01", BH_ERANGE);
}

TEST(an_illegal_encoding_is_refused)
{
	REFUSED(8, "\xf0\x89\x07", BH_EINVAL);
	REFUSED(8, "\xf0\xc7\x07\x00\x00\x00\x00", BH_EINVAL);
	REFUSED(8, "\xc6\x0f\x00", BH_EINVAL);
	REFUSED(8, "\xc7\xff\x00\x00\x00\x00", BH_EINVAL);
}

TEST(an_instruction_of_more_than_15_bytes_is_refused)
{
	struct insn out;

	assert_int_equal(
		DECODE(8, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x89\x07", &out), 0);
	assert_int_equal(out.length, 15);
	REFUSED(8, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x89\x07", BH_EINVAL);
	REFUSED(8, "\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e", BH_EINVAL);
	REFUSED(4, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\xc7\x84\x00\x00\x00\x00\x00\x00\x00",
		BH_EINVAL);
}

TEST(missing_bytes_are_asked_for_and_never_read)
{
	static const u8 code[] = { 0x65, 0x67, 0x4a, 0xc7, 0x84, 0x25, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct insn out;

	for (size_t n = 0; n < sizeof(code); n++) {
		u8 *exact = malloc(n + 1U);

		memcpy(exact + 1, code, n);
		assert_int_equal(decode(8, exact + 1, n, &out), BH_ERANGE);
		free(exact);
	}
	assert_int_equal(decode(8, code, sizeof(code), &out), 0);
	assert_int_equal(out.length, sizeof(code));
}

UNIT_TESTS(UNIT(the_mov_class_is_decoded_with_width_sign_and_register),
	   UNIT(an_address_follows_base_index_scale_and_displacement),
	   UNIT(an_address_relative_to_the_program_counter_counts_from_behind_the_immediate),
	   UNIT(an_address_wraps_at_its_size_before_the_segment_is_added),
	   UNIT(the_segment_is_the_overriding_one_or_that_of_the_base),
	   UNIT(arithmetic_is_decoded_with_its_operands), UNIT(arithmetic_gives_result_and_flags),
	   UNIT(arithmetic_that_is_not_of_the_class_is_refused),
	   UNIT(what_is_not_of_the_class_is_refused), UNIT(an_illegal_encoding_is_refused),
	   UNIT(an_instruction_of_more_than_15_bytes_is_refused),
	   UNIT(missing_bytes_are_asked_for_and_never_read));
