// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/sha256.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/svc/hash.h>

#include "cases.h"

#define MESSAGE_MAX 1500U
#define MONTE_ROUNDS 1000U

static u8 message[MESSAGE_MAX + 16U];

static void digest_of(const void *data, size_t n, u8 out[SHA256_SIZE])
{
	struct hash h;

	hash_init(&h);
	hash_update(&h, data, n);
	hash_final(&h, out);
}

/* ---- published values ---- */

static const struct {
	const char *text;
	u32 repeat;
	u8 digest[SHA256_SIZE];
} published[] = {
	{ "", 1, { 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
		   0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
		   0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55 } },
	{ "abc", 1, { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		      0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		      0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad } },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  1,
	  { 0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26,
	    0x93, 0x0c, 0x3e, 0x60, 0x39, 0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff,
	    0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1 } },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  1,
	  { 0xcf, 0x5b, 0x16, 0xa7, 0x78, 0xaf, 0x83, 0x80, 0x03, 0x6c, 0xe5,
	    0x9e, 0x7b, 0x04, 0x92, 0x37, 0x0b, 0x24, 0x9b, 0x11, 0xe8, 0xf0,
	    0x7a, 0x51, 0xaf, 0xac, 0x45, 0x03, 0x7a, 0xfe, 0xe9, 0xd1 } },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  25000,
	  { 0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92, 0x81, 0xa1, 0xc7,
	    0xe2, 0x84, 0xd7, 0x3e, 0x67, 0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97,
	    0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11, 0x2c, 0xd0 } },
};

/* SHA256Monte of NIST's SHA Test Vectors (byte-oriented): seed and value 0. */
static const u8 monte_seed[SHA256_SIZE] = { 0x6d, 0x1e, 0x72, 0xad, 0x03, 0xdd, 0xeb, 0x5d,
					    0xe8, 0x91, 0xe5, 0x72, 0xe2, 0x39, 0x6f, 0x8d,
					    0xa0, 0x15, 0xd8, 0x99, 0xef, 0x0e, 0x79, 0x50,
					    0x31, 0x52, 0xd6, 0x01, 0x0a, 0x3f, 0xe6, 0x91 };
static const u8 monte_value[SHA256_SIZE] = { 0xe9, 0x3c, 0x33, 0x0a, 0xe5, 0x44, 0x77, 0x38,
					     0xc8, 0xaa, 0x85, 0xd7, 0x1a, 0x6c, 0x80, 0xf2,
					     0xa5, 0x83, 0x81, 0xd0, 0x58, 0x72, 0xd2, 0x6b,
					     0xdd, 0x39, 0xf1, 0xfc, 0xd4, 0xf2, 0xb7, 0x88 };

static bool monte_carlo(void)
{
	u8 last[3][SHA256_SIZE];

	for (u32 i = 0; i < ARRAY_SIZE(last); i++)
		memcpy(last[i], monte_seed, SHA256_SIZE);
	for (u32 i = 0; i < MONTE_ROUNDS; i++) {
		u8 next[SHA256_SIZE];

		digest_of(last, sizeof(last), next);
		memmove(last, last[1], 2U * SHA256_SIZE);
		memcpy(last[2], next, SHA256_SIZE);
	}
	return hash_equal(last[2], monte_value);
}

bool hash_published_values(void)
{
	bool good = monte_carlo();

	for (u32 i = 0; i < ARRAY_SIZE(published); i++) {
		struct hash h;
		u8 digest[SHA256_SIZE];

		hash_init(&h);
		for (u32 n = 0; n < published[i].repeat; n++)
			hash_update(&h, published[i].text, strlen(published[i].text));
		hash_final(&h, digest);
		good = good && hash_equal(digest, published[i].digest);
	}
	return good;
}

bool hash_every_length(void)
{
	static const u8 expected[SHA256_SIZE] = { 0x8c, 0x7c, 0x9f, 0xf6, 0x9d, 0xa7, 0x6f, 0xc2,
						  0x88, 0x23, 0xa1, 0xcb, 0x97, 0x26, 0x86, 0x72,
						  0x66, 0x3e, 0x62, 0x8e, 0x1e, 0xa9, 0x55, 0x86,
						  0x8b, 0x16, 0xdb, 0x46, 0xba, 0xb0, 0x54, 0x5d };
	struct hash all;
	u8 digest[SHA256_SIZE];

	hash_init(&all);
	for (u32 n = 0; n < 200U; n++) {
		for (u32 i = 0; i < n; i++)
			message[i] = (u8)(i * 7U + n);
		digest_of(message, n, digest);
		hash_update(&all, digest, sizeof(digest));
	}
	hash_final(&all, digest);
	return hash_equal(digest, expected);
}

/* ---- against the rounds in C ---- */

static u32 random_state = 0x2545f491;

static u32 random_below(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % n;
}

/* FIPS 180-4, 5.1.1 and 6.2.2, with nothing of hash.c. */
static void reference(const u8 *data, u32 n, u8 out[SHA256_SIZE])
{
	static u8 padded[MESSAGE_MAX + 2U * SHA256_BLOCK];
	const u32 size = ALIGN_UP(n + 9U, SHA256_BLOCK);
	u32 state[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	struct sha256_rounds r;

	memset(padded, 0, sizeof(padded));
	memcpy(padded, data, n);
	padded[n] = 0x80;
	padded[size - 2U] = (u8)(n * 8U >> 8);
	padded[size - 1U] = (u8)(n * 8U);
	for (u32 at = 0; at < size; at += SHA256_BLOCK) {
		for (sha256_begin(&r, state, padded + at); sha256_busy(&r);)
			sha256_step(&r, state);
	}
	for (u32 i = 0; i < SHA256_SIZE; i++)
		out[i] = (u8)(state[i / 4U] >> (24U - 8U * (i % 4U)));
}

static void in_pieces(const u8 *data, u32 n, bool steps, u8 out[SHA256_SIZE])
{
	struct hash h;
	u32 done = 0;

	hash_init(&h);
	while (done < n) {
		const u32 piece = 1U + random_below(n - done);

		if (steps) {
			done += (u32)hash_some(&h, data + done, piece);
		} else {
			hash_update(&h, data + done, piece);
			done += piece;
		}
	}
	while (hash_end(&h, out) == BH_EAGAIN)
		;
}

bool hash_random_splits(u32 count)
{
	u8 expected[SHA256_SIZE];
	u8 digest[SHA256_SIZE];

	for (u32 i = 0; i < count; i++) {
		const u8 *data = message + random_below(16);
		const u32 n = random_below(MESSAGE_MAX + 1U);

		for (u32 at = 0; at < sizeof(message); at += 1U + random_below(40))
			message[at] = (u8)random_below(256);
		reference(data, n, expected);
		in_pieces(data, n, i % 2U == 0U, digest);
		if (!hash_equal(digest, expected))
			return false;
	}
	return true;
}
