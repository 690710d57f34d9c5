// SPDX-License-Identifier: Apache-2.0
/*
 * Loads, stores and what else names an address, each with a name: base x1, data x2 and x3 or
 * vectors 0 and 1, status x4. Flag 1: its data is written.
 */
	.arch	armv8.1-a

	.text
	.globl	snippet_run
snippet_run:
	stp	x29, x30, [sp, #-32]!
	str	x1, [sp, #16]
	mov	x16, x0
	mov	x17, x1
	ldp	q0, q1, [x17, #32]
	ldp	x3, x4, [x17, #16]
	ldp	x1, x2, [x17]
	blr	x16
	ldr	x17, [sp, #16]
	stp	x1, x2, [x17]
	stp	x3, x4, [x17, #16]
	stp	q0, q1, [x17, #32]
	ldp	x29, x30, [sp], #32
	ret

	.macro	form flags, insn:vararg
	.pushsection .text.forms, "ax"
form_code_\@:
	\insn
	ret
	.popsection
	.pushsection .rodata.form_names, "a"
form_name_\@:
	.asciz	"\insn"
	.popsection
	.quad	form_code_\@, form_name_\@, \flags
	.endm

	.section .data.forms, "aw"
	.balign	8
	.globl	forms, forms_end, forms_lse, forms_lse_end
forms:
	form	0, ldrb w2, [x1]
	form	0, ldrh w2, [x1]
	form	0, ldr w2, [x1]
	form	0, ldr x2, [x1]
	form	0, ldrsb w2, [x1]
	form	0, ldrsb x2, [x1]
	form	0, ldrsh w2, [x1]
	form	0, ldrsh x2, [x1]
	form	0, ldrsw x2, [x1]
	form	1, strb w2, [x1]
	form	1, strh w2, [x1]
	form	1, str w2, [x1]
	form	1, str x2, [x1]
	form	1, str xzr, [x1]
	form	0, ldr wzr, [x1]
	form	0, ldtr w2, [x1]
	form	1, sttr w2, [x1]
	form	0, ldr w2, [x1], #4
	form	0, ldr w2, [x1, #4]!
	form	1, str w2, [x1], #4
	form	1, str w2, [x1, #4]!
	form	0, ldrb w2, [x1], #1
	form	1, strb w2, [x1, #1]!
	form	0, ldp w2, w3, [x1]
	form	0, ldp x2, x3, [x1]
	form	0, ldpsw x2, x3, [x1]
	form	0, ldnp w2, w3, [x1]
	form	1, stp w2, w3, [x1]
	form	1, stp x2, x3, [x1]
	form	0, ldp w2, w3, [x1], #8
	form	0, ldp x2, x3, [x1, #16]!
	form	1, stp w2, w3, [x1], #8
	form	1, stp w2, w3, [x1, #8]!
	form	0, ldr b0, [x1]
	form	0, ldr h0, [x1]
	form	0, ldr s0, [x1]
	form	0, ldr d0, [x1]
	form	0, ldr q0, [x1]
	form	1, str b0, [x1]
	form	1, str h0, [x1]
	form	1, str s0, [x1]
	form	1, str d0, [x1]
	form	1, str q0, [x1]
	form	0, ldp s0, s1, [x1]
	form	0, ldp d0, d1, [x1]
	form	0, ldp q0, q1, [x1]
	form	0, ldp q0, q1, [x1], #32
	form	0, ldnp q0, q1, [x1]
	form	1, stp s0, s1, [x1]
	form	1, stp d0, d1, [x1]
	form	1, stp q0, q1, [x1]
	form	1, stp q0, q1, [x1, #32]!
	form	1, stnp d0, d1, [x1]
	form	1, stnp x2, x3, [x1]
	form	0, ldr s0, [x1], #4
	form	0, ldr s0, [x1, xzr]
	form	0, ldr s0, [x1, wzr, uxtw #2]
	form	0, ldr d0, [x1, wzr, sxtw]
	form	1, str d0, [x1, xzr, lsl #3]
	form	0, ldur s0, [x1]
	form	0, ldnp d0, d1, [x1]
	form	0, ldrsb w2, [x1], #1
	form	0, ldrsh x2, [x1], #2
	form	0, ldrsw x2, [x1], #4
	form	0, ldr x2, [x1], #8
	form	0, ldarb w2, [x1]
	form	1, stlrh w2, [x1]
	form	0, ld1 {v0.4s}, [x1]
	form	0, ld1 {v0.16b, v1.16b}, [x1]
	form	0, ld1r {v0.4s}, [x1]
	form	0, ld2 {v0.2s, v1.2s}, [x1], #16
	form	1, st1 {v0.s}[0], [x1]
	form	1, st1 {v0.16b, v1.16b}, [x1]
	form	1, st2 {v0.2s, v1.2s}, [x1]
	form	0, ldar w2, [x1]
	form	1, stlr w2, [x1]
	form	0, ldxr w2, [x1]
	form	0, ldaxr x2, [x1]
	form	0, ldxp w2, w3, [x1]
	form	1, stxr w4, w2, [x1]
	form	1, dc zva, x1
	form	0, dc cvac, x1
	form	0, dc civac, x1
	form	0, dc ivac, x1
	form	0, ic ivau, x1
	form	0, prfm pldl1keep, [x1]
forms_end:
forms_lse:
	form	1, ldadd w2, w3, [x1]
	form	1, swp w2, w3, [x1]
	form	1, cas w2, w3, [x1]
	form	1, ldset x2, x3, [x1]
	form	1, ldaddb w2, w3, [x1]
	form	1, casp w2, w3, w2, w3, [x1]
forms_lse_end:

	.section .note.GNU-stack, "", %progbits
