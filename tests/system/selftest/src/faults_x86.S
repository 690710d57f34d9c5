// SPDX-License-Identifier: Apache-2.0
/*
 * One function a fault: registers are filled with a pattern, then the line marked "fault:" is the
 * one that the dump must name. RAX and RCX are operands where one is needed.
 */
	.text

	.macro	fill reg, number
	movabs	$0x1b00000000000000 + \number, \reg
	.endm

	.macro	take name
	.globl	take_\name
	.type	take_\name, @function
take_\name:
	endbr64
	push	%rbp
	mov	%rsp, %rbp
	fill	%rax, 0
	fill	%rbx, 1
	fill	%rcx, 2
	fill	%rdx, 3
	fill	%rsi, 4
	fill	%rdi, 5
	fill	%r8, 8
	fill	%r9, 9
	fill	%r10, 10
	fill	%r11, 11
	fill	%r12, 12
	fill	%r13, 13
	fill	%r14, 14
	fill	%r15, 15
	.endm

	.macro	back name
	pop	%rbp
	ret
	.size	take_\name, . - take_\name
	.endm

	take	divide
	xor	%ecx, %ecx
	div	%ecx				// fault: divide
	back	divide

	take	undefined
	ud2					// fault: undefined
	back	undefined

	take	breakpoint
	nop
	int3					// fault: breakpoint
	back	breakpoint

	take	protection
	mov	(%rax), %rcx			// fault: protection
	back	protection

	take	stack_segment
	mov	%rax, %rbp
	mov	(%rbp), %rcx			// fault: stack-segment
	back	stack_segment

	take	page_fault
	mov	$0x18, %eax
	mov	(%rax), %rcx			// fault: page-fault
	back	page_fault

	take	write_text
	mov	$text_start, %rax
	mov	%rcx, (%rax)			// fault: write-text
	back	write_text

	take	write_rodata
	mov	$rodata_start, %rax
	mov	%rcx, (%rax)			// fault: write-rodata
	back	write_rodata

	take	exec_data
	mov	$data_start, %rax
	call	*%rax				// fault: exec-data
	back	exec_data

	take	device_not_available
	mov	%cr0, %rax
	or	$8, %rax			// TS
	mov	%rax, %cr0
	fld1					// fault: device-not-available
	back	device_not_available

	take	stack_overflow
1:	push	%rax				// fault: stack-overflow
	jmp	1b
	back	stack_overflow

	take	ibt
	lea	1f(%rip), %rax
	jmp	*%rax
1:	nop					// fault: ibt
	back	ibt

	take	shadow_stack
	call	1f
1:	lea	2f(%rip), %rax
	mov	%rax, (%rsp)
	ret					// fault: shadow-stack
2:	nop
	back	shadow_stack

	.section .note.GNU-stack, "", %progbits
