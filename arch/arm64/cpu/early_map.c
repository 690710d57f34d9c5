// SPDX-License-Identifier: Apache-2.0
/*
 * The first tables: the image at its link address, by its sections and never writable and
 * executable at once, the stacks between holes, and the pages of entry code one to one.
 *
 * Runs with the MMU off, so every address of a symbol is physical here, and nothing may rely on
 * initialised pointers. Stores are volatile: the compiler must not turn them into calls.
 */
#include <asm/image.h>
#include <asm/pgtable.h>
#include <bulkhead/base/guarded.h>
#include <bulkhead/base/percpu.h>

#define EARLY __attribute__((no_stack_protector))
#define TABLE_MEMORY __section(".tables") __aligned(PAGE_SIZE)
#define ENTRIES 512U

_Static_assert(CONFIG_STACK_SIZE == 1U << STACK_SHIFT,
	       "CONFIG_STACK_SIZE: arm64 needs a power of two");

u64 boot_root[ENTRIES] TABLE_MEMORY;
u64 own_tables[OWN_TABLES][ENTRIES] __section(".tables.own") __aligned(PAGE_SIZE);
static u64 ident_l1[ENTRIES] TABLE_MEMORY;
static u64 ident_l2[ENTRIES] TABLE_MEMORY;
static u64 ident_l3[ENTRIES] TABLE_MEMORY;

u8 emergency_stacks[CONFIG_MAX_CPUS][EMERGENCY_SIZE] __section(".stacks") __aligned(PAGE_SIZE);

/* @entries: a multiple of 16. */
static EARLY void clear(u64 *table, u64 entries)
{
	for (u64 i = 0; i < entries; i += 16U)
		__asm__ volatile("stp xzr, xzr, [%0]\n\t"
				 "stp xzr, xzr, [%0, #16]\n\t"
				 "stp xzr, xzr, [%0, #32]\n\t"
				 "stp xzr, xzr, [%0, #48]\n\t"
				 "stp xzr, xzr, [%0, #64]\n\t"
				 "stp xzr, xzr, [%0, #80]\n\t"
				 "stp xzr, xzr, [%0, #96]\n\t"
				 "stp xzr, xzr, [%0, #112]" ::"r"(&table[i])
				 : "memory");
}

static EARLY u64 index_at(u64 addr, u32 level)
{
	return (addr >> (39U - 9U * level)) & (ENTRIES - 1U);
}

static EARLY void link_table(volatile u64 *table, u64 index, const u64 *next)
{
	table[index] = (u64)(uintptr_t)next | PTE_TABLE | PTE_VALID;
}

/* Fills consecutive level 3 entries, first one @l3, for the physical pages [pa, end). */
static EARLY void fill(volatile u64 *l3, u64 pa, u64 end, u64 attr)
{
	for (; pa < end; pa += PAGE_SIZE)
		*l3++ = pa | attr | PTE_ATTR_NORMAL | PTE_AP1 | PTE_INNER | PTE_AF | PTE_TABLE |
			PTE_VALID;
}

static EARLY void map_section(u64 *l3, u64 image_pa, const void *start, const void *end, u64 attr)
{
	u64 pa = (u64)(uintptr_t)start;

	fill(l3 + ((pa - image_pa) >> PAGE_SHIFT), pa, (u64)(uintptr_t)end, attr);
}

static EARLY void map_stack(u64 *l3, u32 cpu)
{
	u64 *slot = l3 + (u64)cpu * (STACK_SLOT >> PAGE_SHIFT);
	u64 stack = (u64)(uintptr_t)cpu_stacks[cpu].stack;
	u64 emergency = (u64)(uintptr_t)emergency_stacks[cpu];

	fill(slot + ((STACK_TOP_IN_SLOT - CONFIG_STACK_SIZE) >> PAGE_SHIFT), stack,
	     stack + CONFIG_STACK_SIZE, PTE_XN);
	fill(slot + ((EMERGENCY_TOP_IN_SLOT - EMERGENCY_SIZE) >> PAGE_SHIFT), emergency,
	     emergency + EMERGENCY_SIZE, PTE_XN);
}

EARLY void early_map_build(u64 image_pa)
{
	u64 exec = PTE_RO | (build_guarded() && cpu_has_bti() ? PTE_GP : 0U);
	u64 *own_root = own_tables[0];
	u64 *l1 = own_tables[1];
	u64 *l2 = own_tables[2];
	u64 *image_l3 = own_tables[3];
	u64 *stack_l3 = own_tables[3 + IMAGE_L3_TABLES];

	clear(own_root, (u64)EARLY_TABLES * ENTRIES);
	map_section(image_l3, image_pa, text_start, text_end, exec);
	map_section(image_l3, image_pa, rodata_start, rodata_end, PTE_RO | PTE_XN);
	map_section(image_l3, image_pa, data_start, data_end, PTE_XN);
	map_section(image_l3, image_pa, scratch_start, tables_end, PTE_XN);
	map_section(image_l3, image_pa, log_ring_start, log_ring_end, PTE_XN);
	for (u32 cpu = 0; cpu < CONFIG_MAX_CPUS; cpu++)
		map_stack(stack_l3, cpu);
	for (u64 i = 0; i < IMAGE_L3_TABLES; i++)
		link_table(l2, i, image_l3 + i * ENTRIES);
	for (u64 i = 0; i < STACK_L3_TABLES; i++)
		link_table(l2, index_at(STACKS_VA, 2) + i, stack_l3 + i * ENTRIES);
	link_table(l1, 0, l2);
	link_table(own_root, index_at(IMAGE_VA, 0), l1);

	clear(boot_root, ENTRIES);
	clear(ident_l1, ENTRIES);
	clear(ident_l2, ENTRIES);
	clear(ident_l3, ENTRIES);
	fill(&ident_l3[index_at(image_pa, 3)], image_pa, image_pa + HEAD_SIZE, PTE_RO);
	link_table(ident_l2, index_at(image_pa, 2), ident_l3);
	link_table(ident_l1, index_at(image_pa, 1), ident_l2);
	link_table(boot_root, index_at(image_pa, 0), ident_l1);
	link_table(boot_root, index_at(IMAGE_VA, 0), l1);
}
