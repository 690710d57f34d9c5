/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: exceptions taken by Bulkhead itself. Each architecture defines struct exc_frame (the
 * registers its entry code saved) and shows it.
 */
#ifndef BULKHEAD_ARCH_TRAP_H
#define BULKHEAD_ARCH_TRAP_H

#include <bulkhead/lib/types.h>

struct exc_frame;

/* Logs every register of the frame with its architectural name, and what the syndrome says. */
void exc_frame_log(const struct exc_frame *frame);

/*
 * Walks the frame-pointer chain: from @frame, or from the caller when NULL. Writes at most @max
 * return addresses, innermost first, and returns how many. Every step is checked against the
 * bounds of this CPU's stacks, so a smashed chain ends the walk and does no harm.
 */
u32 stack_walk(const struct exc_frame *frame, uintptr_t *pcs, u32 max);

#include <asm/trap.h>

#endif
