/* SPDX-License-Identifier: Apache-2.0 */
/* What Bulkhead keeps for each physical CPU. */
#ifndef BULKHEAD_BASE_PERCPU_H
#define BULKHEAD_BASE_PERCPU_H

#include <bulkhead/lib/types.h>

enum cpu_state {
	CPU_ABSENT,   /* not in the machine, or beyond CONFIG_MAX_CPUS */
	CPU_OFF,      /* known, not started */
	CPU_STARTING, /* told to start */
	CPU_ONLINE,   /* runs Bulkhead, takes interrupts */
	CPU_FAILED,   /* did not come up within its bound */
	CPU_STOPPED,  /* stopped by a panic elsewhere */
};

/*
 * One per CPU, allocated in the image, cache-line aligned. this_cpu() (arch/percpu.h) finds the
 * own one. `state` is written with release and read with acquire order; all else is the owner's.
 */
struct cpu {
	struct cpu *self;        /* x86 reads it through GS:0; keep it first */
	uintptr_t stack_top;     /* of this CPU's stack; assembly uses the offset, keep it second */
	u32 id;                  /* logical, 0 is the boot CPU */
	u32 state;               /* enum cpu_state */
	u64 hwid;                /* MPIDR affinity bits, or APIC id */
	u64 irqs;                /* interrupts taken, guests' not among them */
	u64 ticks;               /* timer interrupts among them */
	u64 kicks;               /* IRQ_KICK among them */
	void (*work)(void *arg); /* what cpu_give() left here; taken with acquire order */
	void *work_arg;
	u32 panicking;    /* this CPU is inside panic() */
	u32 lock_depth;   /* debug builds: how many locks are held */
	u8 lock_held[16]; /* debug builds: their classes, outermost first */
} __aligned(64);

extern struct cpu cpus[CONFIG_MAX_CPUS];

/*
 * The stacks CPUs run on, part of the image. The page below each is the guard: mmu_seal() takes
 * it out of the map.
 */
struct cpu_stack {
	u8 guard[PAGE_SIZE];
	u8 stack[CONFIG_STACK_SIZE];
} __aligned(PAGE_SIZE);

extern struct cpu_stack cpu_stacks[CONFIG_MAX_CPUS];

/* CPUs in the machine that Bulkhead manages (1 until discovery is done). */
extern u32 cpu_count;

#endif
