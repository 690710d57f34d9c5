// SPDX-License-Identifier: Apache-2.0
/*
 * The first instructions, for every way in that starts in 32-bit protected mode without paging:
 * multiboot2 (GRUB, coreboot payload), PVH (QEMU -kernel, Xen) and our own second stage. Each
 * leaves a magic number in EAX and the address of its information in EBX; from there on they
 * are one path.
 */
#include <asm/bootproto.h>
#include <asm/desc.h>
#include <asm/layout.h>
#include <asm/msr.h>

/* Where a PC has its first serial port: the only word a CPU that cannot run gets out. */
#define COM1 0x3f8

/* Paging is off: symbols by their physical address. */
#define PA(sym) ((sym) - X86_IMAGE_OFFSET)

	.section .head, "a"

	/* Multiboot2 specification 2.0, section 3.1. */
	.balign 8
mb2_header:
	.long	0xe85250d6, 0, mb2_end - mb2_header
	.long	-(0xe85250d6 + (mb2_end - mb2_header))
	.short	3, 0			/* entry address: physical, e_entry need not be */
	.long	12
	.long	PA(entry_multiboot2)
	.balign 8
	.short	0, 0
	.long	8
mb2_end:

	/* Xen ELF note 18, PHYS32_ENTRY: what makes QEMU start an ELF by PVH. */
	.section .note.pvh, "a", @note
	.balign 4
	.long	4, 8, 18
	.asciz	"Xen"
	.quad	PA(entry_pvh)

	.section .text.head, "ax"
	.code32
	.globl entry_pvh
entry_pvh:
	movl	$PROTO_PVH, %eax
	.globl entry_multiboot2
entry_multiboot2:
	.globl entry_boot_sector
entry_boot_sector:
	cli
	cld
	movl	%eax, %ebp

	/* Loaders of ELF files clear what the file does not hold; ours loads a flat image. */
	cmpl	$PROTO_BOOT_SECTOR, %eax
	jne	1f
	movl	$PA(bss_start), %edi
	movl	$PA(bss_end), %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl
1:

	/* Long mode and no-execute (CPUID 80000001h EDX 29 and 20): nothing works without. */
	movl	%ebx, %esi
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	refuse
	movl	$0x80000001, %eax
	cpuid
	andl	$(1 << 29 | 1 << 20), %edx
	cmpl	$(1 << 29 | 1 << 20), %edx
	jne	refuse

	movl	$(CR4_PAE | CR4_OSFXSR), %eax
	movl	%eax, %cr4
	movl	$PA(boot_pml4), %eax
	movl	%eax, %cr3
	movl	$IA32_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NXE), %eax
	wrmsr
	movl	$CR0_BULKHEAD, %eax
	movl	%eax, %cr0
	lgdt	PA(boot_gdtr)
	ljmp	$SEL_CODE64, $PA(entry64_low)

refuse:
	movl	$PA(refuse_text), %esi
1:	lodsb
	testb	%al, %al
	jz	3f
	movb	%al, %ah
	movl	$0x10000, %ecx
	movw	$(COM1 + 5), %dx
2:	inb	%dx, %al
	testb	$0x20, %al
	jnz	4f
	pause
	loop	2b
4:	movb	%ah, %al
	movw	$COM1, %dx
	outb	%al, %dx
	jmp	1b
3:	hlt
	jmp	3b

	.code64
entry64_low:
	movabsq	$entry64, %rax
	jmp	*%rax

	.macro	load_flat_segments
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	.endm

	/* From here on no return may leave this frame: its address is on no shadow stack. */
	.macro	shadow_stack_if_al
	testb	%al, %al
	jz	100f
	movl	$IA32_S_CET, %ecx
	rdmsr
	orl	$S_CET_SH_STK_EN, %eax
	wrmsr
	setssbsy
100:
	.endm

	.section .text.entry64, "ax"
	.type entry64, @function
entry64:
	load_flat_segments
	movq	cpus+8(%rip), %rsp
	movl	%ebp, %r12d
	movl	%esi, %r13d
	xorl	%ebp, %ebp
	call	x86_canary_init
	movl	%r12d, %edi
	movl	%r13d, %esi
	call	x86_early
	shadow_stack_if_al
	call	bulkhead_main
	ud2
	.size entry64, . - entry64

/*
 * Another CPU, from the trampoline: long mode, on the trampoline's tables. It knows nothing yet
 * but its APIC id, and finds its record by that.
 */
	.globl secondary_entry
	.type secondary_entry, @function
secondary_entry:
	load_flat_segments
	movq	mmu_root(%rip), %rax
	movq	%rax, %cr3

	/* The 32-bit id of leaf 0Bh where that leaf exists and is not empty, else the 8-bit one. */
	xorl	%eax, %eax
	cpuid
	cmpl	$0xb, %eax
	jb	1f
	movl	$0xb, %eax
	xorl	%ecx, %ecx
	cpuid
	testl	%ebx, %ebx
	jnz	2f
1:	movl	$1, %eax
	cpuid
	shrl	$24, %ebx
	movl	%ebx, %edx

2:	movl	$1, %edi
	movl	cpu_record_size(%rip), %ecx
	leaq	cpus(%rip), %rsi
3:	cmpl	$CONFIG_MAX_CPUS, %edi
	jae	4f
	addq	%rcx, %rsi
	cmpq	%rdx, 24(%rsi)
	je	5f
	incl	%edi
	jmp	3b
	/* Nobody asked for this CPU. */
4:	hlt
	jmp	4b

5:	movq	8(%rsi), %rsp
	xorl	%ebp, %ebp
	call	x86_secondary_early
	shadow_stack_if_al
	call	bulkhead_secondary_main
	ud2
	.size secondary_entry, . - secondary_entry

	.section .rodata.head, "a"
refuse_text:
	.asciz	"Bulkhead: this CPU has no 64-bit mode or no NX: it cannot run here\r\n"

	/* Read in 32-bit and in 64-bit mode; desc_load() replaces it. */
	.balign 8
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* SEL_CODE64: execute/read, 64-bit */
	.quad	0x00cf93000000ffff	/* SEL_DATA */
boot_gdtr:
	.short	boot_gdtr - boot_gdt - 1
	.long	PA(boot_gdt)

	/*
	 * The first 16 MiB, twice: at 0, where the code before this point runs, and at the link
	 * address. mmu_init() leaves these tables for ever.
	 */
	.section .data.boot_tables, "aw"
	.balign 4096
boot_pml4:
	.quad	PA(boot_pdpt_low) + 3
	.fill	510, 8, 0
	.quad	PA(boot_pdpt_high) + 3
boot_pdpt_low:
	.quad	PA(boot_pd) + 3
	.fill	511, 8, 0
boot_pdpt_high:
	.fill	510, 8, 0
	.quad	PA(boot_pd) + 3
	.quad	0
boot_pd:
	page = 0
	.rept	8
	.quad	page + 0x83		/* present, writable, 2 MiB */
	page = page + 0x200000
	.endr
	.fill	504, 8, 0

	.section .note.GNU-stack, "", @progbits
