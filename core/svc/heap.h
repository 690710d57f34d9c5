/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the signature library: CONFIG_MBEDTLS_HEAP_SIZE bytes, never more. Not locked: the
 * boot CPU alone verifies signatures, before any partition runs.
 */
#ifndef BULKHEAD_CORE_SVC_HEAP_H
#define BULKHEAD_CORE_SVC_HEAP_H

#include <bulkhead/lib/types.h>

/* @count * @each zeroed bytes, aligned to 16, or NULL when the arena has no such hole. */
void *bh_calloc(size_t count, size_t each);

/* Gives a block back; NULL is allowed, anything else that was not handed out is a bug. */
void bh_free(void *p);

/* Bytes handed out now, headers included, and the most there ever were. */
size_t heap_in_use(void);
size_t heap_peak(void);

#endif
