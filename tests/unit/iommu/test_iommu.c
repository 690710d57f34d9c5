// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>

#include "drivers/iommu/smmuv3_regs.h"
#include "drivers/iommu/vtd_regs.h"
#include "smmuv3_model.h"
#include "vtd_model.h"

/* Two real drivers and one of a kind that only this test has; none for AMD-Vi. */
extern const struct iommu_driver iommu_driver_vtd;
extern const struct iommu_driver iommu_driver_smmuv3;
static const struct iommu_driver *const linked[] __used = { &iommu_driver_vtd,
							    &iommu_driver_smmuv3 };

static int test_answer;
static u32 test_called;

static int test_block_all(u32 index, const struct machine_iommu *u)
{
	assert_ptr_equal(u, &machine.iommu[index]);
	test_called++;
	return test_answer;
}

static int test_next_fault(u32 index, struct iommu_fault *out)
{
	*out = (struct iommu_fault){ .unit = index };
	return test_answer;
}

IOMMU_DRIVER(test) = {
	.kind = IOMMU_SMMUV2,
	.name = "test",
	.block_all = test_block_all,
	.next_fault = test_next_fault,
};

static int registry_setup(void **state)
{
	test_answer = 0;
	test_called = 0;
	return unit_setup(state);
}

#define REGISTRY(name) cmocka_unit_test_setup(name, registry_setup)

TEST(a_machine_without_iommu_is_no_error)
{
	model_machine(IOMMU_VTD, 0, PAGE_SIZE);
	assert_int_equal(iommu_block_all(), BH_ENODEV);
	assert_string_equal(iommu_state(0), "absent");
}

TEST(two_units_of_one_kind_are_blocked_each)
{
	static struct vtd_model a, b;
	struct iommu_fault f;

	model_machine(IOMMU_VTD, 2, PAGE_SIZE);
	vtd_model_init(&a, 0);
	vtd_model_init(&b, 1);
	assert_string_equal(iommu_state(1), "as firmware left it");
	assert_int_equal(iommu_block_all(), 0);
	assert_int_equal(a.watch.dma, REACH_NOTHING);
	assert_int_equal(b.watch.dma, REACH_NOTHING);
	assert_string_equal(iommu_state(0), "blocking");
	assert_string_equal(iommu_state(1), "blocking");
	vtd_model_fault(&b, 0x10, 0x2000, false, 1);
	assert_int_equal(iommu_next_fault(&f), 0);
	assert_int_equal(f.unit, 1);
	assert_int_equal(f.who.v, 0x10010);
	assert_int_equal(iommu_next_fault(&f), BH_ENOENT);
	/* A second call finds both as the first left them. */
	vtd_model_start(&a);
	assert_int_equal(iommu_block_all(), 0);
	assert_null(a.watch.illegal);
	assert_null(b.watch.illegal);
}

TEST(two_kinds_live_in_one_machine)
{
	static struct vtd_model v;
	static struct smmuv3_model s, t;
	struct iommu_fault f;

	model_machine(IOMMU_SMMUV3, 3, SMMUV3_MODEL_SIZE);
	machine.iommu[0].kind = IOMMU_VTD;
	vtd_model_init(&v, 0);
	smmuv3_model_init(&s, 1);
	smmuv3_model_init(&t, 2);
	machine.iommu[0].size = 0;
	assert_int_equal(iommu_block_all(), 0);
	assert_int_equal(v.watch.dma, REACH_NOTHING);
	assert_int_equal(t.watch.dma, REACH_NOTHING);
	smmuv3_model_event(&s, EVENT_F_TRANSLATION, 1, 0x1000, true);
	smmuv3_model_event(&t, EVENT_F_TRANSLATION, 2, 0x2000, true);
	assert_int_equal(iommu_next_fault(&f), 0);
	assert_int_equal(f.unit, 1);
	assert_int_equal(f.addr.v, 0x1000);
	assert_int_equal(iommu_next_fault(&f), 0);
	assert_int_equal(f.unit, 2);
	assert_int_equal(f.addr.v, 0x2000);
	assert_null(s.watch.illegal);
	assert_null(t.watch.illegal);
}

TEST(a_unit_without_driver_is_an_error_and_the_others_are_blocked)
{
	struct iommu_fault f;

	model_machine(IOMMU_SMMUV2, 3, PAGE_SIZE);
	machine.iommu[1].kind = IOMMU_AMDVI;
	assert_int_equal(iommu_block_all(), BH_ENOTSUP);
	assert_int_equal(test_called, 2);
	assert_string_equal(iommu_state(0), "blocking");
	assert_string_equal(iommu_state(1), "not blocking: no driver in this build");
	assert_string_equal(iommu_state(2), "blocking");
	test_answer = BH_ENOENT;
	assert_int_equal(iommu_next_fault(&f), BH_ENOENT);
}

TEST(a_unit_that_does_not_obey_is_an_error)
{
	model_machine(IOMMU_SMMUV2, 2, PAGE_SIZE);
	test_answer = BH_ETIMEDOUT;
	assert_int_equal(iommu_block_all(), BH_ETIMEDOUT);
	assert_int_equal(test_called, 2);
	assert_string_equal(iommu_state(1), "not blocking: the unit does not obey");
}

TEST(more_units_than_the_build_has_memory_for_are_an_error)
{
	model_machine(IOMMU_SMMUV2, CONFIG_IOMMU_UNITS + 1U, PAGE_SIZE);
	assert_int_equal(iommu_block_all(), BH_EOVERFLOW);
	assert_int_equal(test_called, CONFIG_IOMMU_UNITS);
	assert_string_equal(iommu_state(CONFIG_IOMMU_UNITS),
			    "not blocking: beyond CONFIG_IOMMU_UNITS");
}

UNIT_TESTS(REGISTRY(a_machine_without_iommu_is_no_error),
	   REGISTRY(two_units_of_one_kind_are_blocked_each),
	   REGISTRY(two_kinds_live_in_one_machine),
	   REGISTRY(a_unit_without_driver_is_an_error_and_the_others_are_blocked),
	   REGISTRY(a_unit_that_does_not_obey_is_an_error),
	   REGISTRY(more_units_than_the_build_has_memory_for_are_an_error));
