// SPDX-License-Identifier: Apache-2.0
/*
 * Exception entry: saves every register in a struct exc_frame on the stack in use, and calls C.
 * When the stack pointer has left its stack, the frame goes on the CPU's emergency stack instead.
 */
#include <asm/assembler.h>
#include <asm/layout.h>
#include <asm/trap.h>

	.section .text.vectors, "ax", %progbits

/* The frame is at sp; x0 and x1 are saved. Saves the rest, x0 = frame, x29 = a frame record. */
.macro save_rest vector
	stp	x2, x3, [sp, #16]
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
	str	x30, [sp, #240]
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	mrs	x4, esr_el2
	mrs	x5, far_el2
	mov	x6, #\vector
	stp	x2, x3, [sp, #EXC_ELR]
	stp	x4, x5, [sp, #EXC_ESR]
	stp	x29, x2, [sp, #EXC_RECORD]
	add	x29, sp, #EXC_RECORD
	mov	x0, sp
.endm

.macro ventry vector, handler
	.balign	128
	sub	sp, sp, #EXC_FRAME_SIZE
	/* Swap-free test of a bit of sp: sp + x0 and x0 can be told apart again. */
	add	sp, sp, x0
	sub	x0, sp, x0
	tbz	x0, #STACK_SHIFT, 1f
	sub	x0, sp, x0
	sub	sp, sp, x0
	stp	x0, x1, [sp]
	add	x1, sp, #EXC_FRAME_SIZE
	b	enter_\vector
1:	/* Nothing below us goes on after this: the guest's thread registers serve as scratch. */
	msr	tpidrro_el0, x0
	sub	x0, sp, x0
	msr	tpidr_el0, x0
	b	overflow_\vector
	.pushsection .text.vectors_tail, "ax", %progbits
enter_\vector:
	str	x1, [sp, #EXC_SP]
	save_rest \vector
	stp	x6, xzr, [sp, #EXC_VECTOR]
	bl	\handler
	b	exc_return
overflow_\vector:
	mrs	x0, tpidr_el2
	ldr	w0, [x0, #CPU_ID]
	add	x0, x0, #1		// the emergency stack ends where the slot does
	lsl	x0, x0, #STACK_SLOT_SHIFT
	mov	sp, x0
	mov64	x0, STACKS_VA-EXC_FRAME_SIZE
	add	sp, sp, x0
	mrs	x0, tpidr_el0
	stp	x0, x1, [sp]
	mrs	x1, tpidrro_el0
	add	x1, x1, #EXC_FRAME_SIZE
	str	x1, [sp, #EXC_SP]
	save_rest \vector
	mov	x7, #1
	stp	x6, x7, [sp, #EXC_VECTOR]
	bl	exc_fatal
	.popsection
.endm

#ifdef CONFIG_VIRT
/* SP_EL2 is no stack while a guest runs: arch/arm64/virt/world.S. */
.macro vguest handler
	.balign	128
	b	\handler
.endm
#endif

	.section .text.vectors_tail, "ax", %progbits
exc_return:
	ldp	x2, x3, [sp, #EXC_ELR]
	msr	elr_el2, x2
	msr	spsr_el2, x3
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
	add	sp, sp, #EXC_FRAME_SIZE
	eret

	.section .text.vectors, "ax", %progbits
	.balign	2048
	.globl	vectors
vectors:
	/* This level on SP_EL0: Bulkhead never runs so. */
	ventry	0, exc_fatal
	ventry	1, exc_fatal
	ventry	2, exc_fatal
	ventry	3, exc_fatal
	/* This level. */
	ventry	4, exc_sync
	ventry	5, exc_irq
	ventry	6, exc_fatal
	ventry	7, exc_fatal
	/* A lower level, AArch64 and AArch32. */
#ifdef CONFIG_VIRT
	.rept	2
	vguest	guest_sync
	vguest	guest_irq
	vguest	guest_fiq
	vguest	guest_serror
	.endr
#else
	ventry	8, exc_fatal
	ventry	9, exc_fatal
	ventry	10, exc_fatal
	ventry	11, exc_fatal
	ventry	12, exc_fatal
	ventry	13, exc_fatal
	ventry	14, exc_fatal
	ventry	15, exc_fatal
#endif
