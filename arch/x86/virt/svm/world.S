// SPDX-License-Identifier: Apache-2.0
/*
 * Into the guest and back. A hypercall of its kernel is answered from here, with nothing saved but
 * what C may clobber, and so is a CPUID whose answer is kept; what svm_fast() answers comes back
 * here as well; every other exit returns to svm_run() with all registers in memory.
 *
 * GIF is clear from before the guest's state is loaded until the host's is back, so that neither
 * interrupt nor NMI meets a wrong GS or task register (APM volume 2, 15.17). VMRUN is executed with
 * RFLAGS.IF set: with V_INTR_MASKING, that is what lets a physical interrupt end the guest.
 */
#include "../cpuid_fast.h"
#include "../macros.S"
#include "vmcb.h"

	.section .text.svm, "ax"
	.globl svm_enter
	.type svm_enter, @function
svm_enter:
	endbr64
	host_save
	guest_load_kept	%rdi
	movq	VCPU_GPR(2)(%rdi), %rdx

again:	guest_load_clobbered	%rdi
	movq	VCPU_BLOCK_PA(%rdi), %rax
	movq	VCPU_GPR(7)(%rdi), %rdi
	clgi
	sti
	vmload	%rax
	vmrun	%rax
	vmsave	%rax
	movq	(%rsp), %rax
	movq	%rdi, VCPU_GPR(7)(%rax)
	movq	%rax, %rdi
	movq	VCPU_HOST_PA(%rdi), %rax
	vmload	%rax
	cli
	stgi

	guest_save_clobbered	%rdi
	movq	VCPU_BLOCK(%rdi), %rax
	movb	$0, VMCB_TLB_CONTROL(%rax)
	cmpl	$EXITCODE_VMMCALL, VMCB_EXITCODE(%rax)
	jne	cpuid
	cmpb	$0, VMCB_CPL(%rax)
	jne	slow

	movq	VMCB_RAX(%rax), %r10
	movq	%r10, VCPU_CALL(0)(%rdi)
	call_save	%rdi
	call	upcall_hypercall
	movq	(%rsp), %rdi
	testl	%eax, %eax
	jnz	slow
	movq	VCPU_BLOCK(%rdi), %r10
	movq	VCPU_CALL(0)(%rdi), %rax
	movq	%rax, VMCB_RAX(%r10)
	addq	$3, VMCB_RIP(%r10)
	movq	$0, VMCB_INTERRUPT_SHADOW(%r10)
	movq	VCPU_CALL(1)(%rdi), %rdx
	jmp	again

	/* One whose length is known, and no single step is due behind it. */
cpuid:	cmpl	$EXITCODE_CPUID, VMCB_EXITCODE(%rax)
	jne	other
	movq	VMCB_RIP(%rax), %r10
	cmpq	VCPU_CPUID_RIP(%rdi), %r10
	jne	slow
	movq	VMCB_CR3(%rax), %r9
	cmpq	VCPU_CPUID_CR3(%rdi), %r9
	jne	slow
	testl	$RFLAGS_TF_RF, VMCB_RFLAGS(%rax)
	jnz	slow
	movl	VMCB_RAX(%rax), %r8d
	CPUID_FIND slow
	movl	CPUID_EAX(%rsi), %r8d
	movq	%r8, VMCB_RAX(%rax)
	movl	CPUID_EBX(%rsi), %ebx
	movl	CPUID_ECX(%rsi), %ecx
	movq	%rcx, VCPU_GPR(1)(%rdi)
	movl	CPUID_EDX(%rsi), %edx
	addq	VCPU_CPUID_LENGTH(%rdi), %r10
	movq	%r10, VMCB_RIP(%rax)
	movq	$0, VMCB_INTERRUPT_SHADOW(%rax)
	jmp	again

other:	cmpl	$EXITCODE_NPF, VMCB_EXITCODE(%rax)
	je	page
	call	svm_fast
	movq	(%rsp), %rdi
	movq	VCPU_GPR(2)(%rdi), %rdx
	testb	%al, %al
	jnz	again
	jmp	slow

	/* The instruction may store any register, and load any. */
page:	guest_save_kept	%rdi
	call	svm_fast_page
	movq	(%rsp), %rdi
	testb	%al, %al
	jz	leave
	guest_load_kept	%rdi
	movq	VCPU_GPR(2)(%rdi), %rdx
	jmp	again

slow:	guest_save_kept	%rdi
leave:
	host_load_and_return
	.size svm_enter, . - svm_enter

	.section .note.GNU-stack, "", @progbits
