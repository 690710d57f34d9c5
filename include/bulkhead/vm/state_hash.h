/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test builds (CONFIG_STATE_HASH): a checksum of the state of each unit of a partition, taken at
 * each start just before the guest runs, of all that a start gives a value. The first one is kept,
 * and a later one that differs is an error that names the unit.
 */
#ifndef BULKHEAD_VM_STATE_HASH_H
#define BULKHEAD_VM_STATE_HASH_H

#include <bulkhead/base/state.h>

struct partition;

#define STATE_UNIT(text, u, fields, fields_n)                                                      \
	&(const struct state_unit)                                                                 \
	{                                                                                          \
		.name = (text), .unit = (u), .field = (fields), .field_count = (fields_n), .n = 1, \
		.size = sizeof(*(u)),                                                              \
	}

/* Units of one kind, one behind the other. All of it is of static storage, or stays. */
struct state_unit {
	const char *name;
	const void *unit;
	const struct state_field *field;
	u32 field_count;
	u32 n;    /* units */
	u32 size; /* bytes of one */
};

#ifdef CONFIG_STATE_HASH

/* Boot: @u, which is copied, is a part of the state of partition @partition. */
void state_hash_add(u32 partition, const struct state_unit *u);

/* A start, once all is as at first: logs a line. */
void state_hash_show(const struct partition *p);

#else

static inline void state_hash_add(u32 partition __unused, const struct state_unit *u __unused)
{
}

static inline void state_hash_show(const struct partition *p __unused)
{
}

#endif
#endif
