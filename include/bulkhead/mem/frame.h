/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames: host pages handed out while Bulkhead boots and partitions are built, never afterwards
 * (docs/design.md, law 2).
 *
 * The allocator is a list of free ranges made in one pass from the machine's RAM minus what is
 * reserved and what the image covers, so its cost does not grow with the size of RAM. Frames
 * are not cleared by it: who takes them clears what must be clear, as a resumable job.
 */
#ifndef BULKHEAD_MEM_FRAME_H
#define BULKHEAD_MEM_FRAME_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>

/* Ranges of free memory the allocator can remember. */
#define FRAME_RANGES_MAX 64U

/*
 * Makes the list from @m: RAM, minus reserved ranges, rounded inwards to pages. BH_EOVERFLOW if
 * it needs more than FRAME_RANGES_MAX ranges (the smallest are then left out, and logged).
 */
int frame_init(const struct machine *m);

/*
 * Takes @size bytes (multiple of the page size) aligned to @align (a power of two, at least a
 * page), lowest address first. BH_ENOMEM when no range has it; BH_EPERM after frame_close().
 */
int frame_alloc(u64 size, u64 align, hpa_t *out);

/* Takes exactly [base, base + size). BH_EBUSY when some of it is not free. */
int frame_claim(hpa_t base, u64 size);

/* Ends allocation for good. */
void frame_close(void);

/* The free ranges, ascending: copies at most @max and returns how many. */
u32 frame_free_ranges(struct machine_range *out, u32 max);

/* Bytes free, and bytes there were at first. */
u64 frame_free_bytes(void);
u64 frame_total_bytes(void);

#endif
