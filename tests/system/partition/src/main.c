// SPDX-License-Identifier: Apache-2.0
/* Two partitions from a configuration in the program, their payload, and the device they use. */
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/crc32.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "program.h"

#define PARTITION(name_, cpu, id, ...)                                \
	{ .name = (name_),                                            \
	  .cpus = BIT(cpu),                                           \
	  .vcpu_count = 1,                                            \
	  .memory_count = 1,                                          \
	  .memory = { { { GUEST_RAM }, GUEST_RAM_SIZE, PLACE_ANY } }, \
	  .kernel = { "guest", PAYLOAD_RAW, GUEST_LOAD, PLACE_ANY },  \
	  .bootargs = "",                                             \
	  __VA_ARGS__ }

static const struct system_config system = {
	.name = "test",
	.partition_count = 2,
	.partition = {
		PARTITION("tried", 0, TRIED, .action = { [HEALTH_STOP] = FAILURE_RESTART },
			  .restarts_max = 2),
		PARTITION("other", 1, OTHER, .after = BIT(TRIED)),
	},
};

struct told told[2];

/* ---- the payload: linked in ---- */

static u8 *target[2];
static size_t copied[2];

static int payload_find(const char *name __unused, u64 *size)
{
	*size = (u64)(guest_code_end - guest_code);
	return 0;
}

static int payload_peek(const char *name __unused, void *to __unused, size_t n __unused)
{
	return BH_ENOTSUP;
}

static int payload_begin(u32 partition, const char *name __unused, void *to)
{
	target[partition] = to;
	copied[partition] = 0;
	return 0;
}

/* A word a step, so that there are some. */
static int payload_step(u32 partition)
{
	const size_t at = copied[partition];

	memcpy(target[partition] + at, guest_code + at, 4);
	copied[partition] += 4U;
	return guest_code + copied[partition] < guest_code_end ? BH_EAGAIN : 0;
}

static const struct payload_ops payload = {
	.find = payload_find, .peek = payload_peek, .begin = payload_begin, .step = payload_step
};

/* ---- the device ---- */

static enum trap_result device(void *ctx, struct mmio_access *a)
{
	struct partition *p = ctx;
	struct told *t = &told[p->id];
	const u32 value = (u32)a->value;

	switch (a->offset) {
	case REG_FOUND:
		t->found |= value;
		break;
	case REG_TREE:
		t->tree = value;
		break;
	case REG_HELLO: {
		const u32 crc = crc32(0, p->window[0], GUEST_RAM_SIZE);

		check(t->hellos == 0U || t->crc == crc, "memory at the start", crc);
		t->crc = crc;
		t->hellos++;
		break;
	}
	case REG_SOILED:
		t->soiled++;
		break;
	default:
		t->count = value;
		break;
	}
	return life_next(p->id, (u32)a->offset);
}

static int device_build(struct partition *p)
{
	const struct mmio_range r = { GUEST_DEVICE, PAGE_SIZE, device, p };

	return mmio_map_add(&p->mmio, &r);
}

static struct partition_part part = { .name = "test device", .build = device_build };

static int build(void)
{
	partition_payloads_set(&payload);
	partition_part_add(&part);
	check(system_build(&system) == 2U, "partitions built", 0);
	return 0;
}
UNIT_DEFINE(partition_test_build, 8, 50, build);

static int start(void)
{
	system_start();
	return 0;
}
UNIT_DEFINE(partition_test, 9, 90, start);
