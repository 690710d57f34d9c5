/* SPDX-License-Identifier: Apache-2.0 */
/* What the entry code of an exception or interrupt saved (arch/x86/cpu/vectors.S builds it). */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

struct exc_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector;
	u64 error; /* 0 where the exception has none */
	u64 rip, cs, rflags, rsp, ss;
};

_Static_assert(sizeof(struct exc_frame) == 176U, "vectors.S pushes 22 words");

#endif
