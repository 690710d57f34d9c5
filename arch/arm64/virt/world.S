// SPDX-License-Identifier: Apache-2.0
/*
 * Into the guest and out of it. While it runs SP_EL2 points to its struct vcpu_arch, so the
 * vectors can save registers without one to spare; C runs on the stack of vcpu_run().
 *
 * EL1 and EL2 share the APIA key. Before any C runs it is Bulkhead's, and the guest's again at
 * the very end (docs/design.md, law 9); CPUs without keys skip both.
 */
#include <asm/assembler.h>
#include <asm/sysreg.h>
#include <asm/trap.h>
#include <asm/vcpu.h>
#include <asm/vgic.h>

/* Frame of world_run(): frame record, x19..x28, the vcpu. */
#define FRAME_VCPU 96
#define FRAME_SIZE 112

/* enum trap_result; checked in exit.c. */
#define TRAP_RETRY 1

/* ESR_EL2 of HVC #0 in AArch64. */
#define ESR_HVC0 0x5a000000

/* What C may clobber, and x29, so that the guest cannot lead a backtrace. \base: the vcpu. */
.macro guest_save_4 base
	stp	x0, x1, [\base, #VCPU_X]
	stp	x2, x3, [\base, #(VCPU_X + 16)]
.endm

.macro guest_save_short_rest base
	stp	x4, x5, [\base, #(VCPU_X + 32)]
	stp	x6, x7, [\base, #(VCPU_X + 48)]
	stp	x8, x9, [\base, #(VCPU_X + 64)]
	stp	x10, x11, [\base, #(VCPU_X + 80)]
	stp	x12, x13, [\base, #(VCPU_X + 96)]
	stp	x14, x15, [\base, #(VCPU_X + 112)]
	stp	x16, x17, [\base, #(VCPU_X + 128)]
	str	x18, [\base, #(VCPU_X + 144)]
	stp	x29, x30, [\base, #(VCPU_X + 232)]
.endm

.macro guest_save_short base
	guest_save_4 \base
	guest_save_short_rest \base
.endm

.macro guest_load_4 base
	ldp	x2, x3, [\base, #(VCPU_X + 16)]
	ldp	x0, x1, [\base, #VCPU_X]
.endm

.macro guest_load_short base
	ldp	x29, x30, [\base, #(VCPU_X + 232)]
	ldr	x18, [\base, #(VCPU_X + 144)]
	ldp	x16, x17, [\base, #(VCPU_X + 128)]
	ldp	x14, x15, [\base, #(VCPU_X + 112)]
	ldp	x12, x13, [\base, #(VCPU_X + 96)]
	ldp	x10, x11, [\base, #(VCPU_X + 80)]
	ldp	x8, x9, [\base, #(VCPU_X + 64)]
	ldp	x6, x7, [\base, #(VCPU_X + 48)]
	ldp	x4, x5, [\base, #(VCPU_X + 32)]
	guest_load_4 \base
.endm

.macro guest_save_rest
	stp	x19, x20, [x0, #(VCPU_X + 152)]
	stp	x21, x22, [x0, #(VCPU_X + 168)]
	stp	x23, x24, [x0, #(VCPU_X + 184)]
	stp	x25, x26, [x0, #(VCPU_X + 200)]
	stp	x27, x28, [x0, #(VCPU_X + 216)]
.endm

.macro guest_load_rest base
	ldp	x19, x20, [\base, #(VCPU_X + 152)]
	ldp	x21, x22, [\base, #(VCPU_X + 168)]
	ldp	x23, x24, [\base, #(VCPU_X + 184)]
	ldp	x25, x26, [\base, #(VCPU_X + 200)]
	ldp	x27, x28, [\base, #(VCPU_X + 216)]
.endm

#ifdef CONFIG_UNPROTECTED
.macro keys_host v
.endm
.macro keys_guest v
.endm
#else
/* \v: the vcpu. Changes x5, x6. */
.macro keys_host v
	ldr	x5, [\v, #VCPU_PAUTH]
	cbz	x5, 9f
	mrs	x5, SYS_APIAKEYLO_EL1
	mrs	x6, SYS_APIAKEYHI_EL1
	stp	x5, x6, [\v, #VCPU_KEY]
	ldp	x5, x6, [\v, #VCPU_HOST_KEY]
	msr	SYS_APIAKEYLO_EL1, x5
	msr	SYS_APIAKEYHI_EL1, x6
	isb
9:
.endm

.macro keys_guest v
	ldr	x5, [\v, #VCPU_PAUTH]
	cbz	x5, 9f
	ldp	x5, x6, [\v, #VCPU_KEY]
	msr	SYS_APIAKEYLO_EL1, x5
	msr	SYS_APIAKEYHI_EL1, x6
9:
.endm
#endif

/* x0: the vcpu. Onto the stack of C, on Bulkhead's key. */
.macro guest_save_cause
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	mrs	x4, esr_el2
	mrs	x5, far_el2
	mrs	x6, hpfar_el2
	stp	x2, x3, [x0, #VCPU_PC]
	stp	x4, x5, [x0, #VCPU_ESR]
	str	x6, [x0, #VCPU_HPFAR]
	ldr	x29, [x0, #VCPU_HOST_SP]
	mov	sp, x29
	keys_host x0
.endm

/* Nothing behind it is to be executed ahead of it. */
.macro eret_guest
	eret
	dsb	nsh
	isb
.endm

FUNC world_run
	PACIASP
	stp	x29, x30, [sp, #-FRAME_SIZE]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #FRAME_VCPU]
	str	x29, [x0, #VCPU_HOST_SP]
	msr	daifset, #4		// an SError from here on is the guest's
guest_enter:
	mov	sp, x0
	ldp	x2, x3, [sp, #VCPU_PC]
	msr	elr_el2, x2
	msr	spsr_el2, x3
	keys_guest sp
	guest_load_rest sp
	guest_load_short sp
	eret_guest

guest_leave:
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #FRAME_SIZE
	msr	daifclr, #4
	AUTIASP
	ret
ENDFUNC world_run

/* The vectors for exceptions from the guest lead here. */
FUNC guest_sync
	guest_save_short sp
	mov	x0, sp
	mrs	x2, esr_el2
	mov	w3, #ESR_HVC0
	cmp	x2, x3
	b.ne	sync_short
	/* An exception of C would overwrite these. */
	mrs	x5, elr_el2
	mrs	x6, spsr_el2
	stp	x5, x6, [x0, #VCPU_PC]
	ldr	x29, [x0, #VCPU_HOST_SP]
	mov	sp, x29
	keys_host x0
	add	x1, x0, #VCPU_X
	bl	upcall_hypercall
	cbnz	w0, hypercall_full
	ldr	x9, [sp, #FRAME_VCPU]
	mov	sp, x9
	ldp	x5, x6, [sp, #VCPU_PC]
	msr	elr_el2, x5
	msr	spsr_el2, x6
	keys_guest sp
	guest_load_short sp
	eret_guest
ENDFUNC guest_sync

/*
 * The virtual timer's interrupt, where the model has said what to do with it (struct vgic_cpu):
 * into the list register, whence the guest's end of interrupt ends the physical one. No C runs.
 */
FUNC guest_irq
	guest_save_4 sp
	mov	w1, #-1			// IRQ_NOT_ACKNOWLEDGED
	ldr	x2, [sp, #VCPU_VGIC]
	cbz	x2, irq_short
	mrs	x1, SYS_ICC_IAR1_EL1
	ldr	x3, [x2, #VGIC_CPU_READY]
	ubfx	x0, x3, #LR_PINTID_SHIFT, #LR_PINTID_BITS
	cmp	x1, x0
	b.ne	irq_short
	cbz	x3, irq_short
	msr	SYS_ICC_EOIR1_EL1, x1
	msr	SYS_ICH_LR0_EL2, x3
	str	x3, [x2, #VGIC_CPU_TAKEN]
	guest_load_4 sp
	eret_guest
/* What C preserves is still the guest's while it looks at the exit: most of them end here. */
irq_short:
	guest_save_short_rest sp
	mov	x0, sp
	guest_save_cause
	bl	vgic_fast_irq
	ldr	x9, [sp, #FRAME_VCPU]
	mov	w1, #VECTOR_IRQ
	tbz	w0, #0, short_full
	mov	sp, x9
	ldp	x5, x6, [sp, #VCPU_PC]
short_enter:
	msr	elr_el2, x5
	msr	spsr_el2, x6
	keys_guest sp
	guest_load_short sp
	eret_guest

sync_short:
	guest_save_cause
	mov	w1, wzr
	bl	vgic_fast
	ldr	x9, [sp, #FRAME_VCPU]
	cmp	w0, #TRAP_RETRY
	b.hi	sync_rest
sync_done:
	mov	sp, x9
	ldp	x5, x6, [sp, #VCPU_PC]
	b.eq	short_enter
	/* Behind the instruction: as executing it would, this ends BTYPE and a debugger's step. */
	add	x5, x5, #4
	and	x6, x6, #~(3 << 10)
	and	x6, x6, #~(1 << 21)
	msr	elr_el2, x5
	msr	spsr_el2, x6
	keys_guest sp
	guest_load_short sp
	eret_guest
/* Its operand may be a register that C preserves: with all of them in memory once more. */
sync_rest:
	cmp	w0, #VGIC_FAST_REST
	b.ne	sync_full
	mov	x0, x9
	guest_save_rest
	mov	w1, #1
	bl	vgic_fast
	ldr	x9, [sp, #FRAME_VCPU]
	guest_load_rest x9
	cmp	w0, #TRAP_RETRY
	b.ls	sync_done
sync_full:
	mov	w1, #VECTOR_SYNC
short_full:
	mov	x0, x9
	guest_save_rest
	b	guest_full_call
ENDFUNC guest_irq

FUNC guest_fiq
	guest_save_short sp
	mov	x0, sp
	mov	w1, #VECTOR_FIQ
	b	guest_full
ENDFUNC guest_fiq

FUNC guest_serror
	guest_save_short sp
	mov	x0, sp
	mov	w1, #VECTOR_SERROR
	b	guest_full
ENDFUNC guest_serror

/* x0: the vcpu, w1: the vector. */
FUNC guest_full
	guest_save_rest
	guest_save_cause
guest_full_call:
	mov	x19, x0
	bl	guest_exit
	cbnz	w0, guest_leave
	mov	x0, x19
	b	guest_enter

/* The short path did nothing: the registers it did not save are still the guest's. */
hypercall_full:
	ldr	x0, [sp, #FRAME_VCPU]
	guest_save_rest
	mov	w2, #ESR_HVC0
	stp	x2, xzr, [x0, #VCPU_ESR]
	mov	w1, #VECTOR_SYNC
	b	guest_full_call
ENDFUNC guest_full

	.arch_extension fp
	.arch_extension simd

FUNC world_fp_save
	fp_registers stp
	mrs	x1, fpsr
	mrs	x2, fpcr
	str	x1, [x0, #512]
	str	x2, [x0, #520]
	ret
ENDFUNC world_fp_save

FUNC world_fp_load
	fp_registers ldp
	ldr	x1, [x0, #512]
	ldr	x2, [x0, #520]
	msr	fpsr, x1
	msr	fpcr, x2
	ret
ENDFUNC world_fp_load
