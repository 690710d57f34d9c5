/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: Bulkhead's own address space.
 *
 * The entry code maps the image at its link address and nothing else that later code may rely
 * on. Everything else is mapped by name: a device, a firmware table, a stack. Addresses are
 * handed out from one window, never reused, with an unmapped page on both sides.
 */
#ifndef BULKHEAD_ARCH_MMU_H
#define BULKHEAD_ARCH_MMU_H

#include <bulkhead/lib/types.h>

enum mmu_kind {
	MMU_RAM_RO, /* normal memory, read only (firmware tables, images) */
	MMU_RAM_RW, /* normal memory */
	MMU_DEVICE, /* device registers: nGnRE / strong uncacheable */
};

/*
 * Maps [pa, pa + size), any alignment, and returns the address of byte @pa, or NULL when the
 * range wraps, exceeds the physical address width, overlaps Bulkhead's own image (except
 * MMU_RAM_RO) or the boot pool of tables is used up. Never executable. Any stage; before other
 * CPUs run, or under LOCK_OWN_MAP after.
 */
void *mmu_map(hpa_t pa, u64 size, enum mmu_kind kind);

/* Takes a mapping back, with the TLB shootdown that takes. @p and @size as mapped. */
void mmu_unmap(void *p, u64 size);

/* Physical address of a byte of our own image or of a mapping made here. BUG if not mapped. */
hpa_t mmu_pa(const void *p);

/*
 * Stage ADDRESS_SPACE: drops what entry mapped and the image does not need (identity map),
 * makes text read-execute, constants read-only, the rest never executable, puts a guard page
 * under every stack, and checks its own tables: BH_EINVAL if a page is writable and executable.
 */
int mmu_seal(void);

/* Number of pages that are writable and executable. 0 after mmu_seal(); tests ask. */
u32 mmu_count_wx(void);

/* Where the image lies: its first byte and its size including bss and the log ring. */
hpa_t mmu_image_base(void);
u64 mmu_image_size(void);

#endif
