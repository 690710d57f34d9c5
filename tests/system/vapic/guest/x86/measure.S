// SPDX-License-Identifier: Apache-2.0
/* A handler that reads the clock before anything else, in x2APIC mode. */
	.text
	.globl	measure_entry
measure_entry:
	push	%rax
	push	%rdx
	rdtsc
	push	%rcx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, measure_at
	/* By the instruction that sends: its length is remembered, and two may share one place. */
	mov	$0x80b, %edi	/* EOI */
	xor	%esi, %esi
	call	msr_write
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rcx
	pop	%rdx
	pop	%rax
	iretq

	.section .note.GNU-stack, "", %progbits
