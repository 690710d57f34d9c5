/* SPDX-License-Identifier: Apache-2.0 */
/* What the exception entry (cpu/entry/vectors.S) saves; offsets shared with assembly. */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

#define EXC_FRAME_SIZE 320
#define EXC_SP 248
#define EXC_ELR 256
#define EXC_SPSR 264
#define EXC_ESR 272
#define EXC_FAR 280
#define EXC_VECTOR 288
#define EXC_RECORD 304

/* Entries of the vector table, in the architecture's order (D1.3.1.5). */
#define VECTOR_SYNC 0
#define VECTOR_IRQ 1
#define VECTOR_FIQ 2
#define VECTOR_SERROR 3

#ifndef __ASSEMBLER__

#include <bulkhead/lib/types.h>

struct exc_frame {
	u64 x[31];
	u64 sp;        /* when the exception was taken */
	u64 elr;       /* preferred return address */
	u64 spsr;      /* PSTATE to return to */
	u64 esr;       /* syndrome */
	u64 far;       /* fault address, valid only where the syndrome says so */
	u64 vector;    /* 0..15: number of the vector taken */
	u64 overflow;  /* the stack pointer had left its stack */
	u64 record[2]; /* frame record: x29 and ELR of what was interrupted */
};

/* An instruction that may fault, and where to go on if it does (section .extable). */
struct extable_entry {
	u64 insn;
	u64 fixup;
};

extern const struct extable_entry extable_start[];
extern const struct extable_entry extable_end[];

#define EXTABLE(insn, fixup)                     \
	"	.pushsection .extable, \"a\"\n"        \
	"	.balign	8\n"                           \
	"	.quad	" #insn ", " #fixup "\n" \
	"	.popsection\n"

#endif
#endif
