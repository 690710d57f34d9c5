/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the program share. */
#ifndef TESTS_IOMMU_DOMAIN_PROGRAM_H
#define TESTS_IOMMU_DOMAIN_PROGRAM_H

#include <bulkhead/iommu/domain.h>

#include "../../iommu_edu/src/edu.h"

/* Below 256 MiB: edu on a PC has 28 bits of address. */
#define IOVA0 0x04000000ULL
#define IN_BITS 39U
#define TABLES 64U
#define REGION_SIZE MIB(4)

extern struct iommu_domain domain;
extern struct region region;
extern struct edu edu;
extern u8 *memory; /* of the region */

#define BYTES 64U /* of a transfer */

/* Faults since charge(): of the device at page `at`, and all others. */
extern struct seen {
	u32 ours, others;
	u64 at;
} seen;

/* The test fails, and says what, unless @good. */
void check(bool good, const char *what, u64 found);

/* A new mark into page 0 of the region, mapped at IOVA0, and from there into the device. */
void charge(void);
void uncarry(void);
void fill(u32 page);

/* Words of @page that hold the mark. */
u32 arrived(u32 page);

/* The device goes for what is not its own, while other pages come and go. */
void attacks(void);

/* What map and unmap cost, with the invalidation; true if all of it went well. */
bool figures(void);

/* Has the device write where nothing is mapped. */
bool fault_make(void);

#endif
