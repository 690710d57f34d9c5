/* SPDX-License-Identifier: Apache-2.0 */
/* The cases every way to compute a hash must pass; the host's tests run them as well. */
#ifndef TESTS_HASH_CASES_H
#define TESTS_HASH_CASES_H

#include <bulkhead/lib/types.h>

/* Published values: the examples of FIPS 180-4 and a run of NIST's Monte Carlo test. */
bool hash_published_values(void);

/* A digest of the digests of 200 messages of 0 to 199 bytes, as another implementation has it. */
bool hash_every_length(void);

/*
 * @count messages of random length, place and content, in random pieces, half of them in steps,
 * against the rounds in C run over the padded message.
 */
bool hash_random_splits(u32 count);

#endif
