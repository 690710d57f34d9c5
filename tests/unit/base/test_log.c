// SPDX-License-Identifier: Apache-2.0
/* Lines, sinks, stamps and limits of the log. */
#include <pthread.h>

#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "lines.h"

TEST(a_line_shows_time_level_and_text)
{
	fake_time_set(1234567);
	log_info("hello %d", 42);
	assert_string_equal(lines_last(), "[    1.234567] info  hello 42");
}

TEST(levels_are_named)
{
	log_error("a");
	assert_non_null(strstr(lines_last(), "] error a"));
	log_warn("b");
	assert_non_null(strstr(lines_last(), "] warn  b"));
	log_debug("c");
	assert_non_null(strstr(lines_last(), "] debug c"));
}

TEST(before_the_frequency_is_known_stamps_are_zero_in_the_same_width)
{
	fake_timer_forget();
	fake_time_set(1234567);
	log_info("early");
	assert_string_equal(lines_last(), "[    0.000000] info  early");
}

TEST(cpu_and_owner_are_named_where_they_are_not_the_usual_ones)
{
	fake_time_set(0);
	fake_cpu = &cpus[2];
	log_write(LOG_WARN, 3, "text");
	assert_string_equal(lines_last(), "[    0.000000] warn  cpu2: p3: text");
}

TEST(a_text_too_long_is_cut_and_says_so)
{
	const char *text;

	log_info("%0200d", 7);
	text = lines_last() + strlen("[    0.000000] info  ");
	assert_int_equal(strlen(text), LOG_TEXT_MAX - 1U);
	assert_string_equal(text + LOG_TEXT_MAX - 1U - 4U, "0...");
}

TEST(a_text_of_just_the_greatest_length_is_not_cut)
{
	log_info("%0119d", 7);
	assert_string_equal(lines_last() + strlen(lines_last()) - 4, "0007");
}

TEST(control_characters_cannot_forge_a_line)
{
	log_write(LOG_INFO, 1, "a\nb\x1b[2J\x7f\tc");
	assert_non_null(strstr(lines_last(), "a?b?[2J??c"));
}

TEST(a_sink_gets_the_records_of_this_boot_first)
{
	static struct lines late;

	log_info("one");
	log_info("two");
	lines_open(&late);
	assert_int_equal(late.count, 2);
	assert_non_null(strstr(late.text[0], "one"));
	log_info("three");
	assert_int_equal(late.count, 3);
	assert_non_null(strstr(lines_last(), "three"));
}

TEST(draining_reaches_every_sink_that_can)
{
	static struct lines second;

	lines_open(&second);
	log_drain();
	assert_int_equal(second.drained, 1);
}

TEST(an_error_is_traced_to_its_place)
{
	assert_int_equal(trace_error(BH_EIO), BH_EIO);
	assert_non_null(strstr(lines_last(), "EIO from test_log.c:"));
}

TEST(boot_steps_are_named_before_they_run_and_reported_with_their_ticks)
{
	fake_tick_step_set(0);
	boot_step("first");
	assert_non_null(strstr(lines_last(), "boot: first"));
	fake_time_set(1000);
	boot_step("second");
	fake_time_set(1500);
	boot_steps_report();
	assert_non_null(strstr(lines_last(), "boot took, in ticks: first 1000, second 500"));
}

TEST(more_boot_steps_than_are_timed_are_still_named)
{
	for (u32 i = 0; i < 100; i++)
		boot_step("again");
	assert_non_null(strstr(lines_last(), "boot: again"));
	boot_steps_report();
}

TEST(a_guest_may_log_its_burst_and_is_then_held_back)
{
	fake_tick_step_set(0);
	for (u32 i = 0; i < 100; i++)
		log_guest(LOG_WARN, 1, "noise");
	assert_int_equal(lines_count(), CONFIG_LOG_GUEST_BURST);
}

TEST(what_was_withheld_is_counted_and_shown_later)
{
	fake_tick_step_set(0);
	for (u32 i = 0; i < CONFIG_LOG_GUEST_BURST + 7U; i++)
		log_guest(LOG_WARN, 2, "noise");
	fake_time_set(timer_hz());
	log_guest(LOG_WARN, 2, "news");
	assert_non_null(
		strstr(lines_before_last(), "p2: 7 records withheld: more than 5 a second"));
	assert_non_null(strstr(lines_last(), "p2: news"));
}

TEST(time_gives_a_guest_its_rate_back)
{
	u32 before;

	fake_tick_step_set(0);
	for (u32 i = 0; i < 100; i++)
		log_guest(LOG_WARN, 3, "noise");
	before = lines_count();
	/* Three seconds, asked often: the rate, and one record that tells the count. */
	for (u32 i = 1; i <= 300; i++) {
		fake_time_set(i * timer_hz() / 100U);
		log_guest(LOG_WARN, 3, "noise");
	}
	assert_int_equal(lines_count() - before, 2U * 3U * CONFIG_LOG_GUEST_RATE);
}

TEST(one_guest_does_not_use_up_the_budget_of_another)
{
	fake_tick_step_set(0);
	for (u32 i = 0; i < 100; i++)
		log_guest(LOG_WARN, 4, "noise");
	log_guest(LOG_WARN, 5, "important");
	assert_non_null(strstr(lines_last(), "p5: important"));
	log_guest(LOG_WARN, 0xfffe, "owner without a bucket of its own");
	assert_non_null(strstr(lines_last(), "p65534: owner"));
}

TEST(a_guest_is_limited_while_the_frequency_is_unknown)
{
	fake_timer_forget();
	fake_tick_step_set(0);
	for (u32 i = 0; i < 100; i++)
		log_guest(LOG_WARN, 6, "noise");
	assert_int_equal(lines_count(), CONFIG_LOG_GUEST_BURST);
}

static void *log_often(void *arg)
{
	fake_cpu = arg;
	for (u32 i = 0; i < 200; i++)
		log_info("record %u", i);
	return NULL;
}

TEST(records_of_several_cpus_do_not_mix)
{
	struct log_record r;
	pthread_t t[4];
	u64 last = 0;

	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, log_often, &cpus[i]), 0);
	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		pthread_join(t[i], NULL);
	assert_int_equal(lines_count(), 800);
	for (u32 i = 0; log_ring_read(i, &r) == 0; i++) {
		assert_int_equal(strncmp(r.text, "record ", 7), 0);
		assert_true(r.seq > last);
		last = r.seq;
	}
	assert_int_equal(last, 800);
}

#define LOG_TEST(name) cmocka_unit_test_setup(name, lines_setup)

UNIT_TESTS(LOG_TEST(a_line_shows_time_level_and_text), LOG_TEST(levels_are_named),
	   LOG_TEST(before_the_frequency_is_known_stamps_are_zero_in_the_same_width),
	   LOG_TEST(cpu_and_owner_are_named_where_they_are_not_the_usual_ones),
	   LOG_TEST(a_text_too_long_is_cut_and_says_so),
	   LOG_TEST(a_text_of_just_the_greatest_length_is_not_cut),
	   LOG_TEST(control_characters_cannot_forge_a_line),
	   LOG_TEST(a_sink_gets_the_records_of_this_boot_first),
	   LOG_TEST(draining_reaches_every_sink_that_can),
	   LOG_TEST(an_error_is_traced_to_its_place),
	   LOG_TEST(boot_steps_are_named_before_they_run_and_reported_with_their_ticks),
	   LOG_TEST(more_boot_steps_than_are_timed_are_still_named),
	   LOG_TEST(a_guest_may_log_its_burst_and_is_then_held_back),
	   LOG_TEST(what_was_withheld_is_counted_and_shown_later),
	   LOG_TEST(time_gives_a_guest_its_rate_back),
	   LOG_TEST(one_guest_does_not_use_up_the_budget_of_another),
	   LOG_TEST(a_guest_is_limited_while_the_frequency_is_unknown),
	   LOG_TEST(records_of_several_cpus_do_not_mix));
