/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the program: the guest's memory, its machine, and what is expected of it. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <bulkhead/vm/vcpu.h>

#include "guest.h"

#define GUEST_VCPUS 2U

/* What the devices have seen, and what they saw of Bulkhead itself. */
struct seen {
	u32 parks;
	bool end;
	u32 changed; /* registers of Bulkhead's own that an exit did not put back */
};

extern struct seen seen[GUEST_VCPUS];

extern const u8 guest_code[], guest_code_end[], guest_real[], guest_vectors[];

/* Writes code, tables and descriptors to the guest's memory at @ram. */
void memory_fill(u8 *ram, bool vmx);

bool backend_is_vmx(void);

/* Vcpu @n about to start: in real mode, or as @arg (ARG_*) says. Its page of results. */
struct vcpu *machine_vcpu(u32 n, bool real, u32 arg);
const u64 *machine_results(u32 n);

/* Bytes of the leaf that maps @gpa, or 0. */
u64 machine_leaf(gpa_t gpa);

/* Counts and logs a failure unless @found is @expected. */
void check(u32 vcpu, const char *what, const char *which, u64 found, u64 expected);

/* A guest that ends itself, where the simulator bears it. */
void check_triple_fault(void);

#endif
