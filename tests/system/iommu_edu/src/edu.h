/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's edu device (docs/specs/edu.rst of QEMU): copies 4 KiB into itself and out again. */
#ifndef TESTS_IOMMU_EDU_EDU_H
#define TESTS_IOMMU_EDU_EDU_H

#include <bulkhead/lib/types.h>

struct edu {
	pci_sbdf_t function;
	volatile u8 *regs;
};

enum edu_direction { EDU_FROM_MEMORY, EDU_TO_MEMORY };

/*
 * Finds it on the first bus of a segment, gives its registers an address where firmware has not,
 * lets it decode memory and do DMA, and checks that it answers. BH_ENODEV if there is none.
 */
int edu_open(struct edu *edu);

/* The two halves of edu_dma(): the device copies some 100 ms after it was told. */
void edu_begin(const struct edu *edu, hpa_t pa, u32 size, enum edu_direction direction);
bool edu_over(const struct edu *edu);

/* One transfer of @size bytes at physical address @pa. Returns when the device says it is over. */
int edu_dma(const struct edu *edu, hpa_t pa, u32 size, enum edu_direction direction);

#endif
