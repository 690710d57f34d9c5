// SPDX-License-Identifier: Apache-2.0
/* Domains of an AMD-Vi unit that remembers every page it may. */
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>

#include "amdvi_model.h"
#include "drivers/iommu/amdvi.h"
#include "drivers/iommu/amdvi_regs.h"

extern const struct iommu_driver iommu_driver_amdvi;
static const struct iommu_driver *const linked __used = &iommu_driver_amdvi;

#define ID 0x0108U
#define IOVA0 0x40000000ULL
#define RAM_SIZE MIB(16)

static u8 ram[RAM_SIZE] __aligned(MIB(2));
static struct amdvi_model m;
static struct iommu_domain domain, other;
static struct region region;
static struct iommu_device dev;

/* What firmware promises to functions, for one test. */
static struct machine_dma promise[2];
static u32 promises;

static int domain_setup(void **state)
{
	const hpa_t base = HPA((uintptr_t)ram);
	struct machine of_test = { .ram_count = 1, .ram = { { base, RAM_SIZE } } };
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
	fake_ram_add(base, ram, sizeof(ram));
	memset(ram, 0, sizeof(ram));
	err = frame_init(&of_test);
	err |= iommu_block_all();
	m.watch.given = true;
	err |= iommu_domain_init(&domain, 1, "one", 39, 64, false);
	err |= iommu_domain_init(&other, 2, "two", 39, 64, true);
	err |= region_init(&region, "memory", HPA((uintptr_t)ram + MIB(8)), MIB(4), NULL, 0);
	dev = (struct iommu_device){ .name = "dev", .stream = ID, .partition = "one" };
	/* The table is the driver's, and outlives a test. */
	return err != 0 ? err : iommu_attach(&dev, NULL);
}

#define DOMAIN(name) cmocka_unit_test_setup(name, domain_setup)

static bool reaches(u64 iova, bool write)
{
	u64 pa = 0;
	const bool done = amdvi_model_dma(&m, ID, iova, write, &pa);

	if (done)
		assert_int_equal(pa, region.base.v + (iova - IOVA0));
	return done;
}

static void attached(void)
{
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0), &region, 0, region.size, PT_R | PT_W), 0);
	assert_int_equal(iommu_attach(&dev, &domain), 0);
	assert_null(m.watch.illegal);
}

static void reach_and_forget(void)
{
	u64 pa;

	attached();
	assert_true(reaches(IOVA0, false));
	assert_true(reaches(IOVA0 + region.size - 1U, true));
	assert_false(reaches(IOVA0 - 1U, false));
	assert_false(reaches(IOVA0 + region.size, true));
	assert_false(amdvi_model_dma(&m, ID + 1U, IOVA0, false, &pa));
	for (u64 page = 0; page < 20U; page++)
		assert_true(reaches(IOVA0 + page * PAGE_SIZE, true));
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, 3U * PAGE_SIZE);
	assert_true(reaches(IOVA0, true));
	for (u64 page = 1; page < 4U; page++)
		assert_false(reaches(IOVA0 + page * PAGE_SIZE, true));
	model_unmap(&domain, &region, IOVA0, region.size);
	assert_false(reaches(IOVA0, true));
	assert_int_equal(iommu_attach(&dev, NULL), 0);
	assert_false(reaches(IOVA0, false));
	assert_null(m.watch.illegal);
}

TEST(a_device_reaches_its_domain_until_it_is_taken_away)
{
	reach_and_forget();
}

TEST(moving_a_device_leaves_nothing_of_the_domain_before)
{
	attached();
	assert_true(reaches(IOVA0, true));
	assert_int_equal(iommu_map(&other, IOVA(IOVA0), &region, 0, PAGE_SIZE, PT_R), 0);
	assert_int_equal(iommu_attach(&dev, &other), 0);
	assert_true(reaches(IOVA0, false));
	assert_false(reaches(IOVA0, true));
	assert_false(reaches(IOVA0 + PAGE_SIZE, false));
}

TEST(a_buffer_that_stops_is_begun_anew)
{
	attached();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	assert_true(reaches(IOVA0 + PAGE_SIZE, true));
	m.refuse = 1;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE);
	assert_false(reaches(IOVA0 + PAGE_SIZE, true));
	assert_string_equal(iommu_state(0), "blocking");
	assert_null(m.watch.illegal);
}

TEST(a_unit_that_stops_again_is_stopped)
{
	attached();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	assert_true(reaches(IOVA0 + PAGE_SIZE, true));
	m.refuse = 2;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE);
	assert_string_equal(iommu_state(0), "stopped: it did not obey");
	assert_false(reaches(IOVA0 + PAGE_SIZE, true));
	assert_false(reaches(IOVA0 + 2U * PAGE_SIZE, true));
}

TEST(the_buffer_goes_round)
{
	attached();
	for (u64 page = 0; page < 600U; page++) {
		assert_true(reaches(IOVA0 + page * PAGE_SIZE, true));
		model_unmap(&domain, &region, IOVA0 + page * PAGE_SIZE, PAGE_SIZE);
		assert_false(reaches(IOVA0 + page * PAGE_SIZE, true));
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
	attached();
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
