// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include <unit.h>

#include <bulkhead/lib/error.h>

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
	   UNIT(what_is_not_of_the_class_is_refused), UNIT(an_illegal_encoding_is_refused),
	   UNIT(an_instruction_of_more_than_15_bytes_is_refused),
	   UNIT(missing_bytes_are_asked_for_and_never_read));
