// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/svc/image.h>

#include "image_bytes.h"

/* Bytes that memcpy() and memset() do in less than 700 of the 1,000 instructions of a step. */
#define PIECE 2048U

static u64 piece(const struct payload_copy *c)
{
	const u64 left = c->payload->size - c->done;

	return left < PIECE ? left : PIECE;
}

/* @n bytes more are done; when those were the last, @next begins. */
static void advance(struct payload_copy *c, u64 n, enum payload_phase next)
{
	c->done += n;
	if (c->done == c->payload->size) {
		c->done = 0;
		c->phase = next;
	}
}

static void copy_piece(struct payload_copy *c)
{
	const u64 n = piece(c);

	memcpy(c->to + c->done, c->from + c->done, (size_t)n);
	advance(c, n, PAYLOAD_HASH);
}

static void hash_piece(struct payload_copy *c)
{
	const u64 left = c->payload->size - c->done;

	advance(c, hash_some(&c->hash, c->to + c->done, (size_t)left), PAYLOAD_COMPARE);
}

static void compare(struct payload_copy *c)
{
	u8 digest[SHA256_SIZE];

	if (hash_end(&c->hash, digest) == BH_EAGAIN)
		return;
	c->result = hash_equal(digest, c->payload->hash) ? 0 : BH_EBADSIG;
	c->phase = c->result == 0 ? PAYLOAD_DONE : PAYLOAD_WIPE;
}

static void wipe_piece(struct payload_copy *c)
{
	const u64 n = piece(c);

	memset(c->to + c->done, 0, (size_t)n);
	advance(c, n, PAYLOAD_DONE);
}

int payload_copy_start(struct payload_copy *c, const struct fit_payload *payload, void *to,
		       u64 room)
{
	const u8 *from = image_bytes(payload->offset, payload->size);

	if (from == NULL)
		return BH_ENOENT;
	if (payload->size > room)
		return BH_ERANGE;
	*c = (struct payload_copy){ .payload = payload, .from = from, .to = to };
	hash_init(&c->hash);
	return 0;
}

int payload_copy_step(struct payload_copy *c)
{
	switch (c->phase) {
	case PAYLOAD_COPY:
		copy_piece(c);
		break;
	case PAYLOAD_HASH:
		hash_piece(c);
		break;
	case PAYLOAD_COMPARE:
		compare(c);
		break;
	case PAYLOAD_WIPE:
		wipe_piece(c);
		break;
	case PAYLOAD_DONE:
	default:
		break;
	}
	return c->phase == PAYLOAD_DONE ? c->result : BH_EAGAIN;
}
