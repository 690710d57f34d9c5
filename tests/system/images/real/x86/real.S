// SPDX-License-Identifier: Apache-2.0
/* real_visit() and the code it runs in real mode, which is copied to 8000h. */
#define REAL 0x8000
#define AT(symbol) ((symbol) - real_code)
#define VECTOR 0x60

	.text
	.globl	real_visit, real_code, real_code_end, real_result
	.code64
real_visit:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, saved_rsp
	sgdt	saved_gdtr
	sidt	saved_idtr
	mov	%cr3, %rax
	mov	%rax, saved_cr3
	lgdt	down_gdtr
	ljmpl	*down

	.code32
compatible:
	mov	$0x18, %eax
	mov	%eax, %ds
	mov	%eax, %ss
	mov	%cr0, %eax
	and	$0x7fffffff, %eax	// PG
	mov	%eax, %cr0
	mov	$0xc0000080, %ecx	// EFER
	rdmsr
	and	$0xfffffeff, %eax	// LME
	wrmsr
	ljmp	$0x20, $REAL

	// Back, in 32-bit mode without paging.
back:	mov	$0x18, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	saved_cr3, %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x100, %eax
	wrmsr
	mov	%cr0, %eax
	or	$0x80000000, %eax
	mov	%eax, %cr0
	ljmp	$8, $1f
	.code64
1:	lgdt	saved_gdtr
	lidt	saved_idtr
	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	saved_rsp, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.balign	16
real_code:
	.code16
	mov	$0x28, %ax		// 16 bits: what real mode expects to be loaded
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	lidtl	%cs:REAL + AT(ivt)
	mov	%cr0, %eax
	and	$0xfe, %al
	mov	%eax, %cr0
	ljmp	$REAL >> 4, $AT(1f)
1:	mov	%cs, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x6000, %esp		// 8000h to E000h: behind the code
	smsw	%ax
	and	$1, %ax
	mov	%ax, AT(pe)
	pushfl
	popl	%eax
	shrl	$17, %eax
	and	$1, %al
	mov	%al, AT(v86)

	// Vectors 0 and 60h, as CS:IP; carry is among the flags that are pushed.
	xor	%ax, %ax
	mov	%ax, %es
	movw	$AT(divided_by), %es:0
	mov	%cs, %es:2
	movw	$AT(interrupted), %es:(4 * VECTOR)
	mov	%cs, %es:(4 * VECTOR + 2)
	mov	$3, %cx
2:	stc
	int	$VECTOR
	loop	2b
	xor	%cx, %cx
	mov	$1, %ax
	xor	%dx, %dx
	div	%cx

	// 1 to 100 written and added up.
	mov	%ds, %ax
	mov	%ax, %es
	mov	$0x4000, %di
	mov	$100, %cx
	mov	$1, %ax
	cld
3:	stosw
	inc	%ax
	loop	3b
	mov	$0x4000, %si
	mov	$100, %cx
	xor	%bx, %bx
4:	lodsw
	add	%ax, %bx
	loop	4b
	mov	%bx, AT(sum)

	// The same word by way of two segments.
	mov	$0x900, %ax
	mov	%ax, %es
	movw	$0xbeef, %es:0x3000	// C000h
	mov	$0xc00, %ax
	mov	%ax, %es
	mov	%es:0, %ax
	mov	%ax, AT(wrapped)

	lcall	$REAL >> 4, $AT(far_one)
	lcall	*AT(far_two)

	// A limit of 4 GiB outlives the way back to real mode.
	lgdtl	%cs:AT(flat_gdtr)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	mov	$8, %bx
	mov	%bx, %fs
	and	$0xfe, %al
	mov	%eax, %cr0
	xor	%ax, %ax
	mov	%ax, %es
	mov	%es:0x7000, %esi
	addr32 mov %fs:(%esi), %eax
	mov	%eax, AT(flat_word)
	xor	%ax, %ax
	mov	%ax, %fs

	xor	%eax, %eax
	cpuid
	mov	%ebx, AT(vendor)
	movb	$0x77, AT(5f) + 1
	jmp	5f
5:	mov	$0, %al
	mov	%al, AT(changed)

	lgdtl	%cs:AT(up_gdtr)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$0x10, $back

interrupted:
	incw	%cs:AT(interrupts)
	mov	%sp, %bp
	mov	4(%bp), %ax
	mov	%ax, %cs:AT(flags)
	iret

// The address pushed is that of DIV: over it.
divided_by:
	incw	%cs:AT(divided)
	mov	%sp, %bp
	addw	$2, (%bp)
	iret

far_one:
	incw	AT(far)
	lret

	.balign	8
far_two:
	.word	AT(far_one), REAL >> 4
ivt:	.word	0x3ff
	.long	0
	.balign	8
flat:	.quad	0, 0x00cf93000000ffff
flat_gdtr:
	.word	15
	.long	REAL + AT(flat)
up_gdtr:
	.word	6 * 8 - 1
	.long	table
	.balign	4
real_result:
pe:	.long	0
interrupts:
	.long	0
flags:	.long	0
sum:	.long	0
wrapped:
	.long	0
far:	.long	0
divided:
	.long	0
flat_word:
	.long	0
vendor:	.long	0
changed:
	.long	0
v86:	.long	0
real_code_end:

	.data
	.balign	8
	// 64-bit code, 32-bit code, data, 16-bit code and data.
table:	.quad	0
	.quad	0x00af9b000000ffff
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
	.quad	0x00009b000000ffff
	.quad	0x000093000000ffff
down_gdtr:
	.word	. - table - 1
	.quad	table
	.balign	8
down:	.long	compatible
	.word	0x10

	.bss
	.balign	8
saved_rsp:
	.skip	8
saved_cr3:
	.skip	8
saved_gdtr:
	.skip	16
saved_idtr:
	.skip	16

	.section .note.GNU-stack, "", %progbits
