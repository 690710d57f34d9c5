/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bulkhead's own addresses on arm64: one table of constants for C, assembly and the linker script.
 * TTBR0_EL2, 48 bits, 4 KiB granule; a level 0 slot covers 512 GiB, a level 2 slot 2 MiB. The
 * picture is in docs/arm64.md.
 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

/* The image is linked here and mapped here, wherever it was loaded (2 MiB aligned). */
#define IMAGE_VA 0x800000000000
/*
 * Level 3 tables kept for it, 2 MiB each: two, and room for the memory behind the stacks, which
 * lies in the middle of the image. The linker script refuses a larger one.
 */
#define IMAGE_L3_TABLES (2 + ((CONFIG_MAX_CPUS * (CONFIG_STACK_SIZE + 0x1000 + 0x2000)) >> 21))
#define IMAGE_MAX (IMAGE_L3_TABLES << 21)

/* The code that runs on both sides of switching the MMU on; mapped one to one while it does. */
#define HEAD_SIZE 0x2000

/*
 * Stacks, in the last 2 MiB slots of the image's GiB. Each CPU has a slot of four stack sizes:
 * a hole, its stack, a hole, and its emergency stack at the top of the last quarter. While a stack
 * pointer is good, bit STACK_SHIFT of it is set: exception entry can test that without a register
 * to spare. That is why CONFIG_STACK_SIZE must be a power of two here (asserted in early_map.c).
 */
#if CONFIG_STACK_SIZE <= 0x2000
#define STACK_SHIFT 13
#elif CONFIG_STACK_SIZE <= 0x4000
#define STACK_SHIFT 14
#elif CONFIG_STACK_SIZE <= 0x8000
#define STACK_SHIFT 15
#else
#define STACK_SHIFT 16
#endif
#define STACK_SLOT_SHIFT (STACK_SHIFT + 2)
#define STACK_SLOT (1 << STACK_SLOT_SHIFT)
#define EMERGENCY_SIZE 0x2000
#define STACK_L3_TABLES (((CONFIG_MAX_CPUS << STACK_SLOT_SHIFT) + 0x1fffff) >> 21)
#define STACKS_VA (IMAGE_VA + 0x40000000 - (STACK_L3_TABLES << 21))
/* One past a CPU's stack and its emergency stack, from the start of its slot. */
#define STACK_TOP_IN_SLOT (STACK_SLOT / 2)
#define EMERGENCY_TOP_IN_SLOT STACK_SLOT

/* Tables the entry code builds: one of levels 0 to 2 each, and the above. */
#define EARLY_TABLES (3 + IMAGE_L3_TABLES + STACK_L3_TABLES)

/* Where mmu_map() hands out addresses: level 0 slot 257. */
#define WINDOW_VA 0x808000000000
#define WINDOW_SIZE 0x8000000000

/* Offsets assembly uses; checked against struct cpu in cpu.c. */
#define CPU_ID 16
#define CPU_HWID 24
#define CPU_SIZE 128

#endif
