/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_ASM_PERCPU_H
#define FAKE_ASM_PERCPU_H

/* The CPU this thread plays; cpus[0] unless it says otherwise. */
extern _Thread_local struct cpu *fake_cpu;

static inline struct cpu *this_cpu(void)
{
	return fake_cpu;
}

#endif
