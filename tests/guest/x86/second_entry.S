// SPDX-License-Identifier: Apache-2.0
/* guest_second_prepare(): from real mode at GUEST_SECOND to 64-bit mode with what the first has. */
#include "long_mode.h"

#define GUEST_SECOND 0x8000 /* guest.h */
#define AT(symbol) ((symbol) - second_stub)

	.section .text.second, "ax"
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
	.long	GUEST_SECOND + AT(gdt)
second_stub_end:

	.code32
second_flat:
	movl	$16, %eax
	movl	%eax, %ds
	mov	second_cr3, %eax
	mov	%eax, %cr3
	long_mode_on
	lgdt	second_gdtr
	ljmp	$8, $1f
	.code64
1:	long_mode_segments
	mov	$second_stack_top, %esp
	lidt	second_idtr
	xor	%ebp, %ebp
	call	*second_calls
2:	hlt
	jmp	2b

	.section .bss.second, "aw", @nobits
	.balign	16
	.skip	16384
second_stack_top:

	.section .note.GNU-stack, "", %progbits
