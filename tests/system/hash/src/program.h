/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HASH_PROGRAM_H
#define TESTS_HASH_PROGRAM_H

#include <bulkhead/lib/types.h>

/* Room for every vector register the architecture has. */
#define VECTORS_SIZE 512U

/*
 * Between vectors_open() and vectors_close() the test may use vector registers, as Bulkhead itself
 * may not; load and store move all of them. vectors_control(): what says who may use them.
 */
void vectors_open(void);
void vectors_close(void);
void vectors_load(const u8 from[VECTORS_SIZE]);
void vectors_store(u8 to[VECTORS_SIZE]);
u64 vectors_control(void);
/* Bytes that load and store move on this CPU. */
u32 vectors_size(void);

/* Do the registers of somebody else survive a hash, and what says who may use them? */
bool hash_keeps_vectors(void);

/* Prints "bench" lines: instructions a byte, and of the longest step. */
void hash_figures(void);

#endif
