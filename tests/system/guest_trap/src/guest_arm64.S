// SPDX-License-Identifier: Apache-2.0
// Runs at EL1, MMU off, at GUEST_RAM. x0: mode and count (guest.h).
#include "guest.h"

	.section .rodata.guest, "a"
	.balign 4096
	.globl guest_code, guest_code_end
guest_code:
	adr	x1, vectors
	msr	vbar_el1, x1
	isb
	mov	x20, #GUEST_MMIO
	mov	x21, #GUEST_SHARED
	mov	w22, w0
	lsr	w19, w0, #8
	tbnz	w22, #0, writer

	mov	w23, #(UNKNOWN_CALL & 0xffff)
	movk	w23, #(UNKNOWN_CALL >> 16), lsl #16
	mov	w0, w23
	hvc	#0
	str	w0, [x20, #REG_RESULT]
	ldr	w1, [x20, #REG_ASK]
	str	w1, [x20, #REG_ECHO]

	mov	w2, w19
	str	wzr, [x20, #REG_STAMP]
1:	mov	w0, w23
	hvc	#0
	sub	w2, w2, #1
	cbnz	w2, 1b
	str	wzr, [x20, #REG_STAMP]
	mov	w2, w19
2:	mov	w0, w23
	sub	w2, w2, #1
	cbnz	w2, 2b
	str	wzr, [x20, #REG_STAMP]

	mov	x1, #GUEST_NOWHERE
	ldr	w1, [x1]
	str	wzr, [x20, #REG_END]
	b	.

writer:	ldr	w1, [x21]
	add	w1, w1, #1
	str	w1, [x21]
	tst	w1, #0xf
	b.ne	writer
	yield				// a simulator that runs CPUs in turn goes on to the next
	b	writer

	.balign 2048
vectors:
	.skip	0x200
	mrs	x2, esr_el1
	str	w2, [x20, #REG_FAULT]
	mrs	x2, elr_el1
	tbnz	w22, #0, 3f
	add	x2, x2, #4
	msr	elr_el1, x2
3:	yield
	eret
guest_code_end:
