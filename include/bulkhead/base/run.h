/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot CPU does when the boot story is told. */
#ifndef BULKHEAD_BASE_RUN_H
#define BULKHEAD_BASE_RUN_H

#include <bulkhead/lib/types.h>

/*
 * CONFIG_BOOT_END_IDLE: takes interrupts for ever. CONFIG_BOOT_END_OFF: powers the machine off.
 * CONFIG_BOOT_END_SIM_EXIT: ends the simulation with status 0.
 */
void run_idle(void) __noreturn;

/*
 * Boot: partitions will run, so the end of the boot is not the end of the run: the boot CPU then
 * waits for work, and whoever sees the last partition end calls run_end().
 */
void run_hold(void);
bool run_held(void);

/*
 * Nothing is left to run; @failed: something ended that should not have. Does what
 * CONFIG_BOOT_END_* says, or returns (BOOT_END_IDLE). Any CPU.
 */
void run_end(bool failed);

/* Takes interrupts, and work given by cpu_give(), for ever: a CPU that has nothing else to do. */
void cpu_idle(void) __noreturn;

/*
 * Hands fn(arg) to CPU @cpu, which runs it once it is idle, with interrupts masked. BH_EBUSY while
 * earlier work waits there, BH_ENODEV if the CPU is not online. One giver a CPU.
 */
int cpu_give(u32 cpu, void (*fn)(void *arg), void *arg);

/*
 * What every other CPU runs before it counts as online; an error makes it fail. Set at most once,
 * before STAGE_CPUS.
 */
void cpu_init_set(int (*fn)(void));

#endif
