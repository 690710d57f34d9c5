// SPDX-License-Identifier: Apache-2.0
/*
 * The first eight sectors of the raw disk: a boot sector and the second stage behind it. A BIOS
 * loads the first to 7c00h in real mode with the drive's number in DL (El Torito and the BIOS
 * Boot Specification agree). Everything is read by INT 13h extensions (EDD 3.0), nothing by
 * cylinders and heads.
 *
 * Memory: 500h stack top of protected mode copies, 7000h struct boot_block, 7c00h this code,
 * 10000h bounce buffer, 200000h the image, BOOT_SLOT_PA the system image.
 */
#include <asm/bootproto.h>
#include <asm/layout.h>

#define ORIGIN 0x7c00
#define BOUNCE_SEGMENT 0x1000
#define BOUNCE 0x10000
#define CHUNK 64			/* sectors a read: 32 KiB, no 64 KiB boundary is crossed */
#define COM1 0x3f8

#define SEL_FLAT_CODE 0x08
#define SEL_FLAT_DATA 0x10
#define SEL_REAL_CODE 0x18
#define SEL_REAL_DATA 0x20

#define FDT_MAGIC_LE 0xedfe0dd0		/* d00dfeed as a little-endian word reads it */

	.section .text
	.code16
	.globl _start
_start:
	cli
	cld
	ljmp	$0, $1f
1:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$ORIGIN, %sp
	sti
	movb	%dl, drive

	/* EDD: are the extensions there, packet calls among them? */
	movw	$text_no_edd, %si
	movb	$0x41, %ah
	movw	$0x55aa, %bx
	int	$0x13
	jc	fail
	cmpw	$0xaa55, %bx
	jne	fail
	testb	$1, %cl
	jz	fail

	movl	$DISK_STAGE2_LBA, packet_lba
	movw	$DISK_STAGE2_SECTORS, packet_count
	movw	$stage2, packet_offset
	movw	$0, packet_segment
	call	disk_read
	jmp	stage2_start

/* Reads what the packet says; the counts and addresses in it stay as they are. */
disk_read:
	movw	$text_read, %si
	movb	drive, %dl
	pushw	packet_count			/* some BIOSes write back what they read */
	movb	$0x42, %ah
	pushw	%si
	movw	$packet, %si
	int	$0x13
	popw	%si
	popw	packet_count
	jc	fail
	ret

/* Shows the text at SI on screen and serial port, and stops. */
fail:
	xorw	%ax, %ax
	movw	%ax, %ds
1:	lodsb
	testb	%al, %al
	jz	3f
	movw	$7, %bx
	movb	$0x0e, %ah
	pushw	%ax
	int	$0x10
	movw	$(COM1 + 5), %dx
	movw	$0xffff, %cx
2:	inb	%dx, %al
	testb	$0x20, %al
	loopz	2b
	popw	%ax
	movw	$COM1, %dx
	outb	%al, %dx
	jmp	1b
3:	hlt
	jmp	3b

text_no_edd:
	.asciz	"Bulkhead: BIOS has no INT 13h extensions for this drive\r\n"
text_read:
	.asciz	"Bulkhead: disk read failed\r\n"
drive:
	.byte	0
	.balign 4
packet:
	.byte	16, 0
packet_count:
	.word	0
packet_offset:
	.word	0
packet_segment:
	.word	0
packet_lba:
	.quad	0

	/* One active entry over the whole disk: firmware that looks for one boots the disk. */
	.org	446
	.byte	0x80, 0, 2, 0, 0xda, 0xff, 0xff, 0xff
	.long	1
disk_sectors:
	.long	0			/* mkdisk.py */
	.org	510
	.byte	0x55, 0xaa

/* ---- second stage -------------------------------------------------------------------------- */

stage2:
	.ascii	"BULKHEAD"
image_sectors:
	.long	0			/* mkdisk.py */
slot_sectors:
	.long	0			/* mkdisk.py; 0: the disk has no room for a system image */

stage2_start:
	call	a20_enable
	call	memory_map

	movl	$DISK_IMAGE_LBA, %eax
	movl	image_sectors, %ecx
	movl	$X86_IMAGE_PA, %edi
	call	load_high

	cmpl	$CHUNK, slot_sectors
	jb	enter
	call	load_slot

enter:
	cli
	lgdt	gdtr
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$SEL_FLAT_CODE, $enter32
	.code32
enter32:
	movl	$SEL_FLAT_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	/* The image starts with its multiboot2 header, whose first tag has the entry address. */
	cmpl	$0xe85250d6, X86_IMAGE_PA
	jne	1f
	movl	$PROTO_BOOT_SECTOR, %eax
	movl	$BOOT_BLOCK_PA, %ebx
	jmp	*X86_IMAGE_PA + 24
1:	hlt
	jmp	1b
	.code16

/*
 * ECX sectors from LBA EAX to physical EDI, by the bounce buffer.
 */
load_high:
	movl	%eax, packet_lba
	movw	$0, packet_offset
	movw	$BOUNCE_SEGMENT, packet_segment
1:	testl	%ecx, %ecx
	jz	3f
	movl	$CHUNK, %eax
	cmpl	%eax, %ecx
	jae	2f
	movl	%ecx, %eax
2:	movw	%ax, packet_count
	pushl	%ecx
	pushl	%edi
	call	disk_read
	popl	%edi
	popl	%ecx
	movzwl	packet_count, %eax
	subl	%eax, %ecx
	addl	%eax, packet_lba
	shll	$7, %eax		/* sectors to words of 4 bytes */
	call	copy_high
	jmp	1b
3:	ret

/* EAX words of 4 bytes from the bounce buffer to physical EDI, which moves on. */
copy_high:
	pushl	%ecx
	movl	%eax, %ecx
	movl	$BOUNCE, %esi
	cli
	lgdt	gdtr
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$SEL_FLAT_CODE, $1f
	.code32
1:	movl	$SEL_FLAT_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	rep movsl
	ljmpl	$SEL_REAL_CODE, $2f
	.code16
2:	movl	$SEL_REAL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%cr0, %eax
	andb	$0xfe, %al
	movl	%eax, %cr0
	ljmp	$0, $3f
3:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	sti
	popl	%ecx
	ret

/*
 * The slot holds a FIT if it starts with the devicetree magic. Payloads lie behind the tree, and
 * where the last one ends is the verifier's to read: the whole slot is loaded.
 */
load_slot:
	movl	$DISK_SLOT_LBA, packet_lba
	movw	$1, packet_count
	movw	$0, packet_offset
	movw	$BOUNCE_SEGMENT, packet_segment
	call	disk_read
	movw	$BOUNCE_SEGMENT, %ax
	movw	%ax, %es
	movl	%es:0, %eax
	xorw	%dx, %dx
	movw	%dx, %es
	cmpl	$FDT_MAGIC_LE, %eax
	jne	1f
	movl	slot_sectors, %ecx
	movl	%ecx, %edx
	shll	$9, %edx
	movl	%edx, BOOT_BLOCK_PA + 12
	movl	$BOOT_SLOT_PA, BOOT_BLOCK_PA + 8
	movl	$DISK_SLOT_LBA, %eax
	movl	$BOOT_SLOT_PA, %edi
	call	load_high
1:	ret

/* INT 15h E820h into struct boot_block. */
memory_map:
	movw	$(BOOT_BLOCK_PA / 2), %di
	addw	%di, %di
	movl	$PROTO_BOOT_SECTOR, (%di)
	xorl	%eax, %eax
	movl	%eax, 4(%di)
	movl	%eax, 8(%di)
	movl	%eax, 12(%di)
	addw	$16, %di
	xorl	%ebx, %ebx
1:	movl	$0xe820, %eax
	movl	$0x534d4150, %edx	/* "SMAP" */
	movl	$24, %ecx
	movl	$1, 20(%di)		/* a BIOS that writes 20 bytes means: valid */
	int	$0x15
	jc	2f
	cmpl	$0x534d4150, %eax
	jne	2f
	addw	$24, %di
	incl	BOOT_BLOCK_PA + 4
	cmpl	$BOOT_BLOCK_E820_MAX, BOOT_BLOCK_PA + 4
	jae	2f
	testl	%ebx, %ebx
	jnz	1b
2:	movw	$text_e820, %si
	cmpl	$0, BOOT_BLOCK_PA + 4
	je	fail
	ret

/* BIOS first, then the fast gate of port 92h; each is checked. */
a20_enable:
	call	a20_check
	jne	1f
	movw	$0x2401, %ax
	int	$0x15
	call	a20_check
	jne	1f
	inb	$0x92, %al
	orb	$2, %al
	andb	$0xfe, %al
	outb	%al, $0x92
	call	a20_check
	jne	1f
	movw	$text_a20, %si
	jmp	fail
1:	ret

/* Sets ZF if 500h and 100500h are the same byte. */
a20_check:
	movw	$0xffff, %ax
	movw	%ax, %fs
	movb	$0x55, 0x500
	movb	$0xaa, %fs:0x510
	cmpb	$0xaa, 0x500
	ret

text_a20:
	.asciz	"Bulkhead: address line A20 cannot be enabled\r\n"
text_e820:
	.asciz	"Bulkhead: BIOS gives no memory map (INT 15h E820h)\r\n"

	.balign 8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
	.quad	0x00009b000000ffff
	.quad	0x000093000000ffff
gdtr:
	.word	gdtr - gdt - 1
	.long	gdt

	.org	512 * (1 + DISK_STAGE2_SECTORS)

	.section .note.GNU-stack, "", @progbits
