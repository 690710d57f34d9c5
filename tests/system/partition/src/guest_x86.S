// SPDX-License-Identifier: Apache-2.0
/*
 * The guest of both partitions: says hello with what it found in its RAM, soils all of its RAM
 * behind its own code, and counts. It starts in 64-bit mode, the first 4 GiB mapped one to one.
 * Registers of the device: program.h.
 */
#include "program.h"

	.section .rodata.guest, "a"
	.balign	4096
	.globl	guest_code
guest_code:
	mov	$GUEST_DEVICE, %ebx

	// RAM that holds neither code nor description must read as zero.
	mov	$GUEST_SOIL, %esi
	xor	%eax, %eax
1:	mov	(%rsi), %ecx
	or	4(%rsi), %ecx
	or	%ecx, %eax
	add	$8, %esi
	cmp	$(GUEST_RAM + GUEST_RAM_SIZE), %esi
	jb	1b
	mov	%eax, REG_FOUND(%rbx)
	mov	GUEST_TOLD, %eax
	mov	%eax, REG_TREE(%rbx)
	movl	$0, REG_HELLO(%rbx)

	mov	$GUEST_SOIL, %esi
2:	movq	$-1, (%rsi)
	add	$8, %esi
	cmp	$(GUEST_RAM + GUEST_RAM_SIZE), %esi
	jb	2b
	movl	$0, REG_SOILED(%rbx)

	xor	%edx, %edx
3:	mov	$1000, %ecx
4:	dec	%ecx
	jnz	4b
	inc	%edx
	mov	%edx, REG_COUNT(%rbx)
	pause				// a simulator's hint to let other CPUs run
	jmp	3b
	.balign	4
	.globl	guest_code_end
guest_code_end:
