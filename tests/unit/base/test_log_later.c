// SPDX-License-Identifier: Apache-2.0
/* Once guests run nobody waits for another CPU's record: each keeps its own and adds it later. */
#include <bulkhead/arch/percpu.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "core/base/log_internal.h"
#include "lines.h"

static bool sink_busy;
static u32 begins, ends;

static bool begin(void)
{
	begins += sink_busy ? 0U : 1U;
	return !sink_busy;
}

static void end(void)
{
	ends++;
}

static void swallow(const char *line, size_t len)
{
	(void)line;
	(void)len;
}

static int setup(void **state)
{
	static struct log_sink sink = { .write = swallow, .begin = begin, .end = end };
	static bool registered;
	const int err = lines_setup(state);

	if (!registered)
		log_sink_register(&sink);
	registered = true;
	log_wait_no_more();
	sink_busy = false;
	begins = 0;
	ends = 0;
	return err;
}

/* CPU 1 is at the log; CPU 0 goes on. */
static void busy_make(void)
{
	fake_cpu = &cpus[1];
	assert_true(log_lock_take());
	fake_cpu = &cpus[0];
}

static void busy_end(void)
{
	fake_cpu = &cpus[1];
	log_lock_drop(true);
	fake_cpu = &cpus[0];
}

TEST(a_record_is_kept_while_another_cpu_is_at_the_log_and_added_with_the_next)
{
	fake_time_set(1000000);
	busy_make();
	log_info("early %d", 1);
	assert_false(log_settle());
	assert_int_equal(lines_count(), 0);
	busy_end();
	fake_time_set(2000000);
	log_info("late");
	assert_int_equal(lines_count(), 2);
	assert_string_equal(lines_before_last(), "[    1.000000] info  early 1");
	assert_string_equal(lines_last(), "[    2.000000] info  late");
}

TEST(what_is_kept_is_added_without_another_record)
{
	u64 oldest;
	struct log_record r;

	busy_make();
	log_guest(LOG_WARN, 3, "of a guest");
	assert_int_equal(log_ring_find(1, &r, &oldest), BH_EBUSY);
	busy_end();
	assert_true(log_settle());
	assert_int_equal(lines_count(), 1);
	assert_non_null(lines_find("p3: of a guest"));
	assert_true(log_settle());
	assert_int_equal(lines_count(), 1);
}

TEST(another_cpu_does_not_pay_for_it)
{
	busy_make();
	log_info("mine");
	busy_end();
	fake_cpu = &cpus[1];
	log_info("theirs");
	assert_true(log_settle());
	assert_int_equal(lines_count(), 1);
	fake_cpu = &cpus[0];
	assert_true(log_settle());
	assert_int_equal(lines_count(), 2);
	assert_non_null(strstr(lines_last(), "mine"));
}

TEST(more_than_there_is_room_for_are_counted)
{
	busy_make();
	for (u32 i = 0; i < LOG_LATER_MAX + 3U; i++)
		log_info("record %u", i);
	busy_end();
	assert_true(log_settle());
	assert_int_equal(lines_count(), LOG_LATER_MAX + 1U);
	assert_non_null(strstr(lines_last(), "3 records lost: another CPU was at the log"));
}

TEST(what_a_guest_caused_has_its_budget_when_it_is_added)
{
	u32 shown = 0;

	for (u32 i = 0; i < CONFIG_LOG_GUEST_BURST; i++)
		log_guest(LOG_WARN, 5, "used up");
	shown = lines_count();
	busy_make();
	log_guest(LOG_WARN, 5, "too many");
	busy_end();
	assert_true(log_settle());
	assert_int_equal(lines_count(), shown);
}

TEST(a_sink_that_is_busy_is_not_waited_for)
{
	sink_busy = true;
	log_info("kept");
	assert_false(log_settle());
	assert_int_equal(lines_count(), 0);
	sink_busy = false;
	assert_true(log_settle());
	assert_int_equal(lines_count(), 1);
	assert_int_equal(begins, ends);
}

TEST(a_drain_adds_what_was_kept)
{
	busy_make();
	log_info("last words");
	busy_end();
	log_drain();
	assert_non_null(lines_find("last words"));
}

#define T(name) cmocka_unit_test_setup(name, setup)

UNIT_TESTS(T(a_record_is_kept_while_another_cpu_is_at_the_log_and_added_with_the_next),
	   T(what_is_kept_is_added_without_another_record), T(another_cpu_does_not_pay_for_it),
	   T(more_than_there_is_room_for_are_counted),
	   T(what_a_guest_caused_has_its_budget_when_it_is_added),
	   T(a_sink_that_is_busy_is_not_waited_for), T(a_drain_adds_what_was_kept));
