/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: barriers and ordered accesses. Plain read-modify-write uses the compiler's __atomic
 * builtins; what they cannot say (device ordering, table walks) is here.
 */
#ifndef BULKHEAD_ARCH_ATOMIC_H
#define BULKHEAD_ARCH_ATOMIC_H

#include <bulkhead/lib/types.h>

#define read_once(x) (*(const volatile __typeof__(x) *)&(x))
#define write_once(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* Orders memory accesses before it against those after it, as other CPUs see them. */
static inline void smp_mb(void);
/* Orders normal-memory stores before it against device stores after it (doorbells), and back. */
static inline void dma_mb(void);
/* All accesses before it are complete, table updates are visible to walkers. */
static inline void mb_complete(void);

#include <asm/atomic.h>

#endif
