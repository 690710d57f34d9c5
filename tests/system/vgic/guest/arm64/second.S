// SPDX-License-Identifier: Apache-2.0
	.text
	.globl	second_entry
/* A CPU that was switched on: x0 = its number. */
second_entry:
	adrp	x1, second_stack
	add	x1, x1, :lo12:second_stack
	add	sp, x1, #8192
	adr	x1, second_vectors
	msr	vbar_el1, x1
	isb
	bl	second_main
1:	wfi
	b	1b

	.macro	irq
	.balign	0x80
	b	second_irq_entry
	.endm
	.balign	0x800
second_vectors:
	.rept	16
	irq
	.endr

second_irq_entry:
	stp	x0, x1, [sp, #-256]!
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x29, x30, [sp, #160]
	bl	second_irq
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x29, x30, [sp, #160]
	ldp	x0, x1, [sp], #256
	eret

	.bss
	.balign	16
second_stack:
	.skip	8192
	.section .note.GNU-stack, "", %progbits
