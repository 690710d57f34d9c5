/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rounds of SHA-256 (FIPS 180-4, 6.2.2) in C, an eighth of a block at a time: a whole one is
 * more than the 1,000 instructions that a step may take. Whole messages: bulkhead/svc/hash.h.
 */
#ifndef BULKHEAD_LIB_SHA256_H
#define BULKHEAD_LIB_SHA256_H

#include <bulkhead/lib/types.h>

#define SHA256_BLOCK 64U

/* A block under way: the next 16 words of its schedule, its variables, rounds left. */
struct sha256_rounds {
	u32 w[16];
	u32 v[8];
	u32 left;
};

/* Constants of the rounds (FIPS 180-4, 4.2.2), aligned to 16. */
extern const u32 sha256_k[64];

/* Begins a block: @block is read whole. The block before must be done. */
void sha256_begin(struct sha256_rounds *r, const u32 state[8], const u8 *block);

/* 8 of its 64 rounds; with the last ones @state becomes the new one. */
void sha256_step(struct sha256_rounds *r, u32 state[8]);

/* Is a block under way? */
static inline bool sha256_busy(const struct sha256_rounds *r)
{
	return r->left != 0U;
}

#endif
