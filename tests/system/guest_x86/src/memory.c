// SPDX-License-Identifier: Apache-2.0
/* What is in the guest's memory before it starts: code, page tables, descriptors. */
#include <bulkhead/lib/string.h>

#include "program.h"

#define PRESENT 0x1U
#define EVERYBODY 0x7U /* present, writable, user */
#define LARGE 0x80U

/* SDM volume 3, figures 3-8 and 8-4; 64-bit code, flat data, the same for users, 32-bit code. */
static const u64 gdt[] = {
	0, 0x00af9a000000ffff, 0x00cf92000000ffff, 0x00cff2000000ffff, 0x00affa000000ffff, 0,
	0, 0x00cf9a000000ffff,
};

static void put(u8 *ram, u64 at, const void *from, size_t n)
{
	memcpy(ram + (at - GUEST_RAM), from, n);
}

static void put64(u8 *ram, u64 at, u64 value)
{
	put(ram, at, &value, sizeof(value));
}

/* Where the guest finds a place of its code. */
static u64 at_of(const u8 *p)
{
	return GUEST_RAM + (u64)(p - guest_code);
}

/* The first GiB to itself, once more for PAE paging. */
static void fill_tables(u8 *ram)
{
	put64(ram, GUEST_PML4, GUEST_PDPT | EVERYBODY);
	put64(ram, GUEST_PDPT, GUEST_PD | EVERYBODY);
	for (u64 i = 0; i < 512U; i++)
		put64(ram, GUEST_PD + i * 8U, i * MIB(2) | EVERYBODY | LARGE);
	put64(ram, GUEST_DESC + DESC_PAE, GUEST_PD | PRESENT);
}

static void fill_idt(u8 *ram)
{
	for (u64 v = 0; v <= VECTOR; v++) {
		const u64 to = at_of(guest_vectors) + v * 16U;

		put64(ram, GUEST_IDT + v * 16U,
		      (to & 0xffffU) | 0x8e0000080000ULL | FIELD_PREP(to >> 16, 63, 48));
		put64(ram, GUEST_IDT + v * 16U + 8U, to >> 32);
	}
}

static void put_pointer(u8 *ram, u64 at, u16 limit, u64 base)
{
	put(ram, at, &limit, sizeof(limit));
	put64(ram, at + sizeof(limit), base);
}

/* Descriptors of a vcpu, and a task state segment with a stack for faults of user mode. */
static void fill_desc(u8 *ram, u64 n, bool vmx)
{
	const u64 page = GUEST_DESC + n * PAGE_SIZE;
	const u64 tss = page + DESC_TSS;

	put(ram, page, gdt, sizeof(gdt));
	put64(ram, page + SEL_GUEST_TSS,
	      0x67U | FIELD_PREP(tss, 39, 16) | FIELD_PREP(0x89U, 47, 40));
	put_pointer(ram, page + DESC_GDT_POINTER, sizeof(gdt) - 1U, page);
	put_pointer(ram, page + DESC_IDT_POINTER, (VECTOR + 1U) * 16U - 1U, GUEST_IDT);
	put64(ram, page + DESC_CALL, vmx ? 1U : 0U);
	put64(ram, tss + 4U, GUEST_STACKS + (n + 1U) * PAGE_SIZE);
}

void memory_fill(u8 *ram, bool vmx)
{
	memset(ram, 0, GUEST_RAM_SIZE);
	put(ram, GUEST_RAM, guest_code, (size_t)(guest_code_end - guest_code));
	fill_tables(ram);
	fill_idt(ram);
	for (u32 n = 0; n < GUEST_VCPUS; n++)
		fill_desc(ram, n, vmx);
}
