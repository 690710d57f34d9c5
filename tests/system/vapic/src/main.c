// SPDX-License-Identifier: Apache-2.0
/* One partition of two vcpus, a console that goes to the log, a device that raises interrupts. */
#include <asm/guest_features.h>
#include <asm/vcpu.h>
#include <asm/virq.h>
#include <asm/vlapic.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/vm/partition.h>

#include "../../linked/linked.h"
#include "device.h"

#define GUEST_RAM_SIZE MIB(4)
#define VCPUS 2U
#define COM1 0x3f8U
#define COM1_LSR 5U
#define LSR_EMPTY 0x60U

static struct system_config system = {
	.name = "test",
	.partition_count = 1,
	.partition = { {
		.name = "guest",
		.cpus = BITS(VCPUS - 1U, 0),
		.vcpu_count = VCPUS,
		.memory_count = 1,
		.memory = { { { 0 }, GUEST_RAM_SIZE, PLACE_ANY } },
		.kernel = { "guest", PAYLOAD_PVH, PLACE_ANY, PLACE_ANY },
		.bootargs = "",
		.cpu_show = BIT(GUEST_KVM),
		.cpu_hide = BIT(GUEST_AVX) | BIT(GUEST_SMAP) | BIT(GUEST_TSC_ADJUST),
	} },
};

/* ---- devices ---- */

/* The guest's last line is the verdict. */
static void look_for_end(const char *line)
{
	static const char passed[] = "guest: passed";
	static const char failed[] = "guest: failed";
	const bool good = memcmp(line, passed, sizeof(passed) - 1U) == 0;

	if (!good && memcmp(line, failed, sizeof(failed) - 1U) != 0)
		return;
	log_info("result: %s", good ? "passed" : "failed");
	log_drain();
	firmware_sim_exit(good ? 0U : 1U);
}

static enum trap_result console(void *ctx __unused, struct mmio_access *a)
{
	const char *line = NULL;

	if (!a->write)
		a->value = a->offset == COM1_LSR ? LSR_EMPTY : 0U;
	else if (a->offset == 0U)
		line = linked_console((char)a->value);
	if (line != NULL)
		look_for_end(line);
	return TRAP_RESUME;
}

static u64 row_field(u32 row, u32 field)
{
	const struct vlapic_row *r = &vlapic_rows[row];
	const u64 fields[] = {
		[FIELD_OFFSET] = r->offset,
		[FIELD_COUNT] = r->count,
		[FIELD_MODES] = r->modes,
		[FIELD_KIND] = r->kind,
		[FIELD_X2_READ_ONLY] = r->x2_read_only ? 1U : 0U,
		[FIELD_RESET] = r->reset,
		[FIELD_RESERVED] = (u32)r->reserved,
		[FIELD_RESERVED_HIGH] = r->reserved >> 32,
		[FIELD_WRITES] = r->write != NULL ? 1U : 0U,
		[FIELD_READS] = r->read != NULL ? 1U : 0U,
	};

	return field < ARRAY_SIZE(fields) ? fields[field] : 0U;
}

static u32 row, field, counter;

static u64 device_read(const struct mmio_access *a)
{
	u64 sent[2];

	switch (a->offset) {
	case DEVICE_ROW:
		return vlapic_row_count;
	case DEVICE_FIELD:
		return row_field(row, field);
	case DEVICE_SENT:
		virq_sent(a->vcpu->arch, &sent[0], &sent[1]);
		return sent[counter & 1U];
	default:
		return 0;
	}
}

static enum trap_result device(void *ctx, struct mmio_access *a)
{
	struct partition *p = ctx;
	const u32 value = (u32)a->value;

	if (!a->write) {
		a->value = device_read(a);
		return TRAP_RESUME;
	}
	switch (a->offset) {
	case DEVICE_ROW:
		row = value < vlapic_row_count ? value : 0U;
		break;
	case DEVICE_FIELD:
		field = value;
		break;
	case DEVICE_SENT:
		counter = value;
		break;
	case DEVICE_PEND:
		virq_pend(p->virq, value);
		break;
	case DEVICE_HIGH:
	case DEVICE_LOW:
		virq_level(p->virq, value, a->offset == DEVICE_HIGH);
		break;
	case DEVICE_MESSAGE:
		(void)virq_message(p->virq, VLAPIC_BASE, value);
		break;
	default:
		break;
	}
	return TRAP_RESUME;
}

static int devices_build(struct partition *p)
{
	const struct mmio_range ranges[] = {
		{ COM1, 8, console, p },
		{ DEVICE_PORT, DEVICE_PORTS, device, p },
	};
	int err = 0;

	for (u32 i = 0; i < ARRAY_SIZE(ranges) && err == 0; i++)
		err = mmio_map_add(&p->ports, &ranges[i]);
	return err;
}

static struct partition_part part = { .name = "test devices", .build = devices_build };

/*
 * What the test has written into the disk image, or the command line: "rate" for a TSC of its own
 * rate, or a number for the guest.
 */
#define ARGUMENT_MAX 24U
static volatile char in_image[ARGUMENT_MAX] = "@vapic-argument@";

static const char *argument(void)
{
	static char text[ARGUMENT_MAX];

	for (u32 i = 0; i < ARGUMENT_MAX - 1U; i++)
		text[i] = in_image[i];
	return text[0] == '@' ? handoff.cmdline : text;
}

static int build(void)
{
	const bool rate = strcmp(argument(), "rate") == 0;

	system.partition[0].bootargs = argument();
	system.partition[0].tsc_hz = rate ? timer_hz() / 2U * 5U : 0U;
	partition_payloads_set(&linked_payload);
	partition_part_add(&part);
	return system_build(&system) == 1U ? 0 : BH_EINVAL;
}
UNIT_DEFINE(vapic_test_build, 8, 50, build);

static int start(void)
{
	system_start();
	return 0;
}
UNIT_DEFINE(vapic_test, 9, 90, start);
