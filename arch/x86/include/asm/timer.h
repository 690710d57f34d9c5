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

/*
 * A second alarm of each CPU, for the guest it runs: @fn is called there when the deadline that
 * timer_guest_arm() was given has passed @now (all ones: never), interrupts masked, with @who that
 * was given last, and returns the next one. Set before the first is armed.
 */
void timer_guest_set(u64 (*fn)(void *who, u64 now));
void timer_guest_arm(void *who, u64 deadline);

#endif
