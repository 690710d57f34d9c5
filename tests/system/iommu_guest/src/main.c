// SPDX-License-Identifier: Apache-2.0
/* Two partitions, one of which has edu; the device by which they talk to the judge. */
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/pcie/pcie.h>

#include "program.h"

#define EDU_VENDOR 0x1234U
#define EDU_DEVICE 0x11e8U

extern const u8 guest_image[], guest_image_end[];

hpa_t edu_base;
iommu_fault_fn fault_sink;
static const struct pcie_function *edu;

#define PARTITION(name_, cpu, ram_)                                   \
	{ .name = (name_),                                            \
	  .cpus = BIT(cpu),                                           \
	  .vcpu_count = 1,                                            \
	  .memory_count = 1,                                          \
	  .memory = { { { ram_ }, RAM_SIZE, PLACE_ANY } },            \
	  .kernel = { "guest", PAYLOAD_LINUX, PLACE_ANY, PLACE_ANY }, \
	  .action = { [HEALTH_DMA] = FAILURE_IGNORE },                \
	  .bootargs = "" }

static struct system_config system = {
	.name = "test",
	.partition_count = 2,
	.partition = { PARTITION("owner", 0, OWNER_RAM), PARTITION("neighbour", 1, 0x40000000) },
	.device_count = 1,
	.device = { { .path = "pci:edu", .range_count = 1, .stream_count = 1, .no_reset = true } },
};

/* ---- the payload: linked in ---- */

static u8 *target[2];
static size_t copied[2];

static size_t payload_size(void)
{
	return (size_t)(guest_image_end - guest_image);
}

static int payload_find(const char *name __unused, u64 *size)
{
	*size = payload_size();
	return 0;
}

static int payload_peek(const char *name __unused, void *to, size_t n)
{
	memcpy(to, guest_image, n < payload_size() ? n : payload_size());
	return 0;
}

static int payload_begin(u32 partition, const char *name __unused, void *to)
{
	target[partition] = to;
	copied[partition] = 0;
	return 0;
}

static int payload_step(u32 partition)
{
	size_t n = payload_size() - copied[partition];

	n = n < PAGE_SIZE ? n : PAGE_SIZE;
	memcpy(target[partition] + copied[partition], guest_image + copied[partition], n);
	copied[partition] += n;
	return copied[partition] < payload_size() ? BH_EAGAIN : 0;
}

static const struct payload_ops payload = {
	.find = payload_find, .peek = payload_peek, .begin = payload_begin, .step = payload_step
};

/* ---- devices ---- */

/* What a guest says when it fails goes to the log. */
static enum trap_result console(void *ctx __unused, struct mmio_access *a)
{
	static char line[LOG_TEXT_MAX];
	static u32 n;

	if (!a->write) {
		a->value = 0;
	} else if (a->offset == 0U && (a->value == '\n' || n == sizeof(line) - 1U)) {
		line[n] = '\0';
		n = 0;
		log_info("%s", line);
	} else if (a->offset == 0U) {
		line[n] = (char)a->value;
		n++;
	}
	return TRAP_RESUME;
}

static enum trap_result device(void *ctx, struct mmio_access *a)
{
	const struct partition *p = ctx;

	if (!a->write) {
		if (a->offset == DEVICE_EDU)
			a->value = p->id == OWNER ? edu_base.v : 0U;
		else
			a->value = judge_next((u32)a->offset);
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
	default:
		judge_tick();
		return TRAP_RESUME;
	}
}

static int devices_build(struct partition *p)
{
	const struct mmio_range c = { 0x09000000, PAGE_SIZE, console, p };
	const struct mmio_range d = { DEVICE_BASE, PAGE_SIZE, device, p };
	const int err = mmio_map_add(&p->mmio, &c);

	return err != 0 ? err : mmio_map_add(&p->mmio, &d);
}

static struct partition_part part = { .name = "test devices", .build = devices_build };

static int edu_find(void)
{
	for (u32 i = 0; i < pcie.count; i++) {
		const struct pcie_function *f = &pcie.fn[i];

		if (f->vendor != EDU_VENDOR || f->device != EDU_DEVICE)
			continue;
		edu_base = f->bar[0].base;
		edu = f;
		return f->iommu == PCIE_NONE ? BH_ENOTSUP : 0;
	}
	return BH_ENODEV;
}

static int build(void)
{
	struct device_config *d = &system.device[0];
	const int err = edu_find();

	if (err != 0) {
		log_error("edu: cannot be used: %s", error_name(err));
		return err;
	}
	d->range[0] = (struct device_range){ edu_base, GPA(edu_base.v), PAGE_SIZE };
	d->pci = true;
	d->function = edu->sbdf;
	d->stream[0].iommu = machine.iommu[edu->iommu].base;
	d->stream[0].id = edu->stream;
	system.partition[OWNER].device_count = 1;
	system.partition[OWNER].device = d;
	partition_payloads_set(&payload);
	partition_part_add(&part);
	fault_sink = iommu_fault_sink_set(judge_fault);
	return system_build(&system) == 2U ? 0 : BH_EINVAL;
}
UNIT_DEFINE(iommu_guest_build, 8, 50, build);

static int start(void)
{
	system_start();
	return 0;
}
UNIT_DEFINE(iommu_guest, 9, 90, start);
