// SPDX-License-Identifier: Apache-2.0
/* Intel SDM volume 1, section 3.4.3.1 (status flags), volume 2 for each instruction. */
#include "alu.h"

#include <bulkhead/lib/string.h>

#define CF BIT(0)
#define PF BIT(2)
#define AF BIT(4)
#define ZF BIT(6)
#define SF BIT(7)
#define OF BIT(11)
#define STATUS (CF | PF | AF | ZF | SF | OF)

#define NIBBLE_CARRY 3U

enum what { WHAT_SUM, WHAT_DIFFERENCE, WHAT_AND, WHAT_OR, WHAT_XOR };

static const struct operation {
	enum what what;
	u64 flags;  /* that it changes */
	bool carry; /* counts */
	bool alone; /* `second` takes the place of the operand */
	bool reversed;
	u64 second;
} operations[] = {
	[ALU_ADD] = { .what = WHAT_SUM, .flags = STATUS },
	[ALU_OR] = { .what = WHAT_OR, .flags = STATUS },
	[ALU_ADC] = { .what = WHAT_SUM, .flags = STATUS, .carry = true },
	[ALU_SBB] = { .what = WHAT_DIFFERENCE, .flags = STATUS, .carry = true },
	[ALU_AND] = { .what = WHAT_AND, .flags = STATUS },
	[ALU_SUB] = { .what = WHAT_DIFFERENCE, .flags = STATUS },
	[ALU_XOR] = { .what = WHAT_XOR, .flags = STATUS },
	[ALU_CMP] = { .what = WHAT_DIFFERENCE, .flags = STATUS },
	[ALU_TEST] = { .what = WHAT_AND, .flags = STATUS },
	[ALU_NOT] = { .what = WHAT_XOR, .flags = 0, .alone = true, .second = ~0ULL },
	[ALU_NEG] = { .what = WHAT_DIFFERENCE, .flags = STATUS, .alone = true, .reversed = true },
	[ALU_INC] = { .what = WHAT_SUM, .flags = STATUS & ~CF, .alone = true, .second = 1 },
	[ALU_DEC] = { .what = WHAT_DIFFERENCE, .flags = STATUS & ~CF, .alone = true, .second = 1 },
};

static u64 bit_if(bool set, u64 bit)
{
	return set ? bit : 0U;
}

/* a + b + c, and the flags that depend on more than the result. */
static u64 sum(u64 a, u64 b, u64 c, u64 sign, u64 *flags)
{
	const u64 r = a + b + c;
	const u64 carries = (a & b) | ((a | b) & ~r);

	*flags = bit_if((carries & sign) != 0U, CF) |
		 bit_if((carries & BIT(NIBBLE_CARRY)) != 0U, AF) |
		 bit_if(((a ^ r) & (b ^ r) & sign) != 0U, OF);
	return r;
}

static u64 result(enum what what, u64 a, u64 b, u64 c, u64 sign, u64 *flags)
{
	*flags = 0;
	switch (what) {
	case WHAT_SUM:
		return sum(a, b, c, sign, flags);
	case WHAT_DIFFERENCE:
		/* a - b - c = ~(~a + b + c): what was carried is what is borrowed. */
		return ~sum(~a, b, c, sign, flags);
	case WHAT_AND:
		return a & b;
	case WHAT_OR:
		return a | b;
	default:
		return a ^ b;
	}
}

static bool is_even(u64 value)
{
	value ^= value >> 4;
	value ^= value >> 2;
	return ((value ^ value >> 1) & 1U) == 0U;
}

u64 alu_compute(const struct insn *i, u64 memory, u64 operand, u64 *flags)
{
	const struct operation *o = &operations[i->op & ~ALU_REVERSED];
	const bool reversed = o->reversed || (i->op & ALU_REVERSED) != 0U;
	const u64 second = o->alone ? o->second : operand;
	const u64 sign = 1ULL << (8U * i->size - 1U);
	const u64 carry = o->carry ? *flags & CF : 0U;
	u64 set, r;

	r = result(o->what, reversed ? second : memory, reversed ? memory : second, carry, sign,
		   &set);
	r &= sign | (sign - 1U);
	set |= bit_if(is_even(r), PF) | bit_if(r == 0U, ZF) | bit_if((r & sign) != 0U, SF);
	*flags = (*flags & ~o->flags) | (set & o->flags);
	return r;
}
