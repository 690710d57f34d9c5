// SPDX-License-Identifier: Apache-2.0
/*
 * Entry by the arm64 boot protocol (Linux Documentation/arch/arm64/booting.rst): anywhere in RAM
 * at a multiple of 2 MiB, x0 = devicetree, MMU off, EL2 or EL1.
 */
	.section .text.head, "ax"
	.globl guest_entry
guest_entry:
	b	1f
	.long	0
	.quad	0		// text_offset
	.quad	image_size
	.quad	0xa		// little endian, 4 KiB pages, anywhere
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

1:	mov	x20, x0
	msr	daifset, #0xf
	mrs	x0, CurrentEL
	cmp	x0, #(2 << 2)
	b.ne	at_el1

	// EL2 of a bare board: nothing trapped, nothing shifted, then down.
	mov	x0, #(1 << 31)	// HCR_EL2.RW
	msr	hcr_el2, x0
	mov	x0, #3		// EL1PCTEN, EL1PCEN
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #0x33ff
	msr	cptr_el2, x0
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	mrs	x0, id_aa64pfr0_el1
	ubfx	x0, x0, #24, #4
	cbz	x0, 2f
	mov	x0, #0xf	// ICC_SRE_EL2: SRE, DFB, DIB, Enable
	msr	s3_4_c12_c9_5, x0
	isb
2:	mov	x0, #0x3c5	// EL1h, DAIF masked
	msr	spsr_el2, x0
	adr	x0, at_el1
	msr	elr_el2, x0
	eret

at_el1:	mov	x0, #0x0800
	movk	x0, #0x30d0, lsl #16	// SCTLR_EL1: RES1 bits, MMU and caches off
	msr	sctlr_el1, x0
	isb
	adrp	x0, stack_top
	add	x0, x0, :lo12:stack_top
	mov	sp, x0
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el1, x0

	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
3:	cmp	x0, x1
	b.hs	4f
	str	xzr, [x0], #8
	b	3b

	// R_AARCH64_RELATIVE (1027): word at base + offset = base + addend.
4:	adr	x3, guest_entry
	adrp	x0, rela_start
	add	x0, x0, :lo12:rela_start
	adrp	x1, rela_end
	add	x1, x1, :lo12:rela_end
5:	cmp	x0, x1
	b.hs	6f
	ldp	x4, x5, [x0], #16
	ldr	x6, [x0], #8
	cmp	x5, #1027
	b.ne	5b
	add	x6, x6, x3
	str	x6, [x3, x4]
	b	5b

6:	isb
	mov	x0, x20
	bl	guest_start

	// Another CPU of this guest: x0 = { sp, fn, arg }.
	.globl	guest_secondary
guest_secondary:
	ldr	x1, [x0]
	mov	sp, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	isb
	ldp	x1, x0, [x0, #8]
	blr	x1
7:	wfi
	b	7b

	// All registers a call may change or must keep: x0 to x17 from and to memory at x0.
	.macro	call name, insn
	.globl	\name
\name:
	str	x0, [sp, #-16]!
	str	x30, [sp, #8]
	ldp	x16, x17, [x0, #128]
	ldp	x14, x15, [x0, #112]
	ldp	x12, x13, [x0, #96]
	ldp	x10, x11, [x0, #80]
	ldp	x8, x9, [x0, #64]
	ldp	x6, x7, [x0, #48]
	ldp	x4, x5, [x0, #32]
	ldp	x2, x3, [x0, #16]
	ldp	x0, x1, [x0]
	\insn	#0
	ldr	x30, [sp]
	stp	x0, x1, [x30]
	stp	x2, x3, [x30, #16]
	stp	x4, x5, [x30, #32]
	stp	x6, x7, [x30, #48]
	stp	x8, x9, [x30, #64]
	stp	x10, x11, [x30, #80]
	stp	x12, x13, [x30, #96]
	stp	x14, x15, [x30, #112]
	stp	x16, x17, [x30, #128]
	ldr	x30, [sp, #8]
	add	sp, sp, #16
	ret
	.endm

	call	guest_call_hvc, hvc
	call	guest_call_smc, smc

	.macro	vector number
	.balign	0x80
	sub	sp, sp, #288
	stp	x0, x1, [sp]
	mov	x0, #\number
	b	save
	.endm

	.balign	0x800
vectors:
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\number
	.endr

save:	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	add	x1, sp, #288
	stp	x30, x1, [sp, #240]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #256]
	mrs	x1, esr_el1
	mrs	x2, far_el1
	stp	x1, x2, [sp, #272]
	mov	x1, x0
	mov	x0, sp
	bl	guest_exception
	ldp	x1, x2, [sp, #256]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp]
	add	sp, sp, #288
	eret

	.section .note.GNU-stack, "", %progbits
