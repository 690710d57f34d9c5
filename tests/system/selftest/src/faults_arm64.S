// SPDX-License-Identifier: Apache-2.0
/*
 * One function a fault: registers are filled with a pattern, then the line marked "fault:" is the
 * one that the dump must name. x8 and x9 are operands where one is needed.
 */
	.text

	.macro	fill numbers:vararg
	.irp	n, \numbers
	mov	x\n, #\n
	movk	x\n, #0x1b00, lsl #48
	.endr
	.endm

	.macro	take name
	.globl	take_\name
	.type	take_\name, %function
take_\name:
	bti	c
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	fill	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	fill	14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	.endm

	.macro	back name
	ldp	x29, x30, [sp], #16
	ret
	.size	take_\name, . - take_\name
	.endm

	.macro	address reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, :lo12:\symbol
	.endm

	.arch	armv8.5-a

	take	undefined
	udf	#0xb0				// fault: undefined
	back	undefined

	take	data_abort
	mov	x8, #0x18
	ldr	x9, [x8]			// fault: data-abort
	back	data_abort

	take	write_text
	address	x8, text_start
	str	x9, [x8]			// fault: write-text
	back	write_text

	take	write_rodata
	address	x8, rodata_start
	str	x9, [x8]			// fault: write-rodata
	back	write_rodata

	take	instruction_abort
	mov	x8, #0x1000
	blr	x8				// fault: instruction-abort
	back	instruction_abort

	take	exec_data
	address	x8, data_start
	blr	x8				// fault: exec-data
	back	exec_data

	take	pc_alignment
	adr	x8, take_pc_alignment
	add	x8, x8, #2
	blr	x8				// fault: pc-alignment
	back	pc_alignment

	take	sp_alignment
	sub	x8, sp, #8
	mov	sp, x8
	ldr	x9, [sp]			// fault: sp-alignment
	add	sp, x8, #8
	back	sp_alignment

	take	alignment
	address	x8, data_start
	add	x8, x8, #1
	ldxr	x9, [x8]			// fault: alignment
	back	alignment

	take	breakpoint
	brk	#0xb0				// fault: breakpoint
	back	breakpoint

	take	svc
	svc	#0xb0				// fault: svc
	back	svc

	take	stack_overflow
1:	stp	x29, x30, [sp, #-16]!		// fault: stack-overflow
	b	1b
	back	stack_overflow

	take	bti
	adr	x8, 1f
	br	x8
1:	nop					// fault: bti
	back	bti

	take	pac
	mov	x30, #0x1234
	autiasp					// fault: pac
	back	pac

	.section .note.GNU-stack, "", %progbits
