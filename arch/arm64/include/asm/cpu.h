/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

static inline void cpu_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

static inline void cpu_wait(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static inline void cpu_take_irqs(void)
{
	/* FIQ too: nobody routes one here, and one that stays pending would end every WFI. */
	__asm__ volatile("msr daifclr, #3\n\tisb\n\tmsr daifset, #3" ::: "memory");
}

#endif
