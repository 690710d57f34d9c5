/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: what hardware adds to a stage-2 tree: its format, its tag (VMID, ASID, VPID with
 * EPTP), and how stale translations are thrown away.
 */
#ifndef BULKHEAD_ARCH_S2_H
#define BULKHEAD_ARCH_S2_H

#include <bulkhead/lib/pt.h>
#include <bulkhead/lib/types.h>

/*
 * Format of the stage 2 of this machine for guests with @gpa_bits of physical address: constant
 * storage, the same pointer each time. BH_ERANGE if the CPU's own width is less.
 */
int s2_format(u32 gpa_bits, const struct pt_format **out);

/* Largest gpa width this machine can translate. */
u32 s2_gpa_bits_max(void);

/*
 * How many tags the hardware has; tag 0 is Bulkhead's own. 1 means that it has none: every entry
 * of another s2 flushes.
 */
u32 s2_tag_count(void);

/*
 * True if an invalidation sent by one CPU reaches all of them (TLBI ..IS): s2_invalidate() is then
 * called once, and no CPU has to be kicked. False: it is called on each CPU that may hold
 * translations of the tag, before that CPU enters the guest again.
 */
bool s2_invalidate_is_broadcast(void);

/*
 * Throws away what this CPU (or all of them) may hold of [gpa, gpa + size) under @tag with root
 * table @root; size 0: everything of the tag. On return no new access uses it. The address range is
 * a hint: a backend may do more.
 */
void s2_invalidate(u32 tag, hpa_t root, gpa_t gpa, u64 size);

/* Makes table entries just written visible to walkers (pt.publish); a no-op where they snoop. */
void s2_publish(const void *entry, size_t bytes);

#endif
