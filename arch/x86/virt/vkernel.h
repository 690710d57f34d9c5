/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts of the protocols by which x86 payloads boot: what they say, and what they are told. */
#ifndef VIRT_VKERNEL_H
#define VIRT_VKERNEL_H

#include <bulkhead/lib/types.h>

/* Linux Documentation/x86/boot.rst: places in the file and, from 0x1f1 on, in the zero page. */
#define SETUP_HEADER 0x1f1U
#define SETUP_SECTS 0x1f1U
#define SETUP_SYSSIZE 0x1f4U
#define SETUP_BOOT_FLAG 0x1feU
#define SETUP_JUMP 0x201U /* the header ends so many bytes behind 0x202 */
#define SETUP_MAGIC 0x202U
#define SETUP_VERSION 0x206U
#define SETUP_LOADER 0x210U
#define SETUP_RAMDISK 0x218U
#define SETUP_RAMDISK_SIZE 0x21cU
#define SETUP_CMDLINE 0x228U
#define SETUP_INITRD_MAX 0x22cU
#define SETUP_ALIGNMENT 0x230U
#define SETUP_RELOCATABLE 0x234U
#define SETUP_XLOADFLAGS 0x236U
#define SETUP_CMDLINE_SIZE 0x238U
#define SETUP_PREF_ADDRESS 0x258U
#define SETUP_INIT_SIZE 0x260U
#define SETUP_END 0x264U /* of what is read here */

/* Xen docs/misc/pvh.pandoc; public/arch-x86/hvm/start_info.h. */
struct pvh_start {
	u32 magic, version, flags, modules;
	u64 modules_at, cmdline, rsdp, memory_at;
	u32 memory_count, reserved;
};
struct pvh_module {
	u64 at, size, cmdline, reserved;
};
struct pvh_memory {
	u64 at, size;
	u32 type, reserved;
};
#define PVH_MAGIC 0x336ec578U
#define PVH_NOTE 18U /* XEN_ELFNOTE_PHYS32_ENTRY */

/* Multiboot Specification 0.6.96. */
#define MULTIBOOT_HEADER_MAGIC 0x1badb002U
#define MULTIBOOT_MAGIC 0x2badb002U /* EAX */
struct multiboot_info {
	u32 flags, memory_lower, memory_upper, boot_device, cmdline, modules, modules_at;
	u32 symbols[4];
	u32 memory_length, memory_at;
	u32 drives_length, drives_at, config, loader;
};
struct multiboot_module {
	u32 start, end, string, reserved;
};
struct multiboot_memory {
	u32 size; /* of the rest */
	u64 at, length;
	u32 type;
} __packed;

/* Linux's, PVH's and multiboot's alike (ACPI 6.4, table 15.4). */
#define MEMORY_RAM 1U
#define MEMORY_RESERVED 2U

_Static_assert(sizeof(struct pvh_start) == 56U && sizeof(struct pvh_module) == 32U &&
		       sizeof(struct pvh_memory) == 24U,
	       "start_info.h");
_Static_assert(sizeof(struct multiboot_info) == 68U && sizeof(struct multiboot_module) == 16U &&
		       sizeof(struct multiboot_memory) == 24U,
	       "multiboot, 3.3 without the tail that nobody is told of");

static inline u64 field_get(const u8 *p, size_t at, u32 size)
{
	u64 value = 0;

	for (u32 i = 0; i < size; i++)
		value |= (u64)p[at + i] << (8U * i);
	return value;
}

static inline void field_put(u8 *p, size_t at, u32 size, u64 value)
{
	for (u32 i = 0; i < size; i++)
		p[at + i] = (u8)(value >> (8U * i));
}

#endif
