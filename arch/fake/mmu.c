// SPDX-License-Identifier: Apache-2.0
/*
 * Physical addresses are a short list of regions. A device's mapping is an address nobody can
 * dereference; the mmio accessors find the region by it.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sys/mman.h>

#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fake.h"

#define REGIONS_MAX 32U

struct region {
	u64 pa;
	u64 size;
	u8 *host; /* its memory, or for a device addresses that fault */
	bool device;
	struct fake_device dev;
};

static struct region regions[REGIONS_MAX];
static u32 region_count;
static struct region ports[REGIONS_MAX];
static u32 port_count;
static u32 mappings;

void fake_mmu_reset(void)
{
	for (u32 i = 0; i < region_count; i++)
		if (regions[i].device)
			munmap(regions[i].host, (size_t)regions[i].size);
	region_count = 0;
	port_count = 0;
	mappings = 0;
}

static struct region *region_new(struct region *list, u32 *count)
{
	if (*count == REGIONS_MAX) {
		fprintf(stderr, "fake: more than %u regions\n", REGIONS_MAX);
		abort();
	}
	(*count)++;
	return &list[*count - 1U];
}

void fake_ram_add(hpa_t pa, void *mem, u64 size)
{
	*region_new(regions, &region_count) =
		(struct region){ .pa = pa.v, .size = size, .host = mem };
}

void fake_mmio_add(hpa_t pa, u64 size, const struct fake_device *dev)
{
	void *host = mmap(NULL, (size_t)size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (host == MAP_FAILED) {
		perror("fake: addresses for a device");
		abort();
	}
	*region_new(regions, &region_count) = (struct region){
		.pa = pa.v, .size = size, .host = host, .device = true, .dev = *dev
	};
}

void fake_port_add(u16 first, u16 count, const struct fake_device *dev)
{
	*region_new(ports, &port_count) =
		(struct region){ .pa = first, .size = count, .device = true, .dev = *dev };
}

u32 fake_mappings(void)
{
	return mappings;
}

void *mmu_map(hpa_t pa, u64 size, enum mmu_kind kind)
{
	for (u32 i = 0; i < region_count; i++) {
		const struct region *r = &regions[i];

		if (range_inside(pa.v, size, r->pa, r->size) && r->device == (kind == MMU_DEVICE)) {
			mappings++;
			return r->host + (pa.v - r->pa);
		}
	}
	return NULL;
}

void mmu_unmap(void *p, u64 size)
{
	(void)p;
	(void)size;
	if (mappings == 0U) {
		fprintf(stderr, "fake: mmu_unmap() without mmu_map()\n");
		abort();
	}
	mappings--;
}

static const struct region *region_of(const volatile void *p, u64 size)
{
	for (u32 i = 0; i < region_count; i++) {
		const struct region *r = &regions[i];

		if (range_inside((uintptr_t)p, size, (uintptr_t)r->host, r->size))
			return r;
	}
	return NULL;
}

/* Memory of the test itself is its own physical memory, at the same address. */
hpa_t mmu_pa(const void *p)
{
	const struct region *r = region_of(p, 1);

	if (r == NULL)
		return HPA((uintptr_t)p);
	return HPA(r->pa + ((uintptr_t)p - (uintptr_t)r->host));
}

u64 fake_mmio_read(const volatile void *p, u32 width)
{
	const struct region *r = region_of(p, width);
	u64 v = 0;

	if (r != NULL && r->device)
		return r->dev.read(r->dev.ctx, (uintptr_t)p - (uintptr_t)r->host, width);
	memcpy(&v, (const void *)(uintptr_t)p, width);
	return v;
}

void fake_mmio_write(volatile void *p, u32 width, u64 v)
{
	const struct region *r = region_of(p, width);

	if (r != NULL && r->device)
		r->dev.write(r->dev.ctx, (uintptr_t)p - (uintptr_t)r->host, width, v);
	else
		memcpy((void *)(uintptr_t)p, &v, width);
}

int mmio_probe32(const volatile void *p, u32 *out)
{
	if (region_of(p, sizeof(*out)) == NULL)
		return BH_EFAULT;
	*out = mmio_read32(p);
	return 0;
}

static const struct region *port_of(u16 port, u32 width)
{
	for (u32 i = 0; i < port_count; i++)
		if (range_inside(port, width, ports[i].pa, ports[i].size))
			return &ports[i];
	return NULL;
}

u32 fake_port_read(u16 port, u32 width)
{
	const struct region *r = port_of(port, width);

	if (r == NULL)
		return 0xffffffffU;
	return (u32)r->dev.read(r->dev.ctx, port - r->pa, width);
}

void fake_port_write(u16 port, u32 width, u32 v)
{
	const struct region *r = port_of(port, width);

	if (r != NULL)
		r->dev.write(r->dev.ctx, port - r->pa, width, v);
}

int mmu_seal(void)
{
	return 0;
}

u32 mmu_count_wx(void)
{
	return 0;
}

hpa_t mmu_image_base(void)
{
	return HPA(0x40000000U);
}

u64 mmu_image_size(void)
{
	return MIB(1);
}
