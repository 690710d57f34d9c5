// SPDX-License-Identifier: Apache-2.0
/* words_fill() (bulkhead/arch/fill.h) by Advanced SIMD: 64 bytes a store. */
#include <asm/assembler.h>

	.arch_extension fp
	.arch_extension simd

/* void words_simd(u64 *w (x0), u64 n (x1), u64 first (x2), u64 step (x3)); CPTR_EL2 allows it */
FUNC words_simd
	sub	sp, sp, #80
	stp	q0, q1, [sp]
	stp	q2, q3, [sp, #32]
	str	q4, [sp, #64]
	add	x4, x2, x3
	fmov	d0, x2
	mov	v0.d[1], x4
	lsl	x3, x3, #1
	dup	v4.2d, x3
	add	v1.2d, v0.2d, v4.2d
	add	v2.2d, v1.2d, v4.2d
	add	v3.2d, v2.2d, v4.2d
	shl	v4.2d, v4.2d, #2
1:
	.rept	4
	st1	{v0.2d-v3.2d}, [x0], #64
	add	v0.2d, v0.2d, v4.2d
	add	v1.2d, v1.2d, v4.2d
	add	v2.2d, v2.2d, v4.2d
	add	v3.2d, v3.2d, v4.2d
	.endr
	subs	x1, x1, #32
	b.ne	1b
	ldp	q0, q1, [sp]
	ldp	q2, q3, [sp, #32]
	ldr	q4, [sp, #64]
	add	sp, sp, #80
	ret
ENDFUNC words_simd
