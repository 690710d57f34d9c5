/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), in pieces. */
#ifndef BULKHEAD_SVC_HASH_H
#define BULKHEAD_SVC_HASH_H

#include <bulkhead/lib/types.h>

#define SHA256_SIZE 32U

/* Opaque room for a running hash; no destructor is needed, hash_final() wipes it. */
struct hash {
	u64 state[16];
};

void hash_init(struct hash *h);
void hash_update(struct hash *h, const void *data, size_t n);
void hash_final(struct hash *h, u8 out[SHA256_SIZE]);

/* Compares two hashes in time that does not depend on where they differ. */
bool hash_equal(const u8 a[SHA256_SIZE], const u8 b[SHA256_SIZE]);

#endif
