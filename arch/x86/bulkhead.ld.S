/* SPDX-License-Identifier: Apache-2.0 */
#include <asm/layout.h>

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(entry_multiboot2)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
	stack PT_GNU_STACK FLAGS(6);
}

SECTIONS
{
	. = X86_IMAGE_OFFSET + X86_IMAGE_PA;
	image_start = .;

	/* Loaders look for the multiboot2 header in the first 32 KiB of the file. */
	.text : AT(ADDR(.text) - X86_IMAGE_OFFSET) {
		text_start = .;
		KEEP(*(.head))
		KEEP(*(.text.head))
		*(.text .text.*)
		. = ALIGN(4096);
		text_end = .;
	} :text

	.rodata : AT(ADDR(.rodata) - X86_IMAGE_OFFSET) {
		rodata_start = .;
		*(.rodata .rodata.*)
#include "../../core/base/tables.ld.S"
	} :rodata

	.note.pvh : AT(ADDR(.note.pvh) - X86_IMAGE_OFFSET) {
		KEEP(*(.note.pvh))
	} :rodata :note

	.ksyms : AT(ADDR(.ksyms) - X86_IMAGE_OFFSET) {
		KEEP(*(.ksyms))
		. = ALIGN(4096);
		rodata_end = .;
	} :rodata

	.data : AT(ADDR(.data) - X86_IMAGE_OFFSET) {
		data_start = .;
		*(.data .data.*)
		. = ALIGN(16);
	} :data

	/* Not cleared, so before .bss: nobody reads a stack before it is written. */
	.stacks (NOLOAD) : AT(ADDR(.stacks) - X86_IMAGE_OFFSET) {
		. = ALIGN(4096);
		stacks_start = .;
		*(.bss.cpu_stacks .bss.x86_ist_stacks)
		. = ALIGN(4096);
	} :data

	/* Only calls and returns write here: read-only pages are what the CPU takes for it. */
	.shadow_stacks (NOLOAD) : AT(ADDR(.shadow_stacks) - X86_IMAGE_OFFSET) {
		shadow_stacks_start = .;
		*(.shadow_stacks)
		. = ALIGN(4096);
		shadow_stacks_end = .;
	} :data

	/* Cleared by the loader, or by the entry code where the loader knows no ELF. */
	.bss (NOLOAD) : AT(ADDR(.bss) - X86_IMAGE_OFFSET) {
		*(.bss.scratch)
		. = ALIGN(16);
		bss_start = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(16);
		bss_end = .;
	} :data

	/* What survives a warm reset: no loader may write here, so no segment covers it. */
	.noinit (NOLOAD) : {
		KEEP(*(.noinit.log))
		*(.noinit .noinit.*)
		. = ALIGN(4096);
		image_end = .;
	} :NONE

	/DISCARD/ : {
		*(.comment .note .note.* .eh_frame .eh_frame_hdr)
	}
}

ASSERT(image_end - X86_IMAGE_OFFSET <= 0x1000000, "the boot tables map 16 MiB")
