/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: caches, by address range of our own map. */
#ifndef BULKHEAD_ARCH_CACHE_H
#define BULKHEAD_ARCH_CACHE_H

#include <bulkhead/lib/types.h>

/* Writes dirty lines of [p, p + size) back to the point of coherency (a no-op on x86). */
void cache_clean(const void *p, size_t size);
/* The same, and drops the lines. */
void cache_clean_invalidate(const void *p, size_t size);
/*
 * Clears [p, p + size), both multiples of 64 bytes, in the way that takes the fewest instructions.
 */
void cache_zero(void *p, size_t size);
/* Makes instructions just written at [p, p + size) fetchable on every CPU. */
void cache_sync_code(const void *p, size_t size);

#endif
