// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/lib/error.h>

#include "drivers/iommu/smmuv3_regs.h"
#include "smmuv3_model.h"

extern const struct iommu_driver iommu_driver_smmuv3;

static struct smmuv3_model m;
static u64 firmware_table[512] __aligned(4096);

static int smmuv3_setup(void **state)
{
	(void)unit_setup(state);
	model_machine(IOMMU_SMMUV3, 1, SMMUV3_MODEL_SIZE);
	smmuv3_model_init(&m, 0);
	return 0;
}

#define SMMUV3(name) cmocka_unit_test_setup(name, smmuv3_setup)

static int block(void)
{
	return iommu_driver_smmuv3.block_all(0, &machine.iommu[0]);
}

static void assert_blocked(void)
{
	assert_null(m.watch.illegal);
	assert_int_equal(m.watch.dma, REACH_NOTHING);
	assert_int_equal(m.gbpa, GBPA_ABORT);
	assert_int_equal(m.irq_ctrl, 0);
	assert_int_equal(m.gerror, m.gerrorn);
}

static void assert_streams(enum stream first, enum stream last, enum stream beyond)
{
	assert_int_equal(smmuv3_model_stream(&m, 0), first);
	assert_int_equal(smmuv3_model_stream(&m, 8), first);
	assert_int_equal(smmuv3_model_stream(&m, 0xffff), last);
	assert_int_equal(smmuv3_model_stream(&m, 0x10000), beyond);
}

TEST(a_unit_after_reset_is_blocked)
{
	assert_int_equal(m.watch.dma, REACH_ALL);
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.cr0ack, CR0_SMMUEN | CR0_CMDQEN | CR0_EVENTQEN);
	assert_int_equal(m.cr2 & CR2_RECINVSID, CR2_RECINVSID);
	assert_streams(STREAM_FAULTS, STREAM_FAULTS, STREAM_ABORTS);
}

TEST(a_unit_that_firmware_left_on_blocks_without_a_gap)
{
	firmware_table[0] = STE0_V | FIELD_PREP(4U, 3, 1);
	m.strtab_base = (uintptr_t)firmware_table;
	m.strtab_cfg = 3;
	m.cr0 = CR0_SMMUEN | CR0_CMDQEN | CR0_EVENTQEN | BIT(1) | BIT(6);
	m.cr0ack = m.cr0;
	m.irq_ctrl = 5;
	m.irq_ctrlack = 5;
	m.gerror = GERROR_CMDQ_ERR;
	smmuv3_model_start(&m);
	assert_int_equal(m.watch.dma, REACH_TABLES);
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_streams(STREAM_FAULTS, STREAM_FAULTS, STREAM_ABORTS);
}

TEST(a_unit_that_firmware_left_aborting_never_opens)
{
	m.gbpa = GBPA_ABORT;
	smmuv3_model_start(&m);
	assert_int_equal(m.watch.dma, REACH_NOTHING);
	assert_int_equal(block(), 0);
	assert_blocked();
}

TEST(translations_that_devices_bring_are_checked)
{
	m.idr0 |= IDR0_ATS | IDR0_HYP;
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.cr0ack & CR0_ATSCHK, CR0_ATSCHK);
}

TEST(a_unit_without_stage_2_blocks_by_invalid_entries)
{
	m.idr0 &= ~IDR0_S2P;
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_streams(STREAM_ABORTS, STREAM_ABORTS, STREAM_ABORTS);
}

TEST(a_unit_that_always_stalls_blocks_by_invalid_entries)
{
	m.idr0 |= (u32)FIELD_PREP(IDR0_STALL_FORCED, 25, 24);
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_streams(STREAM_ABORTS, STREAM_ABORTS, STREAM_ABORTS);
}

TEST(a_unit_without_two_levels_gets_a_small_table)
{
	m.idr0 &= ~(u32)BITS(28, 27);
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.strtab_cfg, 6);
	assert_streams(STREAM_FAULTS, STREAM_ABORTS, STREAM_ABORTS);
}

TEST(small_units_are_blocked)
{
	m.idr1 = 4;
	m.idr5 = IDR5_GRAN4K;
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.strtab_cfg, 4);
	assert_int_equal(m.cmdq_base & 0x1fU, 0);
	assert_int_equal(smmuv3_model_stream(&m, 15), STREAM_FAULTS);
}

TEST(every_output_size_gives_a_valid_entry)
{
	for (u32 oas = 0; oas < 6U; oas++) {
		(void)smmuv3_setup(NULL);
		m.idr5 = IDR5_GRAN4K | oas;
		assert_int_equal(block(), 0);
		assert_blocked();
		assert_int_equal(smmuv3_model_stream(&m, 8), STREAM_FAULTS);
	}
}

TEST(a_unit_that_does_not_snoop_uses_uncached_accesses)
{
	struct iommu_fault f;

	m.idr0 &= ~IDR0_COHACC;
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.cr1, 0);
	smmuv3_model_event(&m, EVENT_F_TRANSLATION, 8, 0x5000, false);
	assert_int_equal(iommu_driver_smmuv3.next_fault(0, &f), 0);
	assert_int_equal(f.addr.v, 0x5000);
}

TEST(a_unit_with_tables_at_fixed_addresses_aborts_switched_off)
{
	m.idr1 |= (u32)BIT(30);
	assert_int_equal(block(), 0);
	assert_null(m.watch.illegal);
	assert_int_equal(m.watch.dma, REACH_NOTHING);
	assert_int_equal(m.cr0ack, 0);
}

TEST(a_fault_names_stream_address_direction_and_reason)
{
	struct iommu_fault f;

	assert_int_equal(block(), 0);
	assert_int_equal(iommu_driver_smmuv3.next_fault(0, &f), BH_ENOENT);
	smmuv3_model_event(&m, EVENT_F_TRANSLATION, 0x108, 0x12345678, true);
	assert_int_equal(iommu_driver_smmuv3.next_fault(0, &f), 0);
	assert_int_equal(f.who.v, 0x108);
	assert_int_equal(f.addr.v, 0x12345678);
	assert_true(f.write);
	assert_int_equal(f.reason, EVENT_F_TRANSLATION);
	assert_int_equal(iommu_driver_smmuv3.next_fault(0, &f), BH_ENOENT);
}

TEST(an_event_without_address_has_address_0)
{
	struct iommu_fault f;

	assert_int_equal(block(), 0);
	smmuv3_model_event(&m, 0x04, 8, 0x12345678, true);
	assert_int_equal(iommu_driver_smmuv3.next_fault(0, &f), 0);
	assert_int_equal(f.addr.v, 0);
	assert_int_equal(f.reason, 4);
}

TEST(events_go_round_the_queue_and_survive_overflow)
{
	struct iommu_fault f;
	u32 seen = 0;

	assert_int_equal(block(), 0);
	for (u32 i = 0; i < 100U; i++) {
		smmuv3_model_event(&m, EVENT_F_TRANSLATION, i, i, false);
		assert_int_equal(iommu_driver_smmuv3.next_fault(0, &f), 0);
		assert_int_equal(f.who.v, i);
	}
	for (u32 round = 0; round < 2U; round++) {
		for (u32 i = 0; i < 100U; i++)
			smmuv3_model_event(&m, EVENT_F_TRANSLATION, i, i, false);
		for (seen = 0; iommu_driver_smmuv3.next_fault(0, &f) == 0; seen++)
			assert_int_equal(f.who.v, seen);
		assert_int_equal(seen, 64);
		smmuv3_model_event(&m, EVENT_F_TRANSLATION, 1, 1, false);
		assert_int_equal(iommu_driver_smmuv3.next_fault(0, &f), 0);
		assert_int_equal((m.eventq_prod ^ m.eventq_cons) & QUEUE_OVERFLOW, 0);
	}
}

TEST(handshakes_that_never_end_time_out)
{
	m.stuck_gbpa = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
	m.gbpa = GBPA_UPDATE;
	assert_int_equal(block(), BH_ETIMEDOUT);
	for (u32 bit = 0; bit < 4U; bit++) {
		(void)smmuv3_setup(NULL);
		m.stuck_ack = 1U << bit;
		if (bit == 1U)
			continue;
		assert_int_equal(block(), BH_ETIMEDOUT);
		assert_null(m.watch.illegal);
		assert_int_equal(m.watch.dma, REACH_NOTHING);
	}
	(void)smmuv3_setup(NULL);
	m.cr0 = CR0_SMMUEN;
	m.stuck_ack = CR0_SMMUEN;
	assert_int_equal(block(), BH_ETIMEDOUT);
	(void)smmuv3_setup(NULL);
	m.irq_ctrlack = 1;
	m.stuck_irq = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
}

TEST(a_command_that_is_never_taken_times_out)
{
	m.stuck_queue = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
	assert_int_equal(m.watch.dma, REACH_NOTHING);
}

TEST(a_command_that_is_refused_is_an_error)
{
	static const u32 refused[] = { CMD_CFGI_ALL, CMD_TLBI_NSNH_ALL, CMD_SYNC };

	for (u32 i = 0; i < ARRAY_SIZE(refused); i++) {
		(void)smmuv3_setup(NULL);
		m.refuse = refused[i];
		assert_int_equal(block(), BH_EIO);
		assert_int_equal(m.watch.dma, REACH_NOTHING);
	}
}

TEST(a_unit_that_is_not_there_is_an_error)
{
	m.idr0 = ~0U;
	assert_int_equal(block(), BH_EIO);
}

static volatile u8 *registers(void)
{
	return mmu_map(MODEL_BASE, SMMUV3_MODEL_SIZE, MMU_DEVICE);
}

TEST(the_model_refuses_to_switch_on_with_stale_caches)
{
	mmio_write64(registers() + SMMU_STRTAB_BASE, (uintptr_t)firmware_table);
	mmio_write32(registers() + SMMU_CR0, CR0_SMMUEN);
	assert_string_equal(m.watch.illegal, "SMMUEN before the caches are empty");
}

TEST(the_model_refuses_a_second_switch_before_the_first_is_acknowledged)
{
	mmio_write32(registers() + SMMU_CR0, CR0_CMDQEN);
	mmio_write32(registers() + SMMU_CR0, CR0_CMDQEN | CR0_EVENTQEN);
	assert_string_equal(m.watch.illegal, "CR0 before CR0ACK");
}

TEST(the_model_refuses_a_table_under_a_running_unit)
{
	m.cr0 = CR0_SMMUEN;
	m.cr0ack = CR0_SMMUEN;
	mmio_write64(registers() + SMMU_STRTAB_BASE, (uintptr_t)firmware_table);
	assert_string_equal(m.watch.illegal, "STRTAB_BASE while SMMUEN");
}

TEST(the_model_refuses_to_switch_off_into_bypass)
{
	m.cr0 = CR0_SMMUEN;
	m.cr0ack = CR0_SMMUEN;
	m.strtab_base = (uintptr_t)firmware_table;
	smmuv3_model_start(&m);
	m.delay = 0;
	mmio_write32(registers() + SMMU_CR0, 0);
	(void)mmio_read32(registers() + SMMU_CR0ACK);
	assert_string_equal(m.watch.illegal, "a device can reach more than before");
}

UNIT_TESTS(SMMUV3(a_unit_after_reset_is_blocked),
	   SMMUV3(a_unit_that_firmware_left_on_blocks_without_a_gap),
	   SMMUV3(a_unit_that_firmware_left_aborting_never_opens),
	   SMMUV3(translations_that_devices_bring_are_checked),
	   SMMUV3(a_unit_without_stage_2_blocks_by_invalid_entries),
	   SMMUV3(a_unit_that_always_stalls_blocks_by_invalid_entries),
	   SMMUV3(a_unit_without_two_levels_gets_a_small_table), SMMUV3(small_units_are_blocked),
	   SMMUV3(every_output_size_gives_a_valid_entry),
	   SMMUV3(a_unit_that_does_not_snoop_uses_uncached_accesses),
	   SMMUV3(a_unit_with_tables_at_fixed_addresses_aborts_switched_off),
	   SMMUV3(a_fault_names_stream_address_direction_and_reason),
	   SMMUV3(an_event_without_address_has_address_0),
	   SMMUV3(events_go_round_the_queue_and_survive_overflow),
	   SMMUV3(handshakes_that_never_end_time_out),
	   SMMUV3(a_command_that_is_never_taken_times_out),
	   SMMUV3(a_command_that_is_refused_is_an_error),
	   SMMUV3(a_unit_that_is_not_there_is_an_error),
	   SMMUV3(the_model_refuses_to_switch_on_with_stale_caches),
	   SMMUV3(the_model_refuses_a_second_switch_before_the_first_is_acknowledged),
	   SMMUV3(the_model_refuses_a_table_under_a_running_unit),
	   SMMUV3(the_model_refuses_to_switch_off_into_bypass));
