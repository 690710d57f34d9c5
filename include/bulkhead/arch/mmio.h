/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: one access to an emulated device, and who answers it. */
#ifndef BULKHEAD_ARCH_MMIO_H
#define BULKHEAD_ARCH_MMIO_H

#include <bulkhead/arch/exit.h>
#include <bulkhead/lib/types.h>

struct vcpu;

/* One emulated access: exactly one of read and write. */
struct mmio_access {
	struct vcpu *vcpu;
	u64 offset; /* from the start of the range */
	u32 size;   /* 1, 2, 4, 8 */
	bool write;
	u64 value; /* in or out */
};

/*
 * Answers an access. Decode, then act: may answer TRAP_RETRY or TRAP_PARK only before any effect.
 * TRAP_RESUME: `value` holds what was read.
 */
typedef enum trap_result (*mmio_fn)(void *ctx, struct mmio_access *a);

#endif
