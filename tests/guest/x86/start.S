// SPDX-License-Identifier: Apache-2.0
/*
 * Two entries. The first byte, for raw and ELF payloads: in 64-bit mode, the first 4 GiB mapped one
 * to one, RDI = PVH start information. By PVH (Xen docs/misc/pvh.pandoc): 32-bit protected mode
 * without paging, EBX = the same; it maps the first 4 GiB and goes to 64-bit mode.
 */
#include "long_mode.h"

	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18	// XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	guest_entry

#ifdef GUEST_MULTIBOOT
	// The same entry, EBX = multiboot information (Multiboot 0.6.96, 3.1).
	.section .multiboot, "a"
	.balign	4
	.long	0x1badb002, 3, -(0x1badb002 + 3)
#endif

	.section .text.head, "ax"
	.code64
	.globl guest_entry_64
guest_entry_64:
	cli
	cld
	mov	%edi, %ebx
	mov	$bss_start, %edi
	mov	$bss_end, %ecx
	sub	%edi, %ecx
	xor	%eax, %eax
	rep stosb
	mov	$stack_top, %esp
	lgdt	gdt_pointer
	push	$8
	push	$long_mode
	lretq

	.code32
	.globl guest_entry
guest_entry:
	cli
	cld
	mov	$bss_start, %edi
	mov	$bss_end, %ecx
	sub	%edi, %ecx
	xor	%eax, %eax
	rep stosb

	mov	$pdpt, %eax
	or	$3, %eax
	mov	%eax, pml4
	xor	%ecx, %ecx
1:	mov	%ecx, %eax	// 4 tables of 512 pages of 2 MiB
	shl	$21, %eax
	or	$0x83, %eax
	mov	%eax, pd(, %ecx, 8)
	inc	%ecx
	cmp	$2048, %ecx
	jne	1b
	xor	%ecx, %ecx
2:	mov	%ecx, %eax
	shl	$12, %eax
	add	$pd, %eax
	or	$3, %eax
	mov	%eax, pdpt(, %ecx, 8)
	inc	%ecx
	cmp	$4, %ecx
	jne	2b

	mov	$pml4, %eax
	mov	%eax, %cr3
	long_mode_on
	lgdt	gdt_pointer
	ljmp	$8, $long_mode

	.code64
long_mode:
	long_mode_segments
	mov	$stack_top, %esp
	mov	%ebx, %edi
	xor	%ebp, %ebp
	call	guest_start

	.balign	8
gdt:	.quad	0
	.quad	0x00af9b000000ffff // 64-bit code
	.quad	0x00cf93000000ffff // data
gdt_pointer:
	.word	. - gdt - 1
	.quad	gdt

	.section .text.vectors, "ax"
	// One stub a vector, 16 bytes apart; those without error code push a zero.
	.macro	vector number
	.balign	16
	.set	has_error, 0
	.irp	with, 8, 10, 11, 12, 13, 14, 17, 21, 29, 30
	.if	\number == \with
	.set	has_error, 1
	.endif
	.endr
	.if	has_error == 0
	push	$0
	.endif
	push	$\number
	jmp	save
	.endm

	.globl	vector_stubs
	.balign	16
vector_stubs:
	.altmacro
	.set	number, 0
	.rept	256
	vector	%number
	.set	number, number + 1
	.endr

save:	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rbx
	mov	%rsp, %rdi
	mov	120(%rsp), %esi
	and	$-16, %rsp
	call	guest_exception
	mov	%rbx, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq

	.bss
	.balign	4096
pml4:	.skip	4096
pdpt:	.skip	4096
pd:	.skip	4 * 4096

	.section .note.GNU-stack, "", %progbits
