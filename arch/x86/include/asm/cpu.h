/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/*
 * HLT with interrupts masked never ends, so what is pending is taken here as well. STI holds
 * interrupts back for one instruction: one that came just before HLT still ends it.
 */
static inline void cpu_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory", "cc");
}

static inline void cpu_take_irqs(void)
{
	__asm__ volatile("sti\n\tnop\n\tcli" ::: "memory", "cc");
}

#endif
