// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/lib/error.h>

#include "drivers/iommu/vtd_regs.h"
#include "vtd_model.h"

extern const struct iommu_driver iommu_driver_vtd;

static struct vtd_model m;
static u64 firmware_table[512] __aligned(4096) = { 0x1001, 0 };
static u64 firmware_queue[512] __aligned(4096);

static int vtd_setup(void **state)
{
	(void)unit_setup(state);
	model_machine(IOMMU_VTD, 1, PAGE_SIZE);
	vtd_model_init(&m, 0);
	return 0;
}

#define VTD(name) cmocka_unit_test_setup(name, vtd_setup)

static int block(void)
{
	return iommu_driver_vtd.block_all(0, &machine.iommu[0]);
}

static void assert_blocked(const struct vtd_model *v)
{
	assert_null(v->watch.illegal);
	assert_int_equal(v->watch.dma, REACH_NOTHING);
	assert_int_equal(v->pmen & PMEN_PRS, 0);
	assert_int_equal(v->fsts, 0);
	assert_int_equal(v->fectl, FECTL_IM);
}

TEST(a_unit_after_reset_is_blocked)
{
	assert_int_equal(block(), 0);
	assert_blocked(&m);
	assert_int_equal(m.watch.interrupts, REACH_NOTHING);
	assert_int_equal(m.gsts & (GSTS_TES | GSTS_IRES | GSTS_QIES | GSTS_CFIS),
			 GSTS_TES | GSTS_IRES | GSTS_QIES);
	assert_int_equal(m.iectl, IECTL_IM);
}

/* Translation and interrupt remapping on with firmware's tables, its queue used and idle. */
static void firmware_left_on(u64 mode)
{
	m.gsts = GSTS_TES | GSTS_RTPS | GSTS_QIES | GSTS_IRES | GSTS_IRTPS | GSTS_CFIS;
	m.rtaddr = (uintptr_t)firmware_table | mode;
	m.root = m.rtaddr;
	m.table = (uintptr_t)firmware_table;
	m.iqa = (uintptr_t)firmware_queue;
	m.iqh = 64;
	m.iqt = 64;
	vtd_model_start(&m);
}

TEST(translation_that_firmware_left_on_blocks_without_a_gap)
{
	firmware_left_on(0);
	assert_int_equal(m.watch.dma, REACH_TABLES);
	assert_int_equal(block(), 0);
	assert_blocked(&m);
	assert_int_equal(m.watch.interrupts, REACH_NOTHING);
}

TEST(scalable_mode_that_firmware_left_on_is_kept_and_blocks)
{
	firmware_left_on(RTADDR_TTM_SCALABLE);
	assert_int_equal(block(), 0);
	assert_blocked(&m);
	assert_int_equal(m.root & RTADDR_TTM, RTADDR_TTM_SCALABLE);
	assert_int_equal(m.iqa & IQA_DW, IQA_DW);
}

TEST(a_queue_that_firmware_left_halted_is_replaced)
{
	firmware_left_on(0);
	m.iqt = 128;
	m.fsts = FSTS_IQE;
	assert_int_equal(block(), 0);
	assert_blocked(&m);
}

TEST(protected_regions_stay_until_translation_is_on)
{
	m.pmen = PMEN_EPM | PMEN_PRS;
	vtd_model_start(&m);
	assert_int_equal(m.watch.dma, REACH_SOME);
	assert_int_equal(block(), 0);
	assert_blocked(&m);
}

TEST(a_unit_without_queue_is_blocked_by_registers)
{
	m.ecap &= ~(ECAP_QI | ECAP_IR | ECAP_EIM);
	m.cap |= CAP_RWBF;
	assert_int_equal(block(), 0);
	assert_blocked(&m);
	assert_int_equal(m.gsts & GSTS_QIES, 0);
	assert_true(m.flushed);
}

TEST(advanced_fault_logging_is_switched_off)
{
	m.gsts = GSTS_AFLS;
	assert_int_equal(block(), 0);
	assert_int_equal(m.gsts & GSTS_AFLS, 0);
	assert_blocked(&m);
}

TEST(faults_of_firmwares_time_are_forgotten)
{
	struct iommu_fault f;

	for (u32 i = 0; i <= VTD_MODEL_RECORDS; i++)
		vtd_model_fault(&m, 8, 0x1000, true, 5);
	assert_int_equal(block(), 0);
	assert_blocked(&m);
	assert_int_equal(iommu_driver_vtd.next_fault(0, &f), BH_ENOENT);
}

TEST(a_fault_names_device_address_direction_and_reason)
{
	struct iommu_fault f;

	machine.iommu[0].segment = 3;
	assert_int_equal(block(), 0);
	vtd_model_fault(&m, 0x0108, 0x12345678, true, 2);
	assert_int_equal(iommu_driver_vtd.next_fault(0, &f), 0);
	assert_int_equal(f.who.v, 0x30108);
	assert_int_equal(f.addr.v, 0x12345000);
	assert_true(f.write);
	assert_int_equal(f.reason, 2);
	assert_int_equal(f.unit, 0);
	assert_int_equal(iommu_driver_vtd.next_fault(0, &f), BH_ENOENT);
}

TEST(faults_come_oldest_first_and_round_the_end)
{
	struct iommu_fault f;

	assert_int_equal(block(), 0);
	m.fsts = (VTD_MODEL_RECORDS - 1U) << 8;
	for (u32 i = 0; i <= VTD_MODEL_RECORDS; i++)
		vtd_model_fault(&m, (u16)i, 0x1000, false, 1);
	assert_int_equal(m.fsts & FSTS_PFO, FSTS_PFO);
	for (u32 i = 0; i < VTD_MODEL_RECORDS; i++) {
		assert_int_equal(iommu_driver_vtd.next_fault(0, &f), 0);
		assert_int_equal(f.who.v, i);
		assert_false(f.write);
	}
	assert_int_equal(iommu_driver_vtd.next_fault(0, &f), BH_ENOENT);
	assert_int_equal(m.fsts & FSTS_PFO, 0);
}

TEST(status_bits_that_never_come_time_out)
{
	static const u32 stuck[] = { GSTS_TES, GSTS_RTPS, GSTS_QIES, GSTS_IRES, GSTS_IRTPS };

	for (u32 i = 0; i < ARRAY_SIZE(stuck); i++) {
		(void)vtd_setup(NULL);
		m.stuck_gsts = stuck[i];
		assert_int_equal(block(), BH_ETIMEDOUT);
		assert_null(m.watch.illegal);
	}
}

TEST(a_write_buffer_that_never_drains_times_out)
{
	m.cap |= CAP_RWBF;
	m.stuck_gsts = GSTS_WBFS;
	assert_int_equal(block(), BH_ETIMEDOUT);
}

TEST(an_invalidation_that_never_ends_times_out)
{
	m.stuck_queue = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
	(void)vtd_setup(NULL);
	m.ecap &= ~(ECAP_QI | ECAP_IR);
	m.stuck_registers = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
	assert_int_equal(m.gsts & GSTS_TES, 0);
}

TEST(protected_regions_that_never_end_time_out)
{
	m.stuck_pmen = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
}

TEST(a_queue_that_refuses_is_an_error)
{
	m.refuse_queue = true;
	assert_int_equal(block(), BH_EIO);
}

TEST(a_unit_that_is_not_there_is_an_error)
{
	m.cap = ~0ULL;
	assert_int_equal(block(), BH_EIO);
	assert_int_equal(fake_mappings(), 0);
	machine.iommu[0].base = HPA(0x1000);
	assert_int_equal(block(), BH_EIO);
}

TEST(fault_records_beyond_firmwares_window_are_mapped)
{
	m.cap = (m.cap & ~BITS(33, 24)) | FIELD_PREP(0x100U, 33, 24);
	assert_int_equal(block(), 0);
	assert_int_equal(fake_mappings(), 1);
	m.cap |= BITS(33, 24);
	assert_int_equal(block(), BH_EIO);
}

static void write_gcmd(u32 v)
{
	volatile u8 *regs = mmu_map(MODEL_BASE, PAGE_SIZE, MMU_DEVICE);

	mmio_write32(regs + GCMD_REG, v);
}

TEST(the_model_refuses_translation_without_a_root)
{
	write_gcmd(GCMD_TE);
	assert_string_equal(m.watch.illegal, "TE before SRTP");
}

TEST(the_model_refuses_translation_on_stale_caches)
{
	write_gcmd(GCMD_SRTP);
	write_gcmd(GCMD_TE);
	assert_string_equal(m.watch.illegal, "TE before the caches are empty");
}

TEST(the_model_refuses_two_commands_at_once)
{
	write_gcmd(GCMD_QIE | GCMD_SIRTP);
	assert_string_equal(m.watch.illegal, "two commands in one write of GCMD_REG");
}

TEST(the_model_refuses_a_moment_without_translation)
{
	firmware_left_on(0);
	write_gcmd(m.gsts & GSTS_PERSISTENT & ~GCMD_TE);
	assert_string_equal(m.watch.illegal, "a device can reach more than before");
}

TEST(the_model_refuses_to_drop_protected_regions_early)
{
	volatile u8 *regs = mmu_map(MODEL_BASE, PAGE_SIZE, MMU_DEVICE);

	m.pmen = PMEN_EPM | PMEN_PRS;
	vtd_model_start(&m);
	mmio_write32(regs + PMEN_REG, 0);
	assert_string_equal(m.watch.illegal, "a device can reach more than before");
}

UNIT_TESTS(VTD(a_unit_after_reset_is_blocked),
	   VTD(translation_that_firmware_left_on_blocks_without_a_gap),
	   VTD(scalable_mode_that_firmware_left_on_is_kept_and_blocks),
	   VTD(a_queue_that_firmware_left_halted_is_replaced),
	   VTD(protected_regions_stay_until_translation_is_on),
	   VTD(a_unit_without_queue_is_blocked_by_registers),
	   VTD(advanced_fault_logging_is_switched_off), VTD(faults_of_firmwares_time_are_forgotten),
	   VTD(a_fault_names_device_address_direction_and_reason),
	   VTD(faults_come_oldest_first_and_round_the_end),
	   VTD(status_bits_that_never_come_time_out),
	   VTD(a_write_buffer_that_never_drains_times_out),
	   VTD(an_invalidation_that_never_ends_times_out),
	   VTD(protected_regions_that_never_end_time_out), VTD(a_queue_that_refuses_is_an_error),
	   VTD(a_unit_that_is_not_there_is_an_error),
	   VTD(fault_records_beyond_firmwares_window_are_mapped),
	   VTD(the_model_refuses_translation_without_a_root),
	   VTD(the_model_refuses_translation_on_stale_caches),
	   VTD(the_model_refuses_two_commands_at_once),
	   VTD(the_model_refuses_a_moment_without_translation),
	   VTD(the_model_refuses_to_drop_protected_regions_early));
