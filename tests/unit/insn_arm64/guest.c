// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "guest.h"

static u64 read_reg(void *ctx, u32 reg)
{
	const struct guest *g = ctx;

	if (reg != REG_SP && reg >= 31U)
		abort();
	return g->x[reg == REG_SP ? 31U : reg];
}

int guest_decode(struct guest *g, u32 word, struct insn *out)
{
	const struct insn_mode mode = { .width = 8, .reg = read_reg, .ctx = g };
	const u8 code[] = { (u8)word, (u8)(word >> 8), (u8)(word >> 16), (u8)(word >> 24) };

	return insn_decode(&mode, code, sizeof(code), out);
}

u32 word_random(void)
{
	static const struct {
		u32 fixed, mask;
	} classes[] = {
		{ 0x39000000U, 0x3b000000U }, { 0x38000000U, 0x3b200c00U },
		{ 0x38000400U, 0x3b200c00U }, { 0x38000c00U, 0x3b200c00U },
		{ 0x38200800U, 0x3b200c00U }, { 0x28000000U, 0x3a000000U },
		{ 0x28000000U, 0x3a000000U }, { 0x08800000U, 0x3f800000U },
		{ 0x089ffc00U, 0x3fbffc00U }, { 0x38000000U, 0x3a000000U },
	};
	const u64 n = rnd_below(ARRAY_SIZE(classes));

	return ((u32)(rnd() >> 8) & ~classes[n].mask) | classes[n].fixed;
}
