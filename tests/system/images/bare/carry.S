// SPDX-License-Identifier: Apache-2.0
/*
 * What boots a multiboot image from a raw disk without a loader: Bulkhead's boot sectors load this
 * as they would load Bulkhead, with the image behind it. test_images.py fills in the table.
 */
#include <asm/bootproto.h>

#define E820_AT (BOOT_BLOCK_PA + 16)
#define E820_COUNT (BOOT_BLOCK_PA + 4)
#define ENTRY_SIZE 24	/* of both memory maps */
#define GIVEN 0x2badb002
#define INFO_FLAGS 0x4d	/* memory, command line, modules, memory map */

	.text
	.code32
	.long	0xe85250d6
	.org	24
	.long	start
	.org	32
	// Filled in: where the image starts, command line, module and its size, segments.
entry:	.long	0
cmdline:
	.long	0
module:	.long	0
module_size:
	.long	0
segments:
	.long	0
segment:
	.skip	16 * 8		// where it lies here, where it goes, its size here, its size there

start:	mov	$stack, %esp
	cld
	mov	segments, %edx
	mov	$segment, %ebp
1:	mov	(%ebp), %esi
	mov	4(%ebp), %edi
	mov	8(%ebp), %ecx
	rep movsb
	mov	12(%ebp), %ecx
	sub	8(%ebp), %ecx
	xor	%eax, %eax
	rep stosb
	add	$16, %ebp
	dec	%edx
	jnz	1b

	// The memory map of multiboot has the size of each entry in front of it.
	mov	E820_COUNT, %edx
	mov	$E820_AT, %esi
	mov	$map, %edi
2:	movl	$20, (%edi)
	add	$4, %edi
	cmpl	$0x100000, (%esi)
	jne	3f
	mov	8(%esi), %eax
	shr	$10, %eax
	mov	%eax, info + 8		// mem_upper, KiB
3:	mov	$5, %ecx
	rep movsl
	add	$4, %esi		// extended attributes
	dec	%edx
	jnz	2b
	sub	$map, %edi
	mov	%edi, info + 44
	mov	cmdline, %eax
	mov	%eax, info + 16
	mov	module, %eax
	mov	%eax, mods
	add	module_size, %eax
	mov	%eax, mods + 4
	xor	%eax, %eax
	cmp	%eax, module_size
	je	4f
	incl	info + 20
4:	mov	$GIVEN, %eax
	mov	$info, %ebx
	jmp	*entry

	.balign	4
info:	.long	INFO_FLAGS, 639, 0, 0, 0
	.long	0, mods			// modules
	.skip	16
	.long	0, map			// memory map
	.skip	40
mods:	.long	0, 0, none, 0
none:	.long	0
map:	.skip	ENTRY_SIZE * BOOT_BLOCK_E820_MAX
	.skip	256
stack:
	.balign	4096
