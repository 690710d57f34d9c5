// SPDX-License-Identifier: Apache-2.0
/* A PCI host for each partition that has PCI functions: docs/pcie-guest.md. */
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/vm/state_hash.h>

#include "device_function.h"
#include "partition_internal.h"
#include "vpci.h"
#include "vpci_intx.h"
#include "vpci_ports.h"

struct host {
	struct vpci vpci;
	struct vplat_pci described;
	u32 line[VPCI_FUNCTIONS_MAX]; /* of the board, that each asserts; 0: none */
};

/* By partition; written at boot. NULL: it has no function. */
static struct host *hosts[PARTITIONS_MAX];

/* What a function of @h that has that line already calls it; 0: none has. */
static u32 line_is_bound(const struct host *h, u32 line)
{
	for (u32 i = 0; i < h->described.count; i++) {
		if (h->line[i] == line)
			return h->described.intid[i];
	}
	return 0;
}

/* A line of the board has one partition; who comes later goes without. */
static u32 line_take(const struct partition *p, const struct host *h, const char *name, u32 line)
{
	u32 own = line_is_bound(h, line);

	if (line == 0U || own != 0U)
		return own;
	if (!vpci_intx_is_virtual(line) &&
	    virq_bind(p->virq, line, true, p->vcpu[0].cpu, &own) == 0)
		return own;
	log_info("partition %s: device %s: no interrupt line: %u is not its own", p->config->name,
		 name, line);
	return 0;
}

static int add(struct partition *p, struct host *h)
{
	int err = 0;

	for (u32 i = 0; i < p->config->device_count && err == 0; i++) {
		const struct device_config *d = &p->config->device[i];
		const struct pcie_function *f = device_function(d);
		u32 line, intid;

		if (f == NULL)
			continue;
		line = vpci_intx_find(d, f);
		intid = line_take(p, h, d->path, line);
		err = vpci_add(&h->vpci, f, d->path, intid);
		h->line[h->vpci.count - 1U] = intid == 0U ? 0U : line;
		h->described.intid[h->vpci.count - 1U] = intid;
		h->described.count = h->vpci.count;
		if (h->vpci.fn[h->vpci.count - 1U].message != 0U)
			h->described.messages = true;
	}
	return err;
}

static int ranges_add(struct partition *p, struct vpci *v)
{
	const struct mmio_range range[] = {
		{ vplat.pci.config.v, vplat.pci.config_size, vpci_config, v },
		{ vplat.pci.window.v, vplat.pci.window_size, vpci_window, v },
		{ vplat.pci.window64.v, vplat.pci.window64_size, vpci_window64, v },
	};
	int err = 0;

	for (u32 i = 0; i < ARRAY_SIZE(range) && err == 0; i++)
		err = mmio_map_add(&p->mmio, &range[i]);
	return err;
}

static bool has_functions(const struct partition *p)
{
	for (u32 i = 0; i < p->config->device_count; i++) {
		if (device_function(&p->config->device[i]) != NULL)
			return true;
	}
	return false;
}

static void state_add(const struct partition *p, const struct vpci *v)
{
	for (u32 i = 0; i < v->count; i++) {
		const struct vpci_function *f = &v->fn[i];

		state_hash_add(p->id, &(const struct state_unit){
					      "PCI function", f, vpci_function_fields,
					      vpci_function_field_count, 1, sizeof(*f) });
		state_hash_add(p->id, &(const struct state_unit){
					      "BAR", f->bar, vpci_bar_fields, vpci_bar_field_count,
					      f->bar_count, sizeof(f->bar[0]) });
	}
}

static int build(struct partition *p)
{
	struct host *h;
	int err;

	if (!has_functions(p))
		return 0;
	h = partition_memory(p->config->name, sizeof(*h));
	if (h == NULL)
		return trace_error(BH_ENOMEM);
	vpci_init(&h->vpci, &p->s2, p->id);
	h->described.count = h->vpci.count;
	err = add(p, h);
	if (err == 0)
		err = ranges_add(p, &h->vpci);
	if (err != 0)
		return err;
	vpci_ports_add(p, &h->vpci);
	state_add(p, &h->vpci);
	hosts[p->id] = h;
	return 0;
}

static int describe(struct partition *p, void *to)
{
	return hosts[p->id] == NULL ? 0 : describe_pci(to, &hosts[p->id]->described);
}

static void reset(struct partition *p)
{
	if (hosts[p->id] != NULL)
		vpci_reset(&hosts[p->id]->vpci);
}

static struct partition_part part = {
	.name = "PCI host", .build = build, .describe = describe, .reset = reset
};

/* After the functions' part: a function that starts is as the board has it. */
static int vpci_part_init(void)
{
	partition_part_add(&part);
	return 0;
}
UNIT_DEFINE(vpci_part, 8, 16, vpci_part_init);
