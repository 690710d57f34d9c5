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

/* Takes interrupts for ever: what every CPU does that has nothing else to do. */
void cpu_idle(void) __noreturn;

#endif
