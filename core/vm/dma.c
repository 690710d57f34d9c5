// SPDX-License-Identifier: Apache-2.0
/*
 * DMA of the devices a partition has: what they reach is the partition's own memory, at the
 * addresses its guest knows, while the guest runs; else nothing (docs/pcie-iommu.md).
 */
#include <bulkhead/arch/s2.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/vm/alarm.h>

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
static u64 tables_of(const struct partition *p, const struct dma *dma, const struct pt_format *f)
{
	const struct partition_config *c = p->config;
	/* A doorbell for its devices' messages, and a page beside it that comes and goes. */
	u64 n = 2U * pt_tables_max(f, 0, PAGE_SIZE);

	for (u32 i = 0; i < p->region_count; i++)
		n += pt_tables_max(f, c->memory[i].gpa.v, c->memory[i].size);
	for (u32 i = 0; i < c->attach_count; i++)
		n += pt_tables_max(f, c->attach[i].gpa.v,
				   p->system->region[c->attach[i].region].size);
	for (u32 i = 0; i < dma->count; i++) {
		const struct machine_dma *r = iommu_device_memory(dma->dev[i], 0);

		for (u32 k = 1; r != NULL; k++) {
			n += pt_tables_max(f, r->base.v, r->size);
			r = iommu_device_memory(dma->dev[i], k);
		}
	}
	return n;
}

static int domain_build(struct partition *p, struct dma *dma)
{
	const u32 most = s2_gpa_bits_max();
	const u32 bits = vplat.gpa_bits < most ? vplat.gpa_bits : most;
	struct pt_format f;
	int err = iommu_format(bits, false, &f);

	if (err == 0)
		err = iommu_domain_init(&dma->domain, p->id, p->config->name, bits,
					tables_of(p, dma, &f), false);
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

/* Where the partition has memory of its own in [@base, @base + @size); NULL: nowhere. */
static const gpa_t *memory_at(const struct partition *p, u64 base, u64 size)
{
	const struct partition_config *c = p->config;

	for (u32 i = 0; i < p->region_count; i++) {
		if (range_overlaps(base, size, c->memory[i].gpa.v, c->memory[i].size))
			return &c->memory[i].gpa;
	}
	for (u32 i = 0; i < c->attach_count; i++) {
		if (range_overlaps(base, size, c->attach[i].gpa.v,
				   p->system->region[c->attach[i].region].size))
			return &c->attach[i].gpa;
	}
	return NULL;
}

/* The device finds at its own address what firmware keeps there for it, and the guest nothing. */
static int promise_map(struct partition *p, struct iommu_domain *d, const char *device,
		       const struct machine_dma *r)
{
	const gpa_t *own = memory_at(p, r->base.v, r->size);
	struct pt_leaf there;
	int err;

	if (own != NULL) {
		log_error("partition %s: %s: firmware's 0x%lx bytes at 0x%lx overlap: move its "
			  "memory at 0x%lx",
			  p->config->name, device, r->size, r->base.v, own->v);
		return trace_error(BH_EEXIST);
	}
	/* Another device of the partition may have the same. */
	if (iommu_query(d, IOVA(r->base.v), &there) == 0)
		return 0;
	err = iommu_memory_map(d, r);
	if (err != 0)
		log_error("partition %s: %s: firmware's 0x%lx bytes at 0x%lx cannot be mapped: %s",
			  p->config->name, device, r->size, r->base.v, error_name(err));
	else
		log_info("partition %s: %s reaches firmware's 0x%lx bytes at 0x%lx",
			 p->config->name, device, r->size, r->base.v);
	return err;
}

static int promises_map(struct partition *p, struct dma *dma)
{
	int err = 0;

	for (u32 i = 0; i < dma->count && err == 0; i++) {
		const struct iommu_device *dev = dma->dev[i];
		const struct machine_dma *r = iommu_device_memory(dev, 0);

		for (u32 k = 1; r != NULL && err == 0; k++) {
			err = promise_map(p, &dma->domain, dev->name, r);
			r = iommu_device_memory(dev, k);
		}
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
	int err = 0;

	if (count == 0U)
		return 0;
	dma = partition_memory(p->config->name,
			       sizeof(struct dma) + count * sizeof(struct iommu_device *));
	if (dma == NULL)
		return trace_error(BH_ENOMEM);
	dma->dev = (struct iommu_device **)(void *)(dma + 1);
	for (u32 i = 0; i < p->config->device_count && err == 0; i++)
		err = device_take(p, &p->config->device[i], dma);
	if (err == 0)
		err = domain_build(p, dma);
	if (err == 0)
		err = memory_map(p, &dma->domain);
	if (err == 0)
		err = promises_map(p, dma);
	if (err != 0)
		return err;
	for (u32 i = 0; i < dma->count; i++)
		(void)iommu_faults_listen(dma->dev[i], p->vcpu[0].cpu);
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

/* On the CPU that has taken some: the guest's interrupts first, then the next. */
static void faults_later(void)
{
	alarm_set(ALARM_FAULTS, timer_now());
}

/* It does not: what its devices still have under way goes nowhere, and they are told nothing. */
static void dma_stop(struct partition *p)
{
	struct dma *dma = dmas[p->id];

	for (u32 i = 0; dma != NULL && i < dma->count; i++)
		(void)iommu_attach(dma->dev[i], NULL);
	if (dma != NULL && iommu_faults_take(FAULTS_AT_STOP) == FAULTS_AT_STOP)
		faults_later();
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
	alarm_handler_set(ALARM_FAULTS, iommu_faults_step);
	iommu_faults_more_set(faults_later);
	(void)iommu_fault_sink_set(dma_refused);
	partition_part_add(&dma_part);
	return 0;
}
UNIT_DEFINE(dma, 8, 12, dma_init);
