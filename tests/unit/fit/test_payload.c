// SPDX-License-Identifier: Apache-2.0
#include <unit.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/svc/image.h>

#include "core/svc/image_bytes.h"

#define ROOM 5000U
#define STEPS_MAX 1000U

/* One byte in front, so that a test can misalign either side. */
static _Alignas(8) u8 module[ROOM + 8U];
static _Alignas(8) u8 memory[ROOM + 16U];
static struct fit_payload payload;
static struct payload_copy copy;
static bool is_image;

const u8 *image_bytes(u64 offset, u64 size)
{
	return is_image && range_inside(offset, size, 0, sizeof(module)) ? module + offset : NULL;
}

static void make_payload(u64 offset, u64 size)
{
	struct hash h;

	is_image = true;
	for (u32 i = 0; i < sizeof(module); i++)
		module[i] = (u8)(i * 7U + 1U);
	memset(memory, 0xee, sizeof(memory));
	payload = (struct fit_payload){ .name = "p", .offset = offset, .size = size };
	hash_init(&h);
	hash_update(&h, module + offset, (size_t)size);
	hash_final(&h, payload.hash);
}

static int steps(void)
{
	u32 n = 0;
	int err;

	do {
		err = payload_copy_step(&copy);
		n++;
		assert_true(n < STEPS_MAX);
	} while (err == BH_EAGAIN);
	assert_int_equal(payload_copy_step(&copy), err);
	return err;
}

/* What lies before and behind the payload's place at @to is as make_payload() left it. */
static void check_around(const u8 *to)
{
	for (const u8 *p = memory; p < memory + sizeof(memory); p++)
		assert_true((p >= to && p < to + payload.size) || *p == 0xee);
}

TEST(a_payload_arrives_whole_wherever_it_lies)
{
	static const u64 sizes[] = { 1, 63, 64, 65, 127, 128, 511, 512, 513, 4096, ROOM };

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (u32 shift = 0; shift < 4U; shift++) {
			u8 *to = memory + 8U + (shift & 1U);

			make_payload(shift >> 1, sizes[i]);
			assert_int_equal(payload_copy_start(&copy, &payload, to, ROOM), 0);
			assert_int_equal(steps(), 0);
			assert_memory_equal(to, module + payload.offset, payload.size);
			check_around(to);
		}
	}
}

TEST(of_a_payload_that_is_not_what_was_signed_nothing_stays)
{
	for (u64 at = 0; at < 700U; at += 13U) {
		make_payload(8, 700);
		module[8U + at] ^= 0x10U;
		assert_int_equal(payload_copy_start(&copy, &payload, memory + 8, ROOM), 0);
		assert_int_equal(steps(), BH_EBADSIG);
		for (u32 i = 0; i < 700U; i++)
			assert_int_equal(memory[8U + i], 0);
		check_around(memory + 8);
	}
}

/* The image may change while it is copied: what counts is what arrived. */
TEST(the_hash_is_over_what_arrived)
{
	make_payload(0, 2000);
	assert_int_equal(payload_copy_start(&copy, &payload, memory + 8, ROOM), 0);
	assert_int_equal(payload_copy_step(&copy), BH_EAGAIN);
	module[0] ^= 1U;
	assert_int_equal(steps(), 0);
	make_payload(0, 2000);
	assert_int_equal(payload_copy_start(&copy, &payload, memory + 8, ROOM), 0);
	assert_int_equal(payload_copy_step(&copy), BH_EAGAIN);
	memory[8] ^= 1U;
	assert_int_equal(steps(), BH_EBADSIG);
}

TEST(a_payload_larger_than_its_room_is_not_copied)
{
	make_payload(0, 100);
	assert_int_equal(payload_copy_start(&copy, &payload, memory, 99), BH_ERANGE);
	assert_int_equal(payload_copy_start(&copy, &payload, memory, 100), 0);
}

TEST(without_an_image_nothing_is_copied)
{
	make_payload(0, 100);
	is_image = false;
	assert_int_equal(payload_copy_start(&copy, &payload, memory, ROOM), BH_ENOENT);
}

UNIT_TESTS(UNIT(a_payload_arrives_whole_wherever_it_lies),
	   UNIT(of_a_payload_that_is_not_what_was_signed_nothing_stays),
	   UNIT(the_hash_is_over_what_arrived), UNIT(a_payload_larger_than_its_room_is_not_copied),
	   UNIT(without_an_image_nothing_is_copied));
