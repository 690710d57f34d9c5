// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include <bulkhead/lib/printf.h>
#include <unit.h>

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-zero-length"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
#pragma GCC diagnostic ignored "-Wformat-truncation"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wformat-overflow"
#endif

#define ROUNDS 200000U

static char ours[256];
static char theirs[256];

/* Both texts, both lengths. */
#define assert_same(...)                                                                \
	do {                                                                            \
		int a = bh_snprintf(ours, sizeof(ours), __VA_ARGS__);                   \
		int b = snprintf(theirs, sizeof(theirs), __VA_ARGS__);                  \
                                                                                        \
		if (a != b || strcmp(ours, theirs) != 0)                                \
			fail_msg("\"%s\" and not \"%s\" (%d, %d)", ours, theirs, a, b); \
	} while (0)

#define assert_prints(text, ...)                                                              \
	do {                                                                                  \
		assert_int_equal(bh_snprintf(ours, sizeof(ours), __VA_ARGS__), strlen(text)); \
		assert_string_equal(ours, text);                                              \
	} while (0)

TEST(text_without_conversions_is_copied)
{
	assert_same("");
	assert_same("plain");
	assert_same("100 %%");
}

TEST(extreme_integers_agree_with_the_host)
{
	assert_same("%d %d %d", 0, INT32_MIN, INT32_MAX);
	assert_same("%lld %lld", (long long)INT64_MIN, (long long)INT64_MAX);
	assert_same("%llu %llx", (unsigned long long)UINT64_MAX, (unsigned long long)UINT64_MAX);
	assert_same("%hhd %hd %hhu %hu", 0x1ff, 0x1ffff, 0x1ff, 0x1ffff);
	assert_same("%zu %zd %jd %ju %td", SIZE_MAX, (size_t)5, INTMAX_MIN, UINTMAX_MAX,
		    (ptrdiff_t)-7);
}

TEST(precision_zero_prints_no_digit_of_zero)
{
	assert_same("[%.0d] [%.0u] [%.0x] [%5.0d]", 0, 0U, 0U, 0);
}

TEST(widths_and_precisions_of_arguments_agree_with_the_host)
{
	assert_same("[%*d] [%*d] [%.*d] [%.*d]", 8, 42, -8, 42, 5, 42, -5, 42);
	assert_same("[%*s] [%-*s] [%.*s]", 6, "ab", 6, "ab", 1, "ab");
}

TEST(strings_and_characters_agree_with_the_host)
{
	assert_same("[%s] [%10s] [%-10s] [%.2s] [%10.2s]", "text", "text", "text", "text", "text");
	assert_same("[%c] [%3c] [%-3c]", 'a', 'b', 'c');
}

TEST(a_string_with_precision_needs_no_nul)
{
	char *raw = malloc(4);

	assert_non_null(raw);
	memcpy(raw, "abcd", 4);
	assert_prints("abcd", "%.4s", raw);
	free(raw);
}

TEST(a_null_string_is_named)
{
	const char *none = NULL;

	assert_prints("(null)", "%s", none);
}

TEST(pointers_print_as_hexadecimal)
{
	assert_prints("0x1234abcd", "%p", (void *)0x1234abcdU);
	assert_prints("0x0", "%p", NULL);
}

TEST(an_unknown_conversion_is_copied_as_it_stands)
{
	assert_prints("%f", "%f");
	assert_prints("a %08.3lq z", "a %08.3lq z");
	assert_prints("%n", "%n");
	assert_prints("50%", "50%");
	assert_prints("%-08", "%-08");
}

TEST(a_short_buffer_is_never_exceeded_and_always_terminated)
{
	for (size_t size = 1; size < 32; size++) {
		memset(ours, 0x5a, sizeof(ours));
		assert_int_equal(bh_snprintf(ours, size, "%s-%08x-%5d", "text", 0xbeefU, -3), 19);
		snprintf(theirs, size, "%s-%08x-%5d", "text", 0xbeefU, -3);
		assert_string_equal(ours, theirs);
		assert_int_equal(ours[size], 0x5a);
	}
}

TEST(no_buffer_at_all_still_counts)
{
	assert_int_equal(bh_snprintf(NULL, 0, "%d", 12345), 5);
}

TEST(absurd_widths_cost_no_time_and_do_not_overflow)
{
	assert_int_equal(bh_snprintf(ours, 8, "%2147483647d%2147483647d", 1, 2), INT32_MAX);
	assert_string_equal(ours, "       ");
	assert_true(bh_snprintf(ours, 8, "%99999999999d", 1) > 1000000);
	assert_int_equal(bh_snprintf(ours, 8, "%.2147483647d", 1), INT32_MAX);
	assert_int_equal(bh_snprintf(ours, 8, "%*d", INT32_MIN, 1), INT32_MAX);
}

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* One conversion specification out of everything supported. */
static void random_format(char *fmt, size_t size, u64 r)
{
	static const char *const lengths[] = { "", "hh", "h", "l", "ll", "z", "j", "t" };
	static const char convs[] = "diuxX";
	char width[8] = "";
	char precision[8] = "";

	if ((r & 1U) != 0U)
		snprintf(width, sizeof(width), "%u", 1U + (u32)(r >> 8) % 30U);
	if ((r & 2U) != 0U)
		snprintf(precision, sizeof(precision), ".%u", (u32)(r >> 16) % 30U);
	snprintf(fmt, size, "[%%%s%s%s%s%s%s%s%c]", ((r & 4U) != 0U) ? "-" : "",
		 ((r & 8U) != 0U) ? "0" : "", ((r & 16U) != 0U) ? " " : "",
		 ((r & 32U) != 0U) ? "#" : "", width, precision,
		 lengths[(r >> 24) % ARRAY_SIZE(lengths)], convs[(r >> 32) % (sizeof(convs) - 1U)]);
}

TEST(random_integer_conversions_agree_with_the_host)
{
	u64 state = 0x9e3779b97f4a7c15ULL;
	char fmt[48];

	for (u32 i = 0; i < ROUNDS; i++) {
		u64 r = next_random(&state);
		u64 value = next_random(&state) >> (r >> 58);

		random_format(fmt, sizeof(fmt), r);
		assert_same(fmt, value);
	}
}

UNIT_TESTS(UNIT(text_without_conversions_is_copied), UNIT(extreme_integers_agree_with_the_host),
	   UNIT(precision_zero_prints_no_digit_of_zero),
	   UNIT(widths_and_precisions_of_arguments_agree_with_the_host),
	   UNIT(strings_and_characters_agree_with_the_host),
	   UNIT(a_string_with_precision_needs_no_nul), UNIT(a_null_string_is_named),
	   UNIT(pointers_print_as_hexadecimal), UNIT(an_unknown_conversion_is_copied_as_it_stands),
	   UNIT(a_short_buffer_is_never_exceeded_and_always_terminated),
	   UNIT(no_buffer_at_all_still_counts),
	   UNIT(absurd_widths_cost_no_time_and_do_not_overflow),
	   UNIT(random_integer_conversions_agree_with_the_host));
