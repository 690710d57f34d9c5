// SPDX-License-Identifier: Apache-2.0
/*
 * The way in: Linux arm64 Image header (Documentation/arch/arm64/booting.rst), entered anywhere
 * 2 MiB aligned with the MMU off, x0 = devicetree. Everything in .head.text runs at its physical
 * address and addresses by PC only; the link address is used from `boot_linked` on.
 *
 * Registers kept: x19 devicetree, x20 non-zero on CPUs other than the first.
 */
#include <asm/assembler.h>
#include <asm/layout.h>
#include <asm/sysreg.h>

#define EARLY_STACK_SIZE 0x1000

	.section .head.text, "ax", %progbits
	.globl	_start
_start:
	b	entry_boot
	.long	0
	.quad	0			// text_offset
	.quad	image_size		// with bss and the log ring
	.quad	(1 << 3) | (1 << 1)	// anywhere in memory, 4 KiB pages, little endian
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

entry_boot:
	mov	x19, x0
	mov	x20, #0
	bl	enter_el2
	bl	el2_known_state
	bl	forget_tables
	/* The first C code: builds tables; needs a stack and no other memory. */
	adr_l	x0, early_stack
	add	x1, x0, #EARLY_STACK_SIZE
	mov	sp, x1
	bl	forget_lines
	adrp	x0, image_start
	bl	early_map_build
	bl	forget_tables
	b	mmu_on

/* Other CPUs, by PSCI or spin table. Nothing is passed: a CPU is known by its affinity. */
	.globl	entry_secondary
entry_secondary:
	mov	x20, #1
	bl	enter_el2
	bl	el2_known_state
	b	mmu_on

/*
 * Drops dirty or stale lines over [x0, x1): what is written with the cache off must neither be
 * overwritten by an eviction nor hidden by a line fetched ahead.
 */
forget_tables:
	adr_l	x0, tables_start
	adr_l	x1, own_tables
	add	x1, x1, #(EARLY_TABLES * 4096)
forget_lines:
	each_line "dc ivac"
	dsb	sy
	ret

/* To EL2 from wherever firmware left us; leaves x9..x11 changed. */
enter_el2:
	msr	daifset, #0xf
	mrs	x9, currentel
	cmp	x9, #(3 << 2)
	b.eq	from_el3
	cmp	x9, #(2 << 2)
	b.ne	no_el2
	ret

/* Entered at EL3: make EL2 reachable and leave EL3 for good. */
from_el3:
	id_field x9, id_aa64pfr0_el1, ID_PFR0_EL2_SHIFT
	b.eq	no_el2
#ifdef CONFIG_ARM64_EL3_ALL_CPUS
	cbnz	x20, 1f
	mrs	x9, mpidr_el1
	mov64	x10, MPIDR_AFF_MASK
	ands	x9, x9, x10
	b.ne	el3_pen
#endif
1:	mov	x9, #(SCR_NS | SCR_RES1 | SCR_SMD | SCR_HCE | SCR_RW)
	mrs	x10, id_aa64isar1_el1
	tst	x10, #0xff0		// APA, API
	b.eq	2f
	orr	x9, x9, #(SCR_APK | SCR_API)
2:	id_field x10, id_aa64mmfr0_el1, ID_MMFR0_FGT_SHIFT
	b.eq	4f
	orr	x9, x9, #SCR_FGTEN
4:	id_field x10, id_aa64mmfr1_el1, ID_MMFR1_HCX_SHIFT
	b.eq	5f
	orr	x9, x9, #SCR_HXEN
5:	msr	scr_el3, x9
	msr	cptr_el3, xzr
	msr	mdcr_el3, xzr
	id_field x9, id_aa64pfr0_el1, ID_PFR0_GIC_SHIFT
	b.eq	3f
	mov	x9, #0xf		// SRE, and EL2 may use it
	msr	SYS_ICC_SRE_EL3, x9
3:
#ifdef CONFIG_ARM64_EL3_GICV3
	mov64	x9, CONFIG_ARM64_EL3_GICD_BASE
	ldr	w10, [x9]
	orr	w10, w10, #(1 << 6)	// GICD_CTLR.DS: one security state
	str	w10, [x9]
#endif
	mov64	x9, SCTLR_RES1
	msr	sctlr_el2, x9
	mov	x9, #SPSR_EL2H_DAIF
	msr	spsr_el3, x9
	msr	elr_el3, x30
	isb
	eret

#ifdef CONFIG_ARM64_EL3_ALL_CPUS
/* Waits, at EL3, until smp_start() writes this CPU's affinity (x9). */
el3_pen:
	adr_l	x10, el3_pen_release
1:	ldr	x11, [x10]
	cmp	x11, x9
	b.eq	entry_secondary
	wfe
	b	1b
#endif

/*
 * Every EL2 register that acts on us or on what runs below gets a known value: at reset they are
 * UNKNOWN, and a loader may have left anything. docs/arm64.md has the table.
 */
el2_known_state:
	adr_l	x9, early_vectors
	msr	vbar_el2, x9
	mov64	x9, SCTLR_RES1
	msr	sctlr_el2, x9
	mov64	x9, (1 << HCR_RW_SHIFT) | HCR_AMO | HCR_IMO | HCR_FMO
	msr	hcr_el2, x9
	isb
	mrs	x9, hcr_el2
	tbnz	x9, #HCR_E2H_SHIFT, only_e2h
	mov	x9, #CPTR_EL2_VALUE
	msr	cptr_el2, x9
	msr	hstr_el2, xzr
	msr	cnthctl_el2, xzr
	msr	cntvoff_el2, xzr
	msr	cnthp_ctl_el2, xzr
	msr	cntp_ctl_el0, xzr
	msr	cntv_ctl_el0, xzr
	msr	vttbr_el2, xzr
	mov64	x9, VTCR_EL2_RES1
	msr	vtcr_el2, x9
	mrs	x9, midr_el1
	msr	vpidr_el2, x9
	mrs	x9, mpidr_el1
	msr	vmpidr_el2, x9
	msr	mdscr_el1, xzr
	mov	x10, #(MDCR_TPMCR | MDCR_TPM | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA)
	mrs	x9, id_aa64dfr0_el1
	ubfx	x9, x9, #ID_DFR0_PMUVER_SHIFT, #4
	sub	x11, x9, #1		// 0: none, 0xf: not the architecture's
	cmp	x11, #0xe
	b.hs	1f
	mrs	x9, pmcr_el0
	ubfx	x9, x9, #11, #5		// HPMN = all counters: fewer would be reserved to EL2
	orr	x10, x10, x9
1:	msr	mdcr_el2, x10
	mov64	x9, MAIR_EL2_VALUE
	msr	mair_el2, x9
	mrs	x9, id_aa64mmfr0_el1
	and	x9, x9, #0xf		// PARange
	mov	x10, #TCR_PS_48BIT
	cmp	x9, x10
	csel	x9, x9, x10, lo
	mov64	x10, TCR_RES1 | TCR_T0SZ_48 | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA | TCR_SH0_INNER
	orr	x10, x10, x9, lsl #TCR_PS_SHIFT
	msr	tcr_el2, x10
	isb
	ret

/*
 * On: through a table that maps this page one to one and the image at its link address, and then
 * at once over to Bulkhead's own table, which never holds the first kind.
 */
mmu_on:
	adr_l	x0, boot_root
	msr	ttbr0_el2, x0
	ic	iallu
	tlbi	alle2
	dsb	nsh
	isb
	mov64	x2, SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN
	ldr	x3, =linked
	msr	sctlr_el2, x2
	isb
	br	x3

/*
 * A fault before the linked vectors are in force. Speaks with the MMU off: back at the physical
 * address, where the early UART is.
 */
	.balign	2048
early_vectors:
	.rept	16
	.balign	128
	b	early_fault
	.endr
	.balign	128
early_fault:
	mrs	x9, sctlr_el2
	bic	x9, x9, #SCTLR_M
	msr	sctlr_el2, x9
	isb
	adr	x0, msg_fault
	bl	early_puts
	mrs	x0, esr_el2
	bl	early_hex
	adr	x0, msg_elr
	bl	early_puts
	mrs	x0, elr_el2
	bl	early_hex
	adr	x0, msg_far
	bl	early_puts
	mrs	x0, far_el2
	bl	early_hex
	b	early_stop

only_e2h:
	adr	x0, msg_e2h
	b	early_say_stop
no_el2:
	adr	x0, msg_no_el2
	/* Off at EL1 too, should a loader have left it on: the UART is at its physical address. */
	mrs	x9, sctlr_el1
	bic	x9, x9, #SCTLR_M
	msr	sctlr_el1, x9
	isb
early_say_stop:
	bl	early_puts
early_stop:
	adr	x0, msg_halted
	bl	early_puts
1:	wfe
	b	1b

/* x0: text. Changes x0, x9..x12. */
early_puts:
	mov	x12, x30
	mov	x11, x0
1:	ldrb	w10, [x11], #1
	cbz	w10, 2f
	bl	early_putc
	b	1b
2:	ret	x12

/* x0: number. Changes x9..x12. */
early_hex:
	mov	x12, x30
	mov	x11, #60
1:	lsr	x10, x0, x11
	and	x10, x10, #0xf
	add	w9, w10, #('a' - 10)
	add	w10, w10, #'0'
	cmp	w10, #'9'
	csel	w10, w9, w10, hi
	bl	early_putc
	subs	x11, x11, #4
	b.pl	1b
	ret	x12

/* w10: character. Changes x9, x13. A UART that never has room costs a bound, not a hang. */
early_putc:
#ifdef CONFIG_EARLY_UART_PL011
	mov64	x9, CONFIG_EARLY_UART_BASE
	mov	w13, #0x10000
1:	ldr	w14, [x9, #0x18]	// FR
	tbz	w14, #5, 2f		// TXFF
	subs	w13, w13, #1
	b.ne	1b
2:	str	w10, [x9]		// DR
#endif
	ret

msg_no_el2:
	.ascii	"Bulkhead: entered below EL2 or on a CPU without it, and a hypervisor needs EL2. "
	.asciz	"Let the boot loader enter at EL2 (QEMU: -M virt,virtualization=on).\r\n"
msg_e2h:
	.ascii	"Bulkhead: HCR_EL2.E2H stays 1 on this CPU, expected 0: "
	.asciz	"CPUs that only have E2H = 1 are not supported by this build.\r\n"
msg_fault:
	.asciz	"Bulkhead: exception before the exception vectors are in force: ESR_EL2 "
msg_elr:
	.asciz	" ELR_EL2 "
msg_far:
	.asciz	" FAR_EL2 "
msg_halted:
	.asciz	"\r\nBulkhead: halted.\r\n"

	.ltorg

/* For early_map_build(), before the stacks are mapped. */
	.section .tables, "aw", %nobits
	.balign	4096
early_stack:
	.skip	EARLY_STACK_SIZE

/* At the link address from here on. */
FUNC linked
	BTI_JC
	adr_l	x1, own_tables
	/* Both roots hold the same table for the image: only the one-to-one page goes away. */
	mrs	x2, ttbr0_el2
	adr_l	x3, boot_root
	sub	x1, x1, x3
	add	x1, x1, x2
	msr	ttbr0_el2, x1
	isb
	tlbi	alle2
	dsb	nsh
	isb
	cbnz	x20, linked_secondary

	/* The boot CPU. */
	adr_l	x0, bss_start
	adr_l	x1, bss_end
	sub	x1, x1, x0
	bl	memory_clear
	adr_l	x0, cpus
	b	linked_common

linked_secondary:
	mrs	x1, mpidr_el1
	mov64	x2, MPIDR_AFF_MASK
	and	x1, x1, x2
	adr_l	x0, cpus
	adr_l	x2, cpu_count
	ldr	w2, [x2]
1:	ldr	x3, [x0, #CPU_HWID]
	cmp	x3, x1
	b.eq	linked_common
	add	x0, x0, #CPU_SIZE
	subs	w2, w2, #1
	b.ne	1b
	/* Nobody asked for this CPU: it waits where it harms nobody. */
2:	wfi
	b	2b

linked_common:
	msr	tpidr_el2, x0
	ldr	w1, [x0, #CPU_ID]
	mov64	x2, STACKS_VA+STACK_TOP_IN_SLOT
	add	x1, x2, x1, lsl #STACK_SLOT_SHIFT
	mov	sp, x1
	adr_l	x1, vectors
	msr	vbar_el2, x1
	isb
	mov	x29, #0
	mov	x30, #0
	mov	x0, x20
	bl	protect_cpu_init
	/* What it answers goes into SCTLR_EL2 here: it could not return across the switch. */
	mrs	x1, sctlr_el2
	orr	x1, x1, x0
	msr	sctlr_el2, x1
	isb
	msr	daifclr, #4		// SError: from here on it is shown
	mov	x29, #0
	mov	x30, #0
	cbnz	x20, 3f
	mov	x0, x19
	bl	arm64_main
3:	bl	bulkhead_secondary_main
ENDFUNC linked
