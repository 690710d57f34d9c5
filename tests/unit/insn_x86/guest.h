/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's registers, made up; and random instructions of the MOV class. */
#ifndef TESTS_UNIT_INSN_X86_GUEST_H
#define TESTS_UNIT_INSN_X86_GUEST_H

#include <rnd.h>

#include <bulkhead/arch/insn.h>
#include <bulkhead/arch/regs.h>

/* CF, PF, AF, ZF, SF, OF */
#define STATUS_FLAGS 0x8d5U

struct guest {
	u64 reg[16];
	u64 pc, flags;
	u64 segment[6];
};

struct bytes {
	u8 b[32];
	u32 n;
};

struct insn_mode guest_mode(struct guest *g, u8 width);

void guest_randomize(struct guest *g);

void bytes_add(struct bytes *b, u64 value, u32 count);

/* "88 07" for messages. */
const char *bytes_text(const u8 *b, u32 n);

#endif
