// SPDX-License-Identifier: Apache-2.0
#include <abi/ucall.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/svc/handle.h>
#include <bulkhead/vm/config.h>
#include <bulkhead/vm/vcpu.h>

#define ID_INDEX BITS(15, 0)
#define ID_GENERATION_SHIFT 16U

/* Constant once partitions run. */
static struct handle_table {
	u32 count;
	struct handle entry[HANDLES_MAX];
} tables[PARTITIONS_MAX];

int handle_add(u32 partition, const struct handle *h, u32 *id)
{
	struct handle_table *t = &tables[partition];

	BUG_ON(partition >= PARTITIONS_MAX);
	if (t->count == HANDLES_MAX)
		return trace_error(BH_EOVERFLOW);
	t->entry[t->count] = *h;
	*id = t->count | (u32)h->generation << ID_GENERATION_SHIFT;
	t->count++;
	return 0;
}

const void *handle_check(const struct vcpu *v, u64 id, enum handle_type type, u64 rights,
			 u64 *error)
{
	const struct handle_table *t = &tables[v->partition];
	const u64 index = id & ID_INDEX;
	const struct handle *h;

	*error = (u64)UCALL_EINVAL;
	if (index >= t->count)
		return NULL;
	h = &t->entry[index];
	if (id >> ID_GENERATION_SHIFT != h->generation || h->type != (u32)type)
		return NULL;
	*error = (u64)UCALL_EPERM;
	return (h->rights & rights) == rights ? h->object : NULL;
}
