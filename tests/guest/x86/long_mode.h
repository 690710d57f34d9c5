/* SPDX-License-Identifier: Apache-2.0 */
/* From 32-bit code without paging, with tables in CR3. */
#ifndef TESTS_GUEST_LONG_MODE_H
#define TESTS_GUEST_LONG_MODE_H

/* clang-format off */

/* The next far jump to a 64-bit segment is in 64-bit mode. Changes EAX, ECX, EDX. */
.macro long_mode_on
	mov	%cr4, %eax
	or	$0x20, %eax	// PAE
	mov	%eax, %cr4
	mov	$0xc0000080, %ecx // EFER
	rdmsr
	or	$0x100, %eax	// LME
	wrmsr
	mov	%cr0, %eax
	and	$0x9fffffff, %eax // CD, NW off
	or	$0x80000001, %eax // PG, PE
	mov	%eax, %cr0
.endm

/* Data segments of the descriptor at 16. Changes EAX. */
.macro long_mode_segments
	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
.endm

/* clang-format on */

#endif
