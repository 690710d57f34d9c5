// SPDX-License-Identifier: Apache-2.0
/* Instructions that a debugger watches. */
	.text
	.globl	debug_nop, debug_load, debug_call, debug_step
debug_nop:
	nop
	ret
debug_load:
	ldr	w0, [x0]
	ret

/* x0: code; x1: its x0. Debug exceptions are let through meanwhile. */
debug_call:
	stp	x29, x30, [sp, #-16]!
	mov	x2, x0
	mov	x0, x1
	msr	daifclr, #8
	isb
	blr	x2
	msr	daifset, #8
	ldp	x29, x30, [sp], #16
	ret

/* The same, by way of the exception that SVC is: its handler goes on at x2. The code returns. */
debug_step:
	mov	x2, x0
	mov	x0, x1
	svc	#0

	.section .note.GNU-stack, "", %progbits
