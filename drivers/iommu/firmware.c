// SPDX-License-Identifier: Apache-2.0
/*
 * Memory that firmware's tables promise to functions (RMRR, IVMD): these reach it at its own
 * address from the first moment on, whoever has them (docs/design.md, law 4).
 */
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>

#include "common.h"

/* Bits of address of the domains, if the unit has so many. */
#define IN_BITS 48U

/* A promise as a unit knows it: to @count streams from @first on. */
struct promise {
	u32 unit, first, count;
	const struct machine_dma *memory;
	struct iommu_domain *domain; /* NULL: none could be made */
};

static struct promise promises[MACHINE_DMA_MAX * CONFIG_IOMMU_UNITS];
static struct iommu_domain domains[MACHINE_DMA_MAX];
static u32 promise_count, domain_count;

void iommu_firmware_clear(void)
{
	promise_count = 0;
	domain_count = 0;
}

/* True of one that would let a device change Bulkhead, or what confines it. */
static bool harmful(const struct machine_dma *r)
{
	bool bad = range_overlaps(r->base.v, r->size, mmu_image_base().v, mmu_image_size());

	for (u32 i = 0; i < machine.iommu_count && !bad; i++)
		bad = range_overlaps(r->base.v, r->size, machine.iommu[i].base.v,
				     machine.iommu[i].size);
	return bad;
}

/* VT-d and AMD-Vi know a function by its requester id, or by an alias of it. */
static bool unit_has(u32 index, const struct machine_dma *r, u32 *first)
{
	u32 target = 0;

	*first = r->first;
	if (r->path.steps != 0U) {
		if (machine.iommu[index].segment == r->segment)
			log_warn("iommu %u: firmware's memory at 0x%lx is for a function behind "
				 "bridge 0x%x, which leads to no bus: it stays blocked",
				 index, r->base.v, r->first);
		return false;
	}
	if (r->count > 1U)
		return machine.iommu[index].segment == r->segment;
	return machine_id_find(&machine, MACHINE_ID_DMA,
			       (pci_sbdf_t){ (u32)r->segment << 16 | r->first }, false, &target,
			       first) == 0 &&
	       target == index;
}

static void promises_find(u32 index)
{
	for (u32 i = 0; i < machine.dma_count; i++) {
		const struct machine_dma *r = &machine.dma[i];
		u32 first;

		if (!unit_has(index, r, &first))
			continue;
		if (harmful(r)) {
			log_error("iommu %u: device 0x%x: firmware's memory at 0x%lx, 0x%lx bytes, "
				  "touches Bulkhead or an IOMMU: it stays blocked",
				  index, first, r->base.v, r->size);
			continue;
		}
		promises[promise_count] = (struct promise){
			.unit = index, .first = first, .count = r->count, .memory = r
		};
		promise_count++;
	}
}

/* What is promised to all of @p, and so may be in its domain. */
static bool holds(const struct promise *p, const struct promise *of)
{
	return of->unit == p->unit && of->first <= p->first &&
	       p->first - of->first <= of->count - p->count && of->count >= p->count;
}

/* A table a 2 MiB, a 1 GiB and a 512 GiB, and the edges of each. */
static u64 tables_of(u64 size)
{
	return (size >> 21) + (size >> 30) + (size >> 39) + 6U;
}

static int domain_map(const struct promise *p, struct iommu_domain *d)
{
	int err = 0;

	for (u32 i = 0; i < promise_count && err == 0; i++) {
		if (holds(p, &promises[i]))
			err = iommu_memory_map(d, promises[i].memory);
		/* Firmware may promise the same twice. */
		err = err == BH_EEXIST ? 0 : err;
	}
	return err;
}

static struct iommu_domain *domain_make(const struct promise *p, const struct iommu_caps *caps)
{
	const u32 bits = caps->in_bits < IN_BITS ? caps->in_bits : IN_BITS;
	struct iommu_domain *d = &domains[domain_count];
	u64 tables = 0;
	int err;

	for (u32 i = 0; i < promise_count; i++)
		tables += holds(p, &promises[i]) ? tables_of(promises[i].memory->size) : 0U;
	if (domain_count == MACHINE_DMA_MAX)
		return NULL;
	err = iommu_domain_init_by(caps, d, LOG_OWNER_SELF, "firmware", bits, tables, false);
	if (err == 0)
		err = domain_map(p, d);
	if (err != 0) {
		log_error("iommu %u: device 0x%x: firmware's memory at 0x%lx is not mapped: %s",
			  p->unit, p->first, p->memory->base.v, error_name(err));
		return NULL;
	}
	domain_count++;
	return d;
}

/* The narrowest promise to @stream, in whose domain all others to it are. */
static struct promise *narrowest(u32 unit, u32 stream)
{
	struct promise *best = NULL;

	for (u32 i = 0; i < promise_count; i++) {
		struct promise *p = &promises[i];

		if (p->unit == unit && stream >= p->first && stream - p->first < p->count &&
		    (best == NULL || p->count < best->count))
			best = p;
	}
	return best;
}

struct iommu_domain *iommu_firmware_domain(u32 unit, u32 stream)
{
	const struct promise *p = narrowest(unit, stream);

	return p == NULL ? NULL : p->domain;
}

static int promise_open(struct promise *p, const struct iommu_caps *caps, iommu_open_fn open)
{
	int err = 0;

	/* Of those to the same functions the first has the domain, which holds all. */
	if (narrowest(p->unit, p->first) == p || p->count > 1U)
		p->domain = domain_make(p, caps);
	if (p->domain == NULL)
		return 0;
	for (u32 i = 0; i < p->count && err == 0; i++) {
		if (narrowest(p->unit, p->first + i) == p)
			err = open(p->unit, p->first + i, p->domain);
	}
	return err;
}

int iommu_firmware_open(u32 index, const struct iommu_caps *caps, iommu_open_fn open)
{
	const u32 first = promise_count;
	int err = 0;

	promises_find(index);
	for (u32 i = first; i < promise_count && err == 0; i++) {
		struct promise *p = &promises[i];

		if (caps == NULL)
			log_warn("iommu %u: device 0x%x: firmware's memory at 0x%lx is blocked: "
				 "the unit can only block",
				 index, p->first, p->memory->base.v);
		else
			err = promise_open(p, caps, open);
		if (err == 0 && p->domain != NULL)
			log_info("iommu %u: device 0x%x%s reaches firmware's memory at 0x%lx, "
				 "0x%lx bytes",
				 index, p->first, p->count > 1U ? " and on" : "", p->memory->base.v,
				 p->memory->size);
	}
	return err;
}

const struct machine_dma *iommu_device_memory(const struct iommu_device *dev, u32 n)
{
	for (u32 i = 0; i < promise_count; i++) {
		const struct promise *p = &promises[i];

		if (p->unit != dev->unit || dev->stream < p->first ||
		    dev->stream - p->first >= p->count)
			continue;
		if (n == 0U)
			return p->memory;
		n--;
	}
	return NULL;
}
