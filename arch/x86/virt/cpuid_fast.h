/* SPDX-License-Identifier: Apache-2.0 */
/* CPUID from the short frame, for both world.S: an answer that is kept, or the long way. */
#ifndef VIRT_CPUID_FAST_H
#define VIRT_CPUID_FAST_H

/* clang-format off */
#include "offsets.h"

#define RFLAGS_TF_RF 0x10100

/*
 * Leaf in r8d, subleaf in ecx, the vcpu in rdi: the kept answer is at rsi, or it goes to \miss.
 * Loses r8, r9, r11.
 */
	.macro	CPUID_FIND	miss
	movl	%r8d, %r11d
	shrl	$28, %r11d
	xorl	%r8d, %r11d
	andl	$7, %r11d
	shll	$CPUID_ENTRY_SHIFT, %r11d
	leaq	VCPU_CPUID(%rdi,%r11), %rsi
	notl	%r8d
	movl	%ecx, %r9d
	notl	%r9d
	cmpl	%r8d, CPUID_NOT_LEAF(%rsi)
	jne	\miss
	cmpl	%r9d, CPUID_NOT_SUBLEAF(%rsi)
	jne	\miss
	.endm

#endif
