// SPDX-License-Identifier: Apache-2.0
/*
 * The arena that the signature library allocates from, and nothing else does: fixed, first fit,
 * neighbours merged. One verification at a time, at boot; when it ends every block is free again.
 */
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/string.h>

#include "heap.h"

struct block {
	u32 size; /* of the block with this header, a multiple of sizeof(struct block) */
	u32 used;
	u64 pad;
};

_Static_assert(sizeof(struct block) == 16, "what follows a header is aligned for any type");

#define UNIT sizeof(struct block)

static struct block arena[CONFIG_MBEDTLS_HEAP_SIZE / UNIT] __aligned(16);
static size_t in_use;
static size_t peak;

static struct block *block_next(struct block *b)
{
	return b + b->size / UNIT;
}

static struct block *arena_end(void)
{
	return arena + ARRAY_SIZE(arena);
}

/* Joins @b with the free blocks behind it. */
static void block_merge(struct block *b)
{
	for (struct block *n = block_next(b); n < arena_end() && n->used == 0U; n = block_next(b))
		b->size += n->size;
}

static void block_take(struct block *b, size_t size)
{
	if (b->size > size) {
		struct block *rest = b + size / UNIT;

		rest->size = b->size - (u32)size;
		rest->used = 0;
	}
	b->size = (u32)size;
	b->used = 1;
	in_use += size;
	if (in_use > peak)
		peak = in_use;
}

void *bh_calloc(size_t count, size_t each)
{
	size_t size;

	if (arena[0].size == 0U)
		arena[0].size = (u32)sizeof(arena);
	if (__builtin_mul_overflow(count, each, &size) || size > sizeof(arena) - UNIT)
		return NULL;
	size = ALIGN_UP(size, UNIT) + UNIT;
	for (struct block *b = arena; b < arena_end(); b = block_next(b)) {
		if (b->used != 0U)
			continue;
		block_merge(b);
		if (b->size >= size) {
			block_take(b, size);
			return memset(b + 1, 0, size - UNIT);
		}
	}
	return NULL;
}

void bh_free(void *p)
{
	struct block *b;

	if (p == NULL)
		return;
	b = (struct block *)p - 1;
	BUG_ON(b < arena || b >= arena_end() || b->used != 1U);
	b->used = 0;
	in_use -= b->size;
}

size_t heap_in_use(void)
{
	return in_use;
}

size_t heap_peak(void)
{
	return peak;
}
