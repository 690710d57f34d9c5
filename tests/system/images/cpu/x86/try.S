// SPDX-License-Identifier: Apache-2.0
/* Calls that an exception may end, user mode, and a system call. */
	.text
	.globl	try_call, try_end, enter_user, system_call
try_call:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, try_rsp
	mov	%rdi, %rax
	mov	%rsi, %rdi
	sub	$8, %rsp
	call	*%rax
	add	$8, %rsp
	mov	$256, %eax
	// An exception comes back here, with its vector in RAX.
try_end:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

// To user mode at RDI with the stack RSI; its next exception ends it.
enter_user:
	push	$0x1b
	push	%rsi
	push	$2
	push	$0x23
	push	%rdi
	iretq

system_call:
	mov	%rcx, system_call_from
	sysretq

	.bss
	.balign	8
	.globl	try_rsp, system_call_from
try_rsp:
	.skip	8
system_call_from:
	.skip	8

	.section .note.GNU-stack, "", %progbits
