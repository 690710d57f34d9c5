/* SPDX-License-Identifier: Apache-2.0 */
/* Random instructions of the MOV class and arithmetic, and what they were made of. */
#ifndef TESTS_UNIT_INSN_X86_MAKE_H
#define TESTS_UNIT_INSN_X86_MAKE_H

#include "guest.h"

#define MADE_NONE 16U

struct made {
	struct bytes code;
	u8 width;
	u32 opcode; /* 0x0fXX behind the escape byte */
	u8 rex;
	bool op16, addr_override;
	u8 segment; /* 4, 5: FS or GS of 64-bit mode; else as overridden, or 0xff */
	u8 mod, reg, rm;
	bool sib;
	u32 base, index, scale; /* of 32- and 64-bit addresses; MADE_NONE */
	u32 disp_at, disp_bytes;
};

/* An instruction that touches memory, for code of @width bytes; at most 15 bytes long. */
void made_random(struct made *m, u8 width);

#endif
