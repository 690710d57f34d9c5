// SPDX-License-Identifier: Apache-2.0
/*
 * SHA-256 by SHA-NI (SDM volume 2, SHA256RNDS2), twice: with the three operands of AVX, and for
 * CPUs that have no AVX. asm/sha256.h.
 *
 * The state is two registers: A, B, E, F and C, D, G, H, from the highest word down.
 */
	.set	ABEF_SAVED, 0
	.set	CDGH_SAVED, 16
	.set	BORROWED, 32

/* xmm1 = ABEF, xmm2 = CDGH: from the state at rdi, and back. */
	.macro	state_load
	movdqu	(%rdi), %xmm1
	movdqu	16(%rdi), %xmm2
	movdqa	%xmm1, %xmm8
	punpcklqdq %xmm2, %xmm1
	punpckhqdq %xmm8, %xmm2
	pshufd	$0x1b, %xmm1, %xmm1
	pshufd	$0xb1, %xmm2, %xmm2
	.endm

	.macro	state_store
	movdqa	%xmm1, %xmm8
	punpcklqdq %xmm2, %xmm1
	punpckhqdq %xmm8, %xmm2
	pshufd	$0xb1, %xmm1, %xmm1
	pshufd	$0x1b, %xmm2, %xmm2
	movdqu	%xmm2, (%rdi)
	movdqu	%xmm1, 16(%rdi)
	.endm

/*
 * xmm0 = \w + the constants of group \i; then \w += the words that lie 7 back from each of the
 * group it becomes, which the two groups last done hold between them.
 */
	.macro	add_constants_sse i w
	movdqa	\w, %xmm0
	paddd	16 * \i(%rcx), %xmm0
	.endm
	.macro	add_words_sse w before after
	movdqa	\after, %xmm8
	palignr	$4, \before, %xmm8
	paddd	%xmm8, \w
	.endm

	.macro	add_constants_avx i w
	vpaddd	16 * \i(%rcx), \w, %xmm0
	.endm
	.macro	add_words_avx w before after
	vpalignr $4, \before, \after, %xmm8
	paddd	%xmm8, \w
	.endm

/* Four rounds with words \w; \next become the four behind those, \last the ones before. */
	.macro	group isa i w next last
	add_constants_\isa \i, \w
	sha256rnds2 %xmm0, %xmm1, %xmm2
	.if	\i >= 3 && \i <= 14
	add_words_\isa \next, \last, \w
	sha256msg2 \w, \next
	.endif
	punpckhqdq %xmm0, %xmm0
	sha256rnds2 %xmm0, %xmm2, %xmm1
	.if	\i >= 1 && \i <= 12
	sha256msg1 \w, \last
	.endif
	.endm

	.macro	four_groups isa i
	group	\isa, (\i + 0), %xmm3, %xmm4, %xmm6
	group	\isa, (\i + 1), %xmm4, %xmm5, %xmm3
	group	\isa, (\i + 2), %xmm5, %xmm6, %xmm4
	group	\isa, (\i + 3), %xmm6, %xmm3, %xmm5
	.endm

/* Blocks rdx at rsi into the state at rdi; rcx: the constants of the rounds. */
	.macro	blocks isa
	state_load
	movdqa	big_endian(%rip), %xmm7
1:	movdqa	%xmm1, ABEF_SAVED(%rsp)
	movdqa	%xmm2, CDGH_SAVED(%rsp)
	movdqu	(%rsi), %xmm3
	movdqu	16(%rsi), %xmm4
	movdqu	32(%rsi), %xmm5
	movdqu	48(%rsi), %xmm6
	pshufb	%xmm7, %xmm3
	pshufb	%xmm7, %xmm4
	pshufb	%xmm7, %xmm5
	pshufb	%xmm7, %xmm6
	four_groups \isa, 0
	four_groups \isa, 4
	four_groups \isa, 8
	four_groups \isa, 12
	paddd	ABEF_SAVED(%rsp), %xmm1
	paddd	CDGH_SAVED(%rsp), %xmm2
	addq	$64, %rsi
	decq	%rdx
	jnz	1b
	state_store
	.endm

/* \move registers 0 to 8, \size bytes each, which are somebody else's, to or from the stack. */
	.macro	borrow move reg size
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8
	\move	%\reg\n, BORROWED + \size * \n(%rsp)
	.endr
	.endm
	.macro	give_back move reg size
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8
	\move	BORROWED + \size * \n(%rsp), %\reg\n
	.endr
	.endm

	.macro	func isa move reg size
	.section .text.sha256_ni_\isa, "ax"
	.balign	16
	.globl	sha256_ni_\isa
	.type	sha256_ni_\isa, @function
sha256_ni_\isa:
	endbr64
	pushq	%rbp
	movq	%rsp, %rbp
	subq	$(BORROWED + 9 * \size), %rsp
	andq	$-32, %rsp
	borrow	\move, \reg, \size
	blocks	\isa
	give_back \move, \reg, \size
	leave
	ret
	.size	sha256_ni_\isa, . - sha256_ni_\isa
	.endm

	func	sse, movdqa, xmm, 16
	func	avx, vmovdqa, ymm, 32

	.section .rodata.sha256_ni, "a"
	.balign	16
big_endian:
	.byte	3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12

	.section .note.GNU-stack, "", @progbits
