/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the program: the guest's machine, and what is expected of the guest. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <bulkhead/vm/vcpu.h>

#include "guest.h"

#define GUEST_VCPUS 2U

/* What the devices have seen. */
struct seen {
	u32 parks, once;
	bool end;
	u64 sum;           /* of what was written to REG_PAIR and behind */
	u64 offset, value; /* of the write to the device in the read-only page */
};

extern struct seen seen[GUEST_VCPUS];

extern const u8 guest_code[], guest_code_end[];

/* A vcpu about to start, or NULL. Its page of results, as Bulkhead sees it. */
struct vcpu *machine_vcpu(u32 n);
const u64 *machine_results(u32 n);

#endif
