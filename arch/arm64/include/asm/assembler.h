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

/* The 4-bit field of an ID register; flags say whether it is zero. */
.macro id_field reg, sysreg, shift
	mrs	\reg, \sysreg
	ubfx	\reg, \reg, #\shift, #4
	cmp	\reg, #0
.endm

#endif
