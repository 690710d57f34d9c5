// SPDX-License-Identifier: Apache-2.0
/* The second CPU: from real mode, at STUB, to 64-bit mode with what the first has. */
#define STUB 0x8000 /* apic.h */

#define AT(symbol) ((symbol) - second_stub)

	.text
	.globl	second_stub, second_stub_end
second_stub:
	.code16
	cli
	lgdtl	%cs:AT(pointer)
	movl	$0x11, %eax	/* PE, ET; caches on */
	movl	%eax, %cr0
	ljmpl	$8, $second_flat
	.balign	8
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
pointer:
	.word	. - gdt - 1
	.long	STUB + AT(gdt)
second_stub_end:

	.code32
second_flat:
	movl	$16, %eax
	movl	%eax, %ds
	mov	second_cr3, %eax
	mov	%eax, %cr3
	mov	%cr4, %eax
	or	$0x20, %eax	// PAE
	mov	%eax, %cr4
	mov	$0xc0000080, %ecx // EFER
	rdmsr
	or	$0x100, %eax	// LME
	wrmsr
	mov	%cr0, %eax
	or	$0x80000001, %eax // PG, PE
	mov	%eax, %cr0
	lgdt	second_gdtr
	ljmp	$8, $1f
	.code64
1:	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$second_stack_top, %esp
	lidt	second_idtr
	xor	%ebp, %ebp
	call	second_main
2:	hlt
	jmp	2b

	.data
	.balign	8
	.globl	second_cr3, second_gdtr, second_idtr
second_cr3:
	.quad	0
second_gdtr:
	.skip	10
	.balign	8
second_idtr:
	.skip	10

	.bss
	.balign	16
	.skip	16384
second_stack_top:

	.section .note.GNU-stack, "", %progbits
