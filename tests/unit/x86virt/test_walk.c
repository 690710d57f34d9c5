// SPDX-License-Identifier: Apache-2.0
/* The guest's own page tables in every paging mode. */
#include <asm/msr.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <unit.h>
#include <walk.h>

static u8 memory[0x8000];

static bool read_memory(void *ctx, gpa_t at, size_t size, u64 *out)
{
	(void)ctx;
	*out = 0;
	if (!range_inside(at.v, size, 0, sizeof(memory)))
		return false;
	memcpy(out, memory + at.v, size);
	return true;
}

static struct walk_state state = { .read = read_memory };

static void put(u64 at, u64 value, size_t size)
{
	memcpy(memory + at, &value, size);
}

static u64 walk(u64 gva)
{
	gpa_t out;

	return walk_gva(&state, (gva_t){ gva }, &out) == 0 ? out.v : ~0ULL;
}

static void start(u64 cr0, u64 cr3, u64 cr4, u64 efer)
{
	memset(memory, 0, sizeof(memory));
	state.cr0 = cr0;
	state.cr3 = cr3;
	state.cr4 = cr4;
	state.efer = efer;
}

TEST(without_paging_addresses_are_physical)
{
	start(CR0_PE, 0x1000, 0, 0);
	assert_int_equal(walk(0x12345678), 0x12345678);
}

TEST(four_levels)
{
	start(CR0_PE | CR0_PG, 0x1000, CR4_PAE, EFER_LME | EFER_LMA);
	put(0x1000 + 8U * 0x1ff, 0x2003, 8);
	put(0x2000 + 8U * 0x1fe, 0x3003, 8);
	put(0x3000 + 8U * 1U, 0x4003, 8);
	put(0x4000 + 8U * 2U, BIT(63) | 0xabcde000U | 3U, 8);
	put(0x3000 + 8U * 2U, 0x40000000U | 0x83U, 8);
	put(0x2000 + 8U * 0x1fd, 0x80000000U | 0x83U, 8);
	assert_int_equal(walk(0xffffffff80202123ULL), 0xabcde123);
	assert_int_equal(walk(0xffffffff80412345ULL), 0x40012345);
	assert_int_equal(walk(0xffffffff40412345ULL), 0x80412345);
	assert_int_equal(walk(0xffffffff80203000ULL), ~0ULL);
	assert_int_equal(walk(0), ~0ULL);
}

TEST(five_levels)
{
	start(CR0_PE | CR0_PG, 0x1000, CR4_PAE | CR4_LA57, EFER_LME | EFER_LMA);
	put(0x1000 + 8U, 0x2003, 8);
	put(0x2000, 0x3003, 8);
	put(0x3000, 0x40000000U | 0x83U, 8);
	assert_int_equal(walk(BIT(48) | 0x123), 0x40000123);
}

TEST(physical_address_extension)
{
	start(CR0_PE | CR0_PG, 0x1020, CR4_PAE, 0);
	put(0x1020 + 8U * 3U, 0x2001, 8);
	put(0x2000 + 8U, 0x100400000ULL | 0x83U, 8);
	put(0x2000, 0x3003, 8);
	put(0x3000 + 8U * 5U, 0x7003, 8);
	assert_int_equal(walk(0xc0212345), 0x100412345ULL);
	assert_int_equal(walk(0xc0005678), 0x7678);
	assert_int_equal(walk(0x12345), ~0ULL);
}

TEST(thirty_two_bits)
{
	start(CR0_PE | CR0_PG, 0x1000, CR4_PSE, 0);
	put(0x1000 + 4U * 1U, 0x2003, 4);
	put(0x2000 + 4U * 3U, 0x5003, 4);
	put(0x1000 + 4U * 2U, 0x00c02083, 4);
	assert_int_equal(walk(0x00403abc), 0x5abc);
	assert_int_equal(walk(0x00812345), 0x100c12345ULL);
	state.cr4 = 0;
	assert_int_equal(walk(0x00812345), ~0ULL);
}

TEST(tables_outside_memory_end_the_walk)
{
	start(CR0_PE | CR0_PG, 0x100000, CR4_PAE, EFER_LME | EFER_LMA);
	assert_int_equal(walk(0), ~0ULL);
}

UNIT_TESTS(UNIT(without_paging_addresses_are_physical), UNIT(four_levels), UNIT(five_levels),
	   UNIT(physical_address_extension), UNIT(thirty_two_bits),
	   UNIT(tables_outside_memory_end_the_walk));
