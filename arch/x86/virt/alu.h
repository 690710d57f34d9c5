/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic of x86 with one operand in memory that is emulated. */
#ifndef VIRT_ALU_H
#define VIRT_ALU_H

#include <bulkhead/arch/insn.h>

/* The first eight as opcodes 00 to 3B number them (SDM volume 2, appendix A.2). */
enum alu {
	ALU_ADD,
	ALU_OR,
	ALU_ADC,
	ALU_SBB,
	ALU_AND,
	ALU_SUB,
	ALU_XOR,
	ALU_CMP,
	ALU_TEST,
	ALU_NOT,
	ALU_NEG,
	ALU_INC,
	ALU_DEC,
	ALU_NONE
};

/* With insn.op: memory is the second operand. */
#define ALU_REVERSED 0x80U

/*
 * insn.compute of the instructions above. AF, which the SDM leaves undefined after AND, OR, XOR
 * and TEST, becomes 0, as CPUs have it.
 */
u64 alu_compute(const struct insn *i, u64 memory, u64 operand, u64 *flags);

#endif
