// SPDX-License-Identifier: Apache-2.0
/* One partition of two vcpus, a console that goes to the log, a device that raises interrupts. */
#include <asm/vgic.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/vm/partition.h>

#include "../../linked/linked.h"
#include "device.h"

#define GUEST_RAM 0x40000000
#define GUEST_RAM_SIZE MIB(4)
#define UART_FR 0x18U

/* PL031, whose interrupt is a level; PL061, of which nothing but the number is used. */
static const struct device_config devices[] = {
	{
		.path = "/pl031@9010000",
		.range_count = 1,
		.range = { { { ALARM_BASE }, { ALARM_BASE }, PAGE_SIZE } },
		.irq_count = 1,
		.irq = { { ALARM_INTID, true } },
	},
	{
		.path = "/pl061@9030000",
		.irq_count = 1,
		.irq = { { EDGE_INTID, false } },
	},
};

/* A vcpu on each CPU. */
static struct system_config system = {
	.name = "test",
	.partition_count = 1,
	.partition = { {
		.name = "guest",
		.device_count = ARRAY_SIZE(devices),
		.device = devices,
		.memory_count = 1,
		.memory = { { { GUEST_RAM }, GUEST_RAM_SIZE, PLACE_ANY } },
		.kernel = { "guest", PAYLOAD_LINUX, PLACE_ANY, PLACE_ANY },
		/* How often it tries what it tries often. */
		.bootargs = handoff.cmdline,
	} },
};

/* ---- devices ---- */

#define GICD_ISPENDR 0x200U

static volatile u8 *dist;

static u64 row_field(u32 row, u64 field)
{
	const struct vgic_row *r = &vgic_rows[row];

	switch (field) {
	case FIELD_FRAME:
		return r->frame;
	case FIELD_KIND:
		return r->kind;
	case FIELD_WIDTH:
		return r->width;
	case FIELD_SIZES:
		return r->sizes;
	case FIELD_OFFSET:
		return r->offset;
	case FIELD_COUNT:
		return r->count;
	case FIELD_RESET:
		return r->reset;
	case FIELD_READ_ONLY:
		return r->read_only;
	default:
		return r->by_vcpu != 0U || (r->kind == VGIC_RO && r->read != NULL) ? 1U : 0U;
	}
}

static enum trap_result device(void *ctx, struct mmio_access *a)
{
	static u32 row;
	struct partition *p = ctx;

	if (!a->write) {
		a->value = a->offset == DEVICE_ROW
				   ? vgic_row_count
				   : row_field(row, (a->offset - DEVICE_FIELD) / 8U);
		return TRAP_RESUME;
	}
	switch (a->offset) {
	case DEVICE_PEND:
		virq_pend(p->virq, (u32)a->value);
		break;
	case DEVICE_HIGH:
	case DEVICE_LOW:
		virq_level(p->virq, (u32)a->value, a->offset == DEVICE_HIGH);
		break;
	case DEVICE_EDGE:
		mmio_write32(dist + GICD_ISPENDR + a->value / 32U * 4U, 1U << (a->value % 32U));
		break;
	case DEVICE_ROW:
		row = (u32)a->value < vgic_row_count ? (u32)a->value : 0U;
		break;
	default:
		log_info("result: %s", a->value == 0U ? "passed" : "failed");
		log_drain();
		firmware_sim_exit(a->value == 0U ? 0U : 1U);
		break;
	}
	return TRAP_RESUME;
}

static int devices_build(struct partition *p)
{
	const struct mmio_range c = { 0x09000000, PAGE_SIZE, linked_uart, p };
	const struct mmio_range d = { DEVICE_BASE, PAGE_SIZE, device, p };
	const int err = mmio_map_add(&p->mmio, &c);

	return err != 0 ? err : mmio_map_add(&p->mmio, &d);
}

static struct partition_part part = { .name = "test devices", .build = devices_build };

static int build(void)
{
	dist = mmu_map(machine.irqchip[0].base, PAGE_SIZE, MMU_DEVICE);
	if (dist == NULL)
		return BH_ENOMEM;
	system.partition[0].vcpu_count = cpu_count;
	system.partition[0].cpus = BITS(cpu_count - 1U, 0);
	partition_payloads_set(&linked_payload);
	partition_part_add(&part);
	return system_build(&system) == 1U ? 0 : BH_EINVAL;
}
UNIT_DEFINE(vgic_test_build, 8, 50, build);

static int start(void)
{
	system_start();
	return 0;
}
UNIT_DEFINE(vgic_test, 9, 90, start);
