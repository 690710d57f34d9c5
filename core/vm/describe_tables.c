// SPDX-License-Identifier: Apache-2.0
/*
 * The description of a guest whose architecture tells it by tables: gathered here, from the
 * system's configuration and from whoever made something for it, and written there. The same at
 * every start.
 */
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "partition_internal.h"

#define NODES_MAX 64U

/* One partition at a time, at boot. */
static struct nodes {
	const struct vplat_pci *pci;
	u32 count;
	struct vplat_node node[NODES_MAX];
} nodes;

int describe_node(void *to, const struct vplat_node *n)
{
	struct nodes *all = to;

	if (all->count == NODES_MAX)
		return trace_error(BH_EOVERFLOW);
	all->node[all->count] = *n;
	all->count++;
	return 0;
}

int describe_pci(void *to, const struct vplat_pci *pci)
{
	struct nodes *all = to;

	all->pci = pci;
	return 0;
}

/* Shared memory is no RAM of the guest: it must know that others write it. */
static int gather_regions(const struct system_config *system, const struct partition *p)
{
	int err = 0;

	for (u32 i = 0; i < system->region_count && err == 0; i++) {
		const struct attach_config *a = attach_find(p->config, i);
		bool channel = false;
		struct vplat_node n = { .kind = "region",
					.label = system->region[i].name,
					.size = system->region[i].size };

		for (u32 k = 0; k < system->channel_count; k++)
			channel = channel || system->channel[k].region == i;
		if (a == NULL || channel)
			continue;
		n.base = a->gpa.v;
		err = describe_node(&nodes, &n);
	}
	return err;
}

static int gather(const struct system_config *system, struct partition *p)
{
	int err = gather_regions(system, p);

	for (struct partition_part *part = partition_parts; part != NULL && err == 0;
	     part = part->next) {
		if (part->describe != NULL)
			err = part->describe(p, &nodes);
	}
	return err;
}

static void guest_of(const struct partition *p, struct vplat_guest *g)
{
	const struct partition_config *c = p->config;
	const struct load_plan *plan = &p->plan;

	*g = (struct vplat_guest){
		.type = c->kernel.type,
		.payload = c->kernel.name,
		.bootargs = c->bootargs,
		.head = plan->head,
		.head_size = plan->head_size,
		.kernel = plan->kernel,
		.entry = plan->entry,
		.ramdisk = plan->ramdisk,
		.ramdisk_size = plan->ramdisk_size,
		.vcpus = p->vcpu_count,
		.console = c->console,
		.memory_count = c->memory_count,
		.node_count = nodes.count,
		.node = nodes.node,
		.pci = nodes.pci,
	};
	for (u32 i = 0; i < c->memory_count; i++) {
		g->memory[i].gpa = c->memory[i].gpa;
		g->memory[i].size = c->memory[i].size;
	}
}

int describe_make(const struct system_config *system, struct partition *p)
{
	struct load_plan *plan = &p->plan;
	const char *why = "too many channels, regions and partitions that it manages";
	struct vplat_guest g;
	size_t used = 0;
	int err;

	plan->description_blob = partition_memory(p->config->name, vplat.description_size);
	if (plan->description_blob == NULL)
		return trace_error(BH_ENOMEM);
	nodes.count = 0;
	nodes.pci = NULL;
	err = gather(system, p);
	if (err == 0) {
		guest_of(p, &g);
		err = vplat_tables(&g, plan->description_blob, vplat.description_size, &used,
				   &plan->start, &why);
	}
	if (err != 0) {
		log_error("partition %s: its description: %s", p->config->name, why);
		return trace_error(err);
	}
	plan->description_size = (u32)used;
	return 0;
}
