// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a piece of code at any level, in any state, until its SVC. Its exceptions are counted and
 * stepped over without touching memory, for its view of memory may not be ours; a fetch ends it.
 */
	.arch	armv8.1-a

#define EC_SVC32 0x11
#define EC_SVC64 0x15
#define EC_IABT_LOWER 0x20
#define EC_IABT 0x21

	.text
	/* x0: code; x1: address, in x1 and SP_EL0; x2: SPSR_EL1; x3: SCTLR_EL1; x4: probe. */
	.globl	probe_run
probe_run:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mrs	x19, vbar_el1
	mrs	x20, sctlr_el1
	mov	x21, x4
	mov	x22, #0
	mov	x23, #0
	mov	x24, #0
	adr	x5, probe_vectors
	msr	vbar_el1, x5
	msr	elr_el1, x0
	msr	spsr_el1, x2
	msr	sp_el0, x1
	mov	x2, #0
	msr	sctlr_el1, x3
	mov	x3, #0
	isb
	eret

probe_took:
	mrs	x27, esr_el1
	lsr	x28, x27, #26
	cmp	x28, #EC_SVC64
	ccmp	x28, #EC_SVC32, #4, ne
	b.eq	1f
	add	x22, x22, #1
	mov	x23, x27
	mrs	x24, far_el1
	cmp	x28, #EC_IABT
	b.eq	1f
	cmp	x28, #EC_IABT_LOWER
	b.eq	1f
	mrs	x28, elr_el1
	add	x28, x28, #4
	msr	elr_el1, x28
	eret
1:	msr	sctlr_el1, x20
	isb
	msr	vbar_el1, x19
	stp	x22, x23, [x21]
	str	x24, [x21, #16]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

	.balign	0x800
probe_vectors:
	.rept	16
	.balign	0x80
	b	probe_took
	.endr
	.balign	0x80

	/* name: the code, which ends with SVC. */
	.macro	code name, insn:vararg
	.globl	\name
\name:	\insn
	svc	#0
	.endm
	.macro	code32 name, word
	.globl	\name
\name:	.inst	\word
	.inst	0xef000000		// svc #0
	.endm

	code	code_ldr, ldr w2, [x1]
	code	code_str, str w2, [x1]
	code	code_br, br x1
	code	code_ldp, ldp w2, w3, [x1]
	code	code_ldp_x, ldp x2, x3, [x1]
	code	code_stp_x, stp x2, x3, [x1]
	code	code_ldp_zero, ldp w2, wzr, [x1]
	code	code_stp_zero, stp xzr, x2, [x1]
	code	code_ldp_stack, ldp w2, w3, [sp]
	code	code_ldr_zero, ldr wzr, [x1], #4
	code	code_str_zero, str wzr, [x1]
	code	code_ldr_28, ldr w28, [x1]
	code	code_ldr_30, ldr w30, [x1]
	code	code_ldr_stack, ldr w2, [sp], #8
	code	code_last_vector, ldr s31, [x1], #4
	code	code_uxtw, str s0, [x1, w3, uxtw]
	code	code_uxtw_scaled, str s0, [x1, w3, uxtw #2]
	code	code_lsl, str s0, [x1, x3]
	code	code_sxtw_scaled, ldr s0, [x1, w3, sxtw #2]
	code	code_sxtx, ldr s0, [x1, x3, sxtx]
	code	code_sxtx_scaled, ldr d0, [x1, x3, sxtx #3]
	/* What no assembler makes: the same register twice. */
	code	code_ldp_twice, .inst 0xa9400822	// ldp x2, x2, [x1]
	code	code_ldr_base, .inst 0xf8408421		// ldr x1, [x1], #8
	code	code_ldp_base, .inst 0xa8c10821		// ldp x1, x2, [x1], #16
	code	code_ldp_base2, .inst 0xa8c10422	// ldp x2, x1, [x1], #16
	code	code_stgp, .inst 0x69000c22		// stgp x2, x3, [x1]
	code	code_sve, .inst 0x04bf5022		// rdvl x2, #1
	code32	code32_ldr, 0xe5910000			// ldr r0, [r1]
	code32	code32_ldm, 0xe891000c			// ldm r1, {r2, r3}

	.section .note.GNU-stack, "", %progbits
