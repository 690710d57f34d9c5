/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	/* Not volatile: it never changes under a running function. */
	__asm__("mrs %0, tpidr_el2" : "=r"(cpu));
	return cpu;
}

#endif
