// SPDX-License-Identifier: Apache-2.0
/*
 * The guest of both partitions: says hello with what it found in its RAM, soils all of its RAM
 * behind its own code, and counts. Registers of the device: program.h.
 */
#include "program.h"

	.section .rodata.guest, "a"
	.balign	4096
	.globl	guest_code
guest_code:
	mov	x20, x0			// devicetree
	movz	x19, #(GUEST_DEVICE >> 16), lsl #16
	adr	x1, guest_code
	movz	x2, #(GUEST_RAM >> 16), lsl #16
	movz	x3, #(GUEST_RAM_SIZE >> 16), lsl #16
	add	x3, x2, x3

	// RAM that holds neither code nor devicetree must read as zero.
	movz	x4, #(GUEST_SOIL >> 16), lsl #16
	mov	x5, xzr
1:	ldr	x6, [x4], #8
	orr	x5, x5, x6
	cmp	x4, x3
	b.lo	1b
	str	w5, [x19, #REG_FOUND]
	ldr	w6, [x20]
	str	w6, [x19, #REG_TREE]
	str	wzr, [x19, #REG_HELLO]

	movz	x4, #(GUEST_SOIL >> 16), lsl #16
	mov	x5, #-1
2:	str	x5, [x4], #8
	cmp	x4, x3
	b.lo	2b
	str	wzr, [x19, #REG_SOILED]

	mov	w7, wzr
3:	mov	x8, #1000
4:	subs	x8, x8, #1
	b.ne	4b
	add	w7, w7, #1
	str	w7, [x19, #REG_COUNT]
	yield				// a simulator's hint to let other CPUs run
	b	3b
	.globl	guest_code_end
guest_code_end:
