/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86 keeps loads in order, stores in order, and uncached accesses in order with both (SDM volume
 * 3, section 9.2): only a store followed by a load needs an instruction.
 */
#ifndef ASM_ATOMIC_H
#define ASM_ATOMIC_H

static inline void smp_mb(void)
{
	__asm__ volatile("mfence" ::: "memory");
}

static inline void dma_mb(void)
{
	__asm__ volatile("" ::: "memory");
}

static inline void mb_complete(void)
{
	__asm__ volatile("mfence" ::: "memory");
}

#endif
