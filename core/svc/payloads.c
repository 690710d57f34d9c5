// SPDX-License-Identifier: Apache-2.0
/* Partitions get their payloads from the verified system image. */
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/svc/image.h>
#include <bulkhead/vm/partition.h>

#include "image_bytes.h"

/* One copy at a time for each partition, on its own CPU. */
static struct payload_copy copies[PARTITIONS_MAX];

static int find(const char *name, u64 *size)
{
	const struct fit_payload *p = image_payload_find(name);

	if (p == NULL)
		return BH_ENOENT;
	*size = p->size;
	return 0;
}

/*
 * Boot: a private copy, read once, of bytes that nobody has hashed. What is decided from it is
 * checked against the verified copy before that runs (core/vm/life.c).
 */
static int peek(const char *name, void *to, size_t n)
{
	const struct fit_payload *p = image_payload_find(name);
	const u8 *from = p != NULL ? image_bytes(p->offset, p->size) : NULL;

	if (from == NULL)
		return BH_ENOENT;
	memcpy(to, from, n < p->size ? n : p->size);
	return 0;
}

static int begin(u32 partition, const char *name, void *to)
{
	const struct fit_payload *p = image_payload_find(name);

	if (p == NULL)
		return BH_ENOENT;
	return payload_copy_start(&copies[partition], p, to, p->size);
}

static int step(u32 partition)
{
	return payload_copy_step(&copies[partition]);
}

static const struct payload_ops ops = {
	.find = find,
	.peek = peek,
	.begin = begin,
	.step = step,
};

static int payloads_init(void)
{
	if (system_image() == NULL)
		return BH_ENODEV;
	partition_payloads_set(&ops);
	return 0;
}
UNIT_DEFINE(payloads, 8, 10, payloads_init);
