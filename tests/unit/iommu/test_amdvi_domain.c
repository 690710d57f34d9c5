// SPDX-License-Identifier: Apache-2.0
/* Domains of an AMD-Vi unit that remembers every page it may. */
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>

#include "amdvi_model.h"
#include "domains.h"
#include "drivers/iommu/amdvi.h"
#include "drivers/iommu/amdvi_regs.h"

extern const struct iommu_driver iommu_driver_amdvi;
static const struct iommu_driver *const linked __used = &iommu_driver_amdvi;

#define ID 0x0108U

static struct amdvi_model m;

/* What firmware promises to functions, for one test. */
static struct machine_dma promise[2];
static u32 promises;

static bool dma(u32 id, u64 iova, bool write, u64 *pa)
{
	return amdvi_model_dma(&m, (u16)id, iova, write, pa);
}

static const struct domains_unit unit = { .dma = dma, .watch = &m.watch, .id = ID };

static int domain_setup(void **state)
{
	int err;

	(void)unit_setup(state);
	model_machine(IOMMU_AMDVI, 1, AMDVI_MODEL_SIZE);
	machine.id_map_count = 1;
	machine.id_map[0].count = 0x10000;
	machine.dma_count = promises;
	memcpy(machine.dma, promise, sizeof(promise));
	promises = 0;
	amdvi_model_init(&m, 0);
	m.feature |= EXT_FEATURE_IA_SUP;
	err = domains_setup(&unit);
	/* The table is the driver's, and outlives a test. */
	return err != 0 ? err : iommu_attach(&dev, NULL);
}

#define DOMAIN(name) cmocka_unit_test_setup(name, domain_setup)

static void reach_and_forget(void)
{
	domains_attach();
	domains_check_bounds();
	domains_check_unmapped();
	domains_check_taken();
}

TEST(a_device_reaches_its_domain_until_it_is_taken_away)
{
	reach_and_forget();
}

TEST(moving_a_device_leaves_nothing_of_the_domain_before)
{
	domains_attach();
	domains_check_moved();
}

TEST(a_buffer_that_stops_is_begun_anew)
{
	domains_attach();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	assert_true(domains_reach(IOVA0 + PAGE_SIZE, true));
	m.refuse = 1;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE);
	assert_false(domains_reach(IOVA0 + PAGE_SIZE, true));
	assert_string_equal(iommu_state(0), "blocking");
	assert_null(m.watch.illegal);
}

TEST(a_unit_that_stops_again_is_stopped)
{
	domains_attach();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	assert_true(domains_reach(IOVA0 + PAGE_SIZE, true));
	m.refuse = 2;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE);
	assert_string_equal(iommu_state(0), "stopped: it did not obey");
	assert_false(domains_reach(IOVA0 + PAGE_SIZE, true));
	assert_false(domains_reach(IOVA0 + 2U * PAGE_SIZE, true));
}

TEST(the_buffer_goes_round)
{
	domains_attach();
	for (u64 page = 0; page < 600U; page++) {
		assert_true(domains_reach(IOVA0 + page * PAGE_SIZE, true));
		model_unmap(&domain, &region, IOVA0 + page * PAGE_SIZE, PAGE_SIZE);
		assert_false(domains_reach(IOVA0 + page * PAGE_SIZE, true));
	}
	assert_null(m.watch.illegal);
}

TEST(what_firmware_promises_is_reached_by_one_or_all)
{
	const u64 all = (uintptr_t)ram + MIB(14), one = (uintptr_t)ram + MIB(15);
	u64 pa = 0;

	promise[0] = (struct machine_dma){
		.count = 0x10000, .base = HPA(all), .size = PAGE_SIZE, .read = true
	};
	promise[1] = (struct machine_dma){
		.first = ID, .count = 1, .base = HPA(one), .size = PAGE_SIZE, .write = true
	};
	promises = 2;
	assert_int_equal(domain_setup(NULL), 0);
	assert_null(m.watch.illegal);
	assert_true(amdvi_model_dma(&m, ID, all, false, &pa));
	assert_int_equal(pa, all);
	assert_false(amdvi_model_dma(&m, ID, all, true, &pa));
	assert_true(amdvi_model_dma(&m, ID, one, true, &pa));
	assert_false(amdvi_model_dma(&m, ID, one, false, &pa));
	assert_true(amdvi_model_dma(&m, 0xffff, all, false, &pa));
	assert_false(amdvi_model_dma(&m, 0xffff, one, true, &pa));
	assert_ptr_equal(iommu_device_memory(&dev, 0), &machine.dma[0]);
	assert_ptr_equal(iommu_device_memory(&dev, 1), &machine.dma[1]);
	domains_attach();
	assert_false(amdvi_model_dma(&m, ID, one, true, &pa));
	assert_int_equal(iommu_attach(&dev, NULL), 0);
	assert_true(amdvi_model_dma(&m, ID, one, true, &pa));
	/* The table outlives the test: nothing may be left in it. */
	for (u32 i = 0; i < 0x10000U; i++)
		assert_int_equal(iommu_driver_amdvi.attach(0, i, NULL), 0);
}

TEST(a_full_buffer_is_waited_for_and_loses_nothing)
{
	const u32 before = m.waits;
	const u64 from = amdvi_units[0].put;

	m.slow = true;
	for (u32 i = 0; i < 1000U; i++)
		assert_int_equal(amdvi_put(&amdvi_units[0], CMD_COMPLETION_WAIT, 0), 0);
	assert_int_equal(amdvi_sync(&amdvi_units[0], from), 0);
	assert_int_equal(m.waits - before, 1001);
	assert_int_equal(m.deepest, 255);
	assert_null(m.watch.illegal);
}

UNIT_TESTS(DOMAIN(what_firmware_promises_is_reached_by_one_or_all),
	   DOMAIN(a_device_reaches_its_domain_until_it_is_taken_away),
	   DOMAIN(moving_a_device_leaves_nothing_of_the_domain_before),
	   DOMAIN(a_buffer_that_stops_is_begun_anew), DOMAIN(a_unit_that_stops_again_is_stopped),
	   DOMAIN(the_buffer_goes_round), DOMAIN(a_full_buffer_is_waited_for_and_loses_nothing));
