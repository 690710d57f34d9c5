// SPDX-License-Identifier: Apache-2.0
/* CONFIG_PANIC_SIM_EXIT and CONFIG_BOOT_END_SIM_EXIT. */
#include <bulkhead/base/panic.h>
#include <bulkhead/base/run.h>
#include <lines.h>

/* A panic keeps the log for itself; the next test wants it back. */
#include "core/base/log.c"

#include "core/base/panic_sim_exit.c"
#include "core/base/run_sim_exit.c"

static int policy_setup(void **state)
{
	log_lock = (struct spinlock)SPINLOCK_INIT(LOCK_LOG);
	return lines_setup(state);
}

static void panic_now(void *arg __unused)
{
	panic("message");
}

TEST(a_panic_ends_the_simulation_as_failed)
{
	assert_int_equal(fake_end_of(panic_now, NULL), FAKE_SIM_EXIT);
	assert_int_not_equal(fake_sim_status, 0);
}

static void end_boot(void *arg __unused)
{
	run_idle();
}

TEST(the_end_of_the_boot_ends_the_simulation_as_passed)
{
	fake_sim_status = 77;
	assert_int_equal(fake_end_of(end_boot, NULL), FAKE_SIM_EXIT);
	assert_int_equal(fake_sim_status, 0);
}

UNIT_TESTS(cmocka_unit_test_setup(a_panic_ends_the_simulation_as_failed, policy_setup),
	   cmocka_unit_test_setup(the_end_of_the_boot_ends_the_simulation_as_passed, policy_setup));
