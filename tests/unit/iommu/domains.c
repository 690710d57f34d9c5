// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/mem/frame.h>

#include "domains.h"

#define PAGES 24U

u8 ram[DOMAINS_RAM_SIZE] __aligned(MIB(2));
struct iommu_domain domain, other;
struct region region;
struct iommu_device dev;

static const struct domains_unit *unit;

int domains_setup(const struct domains_unit *u)
{
	const hpa_t base = HPA((uintptr_t)ram);
	const struct machine of_test = { .ram_count = 1, .ram = { { base, sizeof(ram) } } };
	int err;

	unit = u;
	fake_ram_add(base, ram, sizeof(ram));
	memset(ram, 0, sizeof(ram));
	err = frame_init(&of_test);
	err |= iommu_block_all();
	u->watch->given = true;
	err |= iommu_domain_init(&domain, 1, "one", 39, 64, false);
	err |= iommu_domain_init(&other, 2, "two", 39, 64, true);
	err |= region_init(&region, "memory", HPA(base.v + MIB(8)), MIB(4), NULL, 0);
	dev = (struct iommu_device){ .name = "dev", .stream = u->id, .partition = "one" };
	return err;
}

bool domains_reach(u64 iova, bool write)
{
	u64 pa = 0;
	const bool done = unit->dma(unit->id, iova, write, &pa);

	if (done)
		assert_int_equal(pa, region.base.v + (iova - IOVA0));
	return done;
}

void domains_attach(void)
{
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0), &region, 0, region.size, PT_R | PT_W), 0);
	assert_int_equal(iommu_attach(&dev, &domain), 0);
	assert_null(unit->watch->illegal);
}

void domains_check_bounds(void)
{
	u64 pa;

	assert_true(domains_reach(IOVA0, false));
	assert_true(domains_reach(IOVA0 + region.size - 1U, true));
	assert_false(domains_reach(IOVA0 - 1U, false));
	assert_true(domains_reach(IOVA0 + PAGE_SIZE, true)); /* a fault not taken stops nothing */
	assert_false(domains_reach(IOVA0 + region.size, true));
	assert_false(unit->dma(unit->id + 1U, IOVA0, false, &pa));
	assert_null(unit->watch->illegal);
}

void domains_check_unmapped(void)
{
	for (u64 page = 0; page < PAGES; page++)
		assert_true(domains_reach(IOVA0 + page * PAGE_SIZE, true));
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, 3U * PAGE_SIZE);
	for (u64 page = 0; page < PAGES; page++)
		assert_int_equal(domains_reach(IOVA0 + page * PAGE_SIZE, true),
				 page == 0U || page > 3U);
	model_unmap(&domain, &region, IOVA0, region.size);
	for (u64 page = 0; page < PAGES; page++)
		assert_false(domains_reach(IOVA0 + page * PAGE_SIZE, true));
	assert_int_equal(region.pins, 0);
	assert_null(unit->watch->illegal);
}

void domains_check_moved(void)
{
	assert_true(domains_reach(IOVA0, true));
	assert_int_equal(iommu_map(&other, IOVA(IOVA0), &region, 0, PAGE_SIZE, PT_R), 0);
	assert_int_equal(iommu_attach(&dev, &other), 0);
	assert_true(domains_reach(IOVA0, false));
	assert_false(domains_reach(IOVA0, true));
	assert_false(domains_reach(IOVA0 + PAGE_SIZE, false));
	assert_null(unit->watch->illegal);
}

void domains_check_taken(void)
{
	assert_int_equal(iommu_attach(&dev, NULL), 0);
	assert_false(domains_reach(IOVA0, false));
	assert_null(unit->watch->illegal);
}
