/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_ASM_CPU_H
#define FAKE_ASM_CPU_H

void fake_relax(void);
void fake_wait(void);
void fake_take_irqs(void);

static inline void cpu_relax(void)
{
	fake_relax();
}

static inline void cpu_wait(void)
{
	fake_wait();
}

static inline void cpu_take_irqs(void)
{
	fake_take_irqs();
}

#endif
