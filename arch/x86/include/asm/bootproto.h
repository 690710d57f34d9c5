/* SPDX-License-Identifier: Apache-2.0 */
/* The three ways in, as registers and memory show them at the first instruction. */
#ifndef ASM_BOOTPROTO_H
#define ASM_BOOTPROTO_H

/* EAX at entry. Multiboot2: specification 2.0, section 3.3. The others are set by our own code. */
#define PROTO_MULTIBOOT2 0x36d76289
#define PROTO_PVH 0x336ec578 /* also start_info.magic (Xen, public/arch-x86/hvm/start_info.h) */
#define PROTO_BOOT_SECTOR 0x53424842 /* "BHBS", also boot_block.magic */

/* The raw disk: LBA of its parts (docs/x86.md). */
#define DISK_STAGE2_LBA 1
#define DISK_STAGE2_SECTORS 7
#define DISK_IMAGE_LBA 8
#define DISK_SLOT_LBA 4096

/* Where the second stage puts the block and the system image. */
#define BOOT_BLOCK_PA 0x7000
#define BOOT_SLOT_PA 0x2000000
#define BOOT_BLOCK_E820_MAX 40

#ifndef __ASSEMBLY__
#include <bulkhead/lib/types.h>

/* One entry of INT 15h, AX = E820h (ACPI 6.5, section 15.1). */
struct e820_entry {
	u64 base;
	u64 size;
	u32 type; /* 1: RAM */
	u32 attributes;
} __packed;
_Static_assert(sizeof(struct e820_entry) == 24U, "E820 extended entry");

#define E820_RAM 1U

/* What our own second stage leaves at BOOT_BLOCK_PA. */
struct boot_block {
	u32 magic; /* PROTO_BOOT_SECTOR */
	u32 count; /* of e820[] */
	u32 module_base;
	u32 module_size; /* 0: the slot is empty */
	struct e820_entry e820[BOOT_BLOCK_E820_MAX];
} __packed;
_Static_assert(sizeof(struct boot_block) == 16U + 24U * BOOT_BLOCK_E820_MAX, "stage2.S fills it");

/* PVH: struct hvm_start_info, version 1. */
struct pvh_start_info {
	u32 magic;
	u32 version;
	u32 flags;
	u32 nr_modules;
	u64 modlist_paddr;
	u64 cmdline_paddr;
	u64 rsdp_paddr;
	u64 memmap_paddr; /* from here on: version 1 */
	u32 memmap_entries;
	u32 reserved;
} __packed;
_Static_assert(sizeof(struct pvh_start_info) == 56U, "hvm_start_info version 1");

struct pvh_module {
	u64 paddr;
	u64 size;
	u64 cmdline_paddr;
	u64 reserved;
} __packed;
_Static_assert(sizeof(struct pvh_module) == 32U, "hvm_modlist_entry");

/* Multiboot2, section 3.6: the information starts so, then tags, each 8-byte aligned. */
struct mb2_info {
	u32 total_size;
	u32 reserved;
} __packed;

struct mb2_tag {
	u32 type;
	u32 size; /* with this header, without padding */
} __packed;

#define MB2_TAG_END 0U
#define MB2_TAG_CMDLINE 1U
#define MB2_TAG_MODULE 3U
#define MB2_TAG_MMAP 6U
#define MB2_TAG_ACPI_OLD 14U
#define MB2_TAG_ACPI_NEW 15U

struct mb2_tag_module {
	struct mb2_tag tag;
	u32 mod_start;
	u32 mod_end;
} __packed;

struct mb2_tag_mmap {
	struct mb2_tag tag;
	u32 entry_size;
	u32 entry_version;
} __packed;

#endif
#endif
