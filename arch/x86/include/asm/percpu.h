/* SPDX-License-Identifier: Apache-2.0 */
/* The own struct cpu: GS base points at it, and its first field points at itself. */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

_Static_assert(offsetof(struct cpu, self) == 0U, "this_cpu() reads gs:0");
_Static_assert(offsetof(struct cpu, hwid) == 24U, "head.S looks for the own APIC id");

static inline struct cpu *this_cpu(void)
{
	struct cpu *c;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(c));
	return c;
}

#endif
