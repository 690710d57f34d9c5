// SPDX-License-Identifier: Apache-2.0
/* The rings of include/abi/channel.h, between two threads and against a hostile end. */
#include <abi/channel.h>
#include <pthread.h>
#include <rnd.h>
#include <sched.h>
#include <unit.h>

#define REGION 4096U
/* Of the wanted operations one in so many is a message between two threads. */
#define OPERATIONS_A_MESSAGE 25U

static _Alignas(64) u8 region[REGION];
static struct channel end[2];

static int setup(void **state)
{
	(void)state;
	memset(region, 0, sizeof(region));
	channel_open(&end[0], region, REGION, 0);
	channel_open(&end[1], region, REGION, 1);
	return 0;
}

TEST(a_message_arrives_as_it_was_sent)
{
	u8 in[64], out[64];

	for (u32 n = 0; n <= 64U; n++) {
		memset(in, (int)n, sizeof(in));
		memset(out, 0xee, sizeof(out));
		assert_int_equal(channel_send(&end[n & 1U], in, n), 0);
		assert_int_equal(channel_receive(&end[~n & 1U], out, sizeof(out)), n);
		assert_memory_equal(in, out, n);
		assert_int_equal(channel_receive(&end[~n & 1U], out, sizeof(out)), CHANNEL_NONE);
	}
}

TEST(a_full_ring_takes_no_more_and_loses_nothing)
{
	u32 n = 0;
	u32 value;

	while (channel_send(&end[0], &n, sizeof(n)) == 0)
		n++;
	assert_int_equal(n, 1024U / 8U);
	for (u32 i = 0; i < n; i++) {
		assert_int_equal(channel_receive(&end[1], &value, sizeof(value)), 4);
		assert_int_equal(value, i);
	}
	assert_int_equal(channel_send(&end[0], region, 1021), CHANNEL_NONE);
	assert_int_equal(channel_send(&end[0], region, ~0U), CHANNEL_NONE);
}

static u32 messages(void)
{
	return (u32)(wanted_count() / OPERATIONS_A_MESSAGE);
}

/* On a host with fewer free CPUs than threads the other one works only if this one lets it. */
static void *sender(void *arg)
{
	const u32 count = messages();

	(void)arg;
	for (u32 i = 0; i < count;) {
		u32 text[4] = { i, i, i, i };

		if (channel_send(&end[0], text, 4U + 4U * (i % 4U)) == 0)
			i++;
		else
			(void)sched_yield();
	}
	return NULL;
}

TEST(two_cpus_exchange_messages_in_order)
{
	const u32 count = messages();
	pthread_t t;

	assert_int_equal(pthread_create(&t, NULL, sender, NULL), 0);
	for (u32 i = 0; i < count;) {
		u32 text[4];
		const int n = channel_receive(&end[1], text, sizeof(text));

		if (n == CHANNEL_NONE) {
			(void)sched_yield();
			continue;
		}
		assert_int_equal(n, 4U + 4U * (i % 4U));
		assert_int_equal(text[0], i);
		assert_int_equal(text[i % 4U], i);
		i++;
	}
	assert_int_equal(pthread_join(t, NULL), 0);
}

/* Anything in the counts and in the data: no access leaves the region (the sanitizer watches). */
TEST(whatever_the_other_end_writes_stays_in_the_region)
{
	static const u32 values[] = { 0,    1,    3,    4,          8,          63, 64,
				      1020, 1024, 1028, 0x7fffffff, 0x80000000, ~0U };
	const u64 count = wanted_count();
	u8 out[128];

	rnd_start();
	for (u64 i = 0; i < count; i++) {
		u32 *word = (u32 *)(void *)(region + 4U * rnd_below(REGION / 4U));
		int n;

		*word = values[rnd_below(ARRAY_SIZE(values))];
		*(u32 *)(void *)(region + 64U * rnd_below(4) + 2048U * rnd_below(2)) =
			values[rnd_below(ARRAY_SIZE(values))];
		n = channel_receive(&end[i & 1U], out, sizeof(out));
		assert_true(n >= CHANNEL_BROKEN && n <= (int)sizeof(out));
		n = channel_send(&end[i & 1U], out, (u32)rnd_below(sizeof(out)));
		assert_true(n == 0 || n == CHANNEL_NONE);
	}
}

TEST(a_broken_ring_works_again)
{
	u32 value = 7;

	*(u32 *)(void *)region = 5;
	assert_int_equal(channel_receive(&end[1], &value, sizeof(value)), CHANNEL_BROKEN);
	*(u32 *)(void *)region = 8;
	*(u32 *)(void *)(region + 64) = 8;
	assert_int_equal(channel_send(&end[0], &value, sizeof(value)), 0);
	assert_int_equal(channel_receive(&end[1], &value, sizeof(value)), 4);
	assert_int_equal(value, 7);
}

#define T(name) cmocka_unit_test_setup(name, setup)

UNIT_TESTS(T(a_message_arrives_as_it_was_sent), T(a_full_ring_takes_no_more_and_loses_nothing),
	   T(two_cpus_exchange_messages_in_order),
	   T(whatever_the_other_end_writes_stays_in_the_region), T(a_broken_ring_works_again));
