// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/sha256.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/svc/hash.h>

/* What a step may take: at 2.4 instructions a byte, and 100 to borrow the vector registers. */
#define BLOCKS_A_STEP 5U

/* The length of the message in bits ends the last block (FIPS 180-4, 5.1.1). */
#define LENGTH_AT (SHA256_BLOCK - 8U)

enum { PADDING_NONE, PADDING_BEGUN, PADDING_DONE };

/* FIPS 180-4, 5.3.3. */
static const u32 first_state[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
				    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

const char *hash_name(void)
{
	const char *name = sha256_cpu_name();

	return name != NULL ? name : "C";
}

void hash_init(struct hash *h)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->state, first_state, sizeof(h->state));
}

/* Takes at most @most whole blocks, in C one, whose rounds are then still to be done. */
static u64 blocks_take(struct hash *h, const u8 *data, u64 blocks, u64 most)
{
	const u64 n = blocks < most ? blocks : most;

	if (sha256_cpu_name() != NULL) {
		sha256_cpu_blocks(h->state, data, n);
		return n;
	}
	sha256_begin(&h->rounds, h->state, data);
	return 1;
}

static size_t take(struct hash *h, const u8 *data, size_t n, u64 most)
{
	const size_t used = h->size % SHA256_BLOCK;
	size_t taken;

	if (used == 0U && n >= SHA256_BLOCK) {
		taken = blocks_take(h, data, n / SHA256_BLOCK, most) * SHA256_BLOCK;
	} else {
		taken = n < SHA256_BLOCK - used ? n : SHA256_BLOCK - used;
		memcpy(h->block + used, data, taken);
		if (used + taken == SHA256_BLOCK)
			(void)blocks_take(h, h->block, 1, 1);
	}
	h->size += taken;
	return taken;
}

size_t hash_some(struct hash *h, const void *data, size_t n)
{
	if (sha256_busy(&h->rounds)) {
		(void)sha256_step(&h->rounds, h->state);
		return 0;
	}
	return n == 0U ? 0 : take(h, data, n, BLOCKS_A_STEP);
}

void hash_update(struct hash *h, const void *data, size_t n)
{
	const u8 *p = data;

	while (n != 0U || sha256_busy(&h->rounds)) {
		size_t taken = 0;

		if (sha256_busy(&h->rounds))
			(void)sha256_step(&h->rounds, h->state);
		else
			taken = take(h, p, n, UINT64_MAX);
		p += taken;
		n -= taken;
	}
}

static void put_be(u8 *to, u64 v, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++)
		to[i] = (u8)(v >> (8U * (bytes - 1U - i)));
}

/* The bit behind the message; where no length fits behind that, the block is full. */
static void padding_begin(struct hash *h)
{
	const size_t used = h->size % SHA256_BLOCK;

	h->block[used] = 0x80U;
	memset(h->block + used + 1U, 0, SHA256_BLOCK - used - 1U);
	if (used >= LENGTH_AT) {
		(void)blocks_take(h, h->block, 1, 1);
		memset(h->block, 0, SHA256_BLOCK);
	}
	h->padding = PADDING_BEGUN;
}

static void padding_finish(struct hash *h)
{
	put_be(h->block + LENGTH_AT, h->size * 8U, 8);
	(void)blocks_take(h, h->block, 1, 1);
	h->padding = PADDING_DONE;
}

int hash_end(struct hash *h, u8 out[SHA256_SIZE])
{
	if (sha256_busy(&h->rounds)) {
		(void)sha256_step(&h->rounds, h->state);
		return BH_EAGAIN;
	}
	switch (h->padding) {
	case PADDING_NONE:
		padding_begin(h);
		return BH_EAGAIN;
	case PADDING_BEGUN:
		padding_finish(h);
		return BH_EAGAIN;
	case PADDING_DONE:
	default:
		for (u32 i = 0; i < 8U; i++, out += 4)
			put_be(out, h->state[i], 4);
		memset(h, 0, sizeof(*h));
		return 0;
	}
}

void hash_final(struct hash *h, u8 out[SHA256_SIZE])
{
	while (hash_end(h, out) == BH_EAGAIN)
		;
}

bool hash_equal(const u8 a[SHA256_SIZE], const u8 b[SHA256_SIZE])
{
	u8 difference = 0;

	for (u32 i = 0; i < SHA256_SIZE; i++)
		difference = (u8)(difference | (a[i] ^ b[i]));
	return difference == 0U;
}
