/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_ASM_ATOMIC_H
#define FAKE_ASM_ATOMIC_H

static inline void smp_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void dma_mb(void)
{
	smp_mb();
}

static inline void mb_complete(void)
{
	smp_mb();
}

#endif
