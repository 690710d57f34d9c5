/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/*
 * Interrupts are taken here and nowhere else: their entry (vectors.S) saves nothing, what C may
 * change is given up to it.
 */
#define CPU_GIVEN_UP "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc"

/*
 * HLT with interrupts masked never ends, so what is pending is taken here as well. STI holds
 * interrupts back for one instruction: one that came just before HLT still ends it.
 */
static inline void cpu_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: CPU_GIVEN_UP);
}

static inline void cpu_take_irqs(void)
{
	__asm__ volatile("sti\n\tnop\n\tcli" ::: CPU_GIVEN_UP);
}

#endif
