/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of domains share, whatever unit translates. */
#ifndef TESTS_UNIT_IOMMU_DOMAINS_H
#define TESTS_UNIT_IOMMU_DOMAINS_H

#include "model.h"

/* Where the region is mapped. */
#define IOVA0 0x40000000ULL

/* The model, and the device that the functions below speak of. */
struct domains_unit {
	/* A transaction of device @id: true and *@pa if it passes. */
	bool (*dma)(u32 id, u64 iova, bool write, u64 *pa);
	struct watch *watch;
	u32 id;
};

#define DOMAINS_RAM_SIZE MIB(16)

/* The machine's memory. The region lies in it at 8 MiB. */
extern u8 ram[DOMAINS_RAM_SIZE];

extern struct iommu_domain domain, other;
extern struct region region; /* of 4 MiB */
extern struct iommu_device dev;

/*
 * Behind unit_setup() and the model's: units that block, two domains, the region. 0, or that
 * something failed. Domains live as long as the test, @unit longer.
 */
int domains_setup(const struct domains_unit *unit);

/* Does the device reach @iova? Where it does, it is the region's byte. */
bool domains_reach(u64 iova, bool write);

/* Maps the region, rights RW, in `domain`, and gives that to the device. */
void domains_attach(void);

/* Each begins behind domains_attach() and checks that no order was broken. */

/* All of the region and nothing beside it is reached, and by no other device. */
void domains_check_bounds(void);

/* Some pages are unmapped, then all. */
void domains_check_unmapped(void);

/* Moved to `other`, which has the first page to read, the device reaches nothing else. */
void domains_check_moved(void);

/* Taken from its domain the device reaches nothing. */
void domains_check_taken(void);

#endif
