/* SPDX-License-Identifier: Apache-2.0 */
/* What a unit test includes: cmocka, the fake machine, and UNIT_TESTS() for its main(). */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <asm/fake.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/lib/types.h>

/* A test is named as the promise it checks: TEST(a_lock_taken_twice_panics). */
#define TEST(name) static void name(void **unit_state __unused)

#define UNIT(name) cmocka_unit_test_setup(name, unit_setup)

/* Every test starts with the same machine. */
static inline int unit_setup(void **state __unused)
{
	fake_reset();
	return 0;
}

/*
 * The program: runs all tests, or those whose name matches its argument (glob); with "-l" names
 * them. UNIT_TESTS(UNIT(one_promise), UNIT(another));
 */
#define UNIT_TESTS(...)                                                         \
	int main(int argc, char **argv)                                         \
	{                                                                       \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };              \
                                                                                \
		for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(tests); i++) {    \
			if (strcmp(argv[1], "-l") == 0)                         \
				puts(tests[i].name);                            \
		}                                                               \
		if (argc > 1 && strcmp(argv[1], "-l") == 0)                     \
			return 0;                                               \
		if (argc > 1)                                                   \
			cmocka_set_test_filter(argv[1]);                        \
		return cmocka_run_group_tests_name(argv[0], tests, NULL, NULL); \
	}                                                                       \
	_Static_assert(true, "")

#endif
