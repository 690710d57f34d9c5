// SPDX-License-Identifier: Apache-2.0
/* Two partitions, one of which has devices; the one by which they talk to the judge. */
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/pcie/pcie.h>

#include "../../linked/linked.h"
#include "program.h"

iommu_fault_fn fault_sink;

/* On a root bus edu and virtio have no reset of their own; what is behind a port has its bus. */
struct attacker attackers[ATTACKERS] = {
	{ .path = "pci:edu", .id = 0x11e81234, .kind = KIND_EDU },
	{ .path = "pci:nvme", .id = 0x00101b36, .kind = KIND_NVME },
	{ .path = "pci:virtio", .id = 0x10441af4, .kind = KIND_VIRTIO, .bar = 4 },
	{ .path = "pci:edu-2", .id = 0x11e81234, .kind = KIND_EDU, .nth = 1 },
};

#define PARTITION(name_, cpu)                                       \
	{ .name = (name_),                                          \
	  .cpus = BIT(cpu),                                         \
	  .vcpu_count = 1,                                          \
	  .memory_count = 1,                                        \
	  .memory = { { { 0 }, RAM_SIZE, PLACE_ANY } },             \
	  .kernel = { "guest", PAYLOAD_RAW, PLACE_ANY, PLACE_ANY }, \
	  .action = { [HEALTH_DMA] = FAILURE_IGNORE },              \
	  .bootargs = "" }

static struct system_config system = {
	.name = "test",
	.partition_count = 2,
	.partition = { PARTITION("owner", 0), PARTITION("neighbour", 1) },
	.device_count = ATTACKERS,
};

/* ---- devices ---- */

static enum trap_result device(void *ctx, struct mmio_access *a)
{
	const struct partition *p = ctx;

	if (!a->write) {
		a->value = p->id != OWNER                 ? 0U
			   : a->offset == DEVICE_MESSAGES ? judge_messages_bind()
							  : judge_next((u32)a->offset);
		return TRAP_RESUME;
	}
	switch (a->offset) {
	case DEVICE_BUFFER:
		judge_buffer(GPA(a->value));
		return TRAP_RESUME;
	case DEVICE_DONE:
		return judge_done(a->value);
	case DEVICE_BEGUN:
		return judge_begun();
	case DEVICE_MESSAGES:
		judge_messages(a->value);
		return TRAP_RESUME;
	case DEVICE_TICKS:
		judge_message_ticks(a->value);
		return TRAP_RESUME;
	default:
		judge_tick();
		return TRAP_RESUME;
	}
}

static int devices_build(struct partition *p)
{
	const struct mmio_range range = { DEVICE_BASE, PAGE_SIZE, device, p };
	const int err = place_console(p);

	return err != 0 ? err : mmio_map_add(&p->mmio, &range);
}

static void owner_stopped(struct partition *p)
{
	if (p->id == OWNER)
		judge_stopped();
}

static struct partition_part part = { .name = "test devices",
				      .build = devices_build,
				      .stop = owner_stopped };

/* The function of the attacker, looked for in the order of addresses. */
static const struct pcie_function *function_find(const struct attacker *a)
{
	u32 n = 0;

	for (u32 i = 0; i < pcie.count; i++) {
		const struct pcie_function *f = &pcie.fn[pcie.order[i]];

		if (((u32)f->device << 16 | f->vendor) != a->id)
			continue;
		if (n == a->nth)
			return f;
		n++;
	}
	return NULL;
}

static int attacker_give(struct attacker *a, struct device_config *d)
{
	const struct pcie_function *f = function_find(a);

	if (f == NULL || f->iommu == PCIE_NONE || f->bar[a->bar].base.v == 0U) {
		log_error("%s: cannot be used", a->path);
		return BH_ENODEV;
	}
	a->f = f;
	a->base = f->bar[a->bar].base;
	a->no_reset = !f->flr && !f->af_flr && !f->pm_reset && (f->sbdf.v >> 8 & 0xffU) == 0U;
	d->path = a->path;
	d->pci = true;
	d->no_reset = a->no_reset;
	d->function = f->sbdf;
	d->stream_count = 1;
	d->stream[0].iommu = machine.iommu[f->iommu].base;
	d->stream[0].id = f->stream;
	d->range_count = 1;
	d->range[0] = (struct device_range){ a->base, GPA(a->base.v), f->bar[a->bar].size };
	return 0;
}

static int build(void)
{
	int err = 0;

	for (u32 i = 0; i < system.partition_count; i++) {
		system.partition[i].memory[0].gpa = GPA(place.ram[i]);
		system.partition[i].kernel.type = place.payload;
	}
	for (u32 i = 0; i < ATTACKERS && err == 0; i++)
		err = attacker_give(&attackers[i], &system.device[i]);
	if (err != 0)
		return err;
	system.partition[OWNER].device_count = ATTACKERS;
	system.partition[OWNER].device = system.device;
	partition_payloads_set(&linked_payload);
	partition_part_add(&part);
	fault_sink = iommu_fault_sink_set(judge_fault);
	judge_open();
	return system_build(&system) == 2U ? 0 : BH_EINVAL;
}
UNIT_DEFINE(iommu_guest_build, 8, 50, build);

static int start(void)
{
	system_start();
	return 0;
}
UNIT_DEFINE(iommu_guest, 9, 90, start);
