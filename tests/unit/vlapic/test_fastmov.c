// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include <unit.h>

#include "../../../arch/x86/virt/fastmov.h"

struct row {
	u8 code[FASTMOV_MAX];
	bool good;
	struct fastmov m;
};

/* Encodings as GNU as makes them. */
static const struct row rows[] = {
	/* mov %eax, (%rdi) */
	{ { 0x89, 0x07 }, true, { .length = 2, .reg = 0, .store = true } },
	/* mov %r9d, 0x300(%r12) */
	{ { 0x45, 0x89, 0x8c, 0x24, 0, 3, 0, 0 }, true, { .length = 8, .reg = 9, .store = true } },
	/* mov 0xfee00020, %ecx */
	{ { 0x8b, 0x0c, 0x25, 0x20, 0, 0xe0, 0xfe }, true, { .length = 7, .reg = 1 } },
	/* mov 0x10(%rip), %esi */
	{ { 0x8b, 0x35, 0x10, 0, 0, 0 }, true, { .length = 6, .reg = 6 } },
	/* mov 8(%rbp, %rcx, 4), %edx */
	{ { 0x8b, 0x54, 0x8d, 8 }, true, { .length = 4, .reg = 2 } },
	/* movl $0x4095, 0x300(%rax) */
	{ { 0xc7, 0x80, 0, 3, 0, 0, 0x95, 0x40 },
	  true,
	  { .length = 10, .store = true, .immediate = true, .value = 0x4095 } },
	/* mov %rax, (%rdi) */
	{ { 0x48, 0x89, 0x07 }, false, { 0 } },
	/* mov %ax, (%rdi) */
	{ { 0x66, 0x89, 0x07 }, false, { 0 } },
	/* mov %al, (%rdi) */
	{ { 0x88, 0x07 }, false, { 0 } },
	/* mov %eax, %edi */
	{ { 0x89, 0xc7 }, false, { 0 } },
	/* add %eax, (%rdi) */
	{ { 0x01, 0x07 }, false, { 0 } },
	/* C7 /1 is none */
	{ { 0xc7, 0x88 }, false, { 0 } },
};

TEST(a_plain_move_is_decoded_and_nothing_else)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fastmov m;
		const bool good = fastmov_decode(rows[i].code, &m);

		assert_int_equal(good, rows[i].good);
		if (!good)
			continue;
		assert_int_equal(m.length, rows[i].m.length);
		assert_int_equal(m.reg, rows[i].m.reg);
		assert_int_equal(m.store, rows[i].m.store);
		assert_int_equal(m.immediate, rows[i].m.immediate);
		assert_int_equal(m.value, rows[i].m.value);
	}
}

UNIT_TESTS(UNIT(a_plain_move_is_decoded_and_nothing_else));
