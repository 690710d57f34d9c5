// SPDX-License-Identifier: Apache-2.0
/* CONFIG_PANIC_RESET and CONFIG_BOOT_END_OFF. */
#include <bulkhead/base/panic.h>
#include <bulkhead/base/run.h>
#include <lines.h>

/* A panic keeps the log for itself; the next test wants it back. */
#include "core/base/log.c"

#include "core/base/panic_reset.c"
#include "core/base/run_off.c"

static int policy_setup(void **state)
{
	log_lock = (struct spinlock)SPINLOCK_INIT(LOCK_LOG);
	return lines_setup(state);
}

static void panic_now(void *arg __unused)
{
	panic("message");
}

TEST(a_panic_drains_the_console_and_resets)
{
	static struct lines l;

	lines_open(&l);
	assert_int_equal(fake_end_of(panic_now, NULL), FAKE_RESET);
	assert_int_equal(l.drained, 1);
	assert_non_null(lines_find("message"));
}

static void end_boot(void *arg __unused)
{
	run_idle();
}

TEST(the_end_of_the_boot_powers_off)
{
	assert_int_equal(fake_end_of(end_boot, NULL), FAKE_OFF);
}

UNIT_TESTS(cmocka_unit_test_setup(a_panic_drains_the_console_and_resets, policy_setup),
	   cmocka_unit_test_setup(the_end_of_the_boot_powers_off, policy_setup));
