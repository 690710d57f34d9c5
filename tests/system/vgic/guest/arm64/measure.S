// SPDX-License-Identifier: Apache-2.0
/*
 * What the ways through the controller cost, to the first instruction of a handler. In here x9 is
 * when it began, x10 when the handler did; nothing else uses them.
 */
	.text

	.macro	handler
	.balign	0x80
	mrs	x10, cntvct_el0
	mrs	x11, S3_0_C12_C12_0	// ICC_IAR1_EL1
	cmp	x11, #27
	b.eq	measure_timer_taken
	msr	S3_0_C12_C12_1, x11	// ICC_EOIR1_EL1
	eret
	.endm
	.balign	0x800
measure_vectors:
	.rept	16
	handler
	.endr
measure_timer_taken:
	msr	cntv_ctl_el0, xzr
	isb
	msr	S3_0_C12_C12_1, x11
	eret

	.macro	measure_begin
	mrs	x13, vbar_el1
	adr	x14, measure_vectors
	msr	vbar_el1, x14
	mov	x10, xzr
	msr	daifclr, #2
	isb
	.endm

	.macro	measure_end
	msr	daifset, #2
	msr	vbar_el1, x13
	isb
	.endm

	.globl	measure_sgi, measure_timer_spin, measure_timer_wfi, measure_spin, measure_wfi
/* An SGI (x0) to oneself: x0 = to the handler, x1 = and back. */
measure_sgi:
	measure_begin
	mrs	x9, cntvct_el0
	msr	S3_0_C12_C11_5, x0	// ICC_SGI1R_EL1
	isb
	mrs	x12, cntvct_el0
	measure_end
	sub	x0, x10, x9
	sub	x1, x12, x9
	ret

/* The timer in x0 ticks: x0 = how long after that. */
	.macro	measure_timer wait
	measure_begin
	mrs	x9, cntvct_el0
	add	x9, x9, x0
	msr	cntv_cval_el0, x9
	mov	x12, #1
	msr	cntv_ctl_el0, x12
	isb
1:	\wait
	cbz	x10, 1b
	measure_end
	sub	x0, x10, x9
	ret
	.endm
measure_timer_spin:
	measure_timer nop
measure_timer_wfi:
	measure_timer wfi

/* What another vcpu sends, spinning or asleep: x0 = when it came. 1 at x0 once it can come. */
	.macro	measure_other wait
	measure_begin
	mov	x12, #1
	str	x12, [x0]
1:	\wait
	cbz	x10, 1b
	measure_end
	mov	x0, x10
	ret
	.endm
measure_spin:
	measure_other yield
measure_wfi:
	measure_other wfi
	.section .note.GNU-stack, "", %progbits
