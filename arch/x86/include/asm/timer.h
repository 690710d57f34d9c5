/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_TIMER_H
#define ASM_TIMER_H

/* LFENCE keeps RDTSC behind every earlier load (SDM volume 2, RDTSC). */
static inline u64 timer_now(void)
{
	u32 lo, hi;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return ((u64)hi << 32) | lo;
}

#endif
