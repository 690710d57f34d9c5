/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: what a guest calls Bulkhead's objects by. A handle is an index in its partition's table
 * (bits 15:0) and the generation of that entry (31:16); docs/design.md, section 4, decision 8.
 */
#ifndef BULKHEAD_SVC_HANDLE_H
#define BULKHEAD_SVC_HANDLE_H

#include <bulkhead/lib/types.h>

struct vcpu;

#define HANDLES_MAX 64U

enum handle_type { HANDLE_NONE, HANDLE_CHANNEL, HANDLE_PARTITION };

/* Rights, by type. */
#define CHANNEL_RING BIT(0)
#define PARTITION_START BIT(0)
#define PARTITION_STOP BIT(1)
#define PARTITION_RESTART BIT(2)
#define PARTITION_MARK_GOOD BIT(3)
#define PARTITION_STATE BIT(4)
#define PARTITION_READ_LOG BIT(5)
#define PARTITION_MANAGE BITS(5, 0)

struct handle {
	u16 type;
	u16 rights;
	u16 label; /* what policy will know the object by; 0: none */
	u16 generation;
	const void *object; /* as the type says */
};

/*
 * Boot: gives partition @partition a handle and answers what its guest calls it by. BH_EOVERFLOW:
 * it has HANDLES_MAX.
 */
int handle_add(u32 partition, const struct handle *h, u32 *id);

/*
 * The one check: the object that @v's partition calls @id, if it is of @type and carries all
 * @rights. Else NULL, and @error is what its guest is told (UCALL_EINVAL, UCALL_EPERM).
 */
const void *handle_check(const struct vcpu *v, u64 id, enum handle_type type, u64 rights,
			 u64 *error);

#endif
