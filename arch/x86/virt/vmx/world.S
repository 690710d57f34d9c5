// SPDX-License-Identifier: Apache-2.0
/*
 * Into the guest and back. A hypercall of its kernel is answered from here, with nothing saved but
 * what C may clobber, and so is a CPUID whose answer is kept; what vmx_fast() answers comes back
 * here as well; every other exit returns to vmx_run() with all registers in memory.
 *
 * The exit itself loads stack, shadow stack, GS, task register and control registers from the
 * VMCS, interrupts masked: an NMI may come at each instruction here.
 */
#include "../cpuid_fast.h"
#include "../macros.S"
#include "vmcs.h"

	.macro	READ	field, to
	movl	$\field, %eax
	vmread	%rax, \to
	.endm

	.section .text.vmx, "ax"
	.globl vmx_enter
	.type vmx_enter, @function
vmx_enter:
	endbr64
	host_save
	movl	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
	xorl	%ecx, %ecx
	rdsspq	%rcx
	testq	%rcx, %rcx
	jz	1f
	movl	$VMCS_HOST_SSP, %eax
	vmwrite	%rcx, %rax
1:	guest_load_kept	%rdi
	movq	VCPU_GPR(0)(%rdi), %rax
	movq	VCPU_GPR(2)(%rdi), %rdx

	/* Moves leave the flags alone: zero until the VMCS is launched. */
	testl	%esi, %esi
again:	guest_load_clobbered	%rdi
	movq	VCPU_GPR(7)(%rdi), %rdi
	jz	2f
	vmresume
	jmp	3f
2:	vmlaunch
	/* The guest's registers are loaded and it was not entered. */
3:	movq	(%rsp), %rdi
	xorl	%eax, %eax
	jmp	leave

	.globl vmx_exit_entry
	.type vmx_exit_entry, @function
vmx_exit_entry:
	pushq	%rdi
	movq	8(%rsp), %rdi
	popq	VCPU_GPR(7)(%rdi)
	movq	%rax, VCPU_GPR(0)(%rdi)
	movq	%rax, VCPU_CALL(0)(%rdi)
	guest_save_clobbered	%rdi
	READ	VMCS_EXIT_REASON, %rax
	cmpl	$REASON_VMCALL, %eax
	jne	cpuid
	READ	VMCS_GUEST_SS_ATTRIBUTES, %rax
	testb	$0x60, %al		/* DPL: the guest's CPL */
	jnz	slow

	call_save	%rdi
	call	upcall_hypercall
	movq	(%rsp), %rdi
	testl	%eax, %eax
	jnz	slow
skip:	READ	VMCS_EXIT_LENGTH, %rcx
	READ	VMCS_GUEST_RIP, %rdx
	addq	%rcx, %rdx
	vmwrite	%rdx, %rax
	READ	VMCS_GUEST_INTERRUPTIBILITY, %rcx
	testb	$INTERRUPTIBILITY_SHADOW, %cl
	jz	4f
	andl	$~INTERRUPTIBILITY_SHADOW, %ecx
	vmwrite	%rcx, %rax
4:	movq	VCPU_CALL(0)(%rdi), %rax
	movq	VCPU_CALL(1)(%rdi), %rdx
	testq	%rdi, %rdi		/* not zero: launched */
	jmp	again

	/* One behind which no single step is due. */
cpuid:	cmpl	$REASON_CPUID, %eax
	jne	other
	READ	VMCS_GUEST_RFLAGS, %rax
	testl	$RFLAGS_TF_RF, %eax
	jnz	slow
	movl	VCPU_CALL(0)(%rdi), %r8d
	CPUID_FIND slow
	movl	CPUID_EAX(%rsi), %r8d
	movq	%r8, VCPU_CALL(0)(%rdi)
	movl	CPUID_EBX(%rsi), %ebx
	movl	CPUID_ECX(%rsi), %ecx
	movq	%rcx, VCPU_GPR(1)(%rdi)
	movl	CPUID_EDX(%rsi), %edx
	movq	%rdx, VCPU_CALL(1)(%rdi)
	jmp	skip

other:	movl	%eax, %esi
	cmpl	$REASON_EPT_VIOLATION, %eax
	je	page
	call	vmx_fast
	movq	(%rsp), %rdi
	testb	%al, %al
	jz	slow
5:	movq	VCPU_GPR(0)(%rdi), %rax
	movq	VCPU_GPR(2)(%rdi), %rdx
	testq	%rdi, %rdi
	jmp	again

	/* The instruction may store any register, and load any. */
page:	guest_save_kept	%rdi
	call	vmx_fast_page
	movq	(%rsp), %rdi
	testb	%al, %al
	jz	slow
	guest_load_kept	%rdi
	jmp	5b

slow:	movl	$1, %eax
leave:	guest_save_kept	%rdi
	host_load_and_return
	.size vmx_enter, . - vmx_enter

	.section .note.GNU-stack, "", @progbits
