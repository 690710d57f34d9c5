// SPDX-License-Identifier: Apache-2.0
/* The ring across resets: a warm reset is log_ring_init() on memory as it is. */
#include <lines.h>

/* With the ring itself in reach. */
#include "core/base/log_previous.c"
#include "core/base/log_ring.c"

#define RECORDS CONFIG_LOG_RING_SIZE

static int ring_setup(void **state)
{
	memset(&ring, 0xa5, sizeof(ring));
	return lines_setup(state);
}

static u32 count_records(void)
{
	struct log_record r;
	u32 n = 0;

	while (log_ring_read(n, &r) == 0)
		n++;
	return n;
}

static const char *text_of(u32 index)
{
	static struct log_record r;

	assert_int_equal(log_ring_read(index, &r), 0);
	return r.text;
}

TEST(random_memory_is_a_cold_start)
{
	assert_int_equal(log_boot_id(), 1);
	assert_int_equal(log_ring_previous(), 0);
	assert_int_equal(count_records(), 0);
}

TEST(a_record_is_read_back_with_all_its_fields)
{
	struct log_record r;

	fake_time_set(77);
	fake_cpu = &cpus[1];
	log_write(LOG_WARN, 9, "text %d", 1);
	assert_int_equal(log_ring_read(0, &r), 0);
	assert_int_equal(r.seq, 1);
	assert_int_equal(r.stamp, 77);
	assert_int_equal(r.owner, 9);
	assert_int_equal(r.level, LOG_WARN);
	assert_int_equal(r.cpu, 1);
	assert_int_equal(r.boot_id, 1);
	assert_int_equal(r.len, 6);
	assert_string_equal(r.text, "text 1");
	assert_int_equal(log_ring_read(1, &r), BH_ENOENT);
}

TEST(records_survive_a_warm_reset)
{
	log_info("one");
	log_info("two");
	log_ring_init();
	assert_int_equal(log_boot_id(), 2);
	assert_int_equal(log_ring_previous(), 2);
	assert_string_equal(text_of(0), "one");
	assert_string_equal(text_of(1), "two");
}

TEST(a_new_boot_goes_on_behind_the_old_records)
{
	log_info("old");
	log_ring_init();
	log_info("new");
	assert_string_equal(text_of(0), "old");
	assert_string_equal(text_of(1), "new");
	assert_int_equal(log_ring_previous(), 1);
}

TEST(a_full_ring_drops_the_oldest)
{
	for (u32 i = 0; i < RECORDS + 3U; i++)
		log_info("%u", i);
	assert_int_equal(count_records(), RECORDS);
	assert_string_equal(text_of(0), "3");
	assert_string_equal(text_of(RECORDS - 1U), "18");
}

TEST(a_wrapped_ring_survives_in_order)
{
	for (u32 i = 0; i < RECORDS + 3U; i++)
		log_info("%u", i);
	log_ring_init();
	log_info("new");
	assert_int_equal(log_ring_previous(), RECORDS - 1U);
	assert_string_equal(text_of(0), "4");
	assert_string_equal(text_of(RECORDS - 1U), "new");
}

TEST(a_record_with_any_bit_flipped_is_not_shown)
{
	const size_t size = offsetof(struct log_record, text) + sizeof("two");

	for (size_t bit = 0; bit < size * 8U; bit++) {
		u8 *bytes = (u8 *)&ring.rec[1];

		(void)ring_setup(NULL);
		log_info("one");
		log_info("two");
		log_info("three");
		bytes[bit / 8U] = (u8)(bytes[bit / 8U] ^ (1U << (bit % 8U)));
		log_ring_init();
		assert_int_equal(count_records(), 2);
		assert_string_equal(text_of(1), "three");
	}
}

TEST(a_record_spoilt_during_the_boot_is_not_read)
{
	log_info("one");
	log_info("two");
	ring.rec[0].text[0] = 'X';
	assert_int_equal(count_records(), 1);
	assert_string_equal(text_of(0), "two");
}

TEST(a_header_with_any_bit_flipped_is_a_cold_start)
{
	for (size_t bit = 0; bit < sizeof(struct ring_header) * 8U; bit++) {
		u8 *bytes = (u8 *)&ring.header;

		(void)ring_setup(NULL);
		log_info("one");
		bytes[bit / 8U] = (u8)(bytes[bit / 8U] ^ (1U << (bit % 8U)));
		log_ring_init();
		assert_int_equal(log_boot_id(), 1);
		assert_int_equal(count_records(), 0);
	}
}

TEST(a_checksum_does_not_make_a_length_right)
{
	log_info("one");
	ring.rec[0].len = LOG_TEXT_MAX;
	ring.rec[0].sum = record_sum(&ring.rec[0]);
	log_ring_init();
	assert_int_equal(count_records(), 0);
}

TEST(a_record_that_was_being_written_at_the_reset_is_not_shown)
{
	struct log_record *r;

	log_info("one");
	r = log_ring_open();
	strcpy(r->text, "half");
	log_ring_init();
	assert_int_equal(count_records(), 1);
	assert_int_equal(log_ring_previous(), 1);
}

TEST(the_boot_before_is_shown_marked_and_alone)
{
	log_info("oldest");
	log_ring_init();
	log_info("before");
	log_ring_init();
	log_info("now");
	assert_int_equal(lines_count(), 3);
	log_ring_show_previous();
	assert_int_equal(lines_count(), 4);
	assert_int_equal(strncmp(lines_last(), "boot 2: [", 9), 0);
	assert_non_null(strstr(lines_last(), "] info  before"));
}

TEST(after_a_reset_the_boot_before_is_announced_and_shown)
{
	log_info("before");
	log_ring_init();
	assert_int_equal(previous_init(), 0);
	assert_non_null(lines_find("warn  log: 1 records of boot 1, which ended in a reset:"));
	assert_int_equal(strncmp(lines_last(), "boot 1: [", 9), 0);
}

TEST(after_a_cold_start_there_is_nothing_to_show)
{
	assert_int_equal(previous_init(), 0);
	assert_null(lines_find("records of boot"));
}

#define RING_TEST(name) cmocka_unit_test_setup(name, ring_setup)

UNIT_TESTS(RING_TEST(random_memory_is_a_cold_start),
	   RING_TEST(a_record_is_read_back_with_all_its_fields),
	   RING_TEST(records_survive_a_warm_reset),
	   RING_TEST(a_new_boot_goes_on_behind_the_old_records),
	   RING_TEST(a_full_ring_drops_the_oldest), RING_TEST(a_wrapped_ring_survives_in_order),
	   RING_TEST(a_record_with_any_bit_flipped_is_not_shown),
	   RING_TEST(a_record_spoilt_during_the_boot_is_not_read),
	   RING_TEST(a_header_with_any_bit_flipped_is_a_cold_start),
	   RING_TEST(a_checksum_does_not_make_a_length_right),
	   RING_TEST(a_record_that_was_being_written_at_the_reset_is_not_shown),
	   RING_TEST(the_boot_before_is_shown_marked_and_alone),
	   RING_TEST(after_a_reset_the_boot_before_is_announced_and_shown),
	   RING_TEST(after_a_cold_start_there_is_nothing_to_show));
