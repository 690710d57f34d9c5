# SPDX-License-Identifier: Apache-2.0
# Runs in 64-bit mode with an identity map, at GUEST_RAM. edi: mode and count (guest.h).
#include "guest.h"

#define AT(sym) (GUEST_RAM + (sym) - guest_code)

	.section .rodata.guest, "a"
	.code64
	.balign 4096
	.globl guest_code, guest_code_end
	.macro	CALLS	insn
	movl	$UNKNOWN_CALL, %eax
	\insn
	movl	%eax, REG_RESULT(%rbx)
	movl	REG_ASK(%rbx), %eax
	movl	%eax, REG_ECHO(%rbx)

	movl	%esi, %ebp
	movl	%eax, REG_STAMP(%rbx)
1:	movl	$UNKNOWN_CALL, %eax
	\insn
	decl	%ebp
	jnz	1b
	movl	%eax, REG_STAMP(%rbx)
	movl	%esi, %ebp
2:	movl	$UNKNOWN_CALL, %eax
	decl	%ebp
	jnz	2b
	movl	%eax, REG_STAMP(%rbx)
	jmp	nowhere
	.endm

guest_code:
	lgdt	AT(gdt_pointer)
	lidt	AT(idt_pointer)
	pushq	$8
	pushq	$AT(reload)
	lretq
reload:	movl	$16, %eax
	movl	%eax, %ss
	# None comes here. Bochs' SVM lets Bulkhead's own end a guest only while it takes its own.
	sti

	# What Bulkhead answers by itself. A wrong answer ends the guest: #UD has no gate.
	movl	$0x40000100, %eax
	.byte	0x66				# a prefix without effect is part of the length
	cpuid
	cmpl	$0x6b6c7542, %ebx		# "Bulk"
	jne	wrong
	movl	$0xc0000080, %ecx		# EFER: LMA, and no SVME
	rdmsr
	andl	$0x1400, %eax
	cmpl	$0x400, %eax
	jne	wrong
	inb	$0x80, %al			# nobody is there
	cmpb	$0xff, %al
	jne	wrong
	hlt
	movl	$GUEST_MMIO, %ebx
	movl	%edi, %esi
	shrl	$8, %esi
	testl	$MODE_WRITER, %edi
	jnz	writer
	testl	$MODE_CPUID, %edi
	jnz	time_cpuid
	testl	$MODE_VMMCALL, %edi
	jnz	amd
	CALLS	vmcall
amd:	CALLS	vmmcall

time_cpuid:
	movl	%ebx, %r8d
	movl	%esi, %ebp
	movl	%eax, REG_STAMP(%r8)
1:	movl	$0x40000100, %eax
	xorl	%ecx, %ecx
	cpuid
	decl	%ebp
	jnz	1b
	movl	%eax, REG_STAMP(%r8)
	movl	%esi, %ebp
2:	movl	$0x40000100, %eax
	xorl	%ecx, %ecx
	decl	%ebp
	jnz	2b
	movl	%eax, REG_STAMP(%r8)
	movl	%eax, REG_END(%r8)
	jmp	.

nowhere:
	movl	GUEST_NOWHERE, %eax
	nop
	movl	%eax, REG_END(%rbx)
	jmp	.

wrong:	ud2

writer:	incl	GUEST_SHARED
	incl	%ecx
	testl	$0xf, %ecx
	jnz	writer
	pause				# a simulator that runs CPUs in turn goes on to the next
	jmp	writer

fault:	movl	(%rsp), %eax
	addq	$8, %rsp
	testl	$MODE_WRITER, %edi
	jnz	1f
	movl	%eax, REG_FAULT(%rbx)
	addq	$7, (%rsp)			# the length of the load above
1:	pause
	iretq

	.balign	8
gdt:	.quad	0, 0x00209a0000000000, 0x0000920000000000
gdt_pointer:
	.word	23
	.quad	AT(gdt)
idt:	.fill	13 * 16, 1, 0
	.word	AT(fault) & 0xffff, 8, 0x8e00, AT(fault) >> 16, 0, 0, 0, 0
	.word	AT(fault) & 0xffff, 8, 0x8e00, AT(fault) >> 16, 0, 0, 0, 0
idt_pointer:
	.word	15 * 16 - 1
	.quad	AT(idt)
guest_code_end:
