// SPDX-License-Identifier: Apache-2.0
/* SHA-256 by the Cryptographic Extension (Arm ARM C7.2.262): asm/sha256.h. */
#include <asm/assembler.h>

	.arch_extension fp
	.arch_extension simd
	.arch_extension crypto

/* \op the registers used below, which are somebody else's. */
.macro borrowed op
	\op	q0, q1, [sp]
	\op	q2, q3, [sp, #32]
	\op	q4, q5, [sp, #64]
	\op	q6, q7, [sp, #96]
	\op	q16, q17, [sp, #128]
	\op	q18, q19, [sp, #160]
	\op	q20, q21, [sp, #192]
.endm

/* Four rounds with words \w of the schedule and constants \k. */
.macro rounds w, k
	add	v3.4s, v\w\().4s, v\k\().4s
	mov	v2.16b, v0.16b
	sha256h	q0, q1, v3.4s
	sha256h2 q1, q2, v3.4s
.endm

/* The same, and \w becomes the words 16 rounds later: \x, \y, \z follow it now. */
.macro rounds_next w, k, x, y, z
	rounds	\w, \k
	sha256su0 v\w\().4s, v\x\().4s
	sha256su1 v\w\().4s, v\y\().4s, v\z\().4s
.endm

/* Blocks x2 at x1 into the state at x0; x3: the constants of the rounds. */
FUNC sha256_ce_blocks
	sub	sp, sp, #224
	borrowed stp
	ld1	{v0.4s, v1.4s}, [x0]
1:	mov	x4, x3
	ld1	{v4.16b-v7.16b}, [x1], #64
	mov	v20.16b, v0.16b
	mov	v21.16b, v1.16b
	rev32	v4.16b, v4.16b
	rev32	v5.16b, v5.16b
	rev32	v6.16b, v6.16b
	rev32	v7.16b, v7.16b
	.rept	3
	ld1	{v16.4s-v19.4s}, [x4], #64
	rounds_next 4, 16, 5, 6, 7
	rounds_next 5, 17, 6, 7, 4
	rounds_next 6, 18, 7, 4, 5
	rounds_next 7, 19, 4, 5, 6
	.endr
	ld1	{v16.4s-v19.4s}, [x4]
	rounds	4, 16
	rounds	5, 17
	rounds	6, 18
	rounds	7, 19
	add	v0.4s, v0.4s, v20.4s
	add	v1.4s, v1.4s, v21.4s
	subs	x2, x2, #1
	b.ne	1b
	st1	{v0.4s, v1.4s}, [x0]
	borrowed ldp
	add	sp, sp, #224
	ret
ENDFUNC sha256_ce_blocks
