// SPDX-License-Identifier: Apache-2.0
/*
 * A raw guest that reads the counter with its first instruction and prints it: with one tick an
 * instruction and no offset that is how many were executed since reset.
 */
	.section .text
	.globl	_start
_start:	mrs	x19, cntvct_el0
	movz	x20, #0x0900, lsl #16	// PL011
	adr	x1, label
	bl	puts
	mov	w3, #3			// minimum, average, maximum: the same
1:	mov	w0, #' '
	str	w0, [x20]
	mov	x0, x19
	bl	number
	subs	w3, w3, #1
	b.ne	1b
	mov	w0, #'\n'
	str	w0, [x20]
	movz	w0, #0x8400, lsl #16	// PSCI SYSTEM_OFF
	movk	w0, #8
	hvc	#0
2:	wfi
	b	2b

puts:	ldrb	w0, [x1], #1
	cbz	w0, 3f
	str	w0, [x20]
	b	puts
3:	ret

// x0 in decimal: digits from the last one, then out from the first one.
number:	mov	x4, #10
	adr	x1, digits
	add	x1, x1, #20
	mov	x2, x1
4:	udiv	x5, x0, x4
	msub	x6, x5, x4, x0
	add	w6, w6, #'0'
	strb	w6, [x1, #-1]!
	mov	x0, x5
	cbnz	x0, 4b
5:	ldrb	w0, [x1], #1
	str	w0, [x20]
	cmp	x1, x2
	b.lo	5b
	ret

label:	.asciz	"bench boot_first_insn instructions 1"
	.balign	8
digits:	.space	24
	.org	18 * 1024
	.section .note.GNU-stack, "", %progbits
