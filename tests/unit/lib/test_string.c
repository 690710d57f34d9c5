// SPDX-License-Identifier: Apache-2.0
/* lib/string.c against the host's C library, at every alignment and length that matters. */
#include <stdlib.h>

#include <unit.h>

#include "string_under_test.h"

#define SIZE 64U
#define OFFSETS 17U
#define LENGTHS 40U

static u8 ours[SIZE];
static u8 theirs[SIZE];
static u8 source[SIZE];

static void fill(void)
{
	for (u32 i = 0; i < SIZE; i++) {
		source[i] = (u8)(i * 7U + 3U);
		ours[i] = (u8)~i;
		theirs[i] = (u8)~i;
	}
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

TEST(memcpy_copies_exactly_its_range)
{
	for (u32 d = 0; d < OFFSETS; d++) {
		for (u32 s = 0; s < OFFSETS; s++) {
			for (u32 n = 0; n < LENGTHS; n++) {
				fill();
				assert_ptr_equal(bh_memcpy(ours + d, source + s, n), ours + d);
				memcpy(theirs + d, source + s, n);
				assert_memory_equal(ours, theirs, SIZE);
			}
		}
	}
}

TEST(memmove_copies_overlapping_ranges_both_ways)
{
	for (u32 d = 0; d < OFFSETS; d++) {
		for (u32 s = 0; s < OFFSETS; s++) {
			for (u32 n = 0; n < LENGTHS; n++) {
				fill();
				assert_ptr_equal(bh_memmove(ours + d, ours + s, n), ours + d);
				memmove(theirs + d, theirs + s, n);
				assert_memory_equal(ours, theirs, SIZE);
			}
		}
	}
}

TEST(memset_fills_exactly_its_range)
{
	for (u32 d = 0; d < OFFSETS; d++) {
		for (u32 n = 0; n < LENGTHS; n++) {
			fill();
			assert_ptr_equal(bh_memset(ours + d, 0x1a5, n), ours + d);
			memset(theirs + d, 0xa5, n);
			assert_memory_equal(ours, theirs, SIZE);
		}
	}
}

TEST(memcmp_orders_by_the_first_byte_that_differs)
{
	assert_int_equal(bh_memcmp("abc", "abd", 2), 0);
	assert_int_equal(sign(bh_memcmp("abc", "abd", 3)), -1);
	assert_int_equal(sign(bh_memcmp("\xff", "\x01", 1)), 1);
	assert_int_equal(bh_memcmp("a", "b", 0), 0);
}

TEST(memchr_finds_the_first_byte_within_the_range)
{
	static const char text[] = "abcabc";

	assert_ptr_equal(bh_memchr(text, 'c', 6), text + 2);
	assert_null(bh_memchr(text, 'c', 2));
	assert_ptr_equal(bh_memchr(text, 0x100 + 'b', 6), text + 1);
}

TEST(strlen_and_strnlen_count_to_the_nul)
{
	assert_int_equal(bh_strlen(""), 0);
	assert_int_equal(bh_strlen("abc"), 3);
	assert_int_equal(bh_strnlen("abc", 2), 2);
	assert_int_equal(bh_strnlen("abc", 9), 3);
}

TEST(strnlen_does_not_read_beyond_its_bound)
{
	char *text = malloc(3);

	assert_non_null(text);
	memcpy(text, "abc", 3);
	assert_int_equal(bh_strnlen(text, 3), 3);
	assert_int_equal(bh_strncmp(text, "abc", 3), 0);
	free(text);
}

TEST(strings_compare_as_unsigned_characters)
{
	static const char *const words[] = { "", "a", "ab", "abc", "abd", "b", "\x7f", "\x80" };

	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		for (u32 j = 0; j < ARRAY_SIZE(words); j++) {
			assert_int_equal(sign(bh_strcmp(words[i], words[j])),
					 sign(strcmp(words[i], words[j])));
			assert_int_equal(sign(bh_strncmp(words[i], words[j], 2)),
					 sign(strncmp(words[i], words[j], 2)));
		}
	}
}

TEST(strchr_finds_the_first_and_strrchr_the_last)
{
	static const char text[] = "abcabc";

	assert_ptr_equal(bh_strchr(text, 'b'), text + 1);
	assert_ptr_equal(bh_strrchr(text, 'b'), text + 4);
	assert_null(bh_strchr(text, 'x'));
	assert_null(bh_strrchr(text, 'x'));
	assert_ptr_equal(bh_strchr(text, '\0'), text + 6);
	assert_ptr_equal(bh_strrchr(text, '\0'), text + 6);
}

UNIT_TESTS(UNIT(memcpy_copies_exactly_its_range), UNIT(memmove_copies_overlapping_ranges_both_ways),
	   UNIT(memset_fills_exactly_its_range), UNIT(memcmp_orders_by_the_first_byte_that_differs),
	   UNIT(memchr_finds_the_first_byte_within_the_range),
	   UNIT(strlen_and_strnlen_count_to_the_nul), UNIT(strnlen_does_not_read_beyond_its_bound),
	   UNIT(strings_compare_as_unsigned_characters),
	   UNIT(strchr_finds_the_first_and_strrchr_the_last));
