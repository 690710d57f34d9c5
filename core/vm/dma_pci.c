// SPDX-License-Identifier: Apache-2.0
/*
 * PCI functions that partitions have: they decode and master while their guest runs, do neither
 * while it does not, and are reset in between. What they reach is the IOMMU's business (dma.c).
 */
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/regs.h>
#include <bulkhead/pcie/reset.h>

#include "device_function.h"
#include "partition_internal.h"

/* The functions of a partition, and their reset. */
struct functions {
	struct pcie_reset reset;
	const char **path; /* as the manifest names them */
	bool used;         /* since they were reset last; by firmware, before the first time */
	bool begun;        /* a reset is under way */
	struct pcie_clean *fn;
};

/* By partition; written at boot. NULL: it has no function. */
static struct functions *functions[PARTITIONS_MAX];

/* DMA passes only bridges that may master, and accesses to registers those that decode memory. */
static void path_open(const struct pcie_function *f)
{
	u16 up = f->parent;

	for (u32 i = 0; i < PCIE_DEPTH_MAX && up != PCIE_NONE; i++) {
		const pci_sbdf_t bridge = pcie.fn[up].sbdf;
		const u32 command = pci_config_read(bridge, PCI_COMMAND, 2);

		pci_config_write(bridge, PCI_COMMAND, 2,
				 command | PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
		up = pcie.fn[up].parent;
	}
}

/* A function that cannot be reset is given away only if the manifest says that this will do. */
static int reset_check(const struct partition *p, const struct functions *l)
{
	int err = 0;

	for (u32 i = 0; i < l->reset.count; i++) {
		const char *path = l->path[i];

		if (l->fn[i].ways != 0U)
			continue;
		if (l->fn[i].accept) {
			log_warn("partition %s: device %s is never reset (bulkhead,no-reset)",
				 p->config->name, path);
			continue;
		}
		pcie_reset_explain(&l->reset, i);
		log_error("partition %s: device %s cannot be reset: bulkhead,no-reset accepts that",
			  p->config->name, path);
		err = trace_error(BH_ENOTSUP);
	}
	return err;
}

static void functions_find(const struct partition *p, struct functions *l, u32 *count)
{
	for (u32 i = 0; i < p->config->device_count; i++) {
		const struct device_config *d = &p->config->device[i];
		const struct pcie_function *f = device_function(d);

		if (f == NULL)
			continue;
		l->path[*count] = d->path;
		l->fn[*count].f = f;
		l->fn[*count].accept = d->no_reset;
		(*count)++;
	}
}

static int functions_build(struct partition *p)
{
	const struct pcie_host *hosts;
	struct functions *l;
	u32 count = 0;
	int err;

	for (u32 i = 0; i < p->config->device_count; i++)
		count += device_function(&p->config->device[i]) != NULL ? 1U : 0U;
	if (count == 0U)
		return 0;
	l = partition_memory(p->config->name,
			     sizeof(struct functions) +
				     count * (sizeof(struct pcie_clean) + sizeof(const char *)));
	if (l == NULL)
		return trace_error(BH_ENOMEM);
	l->fn = (struct pcie_clean *)(void *)(l + 1);
	l->path = (const char **)(void *)(l->fn + count);
	count = 0;
	functions_find(p, l, &count);
	for (u32 i = 0; i < count; i++)
		path_open(l->fn[i].f);
	(void)pcie_hosts(&hosts);
	pcie_reset_init(&l->reset, &pcie, hosts, l->fn, count);
	err = reset_check(p, l);
	if (err != 0)
		return err;
	for (u32 i = 0; i < count; i++)
		log_info("pcie: %s belongs to partition %s", l->path[i] + 4, p->config->name);
	l->used = true;
	functions[p->id] = l;
	return 0;
}

static void functions_set(const struct partition *p, u32 command)
{
	const struct functions *l = functions[p->id];

	for (u32 i = 0; l != NULL && i < l->reset.count; i++)
		pci_config_write(l->fn[i].f->sbdf, PCI_COMMAND, 2, command | PCI_COMMAND_INTX_OFF);
}

static void functions_reset(struct partition *p)
{
	if (functions[p->id] != NULL)
		functions[p->id]->used = true;
	functions_set(p, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void functions_stop(struct partition *p)
{
	functions_set(p, 0);
}

/* The IOMMUs refuse them by now. One that does not come clean is tried again at the next start. */
static int functions_renew(struct partition *p, u64 *until)
{
	struct functions *l = functions[p->id];
	int err;

	if (l == NULL || !l->used)
		return 0;
	if (!l->begun)
		pcie_reset_begin(&l->reset);
	l->begun = true;
	err = pcie_reset_step(&l->reset);
	*until = l->reset.until;
	if (err == BH_EAGAIN)
		return err;
	l->begun = false;
	l->used = err != 0;
	if (err != 0)
		log_error("partition %s: it does not run with a device that is not clean",
			  p->config->name);
	return err;
}

static struct partition_part functions_part = { .name = "PCI",
						.build = functions_build,
						.reset = functions_reset,
						.stop = functions_stop,
						.renew = functions_renew };

/* After the IOMMUs' part: what masters is confined already. */
static int functions_init(void)
{
	partition_part_add(&functions_part);
	return 0;
}
UNIT_DEFINE(functions, 8, 15, functions_init);
