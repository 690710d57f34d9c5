/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: starting the other CPUs (PSCI, spin table, INIT-SIPI-SIPI). */
#ifndef BULKHEAD_ARCH_SMP_H
#define BULKHEAD_ARCH_SMP_H

#include <bulkhead/lib/types.h>

/*
 * Starts logical CPU @id, whose struct cpu has hwid and stack, and returns without waiting: it
 * reports by entering bulkhead_secondary_main(). BH_ENOTSUP if the machine has no way to start
 * it, BH_EIO with the firmware's code logged if it refused.
 */
int smp_start(u32 id);

/* Frees what only starting needed (trampoline page, identity map). After all CPUs are up. */
void smp_finish(void);

#endif
