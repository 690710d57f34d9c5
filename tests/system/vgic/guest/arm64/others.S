// SPDX-License-Identifier: Apache-2.0
/* vcpus from the third on: each counts what it takes, and sleeps. */
	.text
	.globl	other_entry
/* x0: where it counts. The handler has all registers but that one. */
other_entry:
	mov	x20, x0
	adr	x1, other_vectors
	msr	vbar_el1, x1
	mov	x1, #0xf0
	msr	S3_0_C4_C6_0, x1	// ICC_PMR_EL1
	mov	x1, #1
	msr	S3_0_C12_C12_7, x1	// ICC_IGRPEN1_EL1
	isb
	msr	daifclr, #2
1:	wfi
	b	1b

	.macro	other
	.balign	0x80
	mrs	x1, S3_0_C12_C12_0	// ICC_IAR1_EL1
	ldr	w2, [x20]
	add	w2, w2, #1
	str	w2, [x20]
	msr	S3_0_C12_C12_1, x1	// ICC_EOIR1_EL1
	eret
	.endm
	.balign	0x800
other_vectors:
	.rept	16
	other
	.endr
	.section .note.GNU-stack, "", %progbits
