// SPDX-License-Identifier: Apache-2.0
/* Units declared here in disorder; the linker sorts them. */
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <lines.h>

static char order[32];
static int late_result;

static int append(char c, int result)
{
	size_t n = strlen(order);

	order[n] = c;
	order[n + 1U] = '\0';
	return result;
}

static int late_init(void)
{
	return append('l', late_result);
}
UNIT_DEFINE(late, 3, 90, late_init);

static int early_init(void)
{
	return append('e', 0);
}
UNIT_DEFINE(early, 3, 10, early_init);

static int other_init(void)
{
	return append('o', 0);
}
UNIT_DEFINE(other_stage, 2, 50, other_init);

static int absent_init(void)
{
	return append('a', BH_ENODEV);
}
UNIT_DEFINE(absent, 3, 50, absent_init);

static int last_init(void)
{
	return append('z', 0);
}
UNIT_DEFINE(last, 3, 95, last_init);

static int units_setup(void **state)
{
	order[0] = '\0';
	late_result = 0;
	return lines_setup(state);
}

TEST(units_of_a_stage_run_by_priority)
{
	assert_int_equal(units_run(STAGE_DMA_BLOCK), 0);
	assert_string_equal(order, "ealz");
}

TEST(only_the_stage_asked_for_runs)
{
	assert_int_equal(units_run(STAGE_ADDRESS_SPACE), 0);
	assert_string_equal(order, "o");
	assert_int_equal(units_run(STAGE_RUN), 0);
	assert_string_equal(order, "o");
}

TEST(the_first_failure_ends_the_stage_and_is_named)
{
	late_result = BH_EIO;
	assert_int_equal(units_run(STAGE_DMA_BLOCK), BH_EIO);
	assert_string_equal(order, "eal");
	assert_non_null(lines_find("error unit late failed: EIO"));
}

TEST(a_unit_the_machine_lacks_is_no_failure)
{
	assert_int_equal(units_run(STAGE_DMA_BLOCK), 0);
	assert_null(lines_find("absent failed"));
}

#define UNITS_TEST(name) cmocka_unit_test_setup(name, units_setup)

UNIT_TESTS(UNITS_TEST(units_of_a_stage_run_by_priority), UNITS_TEST(only_the_stage_asked_for_runs),
	   UNITS_TEST(the_first_failure_ends_the_stage_and_is_named),
	   UNITS_TEST(a_unit_the_machine_lacks_is_no_failure));
