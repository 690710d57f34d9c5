// SPDX-License-Identifier: Apache-2.0
// A boot sector's program: says where it runs, then switches the machine off by ACPI.
#define COM1 0x3f8
#define PM1_CONTROL 0x604
#define PM1_OFF 0x3400

	.code16
	.text
	call	1f
1:	pop	%bx
	sub	$(1b - .text), %bx
	mov	%cs, %ax
	mov	%ax, %ds
	lea	(text - .text)(%bx), %si
	mov	$COM1, %dx
2:	lodsb
	test	%al, %al
	jz	3f
	out	%al, %dx
	jmp	2b
3:	smsw	%ax
	and	$1, %al
	add	$'0', %al
	out	%al, %dx
	mov	$'\n', %al
	out	%al, %dx
	mov	$PM1_CONTROL, %dx
	mov	$PM1_OFF, %ax
	out	%ax, %dx
4:	hlt
	jmp	4b
text:	.asciz	"real: CR0.PE is "
