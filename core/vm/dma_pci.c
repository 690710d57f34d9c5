// SPDX-License-Identifier: Apache-2.0
/*
 * PCI functions that partitions have: they decode and master while their guest runs, and do neither
 * while it does not. What they reach is the IOMMU's business (dma.c).
 */
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/pcie/pcie.h>
#include <bulkhead/pcie/regs.h>

#include "partition_internal.h"

/* DMA passes only bridges that may master. */
static void path_open(const struct pcie_function *f)
{
	u16 up = f->parent;

	for (u32 i = 0; i < PCIE_DEPTH_MAX && up != PCIE_NONE; i++) {
		const pci_sbdf_t bridge = pcie.fn[up].sbdf;
		const u32 command = pci_config_read(bridge, PCI_COMMAND, 2);

		pci_config_write(bridge, PCI_COMMAND, 2, command | PCI_COMMAND_MASTER);
		up = pcie.fn[up].parent;
	}
}

static int functions_build(struct partition *p)
{
	for (u32 i = 0; i < p->config->device_count; i++) {
		const struct device_config *d = &p->config->device[i];
		const struct pcie_function *f = d->pci ? pcie_find(&pcie, d->function) : NULL;

		if (f == NULL)
			continue;
		path_open(f);
		log_info("pcie: %s belongs to partition %s", d->path + 4, p->config->name);
	}
	return 0;
}

static void functions_set(const struct partition *p, u32 command)
{
	for (u32 i = 0; i < p->config->device_count; i++) {
		const struct device_config *d = &p->config->device[i];

		if (d->pci)
			pci_config_write(d->function, PCI_COMMAND, 2,
					 command | PCI_COMMAND_INTX_OFF);
	}
}

static void functions_reset(struct partition *p)
{
	functions_set(p, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void functions_stop(struct partition *p)
{
	functions_set(p, 0);
}

static struct partition_part functions_part = {
	.name = "PCI", .build = functions_build, .reset = functions_reset, .stop = functions_stop
};

/* After the IOMMUs' part: what masters is confined already. */
static int functions_init(void)
{
	partition_part_add(&functions_part);
	return 0;
}
UNIT_DEFINE(functions, 8, 15, functions_init);
