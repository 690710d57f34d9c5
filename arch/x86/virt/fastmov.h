/* SPDX-License-Identifier: Apache-2.0 */
/* MOV of 32 bits between memory and a general register, in 64-bit code: the few forms of it. */
#ifndef VIRT_FASTMOV_H
#define VIRT_FASTMOV_H

#include <bulkhead/lib/types.h>

/* The longest: REX, opcode, ModRM, SIB, displacement, immediate. */
#define FASTMOV_MAX 12U

struct fastmov {
	u8 length;
	u8 reg;
	bool store;
	bool immediate; /* `value` is stored */
	u32 value;
};

/*
 * The instruction that begins at @code, where its memory operand lies being known. False:
 * another one, or one with a prefix other than REX without W: insn_decode() is for those. Pure.
 */
bool fastmov_decode(const u8 code[FASTMOV_MAX], struct fastmov *m);

#endif
