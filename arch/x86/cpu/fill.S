// SPDX-License-Identifier: Apache-2.0
/*
 * words_fill() (bulkhead/arch/fill.h) by SSE2, two words a register: half the instructions of the
 * general ones. CR4.OSFXSR is on and CR0.TS off wherever C runs.
 */
	.set	BORROWED, 5 * 16

/* Two words each from four registers, which become those of the next eight words. */
	.macro	fill_eight at
	movaps	%xmm0, \at(%rdi)
	paddq	%xmm4, %xmm0
	movaps	%xmm1, \at + 16(%rdi)
	paddq	%xmm4, %xmm1
	movaps	%xmm2, \at + 32(%rdi)
	paddq	%xmm4, %xmm2
	movaps	%xmm3, \at + 48(%rdi)
	paddq	%xmm4, %xmm3
	.endm

/* void words_fill(u64 *w (rdi), u64 n (rsi), u64 first (rdx), u64 step (rcx)) */
	.section .text.words_fill, "ax", @progbits
	.balign	16
	.globl	words_fill
	.type	words_fill, @function
words_fill:
	endbr64
	subq	$BORROWED, %rsp
	movups	%xmm0, (%rsp)
	movups	%xmm1, 16(%rsp)
	movups	%xmm2, 32(%rsp)
	movups	%xmm3, 48(%rsp)
	movups	%xmm4, 64(%rsp)
	movq	%rdx, %xmm0
	addq	%rcx, %rdx
	movq	%rdx, %xmm1
	punpcklqdq %xmm1, %xmm0
	addq	%rcx, %rcx
	movq	%rcx, %xmm4
	punpcklqdq %xmm4, %xmm4
	movaps	%xmm0, %xmm1
	paddq	%xmm4, %xmm1
	movaps	%xmm1, %xmm2
	paddq	%xmm4, %xmm2
	movaps	%xmm2, %xmm3
	paddq	%xmm4, %xmm3
	psllq	$2, %xmm4
1:	fill_eight 0
	fill_eight 64
	fill_eight 128
	fill_eight 192
	addq	$256, %rdi
	subq	$32, %rsi
	jnz	1b
	movups	(%rsp), %xmm0
	movups	16(%rsp), %xmm1
	movups	32(%rsp), %xmm2
	movups	48(%rsp), %xmm3
	movups	64(%rsp), %xmm4
	addq	$BORROWED, %rsp
	ret
	.size	words_fill, . - words_fill
	.section .note.GNU-stack, "", @progbits
