// SPDX-License-Identifier: Apache-2.0
/*
 * What both ways into the guest and back do with the general registers. @v: the register that holds
 * the vcpu. RAX, RSP and where RDI goes on the way out are each extension's own.
 */
#include "offsets.h"

	/* Bulkhead's own that C keeps; the vcpu, in RDI, last. */
	.macro	host_save
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdi
	.endm

	.macro	host_load_and_return
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.endm

	/* The guest's that C keeps: they stay in the CPU while a call from here is answered. */
	.macro	guest_load_kept v
	movq	VCPU_GPR(3)(\v), %rbx
	movq	VCPU_GPR(5)(\v), %rbp
	movq	VCPU_GPR(12)(\v), %r12
	movq	VCPU_GPR(13)(\v), %r13
	movq	VCPU_GPR(14)(\v), %r14
	movq	VCPU_GPR(15)(\v), %r15
	.endm

	.macro	guest_save_kept v
	movq	%rbx, VCPU_GPR(3)(\v)
	movq	%rbp, VCPU_GPR(5)(\v)
	movq	%r12, VCPU_GPR(12)(\v)
	movq	%r13, VCPU_GPR(13)(\v)
	movq	%r14, VCPU_GPR(14)(\v)
	movq	%r15, VCPU_GPR(15)(\v)
	.endm

	/* The guest's that C clobbers, but for RAX, RDX and RDI. */
	.macro	guest_load_clobbered v
	movq	VCPU_GPR(1)(\v), %rcx
	movq	VCPU_GPR(6)(\v), %rsi
	movq	VCPU_GPR(8)(\v), %r8
	movq	VCPU_GPR(9)(\v), %r9
	movq	VCPU_GPR(10)(\v), %r10
	movq	VCPU_GPR(11)(\v), %r11
	.endm

	/* With RDX. */
	.macro	guest_save_clobbered v
	movq	%rcx, VCPU_GPR(1)(\v)
	movq	%rdx, VCPU_GPR(2)(\v)
	movq	%rsi, VCPU_GPR(6)(\v)
	movq	%r8, VCPU_GPR(8)(\v)
	movq	%r9, VCPU_GPR(9)(\v)
	movq	%r10, VCPU_GPR(10)(\v)
	movq	%r11, VCPU_GPR(11)(\v)
	.endm

	/* Arguments of a hypercall, call[1] to call[6]; the number is in call[0]. */
	.macro	call_save v
	movq	%rbx, VCPU_CALL(1)(\v)
	movq	%rcx, VCPU_CALL(2)(\v)
	movq	%rdx, VCPU_CALL(3)(\v)
	movq	%rsi, VCPU_CALL(4)(\v)
	movq	%r8, VCPU_CALL(5)(\v)
	movq	%r9, VCPU_CALL(6)(\v)
	leaq	VCPU_CALL(0)(\v), %rsi
	.endm
