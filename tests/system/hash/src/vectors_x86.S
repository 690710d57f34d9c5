// SPDX-License-Identifier: Apache-2.0
	.macro	func name
	.section .text.\name, "ax"
	.globl	\name
\name:	endbr64
	.endm

	.macro	load move reg size
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\move	\size * \n(%rdi), %\reg\n
	.endr
	ret
	.endm

	.macro	store move reg size
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\move	%\reg\n, \size * \n(%rdi)
	.endr
	ret
	.endm

	func	vectors_load_sse
	load	movdqu, xmm, 16
	func	vectors_load_avx
	load	vmovdqu, ymm, 32

	func	vectors_store_sse
	store	movdqu, xmm, 16
	func	vectors_store_avx
	store	vmovdqu, ymm, 32

	.section .note.GNU-stack, "", @progbits
