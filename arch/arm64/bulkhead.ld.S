/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image at its link address. Each kind of memory starts on a page of its own, so that the
 * first tables can give each its rights. In the file: text, constants, data. Behind them:
 * stacks, bss, tables, and last the log ring, which lies outside every segment, so that no loader
 * clears it.
 */
#include <asm/layout.h>

OUTPUT_FORMAT("elf64-littleaarch64")
OUTPUT_ARCH(aarch64)
ENTRY(_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
}

/* Where an ELF loader puts it; the flat file goes anywhere. */
#define LOADED(section) AT(ADDR(section) - IMAGE_VA + CONFIG_ARM64_ELF_LOAD_ADDRESS)

SECTIONS
{
	. = IMAGE_VA;
	image_start = .;
	.text : LOADED(.text) {
		text_start = .;
		KEEP(*(.head.text))
		head_end = .;
		KEEP(*(.text.vectors))
		*(.text .text.*)
		. = ALIGN(4096);
		text_end = .;
	} :text
	.rodata : LOADED(.rodata) {
		rodata_start = .;
#include "../../core/base/tables.ld.S"
		*(.rodata .rodata.*)
		. = ALIGN(8);
		KEEP(*(.ksyms))
		. = ALIGN(4096);
		rodata_end = .;
	} :rodata
	.data : LOADED(.data) {
		data_start = .;
		*(.data .data.*)
		. = ALIGN(16);
	} :data
	data_end = .;
	/* Mapped between holes only (asm/layout.h). First, or .bss below would take them. */
	.stacks (NOLOAD) : LOADED(.stacks) {
		. = ALIGN(4096);
		*(.stacks .bss.cpu_stacks)
		. = ALIGN(4096);
	} :data
	.bss (NOLOAD) : LOADED(.bss) {
		scratch_start = .;
		*(.bss.scratch)
		. = ALIGN(64);
		bss_start = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(64);
		bss_end = .;
	} :data
	.tables (NOLOAD) : LOADED(.tables) {
		. = ALIGN(4096);
		tables_start = .;
		*(.tables)
		*(.tables.own)
		. = ALIGN(4096);
		tables_end = .;
	} :data
	.noinit.log (NOLOAD) : ALIGN(4096) {
		log_ring_start = .;
		KEEP(*(.noinit.log))
		. = ALIGN(4096);
		log_ring_end = .;
	} :NONE
	image_end = .;
	image_size = image_end - image_start;

	/DISCARD/ : {
		*(.comment .note.* .eh_frame .eh_frame_hdr .dynamic .interp .gnu.hash)
	}

	ASSERT(head_end - image_start <= HEAD_SIZE, "entry code: grow HEAD_SIZE")
	ASSERT((vectors & 2047) == 0, "VBAR_EL2 needs 2 KiB alignment")
	ASSERT(image_size <= IMAGE_MAX, "image too large: grow IMAGE_L3_TABLES")
	ASSERT((bss_start & 63) == 0 && (bss_end & 63) == 0, "bss is cleared by 64 bytes")
}
