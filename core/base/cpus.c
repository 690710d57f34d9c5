// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/base/percpu.h>

struct cpu_stack cpu_stacks[CONFIG_MAX_CPUS];

/* Entry code uses the boot CPU's record before any of our C code could fill it in. */
struct cpu cpus[CONFIG_MAX_CPUS] = {
	[0] = {
		.self = &cpus[0],
		.stack_top = (uintptr_t)&cpu_stacks[1],
		.id = 0,
		.state = CPU_ONLINE,
	},
};

u32 cpu_count = 1;

_Static_assert(offsetof(struct cpu, self) == 0U, "entry code finds the CPU through it");
_Static_assert(offsetof(struct cpu, stack_top) == sizeof(void *), "entry code loads it");
_Static_assert(sizeof(struct cpu_stack) % PAGE_SIZE == 0U, "guards are whole pages");
