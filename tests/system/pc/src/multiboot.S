// SPDX-License-Identifier: Apache-2.0
// A multiboot kernel: shows its command line and its module, then switches the machine off.
#define COM1 0x3f8
#define PM1_CONTROL 0x604
#define PM1_OFF 0x3400
#define MAGIC 0x1badb002
#define FLAGS 3 /* modules on pages, memory */
#define GIVEN 0x2badb002
#define INFO_CMDLINE 16
#define INFO_MODULES_AT 24
#define INFO_MMAP 48

	.code32
	.text
	.balign	4
	.long	MAGIC, FLAGS, -(MAGIC + FLAGS)
	.globl	start
start:	mov	$stack, %esp
	cmp	$GIVEN, %eax
	jne	off
	mov	$told, %esi
	call	print
	mov	INFO_CMDLINE(%ebx), %esi
	call	print
	call	newline
	mov	$module, %esi
	call	print
	mov	INFO_MODULES_AT(%ebx), %edi
	mov	8(%edi), %esi		// its string
	call	print
	mov	$is, %esi
	call	print
	mov	(%edi), %esi		// its bytes, a line
	mov	4(%edi), %ecx
	sub	%esi, %ecx
1:	lodsb
	mov	$COM1, %dx
	out	%al, %dx
	loop	1b
off:	mov	$PM1_CONTROL, %dx
	mov	$PM1_OFF, %ax
	out	%ax, %dx
2:	hlt
	jmp	2b

newline:
	mov	$line, %esi
print:	mov	$COM1, %dx
3:	lodsb
	test	%al, %al
	jz	4f
	out	%al, %dx
	jmp	3b
4:	ret

told:	.asciz	"multiboot: command line: "
module:	.asciz	"multiboot: module of "
is:	.asciz	": "
line:	.asciz	"\n"

	.bss
	.balign	16
	.skip	1024
stack:
