/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_TIMER_H
#define ASM_TIMER_H

static inline u64 timer_now(void)
{
	u64 t;

	/* The barrier keeps the read from being done ahead of what is being timed. */
	__asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(t)::"memory");
	return t;
}

#endif
