/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4), in pieces: by the instructions of the CPU where it has some, else in C.
 */
#ifndef BULKHEAD_SVC_HASH_H
#define BULKHEAD_SVC_HASH_H

#include <bulkhead/lib/sha256.h>
#include <bulkhead/lib/types.h>

#define SHA256_SIZE 32U

/* A running hash; no destructor is needed, its end wipes it. */
struct hash {
	u32 state[8];
	u64 size;               /* bytes taken */
	u8 block[SHA256_BLOCK]; /* the last size % SHA256_BLOCK of them */
	u32 padding;            /* how far hash_end() is */
	struct sha256_rounds rounds;
};

/* What computes hashes on this CPU ("SHA-NI", "C"); static storage. */
const char *hash_name(void);

/* Begins anew, whatever @h held. Any CPU; the rest of a hash is the same caller's. */
void hash_init(struct hash *h);

/* At once, however long it takes: while Bulkhead boots. */
void hash_update(struct hash *h, const void *data, size_t n);
void hash_final(struct hash *h, u8 out[SHA256_SIZE]);

/*
 * The same in steps of at most 1,000 instructions, for partitions that run. hash_some() answers how
 * many of the @n bytes it took, perhaps none; @n may be 0. hash_end(): BH_EAGAIN until @out is
 * there. The CPU may change between two steps.
 */
size_t hash_some(struct hash *h, const void *data, size_t n);
int hash_end(struct hash *h, u8 out[SHA256_SIZE]);

/* Compares two hashes in time that does not depend on where they differ. */
bool hash_equal(const u8 a[SHA256_SIZE], const u8 b[SHA256_SIZE]);

#endif
