/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers (Arm ARM DDI 0487, B2.3). */
#ifndef ASM_ATOMIC_H
#define ASM_ATOMIC_H

static inline void smp_mb(void)
{
	__asm__ volatile("dmb ish" ::: "memory");
}

static inline void dma_mb(void)
{
	__asm__ volatile("dmb osh" ::: "memory");
}

static inline void mb_complete(void)
{
	__asm__ volatile("dsb sy\n\tisb" ::: "memory");
}

#endif
