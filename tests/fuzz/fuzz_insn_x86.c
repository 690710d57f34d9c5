// SPDX-License-Identifier: Apache-2.0
/*
 * A guest puts anything where an instruction should be. The first byte chooses the mode, the rest
 * is code. Whatever is accepted is well formed, the same when decoded again, and never control
 * flow, a string instruction or an exchange. What computes does so with flags of its own alone.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/arch/insn.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/error.h>

/* CF, PF, AF, ZF, SF, OF */
#define STATUS_FLAGS 0x8d5ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static u64 read_reg(void *ctx __unused, u32 reg)
{
	if (reg >= 16U && reg != REG_PC)
		abort();
	return 0x9e3779b97f4a7c15ULL * (reg + 1U);
}

static u64 read_segment(void *ctx __unused, u32 segment)
{
	if (segment >= 6U)
		abort();
	return 0xbf58476d1ce4e5b9ULL * segment;
}

static bool power_of_two_to_8(u32 n)
{
	return n == 1U || n == 2U || n == 4U || n == 8U;
}

/* The opcode behind all prefixes is one of the class. */
static void check_opcode(const u8 *code, const struct insn *i, bool wide)
{
	static const char one[] = "\x63\x88\x89\x8a\x8b\xa0\xa1\xa2\xa3\xc6\xc7";
	static const char more[] = "\x80\x81\x83\x84\x85\xf6\xf7\xfe\xff";
	static const char prefix[] = "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf2\xf3";
	u32 at = 0;

	while (at < i->length && (memchr(prefix, code[at], sizeof(prefix) - 1U) != NULL ||
				  (wide && (code[at] & 0xf0U) == 0x40U)))
		at++;
	if (at + 1U >= i->length)
		abort();
	if (i->compute != NULL) {
		if ((code[at] >= 0x40U || (code[at] & 7U) > 3U) &&
		    memchr(more, code[at], sizeof(more) - 1U) == NULL)
			abort();
		return;
	}
	if (code[at] == 0x0fU ? memchr("\xb6\xb7\xbe\xbf", code[at + 1U], 4) == NULL
			      : memchr(one, code[at], sizeof(one) - 1U) == NULL)
		abort();
}

static bool is_constant(const struct insn *i)
{
	return i->compute != NULL && i->kind != INSN_COMBINE && i->reg[0] == REG_ZERO;
}

static void check_compute(const struct insn *i)
{
	u64 flags = ~STATUS_FLAGS;
	const u64 value = i->compute(i, LOW_BYTES(i->size), i->imm, &flags);

	if (i->size != i->reg_size || (value & ~LOW_BYTES(i->size)) != 0U ||
	    (flags | STATUS_FLAGS) != ~0ULL)
		abort();
}

static void check(const struct insn *i, size_t n)
{
	if (i->length == 0U || i->length > INSN_MAX || i->length > n || i->count != 1U)
		abort();
	if (!power_of_two_to_8(i->size) || !power_of_two_to_8(i->reg_size) ||
	    i->size > i->reg_size || i->simd || i->writeback)
		abort();
	if (i->kind == INSN_STORE_IMM ? i->reg[0] != REG_ZERO : i->reg[0] >= 16U && !is_constant(i))
		abort();
	if ((i->compute != NULL) != (i->kind >= INSN_UPDATE))
		abort();
	if (i->compute != NULL)
		check_compute(i);
	if (i->high && (i->reg[0] >= 4U || i->reg_size != 1U))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u8 widths[] = { 2, 4, 8, 8 };
	struct insn_mode mode = { .reg = read_reg, .segment = read_segment };
	struct insn first, again;
	int err;

	if (size == 0U)
		return 0;
	mode.width = widths[data[0] % ARRAY_SIZE(widths)];
	memset(&first, 0, sizeof(first));
	memset(&again, 0, sizeof(again));
	err = insn_decode(&mode, data + 1, size - 1U, &first);
	if (err != 0 && err != BH_ENOTSUP && err != BH_EINVAL && err != BH_ERANGE)
		abort();
	if (err == BH_ERANGE && size - 1U >= INSN_MAX)
		abort();
	if (err != 0)
		return 0;
	check(&first, size - 1U);
	check_opcode(data + 1, &first, mode.width == 8U);
	if (insn_decode(&mode, data + 1, first.length, &again) != 0 ||
	    first.address.v != again.address.v || first.imm != again.imm ||
	    first.reg[0] != again.reg[0] || first.length != again.length)
		abort();
	return 0;
}
