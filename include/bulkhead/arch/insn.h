/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: decode the one instruction that touched emulated memory, when hardware did not.
 *
 * Loads and stores of general registers only (arm64: also pairs, writeback and SIMD registers;
 * x86: the MOV class with every prefix, and arithmetic with memory, without LOCK). Everything
 * else, control flow above all, is refused: the caller injects a fault and nothing was done.
 */
#ifndef BULKHEAD_ARCH_INSN_H
#define BULKHEAD_ARCH_INSN_H

#include <bulkhead/lib/types.h>

/* Longest instruction in bytes. */
#define INSN_MAX 15U

/* What the decoder must know of the CPU the instruction ran on. */
struct insn_mode {
	u8 width;        /* x86: 2, 4 or 8 bytes of the code segment; arm64: 8 */
	bool big_endian; /* arm64: SCTLR_EL1.EE or E0E; refused */
	/*
	 * Reads a register of the vcpu (index of regs.h), for the effective address. REG_SP is the
	 * stack pointer in use. REG_PC is the address of the instruction.
	 */
	u64 (*reg)(void *ctx, u32 reg);
	/* x86: base of segment 0..5 (ES, CS, SS, DS, FS, GS); NULL elsewhere. */
	u64 (*segment)(void *ctx, u32 segment);
	void *ctx;
};

enum insn_kind {
	INSN_LOAD,      /* memory to register(s) */
	INSN_STORE,     /* register(s) to memory */
	INSN_STORE_IMM, /* `imm` to memory */
	/* From here on, x86 alone: one element, which is read, and compute() */
	INSN_UPDATE,  /* to memory, which is written as often as it is read: once */
	INSN_COMBINE, /* to the register */
	INSN_COMPARE  /* to nothing but the flags */
};

#define INSN_REGS_MAX 2U

struct insn;

/*
 * What comes of @memory, which was read, and of @operand, both of insn.size bytes; @flags is
 * REG_FLAGS before, and after. Pure.
 */
typedef u64 insn_compute_fn(const struct insn *i, u64 memory, u64 operand, u64 *flags);

/*
 * One decoded access. A load of reg_size 4 clears the upper half of the register, one of 16 (SIMD)
 * all of the register above `size`; 1 and 2 leave the rest alone.
 */
struct insn {
	enum insn_kind kind;
	u8 length;              /* of the instruction, bytes */
	u8 size;                /* of each element, bytes: 1, 2, 4, 8 or 16 */
	u8 count;               /* elements, at ascending addresses: 1, or 2 for pairs */
	u8 reg_size;            /* a load: register width written: 1, 2, 4, 8, SIMD 16; see above */
	bool sign;              /* a load is sign-extended to reg_size */
	bool simd;              /* reg[] are vector registers */
	bool high;              /* x86: AH, CH, DH, BH: bits 15:8 of reg[0] */
	u16 reg[INSN_REGS_MAX]; /* register file index, REG_ZERO included; SIMD: 0..31 */
	u64 imm;                /* `size` bytes of it; 0 where reg[0] is the operand */
	bool writeback;
	u8 op;    /* compute()'s own */
	u16 base; /* register to which base_value is written, after the loads */
	u64 base_value;
	gva_t address; /* of the first element, segment base included */
	insn_compute_fn *compute;
};

/*
 * Decodes @n bytes at @code. 0 and @out; BH_ENOTSUP: not of the class above (x86: LOCK where it is
 * legal as well, for another vcpu may come between); BH_EINVAL: no legal instruction of that class
 * (x86: LOCK elsewhere, more than INSN_MAX bytes; arm64: what is CONSTRAINED UNPREDICTABLE);
 * BH_ERANGE: more bytes than @n are needed. @out counts only with 0.
 * Sources: Intel SDM volume 2 chapter 2, AMD APM volume 3 chapter 1; Arm ARM C4.1 "Loads and
 * Stores".
 */
int insn_decode(const struct insn_mode *mode, const u8 *code, size_t n, struct insn *out);

#endif
