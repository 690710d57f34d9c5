/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols of the linker script (arch/arm64/bulkhead.ld.S) and of the entry code. */
#ifndef ASM_IMAGE_H
#define ASM_IMAGE_H

#include <asm/layout.h>
#include <bulkhead/base/ksyms.h>
#include <bulkhead/lib/types.h>

extern u8 image_start[], image_end[];
extern u8 rodata_start[], rodata_end[];
extern u8 data_start[], data_end[];
extern u8 scratch_start[], tables_end[];
extern u8 log_ring_start[], log_ring_end[];

/* Where secondaries enter, at its physical address, with the MMU off. */
extern u8 entry_secondary[];

/*
 * Bulkhead's own tables: the first EARLY_TABLES are built by early_map_build(), root first; the
 * rest is the page-table engine's pool.
 */
#define OWN_TABLES (EARLY_TABLES + CONFIG_ARM64_MAP_TABLES)
extern u64 own_tables[OWN_TABLES][512];

/*
 * The root in force while the MMU is switched on. It shares what maps the image with the own root
 * and alone maps the entry code one to one.
 */
extern u64 boot_root[512];

extern u8 emergency_stacks[CONFIG_MAX_CPUS][EMERGENCY_SIZE];

/* Builds both tables for an image at @image_pa. Runs at the physical address, MMU off. */
void early_map_build(u64 image_pa);

/*
 * Gives this CPU its return-address keys and, on the boot CPU, the stack protector its canary.
 * Returns the bits of SCTLR_EL2 that put them in force.
 */
u64 protect_cpu_init(bool secondary);

/* Zeroes [p, p + size), both multiples of 64; normal memory, MMU on. */
void memory_clear(void *p, u64 size);

/* Hands the tables over to the page-table engine; mmu_map() works from here on. */
void mmu_init(void);

/* The boot CPU's first C code at the link address; @fdt as the loader left it in x0. */
void arm64_main(u64 fdt) __noreturn;

#endif
