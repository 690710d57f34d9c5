// SPDX-License-Identifier: Apache-2.0
// guest_code runs in 64-bit mode with an identity map; edi: ARG_*. guest_real starts in real mode.
#include "guest.h"

#define CR4_PKE 0x400000

#define AT(sym) (GUEST_RAM + (sym) - guest_code)

	.section .rodata.guest, "a"
	.balign 4096
	.globl guest_code, guest_code_end, guest_real, guest_vectors

/* What follows faults at its first byte; the handler goes on behind it, on an empty stack. */
	.macro	FAULTS_AT insn:vararg
	leaq	901f(%rip), %r13
	leaq	902f(%rip), %r12
901:	\insn
902:
	.endm

	.macro	VALUE reg
	movq	\reg, (%r11)
	addq	$8, %r11
	.endm

	.macro	WRITE_MSR msr, value
	movl	$\msr, %ecx
	movl	\value, %eax
	xorl	%edx, %edx
	wrmsr
	.endm

	.macro	CHECK_MSR msr, value
	movl	$\msr, %ecx
	rdmsr
	xorl	\value, %eax
	orl	%edx, %eax
	orl	%eax, %ebp
	.endm

/* Skips to @to unless the CPU has protection keys: RBX and the rest stay. */
	.macro	WITH_KEYS to
	pushq	%rbx
	movl	$7, %eax
	xorl	%ecx, %ecx
	cpuid
	popq	%rbx
	testl	$8, %ecx
	jz	\to
	.endm

	.code64
guest_code:
	movzbl	%dil, %ebx
	shll	$12, %ebx
	leaq	GUEST_DESC(%rbx), %r10
	leaq	GUEST_RESULTS(%rbx), %r14
	leaq	VALUES_AT(%r14), %r11
	leaq	GUEST_STACKS + 0x1000(%rbx), %r8
	movq	%r8, %rsp
	testl	$ARG_TRIPLE, %edi
	jnz	triple
	lgdt	DESC_GDT_POINTER(%r10)
	lidt	DESC_IDT_POINTER(%r10)
	testl	$ARG_NO_STACK, %edi
	jnz	no_stack
	pushq	$8
	pushq	$AT(1f)
	lretq
1:	movl	$0x10, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	movl	$SEL_GUEST_TSS, %eax
	ltr	%ax
	movq	%cr4, %rax
	orl	$0x200, %eax			# OSFXSR
	movq	%rax, %cr4

	FAULTS_AT	movl GUEST_NOWHERE, %eax
	FAULTS_AT	movl %eax, GUEST_READ_ONLY
	movl	$0x277, %ecx
	movl	$0x02020202, %eax		# PAT: a reserved type
	xorl	%edx, %edx
	FAULTS_AT	wrmsr
	movl	$0x3a, %ecx			# FEATURE_CONTROL
	FAULTS_AT	rdmsr
	xorl	%eax, %eax
	xorl	%edx, %edx
	movl	$0x6a2, %ecx			# S_CET
	FAULTS_AT	wrmsr
	movl	$0xc0000080, %ecx
	movl	$0x1d00, %eax			# EFER.SVME
	FAULTS_AT	wrmsr
	FAULTS_AT	rdpmc
	FAULTS_AT	vmxoff
	movl	$0x1000, %eax
	FAULTS_AT	vmrun %rax
	FAULTS_AT	xsetbv
	FAULTS_AT	invd
	xorl	%ecx, %ecx
	movl	$GUEST_RAM, %eax
	FAULTS_AT	monitor
	FAULTS_AT	mwait
	FAULTS_AT	ud2
	FAULTS_AT	movl GUEST_UNMAPPED, %eax
	movl	$GUEST_PORT, %edx
	movl	$GUEST_RAM, %edi
	FAULTS_AT	insb

	/* Single step: the trap comes behind the instruction after POPF. */
	leaq	3f(%rip), %r13
	leaq	3f(%rip), %r12
	pushq	$0x102
	popfq
	nop
3:	movq	%db6, %r9
	andl	$0x4000, %r9d

	/* A hypercall of user mode. */
	leaq	5f(%rip), %r12
	pushq	$SEL_USER_DATA
	pushq	%r8
	pushq	$2
	pushq	$SEL_USER_CODE
	pushq	$AT(6f)
	iretq
6:	movl	$UNKNOWN_CALL, %eax
	testl	$1, DESC_CALL(%r10)
	jnz	7f
	leaq	8f(%rip), %r13
8:	vmmcall
7:	leaq	4f(%rip), %r13
4:	vmcall
5:

	/* What Bulkhead answers by itself. */
	movl	%ebx, %esi
	movl	$1, %eax
	cpuid
	movl	%esi, %ebx
	andl	$0x88000020, %ecx		# hypervisor, OSXSAVE, VMX
	VALUE	%rcx
	movq	%cr0, %rax
	movq	%rax, %rcx
	orl	$0x40000000, %eax		# CD
	movq	%rax, %cr0
	movq	%cr0, %rdx
	movq	%rcx, %cr0
	andl	$0x60000000, %edx
	VALUE	%rdx
	movq	%cr4, %rax
	VALUE	%rax
	movl	$5, %eax
	movq	%rax, %cr8
	xorl	%eax, %eax
	movq	%cr8, %rax
	VALUE	%rax
	movl	$0xc0000080, %ecx
	rdmsr
	VALUE	%rax
	movl	$0x277, %ecx			# PAT
	rdmsr
	shlq	$32, %rdx
	orq	%rdx, %rax
	VALUE	%rax
	VALUE	%r9
	wbinvd
	clts
	movl	$GUEST_PORT, %edx
	movl	$0x11223344, %eax
	inb	%dx, %al
	VALUE	%rax
	inw	%dx, %ax
	VALUE	%rax
	inl	%dx, %eax
	VALUE	%rax

	/* What is the vcpu's own, and must be when it comes back. */
	leal	0x100000(%rbx), %r9d
	movl	%r9d, %edi
	shrl	$8, %edi			# SYSENTER_CS: 16 bits may be all
	WRITE_MSR 0x174, %edi
	WRITE_MSR 0x175, %r9d
	WRITE_MSR 0x176, %r9d
	WRITE_MSR 0xc0000081, %r9d
	WRITE_MSR 0xc0000082, %r9d
	WRITE_MSR 0xc0000083, %r9d
	WRITE_MSR 0xc0000084, %r9d
	WRITE_MSR 0xc0000100, %r9d
	WRITE_MSR 0xc0000101, %r9d
	WRITE_MSR 0xc0000102, %r9d
	movl	$0x277, %ecx
	movl	$0x01010101, %eax
	movl	$0x04040404, %edx
	wrmsr
	movq	%r9, %db0
	movq	%r9, %db1
	movq	%r9, %db2
	movq	%r9, %db3
	shrl	$12, %ebx
	leal	0xffff0ff0(%rbx), %eax		# bit 0 in DR6 tells the vcpus apart
	movq	%rax, %db6
	movl	$0x402, %eax			# G0: DR0 is not reached by execution
	movq	%rax, %db7
	movq	%r9, %cr2
	movq	%r9, %xmm0
	movq	%r9, %xmm15
	WITH_KEYS 1f
	movq	%cr4, %rax
	orl	$CR4_PKE, %eax
	movq	%rax, %cr4
	movl	%r9d, %eax
	andl	$~3, %eax			# key 0 is the program's own
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	wrpkru
1:
	/* Away, and back with an interrupt; again, and back with an NMI. */
	sti
	leaq	9f(%rip), %r13
	leaq	9f(%rip), %r12
9:	movl	%eax, GUEST_DEVICE + REG_PARK
	cli
	leaq	10f(%rip), %r13
	leaq	10f(%rip), %r12
10:	movl	%eax, GUEST_DEVICE + REG_PARK

	xorl	%ebp, %ebp
	CHECK_MSR 0x174, %edi
	CHECK_MSR 0x175, %r9d
	CHECK_MSR 0x176, %r9d
	CHECK_MSR 0xc0000081, %r9d
	CHECK_MSR 0xc0000082, %r9d
	CHECK_MSR 0xc0000083, %r9d
	CHECK_MSR 0xc0000084, %r9d
	CHECK_MSR 0xc0000100, %r9d
	CHECK_MSR 0xc0000101, %r9d
	CHECK_MSR 0xc0000102, %r9d
	VALUE	%rbp
	movl	$0x277, %ecx
	rdmsr
	shlq	$32, %rdx
	orq	%rdx, %rax
	VALUE	%rax
	xorl	%ebp, %ebp
	.irp	n, 0, 1, 2, 3
	movq	%db\n, %rax
	xorq	%r9, %rax
	orq	%rax, %rbp
	.endr
	movq	%db6, %rax
	xorl	%ebx, %eax
	xorl	$0xffff0ff0, %eax
	orq	%rax, %rbp
	movq	%db7, %rax
	xorl	$0x402, %eax
	orq	%rax, %rbp
	VALUE	%rbp
	movq	%cr2, %rax
	xorq	%r9, %rax
	VALUE	%rax
	movq	%xmm0, %rax
	movq	%xmm15, %rcx
	xorq	%r9, %rax
	xorq	%r9, %rcx
	orq	%rcx, %rax
	VALUE	%rax
	xorl	%esi, %esi
	WITH_KEYS 1f
	xorl	%ecx, %ecx
	rdpkru
	movl	%eax, %esi
	xorl	%r9d, %esi
	andl	$~3, %esi
	xorl	%eax, %eax
	wrpkru
	movq	%cr4, %rax
	andl	$~CR4_PKE, %eax
	movq	%rax, %cr4
1:	VALUE	%rsi

	/* In the shadow of STI and of MOV SS: it ends with the instruction Bulkhead answers. */
	movl	$0x10, %edx
	sti
	hlt
	cli
	movl	%edx, %ss
	inb	$0x80, %al
	movzbl	%al, %eax
	VALUE	%rax

	testl	$1, DESC_CALL(%r10)
	jz	11f
	movq	%cr4, %rax
	orl	$0x800000, %eax			# CET
	FAULTS_AT	movq %rax, %cr4
	movq	%cr4, %rax
	orl	$0x1000000, %eax		# PKS
	FAULTS_AT	movq %rax, %cr4
	movq	%cr4, %rax
	orl	$0x2000, %eax			# VMXE
	FAULTS_AT	movq %rax, %cr4
	movq	%cr4, %rax
	orl	$0x8000, %eax			# reserved
	FAULTS_AT	movq %rax, %cr4
	movl	$0x10, %eax
	FAULTS_AT	movq %rax, %cr8
	movq	%cr0, %rax
	orl	$0x20000000, %eax		# NW without CD
	FAULTS_AT	movq %rax, %cr0
	movq	%cr0, %rax
	xorl	$0x80000020, %eax		# PG, and NE, for which it exits
	FAULTS_AT	movq %rax, %cr0
	movq	%cr0, %rax
	xorl	$0x20, %eax
	btsq	$32, %rax
	FAULTS_AT	movq %rax, %cr0
	/* INT1 is a trap. */
	leaq	12f(%rip), %r13
	leaq	12f(%rip), %r12
	.byte	0xf1
12:	/* A single step where Bulkhead steps over the instruction. */
	leaq	13f(%rip), %r13
	leaq	13f(%rip), %r12
	pushq	$0x102
	popfq
	cpuid
13:
11:	movl	%eax, GUEST_DEVICE + REG_END
	jmp	.

no_stack:
	movl	$GUEST_NOWHERE, %esp
	ud2
triple:	lidt	DESC_NO_IDT(%r10)
	ud2

	/* 16 bytes each: pushes the vector, and a zero where the CPU pushes no code. */
	.balign	16
guest_vectors:
	vec = 0
	.rept	VECTOR + 1
	.balign	16
	.if !((vec == 8) || (vec >= 10 && vec <= 14) || (vec == 17))
	pushq	$0
	.endif
	pushq	$vec
	jmp	handler
	vec = vec + 1
	.endr

	/* On the stack: vector, code, RIP, CS, RFLAGS, RSP, SS. */
handler:
	pushq	%rax
	movq	8(%rsp), %rax
	movq	%rax, (%r14)
	movq	16(%rsp), %rax
	movq	%rax, 8(%r14)
	movq	%cr2, %rax
	movq	%rax, 16(%r14)
	movq	32(%rsp), %rax
	andl	$3, %eax
	movq	%rax, 24(%r14)
	movq	24(%rsp), %rax
	subq	%r13, %rax
	movq	%rax, 32(%r14)
	addq	$FAULT_BYTES, %r14
	popq	%rax
	movq	%r8, %rsp
	pushq	$0x10
	pushq	%r8
	pushq	$2
	pushq	$8
	pushq	%r12
	iretq

	/* From real mode by way of PAE paging to 64-bit mode. */
	.code16
guest_real:
	movw	$(GUEST_RAM >> 4), %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0xf000, %sp
	xorl	%ebp, %ebp
	movl	$0x40000100, %eax
	cpuid
	cmpl	$0x6b6c7542, %ebx		# "Bulk"
	jne	stop16
	movl	$UNKNOWN_CALL, %eax
	testb	$1, GUEST_DESC - GUEST_RAM + DESC_CALL
	jz	1f
	vmcall
	jmp	2f
1:	vmmcall
2:	cmpl	$UNKNOWN_CALL, %eax
	je	stop16
	inb	$0x80, %al
	cmpb	$0xff, %al
	jne	stop16
	hlt
	lgdtl	GUEST_DESC - GUEST_RAM + DESC_GDT_POINTER
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $AT(code32)
stop16:	hlt
	jmp	stop16

	.code32
code32:	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %ss
	movl	%cr4, %eax
	orl	$0x20, %eax			# PAE
	movl	%eax, %cr4
	movl	$(GUEST_DESC + DESC_PAE), %eax
	movl	%eax, %cr3
	movl	%cr0, %ecx
	movl	%ecx, %eax
	orl	$0x80000020, %eax		# PG and NE
	movl	%eax, %cr0
	movl	GUEST_DESC + DESC_CALL, %ebp
	movl	%cr0, %eax
	andl	$0x80000021, %eax
	cmpl	$0x80000021, %eax
	jne	.
	movl	%ecx, %eax
	movl	%eax, %cr0
	movl	$GUEST_PML4, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x900, %eax			# LME, NXE
	wrmsr
	movl	%cr0, %eax
	orl	$0x80010022, %eax		# PG, WP, NE, MP
	movl	%eax, %cr0
	ljmp	$8, $AT(code64)

	.code64
code64:	movl	$0xc0000080, %ecx
	rdmsr
	movq	%rax, GUEST_RESULTS + LONG_AT
	movl	%eax, GUEST_DEVICE + REG_END
	jmp	.
guest_code_end:
