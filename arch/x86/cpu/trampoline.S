// SPDX-License-Identifier: Apache-2.0
/*
 * Where a startup IPI makes another CPU begin: 16-bit real mode, CS = page number << 8, nothing
 * else known. smp.c copies these bytes to a page below 1 MiB and fills in the three fields at
 * the end; all addresses are relative to the page. Long mode is entered straight from real mode
 * (SDM volume 3, section 10.8.5: the order of PAE, CR3, LME, PG is what counts).
 */
#include <asm/desc.h>
#include <asm/msr.h>

	.section .rodata.trampoline, "a"
	.globl trampoline_start, trampoline_end
	.globl trampoline_gdt_base, trampoline_far, trampoline_root
	.balign 16
	.code16
trampoline_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movl	$(CR4_PAE | CR4_OSFXSR), %eax
	movl	%eax, %cr4
	movl	trampoline_root - trampoline_start, %eax
	movl	%eax, %cr3
	movl	$IA32_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NXE), %eax
	wrmsr
	lgdtl	trampoline_gdtr - trampoline_start
	movl	$CR0_BULKHEAD, %eax
	movl	%eax, %cr0
	ljmpl	*(trampoline_far - trampoline_start)

	.code64
	.globl trampoline_long
trampoline_long:
	movabsq	$secondary_entry, %rax
	jmp	*%rax

	.balign 8
trampoline_gdt:
	.quad	0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
trampoline_gdtr:
	.short	trampoline_gdtr - trampoline_gdt - 1
trampoline_gdt_base:
	.long	trampoline_gdt - trampoline_start	/* + the page */
	.balign 4
trampoline_far:
	.long	trampoline_long - trampoline_start	/* + the page */
	.short	SEL_CODE64
	.balign 4
trampoline_root:
	.long	0					/* the trampoline's tables */
trampoline_end:

	.section .note.GNU-stack, "", @progbits
