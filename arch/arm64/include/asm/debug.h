/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vcpu's debug registers (Arm ARM D2, D19.3): breakpoints, watchpoints, single step, OS lock,
 * claim tags. Every access traps, so the file here is what counts; hardware has a copy while the
 * vcpu is loaded. Debug exceptions go to the guest's EL1 and, being of EL1, never happen at EL2.
 */
#ifndef ASM_DEBUG_H
#define ASM_DEBUG_H

#include <bulkhead/lib/types.h>

#define DEBUG_PAIRS 16U /* as many as there are encodings of */

/* All zero at reset. */
struct vcpu_debug {
	u64 mdscr;
	u64 bvr[DEBUG_PAIRS], bcr[DEBUG_PAIRS];
	u64 wvr[DEBUG_PAIRS], wcr[DEBUG_PAIRS];
	bool unlocked; /* OS lock; a reset closes it */
	u8 claim;
	bool used; /* written since the reset */
};

/*
 * Pure. The guest's access to the register @id (SYSREG_ID()): what is written is in @value, what is
 * read goes there. False: none that a vcpu has one of.
 */
bool debug_access(struct vcpu_debug *d, u32 id, bool write, u64 *value);

/* Pure. MDSCR_EL1 as hardware is to have it: nothing while the OS lock is closed. */
u64 debug_mdscr(const struct vcpu_debug *d);

/* This CPU: its own locks open, nothing armed. */
void debug_cpu_init(void);

/* Into this CPU, and nothing left armed in it. */
void debug_load(const struct vcpu_debug *d);
void debug_put(void);

#endif
