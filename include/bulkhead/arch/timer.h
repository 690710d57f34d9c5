/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: the one time base (CNTPCT or TSC) and one alarm per CPU.
 */
#ifndef BULKHEAD_ARCH_TIMER_H
#define BULKHEAD_ARCH_TIMER_H

#include <bulkhead/lib/types.h>

/* Ticks since power-on, monotonic, the same on every CPU. Usable from the first instruction. */
static inline u64 timer_now(void);

/*
 * Finds the frequency (CNTFRQ; CPUID 15h, else the ACPI PM timer or the PIT against the TSC,
 * within 300,000 instructions) and prepares this CPU's alarm. Boot CPU first, then each CPU.
 */
int timer_cpu_init(void);

/*
 * Ticks per second; 0 while it is not known. Before timer_cpu_init() ran on the boot CPU it may be
 * what hardware claims, unchecked.
 */
u64 timer_hz(void);

/* How the frequency was found ("CNTFRQ_EL0", "PM timer"); static storage. */
const char *timer_source(void);

/* One IRQ_TIMER on this CPU, not earlier than @deadline (in ticks of timer_now()). */
void timer_arm(u64 deadline);
void timer_disarm(void);

#include <asm/timer.h>

#endif
