// SPDX-License-Identifier: Apache-2.0
/*
 * Entered by its PVH note, bare and as a guest: reads the counter with its first instruction and
 * says what it was. Bare it then ends the emulator.
 */
	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18	// XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	_start

	.text
	.globl	_start
	.code32
_start:	rdtsc
	mov	$stack, %esp
	mov	%eax, %ebx
	mov	%edx, %ebp
	mov	$label, %esi
	call	puts
	mov	$end, %edi
1:	mov	$10, %ecx	// EBP:EBX in decimal, the last digit first
	xor	%edx, %edx
	mov	%ebp, %eax
	div	%ecx
	mov	%eax, %ebp
	mov	%ebx, %eax
	div	%ecx
	mov	%eax, %ebx
	add	$'0', %dl
	dec	%edi
	mov	%dl, (%edi)
	or	%ebp, %eax
	jnz	1b
	mov	%edi, %esi
	call	puts
	mov	$0xf4, %dx
	mov	$0x10, %eax
	out	%eax, %dx
2:	hlt
	jmp	2b

puts:	mov	$0x3f8, %dx
3:	lodsb
	test	%al, %al
	jz	4f
	out	%al, %dx
	jmp	3b
4:	ret

	.data
label:	.asciz	"first instruction at "
	.space	20
end:	.asciz	"\n"
	.balign	16
	.space	18 * 1024
stack:
	.section .note.GNU-stack, "", @progbits
