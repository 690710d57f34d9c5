/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the program share. */
#ifndef TESTS_IOMMU_DOMAIN_PROGRAM_H
#define TESTS_IOMMU_DOMAIN_PROGRAM_H

#include <bulkhead/iommu/domain.h>

/* Below 256 MiB: edu on a PC has 28 bits of address. */
#define IOVA0 0x04000000ULL
#define IN_BITS 39U
#define TABLES 64U
#define REGION_SIZE MIB(4)

extern struct iommu_domain domain;
extern struct region region;

/* What map and unmap cost, with the invalidation; true if all of it went well. */
bool figures(void);

#endif
