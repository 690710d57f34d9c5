/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's own page tables, read by Bulkhead (SDM volume 3, chapter 4). */
#ifndef VIRT_WALK_H
#define VIRT_WALK_H

#include <bulkhead/lib/types.h>

struct walk_state {
	u64 cr0, cr3, cr4, efer;
	/* Reads @size bytes (4 or 8) of the guest's memory; false if there is none. */
	bool (*read)(void *ctx, gpa_t at, size_t size, u64 *out);
	void *ctx;
};

/*
 * Where @gva lies: 0 and @out, or BH_EFAULT if the tables do not map it. Rights are not asked:
 * the guest's CPU has, before the exit. Every paging mode there is, none included.
 */
int walk_gva(const struct walk_state *s, gva_t gva, gpa_t *out);

#endif
