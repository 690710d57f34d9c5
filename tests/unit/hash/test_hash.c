// SPDX-License-Identifier: Apache-2.0
#include <unit.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/svc/hash.h>

#include "sha256_host.h"
#include "tests/system/hash/src/cases.h"

#define SPLITS 300U

/* Cases that this host's CPU cannot run are skipped, and said to be. */
static void check_all(enum sha256_way way)
{
	if (!sha256_host_use(way)) {
		sha256_host_use(WAY_C);
		skip();
	}
	assert_true(hash_published_values());
	assert_true(hash_every_length());
	assert_true(hash_random_splits(SPLITS));
	sha256_host_use(WAY_C);
}

TEST(c_gives_the_right_values)
{
	check_all(WAY_C);
	assert_string_equal(hash_name(), "C");
}

TEST(sha_ni_gives_the_right_values)
{
	check_all(WAY_SSE);
}

TEST(sha_ni_with_avx_gives_the_right_values)
{
	check_all(WAY_AVX);
}

/* A CPU without the instructions goes on with what one with them began, and the other way. */
TEST(the_cpu_may_change_between_two_steps)
{
	static const u8 abc[SHA256_SIZE] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
					     0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
					     0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
					     0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
	struct hash h;
	u8 digest[SHA256_SIZE];

	hash_init(&h);
	assert_int_equal(hash_some(&h, "abc", 3), 3);
	assert_int_equal(hash_end(&h, digest), BH_EAGAIN);
	assert_int_equal(hash_end(&h, digest), BH_EAGAIN);
	assert_int_equal(hash_end(&h, digest), BH_EAGAIN);
	if (!sha256_host_use(WAY_SSE)) {
		sha256_host_use(WAY_C);
		skip();
	}
	hash_final(&h, digest);
	assert_true(hash_equal(digest, abc));
	sha256_host_use(WAY_C);
}

TEST(two_digests_are_equal_only_if_every_bit_is)
{
	u8 a[SHA256_SIZE] = { 0 };
	u8 b[SHA256_SIZE] = { 0 };

	assert_true(hash_equal(a, b));
	for (u32 bit = 0; bit < 8U * SHA256_SIZE; bit++) {
		b[bit / 8U] = (u8)(1U << bit % 8U);
		assert_false(hash_equal(a, b));
		b[bit / 8U] = 0;
	}
}

UNIT_TESTS(UNIT(c_gives_the_right_values), UNIT(sha_ni_gives_the_right_values),
	   UNIT(sha_ni_with_avx_gives_the_right_values), UNIT(the_cpu_may_change_between_two_steps),
	   UNIT(two_digests_are_equal_only_if_every_bit_is));
