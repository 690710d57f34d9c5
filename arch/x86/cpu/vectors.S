// SPDX-License-Identifier: Apache-2.0
/*
 * One entry of 32 bytes a vector. Those of exceptions make the stack the same for all (a zero where
 * the CPU pushes no error code), save every register as struct exc_frame and call C. Interrupts
 * come only where C has given up its registers (asm/cpu.h).
 */
#include <asm/desc.h>
#include <asm/msr.h>

/* SDM volume 3, table 7-1: exceptions with an error code: 8, 10..14, 17, 21; 29, 30 on AMD. */
#define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || \
		      (v) == 29 || (v) == 30)

	.section .text.vectors, "ax"
	.balign 32
	.globl vectors_start
vectors_start:
	vec = 0
	.rept VEC_COUNT
	.balign 32
	endbr64
	.if vec < VEC_EXCEPTIONS && !(HAS_ERROR(vec))
	pushq	$0
	.endif
	pushq	$vec
	.if vec < VEC_EXCEPTIONS
	jmp	exception_common
	.else
	jmp	interrupt_common
	.endif
	vec = vec + 1
	.endr

	.macro	entry_save
	cld
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rdi
	/* A frame record, so that a walk goes on behind the exception. The stack stays aligned. */
	pushq	136(%rdi)
	pushq	%rbp
	movq	%rsp, %rbp
	.endm

	.macro	exit_restore
	addq	$16, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	addq	$16, %rsp
	iretq
	.endm

	.type exception_common, @function
exception_common:
	entry_save
	call	x86_exception
	testq	%rax, %rax
	jz	1f
	/*
	 * IRETQ compares with the shadow stack, where the CPU pushed CS, RIP and the old SSP: what
	 * changes the one must change the other. RDSSP leaves the register alone without one.
	 */
	movq	%rax, %rbx
	xorl	%esi, %esi
	rdsspq	%rsi
	testq	%rsi, %rsi
	jz	1f
	movl	$IA32_S_CET, %ecx
	rdmsr
	orl	$S_CET_WR_SHSTK_EN, %eax
	wrmsr
	wrssq	%rbx, 8(%rsi)
	andl	$~S_CET_WR_SHSTK_EN, %eax
	wrmsr
1:	exit_restore
	.size exception_common, . - exception_common

	.type interrupt_common, @function
interrupt_common:
	cld
	movl	(%rsp), %edi
	/* A frame record, as above; with it the stack is aligned. */
	pushq	8(%rsp)
	pushq	%rbp
	movq	%rsp, %rbp
	call	x86_interrupt
	popq	%rbp
	addq	$16, %rsp
	iretq
	.size interrupt_common, . - interrupt_common

	.section .rodata
	.globl vector_stride
	.balign 4
vector_stride:
	.long	32

	.section .note.GNU-stack, "", @progbits
