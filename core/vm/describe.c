// SPDX-License-Identifier: Apache-2.0
/*
 * The devicetree a guest is given: generated from the system's configuration, so that it cannot
 * say anything else than what the partition has. The same at every start.
 */
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/devices.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/fdt_put.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "partition_internal.h"

#define NODE_NAME_MAX 32U
#define DEVICE_CLOCKS_MAX 4U

static int put_range(void *fdt, u64 base, u64 size)
{
	const u64 reg[] = { base, size };

	return fdt_put_reg(fdt, reg, ARRAY_SIZE(reg));
}

static int begin_at(void *fdt, const char *name, u64 at)
{
	char node[NODE_NAME_MAX];

	(void)bh_snprintf(node, sizeof(node), "%s@%llx", name, (unsigned long long)at);
	return fdt_begin_node(fdt, node);
}

static int describe_memory(void *fdt, const struct partition_config *c)
{
	int err = 0;

	for (u32 i = 0; i < c->memory_count && err == 0; i++) {
		err |= begin_at(fdt, "memory", c->memory[i].gpa.v);
		err |= fdt_put_string(fdt, "device_type", "memory");
		err |= put_range(fdt, c->memory[i].gpa.v, c->memory[i].size);
		err |= fdt_end_node(fdt);
	}
	return err;
}

static int describe_chosen(void *fdt, const struct partition *p)
{
	const struct load_plan *plan = &p->plan;
	int err = fdt_begin_node(fdt, "chosen");

	err |= fdt_put_string(fdt, "bootargs", p->config->bootargs);
	if (p->config->console)
		err |= fdt_put_string(fdt, "stdout-path", vplat_uart_path);
	if (plan->ramdisk_size != 0U) {
		err |= fdt_property_u64(fdt, "linux,initrd-start", plan->ramdisk.v);
		err |= fdt_property_u64(fdt, "linux,initrd-end",
					plan->ramdisk.v + plan->ramdisk_size);
	}
	err |= fdt_end_node(fdt);
	return err;
}

/* A channel lives there: its part describes it. */
static bool has_channel(const struct system_config *system, u32 region)
{
	for (u32 i = 0; i < system->channel_count; i++) {
		if (system->channel[i].region == region)
			return true;
	}
	return false;
}

/* Shared memory is no part of /memory: a guest must know that others write it. */
static int describe_regions(void *fdt, const struct system_config *system,
			    const struct partition *p)
{
	int err = 0;

	for (u32 i = 0; i < system->region_count && err == 0; i++) {
		const struct attach_config *a = attach_find(p->config, i);

		if (a == NULL || has_channel(system, i))
			continue;
		err |= begin_at(fdt, "region", a->gpa.v);
		err |= put_range(fdt, a->gpa.v, system->region[i].size);
		err |= fdt_put_string(fdt, "compatible", "bulkhead,region");
		err |= fdt_put_string(fdt, "label", system->region[i].name);
		err |= fdt_end_node(fdt);
	}
	return err;
}

/* What a driver of the board's device is known by, and how it reaches the registers. */
static const char *const copied[] = { "compatible", "clock-names", "reg-shift", "reg-io-width",
				      "arm,primecell-periphid" };

static int copy_property(void *fdt, int node, const char *name)
{
	int size = 0;
	const void *value = fdt_getprop(machine_fdt, node, name, &size);

	return value == NULL ? 0 : fdt_property(fdt, name, value, size);
}

/* One for each name of "clock-names": the same, as only firmware has ever set them. */
static int put_clocks(void *fdt, int node)
{
	const int n = fdt_stringlist_count(machine_fdt, node, "clock-names");
	u32 cells[DEVICE_CLOCKS_MAX];

	if (n <= 0 || n > (int)DEVICE_CLOCKS_MAX)
		return 0;
	for (int i = 0; i < n; i++)
		cells[i] = vplat_clock;
	return fdt_put_cells(fdt, "clocks", cells, (u32)n);
}

static int put_device_reg(void *fdt, const struct device_config *d)
{
	u64 reg[2U * DEVICE_RANGES_MAX] = { 0 };

	for (size_t i = 0; i < d->range_count; i++) {
		reg[2U * i] = d->range[i].gpa.v;
		reg[2U * i + 1U] = d->range[i].size;
	}
	return fdt_put_reg(fdt, reg, 2U * d->range_count);
}

static int put_device_irqs(void *fdt, const struct device_config *d)
{
	u32 cells[DEVICE_IRQS_MAX * VPLAT_IRQ_CELLS_MAX];
	u32 n = 0;

	for (u32 i = 0; i < d->irq_count; i++)
		n += vplat_irq_cells(d->irq[i].intid, d->irq[i].level, &cells[n]);
	return n == 0U ? 0 : fdt_put_cells(fdt, "interrupts", cells, n);
}

/* The node's own name, without address, as the board has it. */
static int begin_device(void *fdt, const struct device_config *d)
{
	const char *name = strrchr(d->path, '/') + 1;
	char node[NODE_NAME_MAX];
	const char *at = strchr(name, '@');
	const size_t n = at != NULL ? (size_t)(at - name) : strlen(name);

	(void)bh_snprintf(node, sizeof(node), "%s", name);
	if (n < sizeof(node))
		node[n] = '\0';
	return begin_at(fdt, node, d->range[0].gpa.v);
}

static int describe_device(void *fdt, const struct device_config *d)
{
	const int node = machine_fdt != NULL ? fdt_path_offset(machine_fdt, d->path) : -1;
	int err;

	if (node < 0 || d->range_count == 0U)
		return 0;
	err = begin_device(fdt, d);
	for (u32 i = 0; i < ARRAY_SIZE(copied) && err == 0; i++)
		err = copy_property(fdt, node, copied[i]);
	err |= put_clocks(fdt, node);
	err |= put_device_reg(fdt, d);
	err |= put_device_irqs(fdt, d);
	err |= fdt_end_node(fdt);
	return err;
}

static int describe_devices(void *fdt, const struct partition_config *c)
{
	int err = 0;

	for (u32 i = 0; i < c->device_count && err == 0; i++)
		err = describe_device(fdt, &c->device[i]);
	return err;
}

static int describe_parts(void *fdt, struct partition *p)
{
	int err = 0;

	for (struct partition_part *part = partition_parts; part != NULL && err == 0;
	     part = part->next) {
		if (part->describe != NULL)
			err = part->describe(p, fdt);
	}
	return err;
}

/* Did somebody put it there for the messages of its devices? */
static bool has_doorbell(struct partition *p)
{
	struct virq_window w;

	return virq_doorbell(p->virq, &w) && mmio_map_find(&p->mmio, w.base, 1) != NULL;
}

static int describe_root(void *fdt, const struct system_config *system, struct partition *p)
{
	int err = fdt_begin_node(fdt, "");

	err |= fdt_put_string(fdt, "compatible", "bulkhead,virt");
	err |= fdt_put_string(fdt, "model", p->config->name);
	err |= fdt_property_u32(fdt, "#address-cells", 2);
	err |= fdt_property_u32(fdt, "#size-cells", 2);
	if (err == 0)
		err = vplat_describe(fdt, p->vcpu_count, p->config->console, has_doorbell(p));
	if (err == 0)
		err = describe_memory(fdt, p->config);
	if (err == 0)
		err = describe_chosen(fdt, p);
	if (err == 0)
		err = describe_regions(fdt, system, p);
	if (err == 0)
		err = describe_devices(fdt, p->config);
	if (err == 0)
		err = describe_parts(fdt, p);
	if (err == 0)
		err = fdt_end_node(fdt);
	return err;
}

int describe_make(const struct system_config *system, struct partition *p)
{
	void *fdt = partition_memory(p->config->name, PLAN_FDT_MAX);
	int err;

	if (fdt == NULL)
		return trace_error(BH_ENOMEM);
	/* To look for a name among all others takes 100,000 instructions and saves 500 bytes. */
	err = fdt_create_with_flags(fdt, (int)PLAN_FDT_MAX, FDT_CREATE_FLAG_NO_NAME_DEDUP);
	if (err == 0)
		err = fdt_finish_reservemap(fdt);
	if (err == 0)
		err = describe_root(fdt, system, p);
	if (err == 0)
		err = fdt_finish(fdt);
	if (err != 0) {
		log_error("partition %s: its description does not fit into 0x%llx bytes",
			  p->config->name, (unsigned long long)PLAN_FDT_MAX);
		return trace_error(BH_EOVERFLOW);
	}
	p->plan.start = (struct vcpu_start){ .pc = p->plan.entry, .arg = p->plan.description.v };
	p->plan.description_blob = fdt;
	p->plan.description_size = fdt_totalsize(fdt);
	return 0;
}
