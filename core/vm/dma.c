// SPDX-License-Identifier: Apache-2.0
/*
 * DMA of the devices a partition has: what they reach is the partition's own memory, at the
 * addresses its guest knows, while the guest runs; else nothing (docs/pcie-iommu.md).
 */
#include <bulkhead/arch/s2.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>

#include "partition_internal.h"

/* What is left of a device's faults when its partition stops. */
#define FAULTS_AT_STOP 64U

struct dma {
	struct iommu_domain domain;
	u32 count;
	struct iommu_device **dev; /* a stream each */
};

/* By partition; written at boot. NULL: it has no device that an IOMMU covers. */
static struct dma *dmas[PARTITIONS_MAX];

struct iommu_domain *partition_domain(const struct partition *p)
{
	return dmas[p->id] == NULL ? NULL : &dmas[p->id]->domain;
}

static u32 streams_of(const struct partition_config *c)
{
	u32 n = 0;

	for (u32 i = 0; i < c->device_count; i++)
		n += c->device[i].stream_count;
	return n;
}

/* What of a region's rights a device can have. */
static u32 dma_rights(const struct attach_config *a)
{
	return a->rights & (PT_R | PT_W);
}

/* Tables for the finest split of all that will be mapped. */
static u64 tables_of(const struct partition *p, const struct pt_format *f)
{
	const struct partition_config *c = p->config;
	/* A doorbell for its devices' messages, and a page beside it that comes and goes. */
	u64 n = 2U * pt_tables_max(f, 0, PAGE_SIZE);

	for (u32 i = 0; i < p->region_count; i++)
		n += pt_tables_max(f, c->memory[i].gpa.v, c->memory[i].size);
	for (u32 i = 0; i < c->attach_count; i++)
		n += pt_tables_max(f, c->attach[i].gpa.v,
				   p->system->region[c->attach[i].region].size);
	return n;
}

static int domain_build(struct partition *p, struct iommu_domain *d)
{
	const u32 most = s2_gpa_bits_max();
	const u32 bits = vplat.gpa_bits < most ? vplat.gpa_bits : most;
	struct pt_format f;
	int err = iommu_format(bits, false, &f);

	if (err == 0)
		err = iommu_domain_init(d, p->id, p->config->name, bits, tables_of(p, &f), false);
	return err;
}

/* Its memory, at the addresses its guest knows. No registers, and no doorbell. */
static int memory_map(struct partition *p, struct iommu_domain *d)
{
	const struct partition_config *c = p->config;
	int err = 0;

	for (u32 i = 0; i < p->region_count && err == 0; i++)
		err = iommu_map(d, IOVA(c->memory[i].gpa.v), &p->ram[i], 0, c->memory[i].size,
				PT_R | PT_W);
	for (u32 i = 0; i < c->attach_count && err == 0; i++) {
		struct region *r = partition_region(c->attach[i].region);

		if (r != NULL && (dma_rights(&c->attach[i]) & PT_R) != 0U)
			err = iommu_map(d, IOVA(c->attach[i].gpa.v), r, 0, r->size,
					dma_rights(&c->attach[i]));
	}
	return err;
}

static int device_take(const struct partition *p, const struct device_config *c, struct dma *dma)
{
	int err = 0;

	for (u32 i = 0; i < c->stream_count && err == 0; i++) {
		struct iommu_device *dev = NULL;

		err = iommu_device_take(c->stream[i].iommu, c->stream[i].id, c->path, p->id,
					p->config->name, &dev);
		if (err != 0)
			break;
		dma->dev[dma->count] = dev;
		dma->count++;
		log_info("partition %s: device %s: DMA by iommu %u, id 0x%x", p->config->name,
			 c->path, dev->unit, dev->stream);
	}
	return err;
}

static int dma_build(struct partition *p)
{
	const u32 count = streams_of(p->config);
	struct dma *dma;
	int err;

	if (count == 0U)
		return 0;
	dma = partition_memory(p->config->name,
			       sizeof(struct dma) + count * sizeof(struct iommu_device *));
	if (dma == NULL)
		return trace_error(BH_ENOMEM);
	dma->dev = (struct iommu_device **)(void *)(dma + 1);
	err = domain_build(p, &dma->domain);
	if (err == 0)
		err = memory_map(p, &dma->domain);
	for (u32 i = 0; i < p->config->device_count && err == 0; i++)
		err = device_take(p, &p->config->device[i], dma);
	if (err != 0)
		return err;
	(void)iommu_faults_listen(dma->dev[0], p->vcpu[0].cpu);
	dmas[p->id] = dma;
	return 0;
}

/* The guest is about to run: its memory is its own by now. */
static void dma_reset(struct partition *p)
{
	struct dma *dma = dmas[p->id];

	for (u32 i = 0; dma != NULL && i < dma->count; i++) {
		if (iommu_attach(dma->dev[i], &dma->domain) != 0)
			log_error("partition %s: device %s: DMA stays blocked", p->config->name,
				  dma->dev[i]->name);
	}
}

/* It does not: what its devices still have under way goes nowhere, and they are told nothing. */
static void dma_stop(struct partition *p)
{
	struct dma *dma = dmas[p->id];

	for (u32 i = 0; dma != NULL && i < dma->count; i++)
		(void)iommu_attach(dma->dev[i], NULL);
	if (dma != NULL)
		(void)iommu_faults_take(FAULTS_AT_STOP);
}

static struct partition_part dma_part = {
	.name = "DMA", .build = dma_build, .reset = dma_reset, .stop = dma_stop
};

/* The IOMMU's driver has named the device. Streams are taken for those that were built alone. */
static void dma_refused(const struct iommu_fault *f __unused, const struct iommu_device *dev)
{
	struct partition *p = dev != NULL && dev->owner < PARTITIONS_MAX ? partitions[dev->owner]
									 : NULL;

	if (p != NULL)
		(void)partition_fail(p, HEALTH_DMA, "a device of it was refused memory");
}

static int dma_init(void)
{
	(void)iommu_fault_sink_set(dma_refused);
	partition_part_add(&dma_part);
	return 0;
}
UNIT_DEFINE(dma, 8, 12, dma_init);
