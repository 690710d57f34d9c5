// SPDX-License-Identifier: Apache-2.0
/* Code of other widths, and without long mode. Everything is below 4 GiB, mapped one to one. */
#define PAE	0x20
#define PG	0x80000000
#define LME	0x100
#define EFER	0xc0000080
#define IOAPIC	0xfec00000
#define LAPIC_ID 0xfee00020

	.text
	.code64
	// narrow_enter(u32 gpr[8], u64 selector, u64 offset): runs there until it faults.
	// DS, SS and FS begin at the I/O APIC, ES and GS at the local APIC, where segments count.
	.globl	narrow_enter
narrow_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	%rsp, resume_rsp
	lea	1f(%rip), %rax
	mov	%rax, resume_pc
	push	%rsi
	push	%rdx
	mov	$0x48, %eax
	mov	%eax, %ds
	mov	%eax, %fs
	mov	%eax, %ss
	mov	$0x50, %eax
	mov	%eax, %es
	mov	%eax, %gs
	mov	%rdi, %r8
	xor	%r14d, %r14d
	mov	(%r8), %eax
	mov	4(%r8), %ecx
	mov	8(%r8), %edx
	mov	12(%r8), %ebx
	mov	20(%r8), %ebp
	mov	24(%r8), %esi
	mov	28(%r8), %edi
	lretq
1:	pop	%r8
	mov	%eax, (%r8)
	mov	%ecx, 4(%r8)
	mov	%edx, 8(%r8)
	mov	%ebx, 12(%r8)
	mov	%ebp, 20(%r8)
	mov	%esi, 24(%r8)
	mov	%edi, 28(%r8)
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	%eax, %fs
	mov	%eax, %gs
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	// u32 legacy_run(u32 cr3, u32 cr4, u32 pg, u32 select): without long mode, by those
	// tables or (pg 0) without any: CPUID leaf 40000100h, then `select` is written to the
	// I/O APIC's register select and read back. Returns that; 0 if CPUID said another thing.
	.globl	legacy_run
legacy_run:
	push	%rbx
	push	%rbp
	mov	%ecx, %ebp
	push	$0x38
	lea	1f(%rip), %rax
	push	%rax
	mov	%edx, %ebx
	lretq
	.code32
1:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%cr0, %eax
	and	$~PG, %eax
	mov	%eax, %cr0
	mov	$EFER, %ecx
	rdmsr
	and	$~LME, %eax
	wrmsr
	mov	%cr3, %edx
	mov	%edx, saved_cr3
	mov	%cr4, %edx
	mov	%edx, saved_cr4
	mov	%edi, %cr3
	mov	%esi, %cr4
	mov	%cr0, %eax
	or	%ebx, %eax
	mov	%eax, %cr0
	jmp	2f
2:	mov	$0x40000100, %eax
	xor	%ecx, %ecx
	cpuid
	mov	%eax, %esi
	mov	%ebp, %eax
	mov	%eax, IOAPIC
	xor	%eax, %eax
	mov	IOAPIC, %eax
	mov	LAPIC_ID, %edx
	cmp	$0x40000100, %esi
	je	3f
	xor	%eax, %eax
3:	mov	%eax, %ebp
	mov	%cr0, %eax
	and	$~PG, %eax
	mov	%eax, %cr0
	mov	saved_cr4, %eax
	mov	%eax, %cr4
	mov	saved_cr3, %eax
	mov	%eax, %cr3
	mov	$EFER, %ecx
	rdmsr
	or	$LME, %eax
	wrmsr
	mov	%cr0, %eax
	or	$PG, %eax
	mov	%eax, %cr0
	ljmp	$8, $4f
	.code64
4:	mov	%ebp, %eax
	pop	%rbp
	pop	%rbx
	ret

	.bss
	.balign	8
saved_cr3:
	.quad	0
saved_cr4:
	.quad	0
