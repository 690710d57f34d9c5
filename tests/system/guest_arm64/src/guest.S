// SPDX-License-Identifier: Apache-2.0
// Runs at EL1 at GUEST_RAM. x0: a number of the vcpu's own, 0 or 1.
#include "guest.h"

	.arch_extension fp
	.arch_extension simd

	.section .rodata.guest, "a"
	.balign 4096
	.globl guest_code, guest_code_end

/* What follows faults at \at: the handler goes on behind this macro. */
.macro expect at, on
	adr	x27, \at
	adr	x28, \on
.endm

/* To \spsr at x29. */
.macro drop_to spsr
	mov	x9, #\spsr
	msr	spsr_el1, x9
	msr	elr_el1, x29
	eret
.endm

.macro value reg
	str	\reg, [x21], #8
.endm

guest_code:
	mov	x26, x0
	mov	x20, #GUEST_RESULTS
	add	x20, x20, x26, lsl #12
	add	x21, x20, #VALUES_AT
	mov	x22, #GUEST_DEVICE
	mov	x23, #GUEST_NOWHERE
	adr	x9, vectors
	msr	vbar_el1, x9
	mov	x9, #(3 << 20)			// CPACR_EL1.FPEN
	msr	cpacr_el1, x9
	isb

	/* 1: a read, on SP_EL1. */
	expect	1f, 2f
1:	ldr	x0, [x23]
2:	/* 2: on SP_EL0. */
	expect	1f, 2f
	msr	spsel, #0
1:	ldr	x0, [x23]
2:	/* 3: a fetch. */
	adr	x28, 2f
	mov	x27, x23
	br	x23
2:	/* 4: a read at EL0. */
	expect	user_read, 2f
	adr	x29, user_read
	drop_to	0x3c0
2:	/* 5: a fetch at EL0. */
	adr	x28, 2f
	mov	x27, x23
	mov	x29, x23
	drop_to	0x3c0
2:	/* 6: a read in AArch32. */
	expect	user_read32, 2f
	mov	x1, x23
	adr	x29, user_read32
	drop_to	0x1d0
2:	/* 7: a call of a form there is not. */
	expect	1f, 2f
1:	hvc	#1
2:	/* 8: a register of this CPU alone (CPUECTLR_EL1). */
	expect	1f, 2f
1:	mrs	x0, S3_1_C15_C2_1
2:	/* 9: a write where it may read only, next to a device in the same page. */
	mov	x24, #GUEST_READ_ONLY
	expect	1f, 2f
1:	str	x0, [x24, #0x18]
2:
	/* Values: firmware, debug registers, an access to the device in the read-only page. */
	mov	x0, #0
	smc	#0
	value	x0
	mrs	x0, oslsr_el1
	value	x0
	mov	x0, #0x8000
	msr	mdscr_el1, x0
	mrs	x0, mdscr_el1
	value	x0
	mov	x0, #0x5a
	str	w0, [x24, #0x104]
	ldr	w0, [x24, #0x10]
	value	x0

	/* Accesses hardware does not decode: a pair, and writeback of either stack pointer. */
	add	x24, x22, #REG_PAIR
	mov	x2, #0x11
	mov	x3, #0x22
	stp	w2, w3, [x24], #16
	ldp	x0, x1, [x24, #-16]!
	sub	x24, x24, #REG_PAIR
	sub	x24, x24, x22
	value	x24
	add	x0, x0, x1, lsl #8
	value	x0
	mov	sp, x22
	ldr	w0, [sp, #REG_PAIR]!
	mov	x0, sp
	sub	x0, x0, x22
	value	x0
	msr	spsel, #0
	mov	sp, x22
	ldr	w0, [sp, #(REG_PAIR + 8)]!
	mov	x0, sp
	msr	spsel, #1
	sub	x0, x0, x22
	value	x0

	/* Vector registers: a half of Q is an access. */
	.irp	n, 0,1
	mov	x2, #(4 * \n + 3)
	mov	x3, #(4 * \n + 5)
	fmov	d\n, x2
	fmov	v\n\().d[1], x3
	.endr
	stp	q0, q1, [x22, #REG_PAIR]
	ldp	q2, q3, [x22, #REG_PAIR]
	fmov	x0, d2
	fmov	x1, v2.d[1]
	add	x0, x0, x1, lsl #12
	fmov	x1, d3
	add	x0, x0, x1, lsl #16
	fmov	x1, v3.d[1]
	add	x0, x0, x1, lsl #20
	value	x0
	movi	v4.16b, #0xff
	ldr	s4, [x22, #REG_PAIR]
	fmov	x0, v4.d[1]
	value	x0
	fmov	x0, d4
	value	x0

	/* The second half of a pair waits: the first is written once. */
	stp	w2, w3, [x22, #REG_ONCE]

	bl	registers_set
	mov	x0, #0x4d2
	hvc	#0
	str	w0, [x22, #REG_PARK]
	bl	registers_count
	value	x0
	bl	keys_sign
	value	x0
	str	wzr, [x22, #REG_END]
	b	.

user_read:
	ldr	x0, [x23]
user_read32:
	.inst	0xe5910000			// ldr r0, [r1]

/* Every register gets a number of its own and of the vcpu's. */
.macro for_sysregs op
	\op	ttbr0_el1, 1
	\op	ttbr1_el1, 2
	\op	contextidr_el1, 3
	\op	tpidr_el0, 4
	\op	tpidrro_el0, 5
	\op	tpidr_el1, 6
	\op	sp_el0, 7
	\op	elr_el1, 8
	\op	far_el1, 9
	\op	cntv_cval_el0, 10
	\op	csselr_el1, 0
	\op	dbgbvr3_el1, 11
	\op	pmccntr_el0, 12
.endm

.macro number reg, n
	lsl	\reg, x26, #8
	add	\reg, \reg, #(\n << 4)
.endm

.macro sysreg_set name, n
	number	x9, \n
	.if	\n
	msr	\name, x9
	.endif
.endm

.macro sysreg_count name, n
	number	x9, \n
	.if	\n
	mrs	x10, \name
	cmp	x9, x10
	cinc	x0, x0, ne
	.endif
.endm

.macro for_vectors op
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16, \
		17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	\n
	.endr
.endm

.macro vector_set n
	number	x9, (\n + 64)
	fmov	d\n, x9
	fmov	v\n\().d[1], x9
.endm

.macro vector_count n
	number	x9, (\n + 64)
	fmov	x10, d\n
	fmov	x11, v\n\().d[1]
	cmp	x9, x10
	ccmp	x9, x11, #0, eq
	cinc	x0, x0, ne
.endm

.macro for_general op
	.irp	n, 2,3,4,5,6,7,8,12,13,14,15,16, \
		17,18,19,23,24,25,27,28,29
	\op	\n
	.endr
.endm

.macro general_set n
	number	x\n, (\n + 128)
.endm

.macro general_count n
	number	x9, (\n + 128)
	cmp	x9, x\n
	cinc	x0, x0, ne
.endm

registers_set:
	for_sysregs sysreg_set
	for_vectors vector_set
	for_general general_set
	ret

/* x0: how many are not what they were. */
registers_count:
	mov	x0, #0
	for_general general_count
	for_sysregs sysreg_count
	for_vectors vector_count
	ret

/*
 * x0: 0 if a pointer signed before the vcpu was away is the same signed afterwards. Where there
 * are no keys the hints do nothing.
 */
keys_sign:
	mrs	x9, id_aa64isar1_el1
	tst	x9, #0xff0
	b.eq	1f
	add	x9, x26, #0x77
	msr	S3_0_C2_C1_0, x9		// APIAKEYLO_EL1
	msr	S3_0_C2_C1_2, x9		// APIBKEYLO_EL1
	mrs	x9, sctlr_el1
	orr	x9, x9, #(1 << 31)		// EnIA
	orr	x9, x9, #(1 << 30)		// EnIB
	msr	sctlr_el1, x9
	isb
1:	mov	x12, #GUEST_READ_ONLY
	mov	x16, #5
	mov	x17, x12
	hint	#8				// PACIA1716
	mov	x13, x17
	mov	x17, x12
	hint	#10				// PACIB1716
	mov	x14, x17
	mov	x0, #0x4d2
	hvc	#0
	str	w0, [x22, #REG_PARK]
	mov	x17, x12
	hint	#8
	sub	x13, x13, x17
	mov	x17, x12
	hint	#10
	sub	x14, x14, x17
	orr	x0, x13, x14
	mrs	x9, sctlr_el1
	and	x9, x9, #~(3 << 30)
	msr	sctlr_el1, x9
	isb
	ret

	.balign 2048
vectors:
	.irp	at, 0x000, 0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380, \
		0x400, 0x480, 0x500, 0x580, 0x600, 0x680, 0x700, 0x780
	.balign 128
	mov	x9, #\at
	b	fault
	.endr
fault:
	mrs	x10, esr_el1
	mrs	x11, far_el1
	stp	x9, x10, [x20], #16
	mrs	x9, spsr_el1
	stp	x11, x9, [x20], #16
	mrs	x9, elr_el1
	sub	x9, x9, x27
	str	x9, [x20], #8
	br	x28
guest_code_end:
