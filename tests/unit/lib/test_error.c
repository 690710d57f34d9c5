// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>
#include <unit.h>

TEST(every_error_has_its_name)
{
	assert_string_equal(error_name(0), "OK");
	assert_string_equal(error_name(BH_EINVAL), "EINVAL");
	assert_string_equal(error_name(BH_EBADSIG), "EBADSIG");
	for (int e = BH_EBADSIG; e <= 0; e++) {
		assert_non_null(error_name(e));
		assert_string_not_equal(error_name(e), "E?");
	}
}

TEST(a_number_outside_the_enum_has_no_name)
{
	assert_string_equal(error_name(1), "E?");
	assert_string_equal(error_name(INT32_MAX), "E?");
	assert_string_equal(error_name(INT32_MIN), "E?");
	assert_string_equal(error_name(BH_EBADSIG - 1), "E?");
}

UNIT_TESTS(UNIT(every_error_has_its_name), UNIT(a_number_outside_the_enum_has_no_name));
