/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the guest that owns functions of one segment. */
#ifndef TESTS_SEGMENTS_OWNER_H
#define TESTS_SEGMENTS_OWNER_H

#include "../../../guest/config.h"

#define ECAM 0x4010000000ULL
#define FUNCTION(device) (ECAM + ((u64)(device) << 15))

/* Exceptions that were taken; each goes on behind its instruction. */
extern volatile u32 aborts;

/* Maps what is needed one to one, with ECAM as memory, where accesses need no alignment. */
void map_ecam_as_memory(void);

/*
 * Holds configuration space of the function at @device against the table of its kind, then attacks
 * it: offsets, widths, BARs put everywhere, and what lies beside it.
 */
void attack_function(u32 device);
void attack_neighbours(void);

/* edu at @device writes @value to memory of this guest, then where it has none. */
void attack_memory(u32 device, u32 value);

static inline u32 read32(u64 at)
{
	return *(volatile u32 *)(uintptr_t)at;
}

static inline void write32(u64 at, u32 v)
{
	*(volatile u32 *)(uintptr_t)at = v;
}

#endif
