// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/elf.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#define MACHINE 183U
#define FILE_SIZE 0x3000U

/* Header and program headers as bytes: what is written by number is what the format says. */
static u8 file[0x1000];

static void put(size_t at, u64 value, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++)
		file[at + i] = (u8)(value >> (8U * i));
}

static void put_segment(u32 n, u64 offset, u64 vaddr, u64 paddr, u64 filesz, u64 memsz)
{
	const size_t at = 64U + n * 56U;

	put(at, 1, 4);
	put(at + 8U, offset, 8);
	put(at + 16U, vaddr, 8);
	put(at + 24U, paddr, 8);
	put(at + 32U, filesz, 8);
	put(at + 40U, memsz, 8);
}

static int elf_setup(void **state)
{
	memset(file, 0, sizeof(file));
	memcpy(file, "\177ELF\2\1\1", 7);
	put(16, 2, 2); /* ET_EXEC */
	put(18, MACHINE, 2);
	put(24, 0xffff000000001010, 8); /* entry */
	put(32, 64, 8);                 /* phoff */
	put(54, 56, 2);
	put(56, 3, 2);
	put_segment(0, 0x1000, 0xffff000000001000, 0x40001000, 0x800, 0x1000);
	put_segment(1, 0x2000, 0xffff000000003000, 0x40003000, 0x1000, 0x1800);
	put_segment(2, 0, 0, 0, 0, 0); /* empty: ignored */
	return unit_setup(state);
}

static struct elf elf;
static const char *why;

static int read_it(void)
{
	return elf_read(file, sizeof(file), FILE_SIZE, MACHINE, &elf, &why);
}

TEST(segments_go_to_their_physical_addresses)
{
	assert_int_equal(read_it(), 0);
	assert_int_equal(elf.count, 2);
	assert_int_equal(elf.segment[1].offset, 0x2000);
	assert_int_equal(elf.segment[1].at, 0x40003000);
	assert_int_equal(elf.segment[1].file_size, 0x1000);
	assert_int_equal(elf.segment[1].size, 0x1800);
	assert_int_equal(elf.base, 0x40001000);
	assert_int_equal(elf.room, 0x3800);
	assert_int_equal(elf.entry, 0x40001010);
	assert_false(elf.anywhere);
}

TEST(a_shared_object_goes_anywhere)
{
	put(16, 3, 2);
	assert_int_equal(read_it(), 0);
	assert_true(elf.anywhere);
}

/* What is changed, and what is said then. */
static const struct {
	size_t at;
	u64 value;
	u32 bytes;
	int err;
	const char *why;
} broken[] = {
	{ 0, 0, 4, BH_EINVAL, "magic" },
	{ 4, 1, 1, BH_ENOTSUP, "64-bit" },
	{ 5, 2, 1, BH_ENOTSUP, "little-endian" },
	{ 18, 62, 2, BH_ENOTSUP, "another machine" },
	{ 16, 1, 2, BH_ENOTSUP, "no executable" },
	{ 54, 32, 2, BH_EINVAL, "no program headers" },
	{ 56, 0, 2, BH_EINVAL, "no program headers" },
	{ 56, 0xffff, 2, BH_EOVERFLOW, "near its start" },
	{ 32, ~0ULL, 8, BH_EOVERFLOW, "near its start" },
	{ 24, 0x10, 8, BH_EINVAL, "entry" },
	{ 64 + 8, FILE_SIZE, 8, BH_EINVAL, "not in the ELF file" },
	{ 64 + 8, ~0ULL, 8, BH_EINVAL, "not in the ELF file" },
	{ 64 + 32, 0x1001, 8, BH_EINVAL, "not in the ELF file" },
	{ 64 + 24, ~0ULL, 8, BH_EINVAL, "wraps" },
	{ 64 + 40, 0x2001, 8, BH_EINVAL, "overlaps" },
};

TEST(what_breaks_the_format_is_refused_in_words)
{
	for (u32 i = 0; i < ARRAY_SIZE(broken); i++) {
		elf_setup(unit_state);
		put(broken[i].at, broken[i].value, broken[i].bytes);
		assert_int_equal(read_it(), broken[i].err);
		if (strstr(why, broken[i].why) == NULL)
			fail_msg("%u: said: %s", i, why);
	}
}

TEST(a_file_that_ends_early_is_refused)
{
	assert_int_equal(elf_read(file, 63, 63, MACHINE, &elf, &why), BH_EINVAL);
	assert_int_equal(elf_read(file, 100, 100, MACHINE, &elf, &why), BH_EOVERFLOW);
}

TEST(more_segments_than_there_is_room_for_are_refused)
{
	put(56, 12, 2);
	for (u32 i = 0; i < 12U; i++)
		put_segment(i, 0x1000, 0xffff000000001000 + i * 0x1000U, 0x40001000 + i * 0x1000U,
			    1, 1);
	assert_int_equal(read_it(), BH_EOVERFLOW);
}

#define ELF(name) cmocka_unit_test_setup(name, elf_setup)

UNIT_TESTS(ELF(segments_go_to_their_physical_addresses), ELF(a_shared_object_goes_anywhere),
	   ELF(what_breaks_the_format_is_refused_in_words), ELF(a_file_that_ends_early_is_refused),
	   ELF(more_segments_than_there_is_room_for_are_refused));
