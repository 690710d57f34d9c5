/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are for guests and devices of an architecture. */
#ifndef TESTS_IOMMU_GUEST_PLACE_H
#define TESTS_IOMMU_GUEST_PLACE_H

#include <bulkhead/vm/partition.h>

#define RAM_SIZE MIB(4)

#define PLACES_MAX 16U

struct place {
	u64 ram[2]; /* of owner and neighbour: where their memory lies for them */
	enum payload_type payload;
	u64 program, unused; /* offsets in their memory: 1 MiB of program; up to its end nobody's */
	u64 page;            /* where a page of the second act comes and goes */
	/* The owner's address for messages, and what edu writes there. */
	u64 doorbell;
	u32 message;
	/* Where one is forged; what else arrives there is reported, else it is lost. */
	u64 forged;
	bool forged_reported;
};
extern const struct place place;

/* Targets of the attacks of which the architecture knows; how many. */
u32 place_targets(u64 to[PLACES_MAX], u64 offset);

/* The console of guests, which is the log. */
int place_console(struct partition *p);

#endif
