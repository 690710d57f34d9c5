/* SPDX-License-Identifier: Apache-2.0 */
/* Macros for assembly files. */
#ifndef ASM_ASSEMBLER_H
#define ASM_ASSEMBLER_H

/* Landing pads (FEAT_BTI), signed returns (FEAT_PAuth); hints, so no-operations elsewhere. */
#ifdef CONFIG_UNPROTECTED
#define BTI_C
#define BTI_JC
#define PACIASP
#define AUTIASP
#else
#define BTI_C hint #34
#define BTI_JC hint #38
#define PACIASP hint #25
#define AUTIASP hint #29
#endif

.macro FUNC name
	.section .text.\name, "ax", %progbits
	.balign	16
	.globl	\name
	.type	\name, %function
\name:
	BTI_C
.endm

.macro ENDFUNC name
	.size	\name, . - \name
.endm

/* A constant of up to 64 bits. */
.macro mov64 reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #(((\value) >> 16) & 0xffff), lsl #16
	movk	\reg, #(((\value) >> 32) & 0xffff), lsl #32
	movk	\reg, #(((\value) >> 48) & 0xffff), lsl #48
.endm

/* Address of @sym as seen from here: physical before the MMU is on, linked after. */
.macro adr_l reg, sym
	adrp	\reg, \sym
	add	\reg, \reg, :lo12:\sym
.endm

/* \op every data cache line of [x0, x1), which is not empty; changes x0, x2, x3. */
.macro each_line op
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4		// DminLine: log2 of words
	mov	x3, #4
	lsl	x3, x3, x2
	sub	x2, x3, #1
	bic	x0, x0, x2
1:	\op, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	1b
.endm

/* The 4-bit field of an ID register; flags say whether it is zero. */
.macro id_field reg, sysreg, shift
	mrs	\reg, \sysreg
	ubfx	\reg, \reg, #\shift, #4
	cmp	\reg, #0
.endm

/* \op all registers of floating point and SIMD, in order at x0. */
.macro fp_registers op
	\op	q0, q1, [x0]
	\op	q2, q3, [x0, #32]
	\op	q4, q5, [x0, #64]
	\op	q6, q7, [x0, #96]
	\op	q8, q9, [x0, #128]
	\op	q10, q11, [x0, #160]
	\op	q12, q13, [x0, #192]
	\op	q14, q15, [x0, #224]
	\op	q16, q17, [x0, #256]
	\op	q18, q19, [x0, #288]
	\op	q20, q21, [x0, #320]
	\op	q22, q23, [x0, #352]
	\op	q24, q25, [x0, #384]
	\op	q26, q27, [x0, #416]
	\op	q28, q29, [x0, #448]
	\op	q30, q31, [x0, #480]
.endm

#endif
