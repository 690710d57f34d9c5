// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/lib/error.h>

#include "amdvi_model.h"
#include "drivers/iommu/amdvi_regs.h"

extern const struct iommu_driver iommu_driver_amdvi;

static struct amdvi_model m;
static u64 firmware_table[512] __aligned(4096);
static u64 firmware_ring[512] __aligned(4096);

static int amdvi_setup(void **state)
{
	(void)unit_setup(state);
	model_machine(IOMMU_AMDVI, 1, AMDVI_MODEL_SIZE);
	amdvi_model_init(&m, 0);
	return 0;
}

#define AMDVI(name) cmocka_unit_test_setup(name, amdvi_setup)

static int block(void)
{
	return iommu_driver_amdvi.block_all(0, &machine.iommu[0]);
}

static void assert_blocked(void)
{
	assert_null(m.watch.illegal);
	assert_int_equal(m.watch.dma, REACH_NOTHING);
	assert_int_equal(m.devtab & 0x1ffU, 511);
	assert_int_equal(m.waits != 0U, true);
}

TEST(a_unit_after_reset_is_blocked)
{
	assert_int_equal(block(), 0);
	assert_blocked();
}

/* On, with a table that lets everybody through, an exclusion range and features of its own. */
static void firmware_left_on(void)
{
	m.control = CONTROL_IOMMU_EN | CONTROL_EVENT_LOG_EN | CONTROL_CMD_BUF_EN |
		    CONTROL_HT_TUN_EN | CONTROL_PASS_PW | BIT(3) | BIT(16) | BIT(40);
	m.status = STATUS_CMD_BUF_RUN | STATUS_EVENT_LOG_RUN | STATUS_EVENT_LOG_INT;
	m.devtab = (uintptr_t)firmware_table;
	m.table_open = true;
	m.cmd_base = (uintptr_t)firmware_ring | RING_LEN_256;
	m.cmd_head = 0x40;
	m.cmd_tail = 0x40;
	m.event_base = (uintptr_t)firmware_ring | RING_LEN_256;
	amdvi_model_start(&m);
}

TEST(a_unit_that_firmware_left_on_blocks_without_a_gap)
{
	firmware_left_on();
	assert_int_equal(m.watch.dma, REACH_TABLES);
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.control & CONTROL_HT_TUN_EN, CONTROL_HT_TUN_EN);
	assert_int_equal(m.control & CONTROL_PASS_PW, CONTROL_PASS_PW);
	assert_int_equal(m.status & STATUS_EVENT_LOG_INT, 0);
}

TEST(an_exclusion_range_of_firmware_is_taken_away)
{
	firmware_left_on();
	m.excl_base = 0x80000001;
	m.excl_limit = 0x90000000;
	amdvi_model_start(&m);
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.excl_base, 0);
}

TEST(a_unit_without_invalidate_all_is_told_every_device)
{
	firmware_left_on();
	m.feature = 0;
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.entries_told, 65536);
}

TEST(a_fault_names_device_address_direction_and_reason)
{
	struct iommu_fault f;

	machine.iommu[0].segment = 1;
	assert_int_equal(block(), 0);
	assert_int_equal(iommu_driver_amdvi.next_fault(0, &f), BH_ENOENT);
	amdvi_model_event(&m, 2, 0x0108, 0x12345678, EVENT_RW);
	assert_int_equal(iommu_driver_amdvi.next_fault(0, &f), 0);
	assert_int_equal(f.who.v, 0x10108);
	assert_int_equal(f.addr.v, 0x12345678);
	assert_true(f.write);
	assert_int_equal(f.reason, 2);
	assert_int_equal(iommu_driver_amdvi.next_fault(0, &f), BH_ENOENT);
}

TEST(events_go_round_the_ring)
{
	struct iommu_fault f;

	assert_int_equal(block(), 0);
	for (u32 i = 0; i < 600U; i++) {
		amdvi_model_event(&m, 2, (u16)i, i, 0);
		assert_int_equal(iommu_driver_amdvi.next_fault(0, &f), 0);
		assert_int_equal(f.who.v, i);
		assert_false(f.write);
	}
	assert_null(m.watch.illegal);
}

TEST(a_log_that_overflowed_records_again_once_it_is_read)
{
	struct iommu_fault f;
	u32 seen = 0;

	assert_int_equal(block(), 0);
	for (u32 i = 0; i < 300U; i++)
		amdvi_model_event(&m, 2, 8, i, 0);
	assert_int_equal(m.status & STATUS_EVENT_OVERFLOW, STATUS_EVENT_OVERFLOW);
	while (iommu_driver_amdvi.next_fault(0, &f) == 0)
		seen++;
	assert_int_equal(seen, 255);
	assert_int_equal(m.status & STATUS_EVENT_OVERFLOW, 0);
	amdvi_model_event(&m, 2, 9, 0, 0);
	assert_int_equal(iommu_driver_amdvi.next_fault(0, &f), 0);
	assert_int_equal(f.who.v, 9);
	assert_int_equal(m.watch.dma, REACH_NOTHING);
	assert_null(m.watch.illegal);
}

TEST(a_log_that_cannot_be_restarted_stays_stopped)
{
	struct iommu_fault f;

	assert_int_equal(block(), 0);
	m.status |= STATUS_EVENT_OVERFLOW;
	m.stuck_run = true;
	assert_int_equal(iommu_driver_amdvi.next_fault(0, &f), BH_ENOENT);
	assert_int_equal(m.status & STATUS_EVENT_OVERFLOW, STATUS_EVENT_OVERFLOW);
}

TEST(rings_that_never_stop_or_start_time_out)
{
	m.stuck_run = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
	firmware_left_on();
	assert_int_equal(block(), BH_ETIMEDOUT);
	assert_int_equal(m.control & CONTROL_IOMMU_EN, CONTROL_IOMMU_EN);
}

TEST(a_wait_that_is_never_done_times_out)
{
	m.stuck_wait = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
	m.feature = 0;
	assert_int_equal(block(), BH_ETIMEDOUT);
}

TEST(a_unit_that_does_not_switch_on_is_an_error)
{
	m.lost_enable = true;
	assert_int_equal(block(), BH_EIO);
}

TEST(a_unit_that_is_not_there_is_an_error)
{
	m.control = ~0ULL;
	assert_int_equal(block(), BH_EIO);
}

TEST(a_unit_of_another_segment_does_not_share_the_table)
{
	static struct amdvi_model second;

	model_machine(IOMMU_AMDVI, 2, AMDVI_MODEL_SIZE);
	amdvi_model_init(&m, 0);
	amdvi_model_init(&second, 1);
	machine.iommu[0].segment = 1;
	machine.iommu[1].segment = 1;
	assert_int_equal(iommu_block_all(), 0);
	machine.iommu[1].segment = 2;
	assert_int_equal(iommu_block_all(), BH_ENOTSUP);
	assert_string_equal(iommu_state(0), "blocking");
}

TEST(events_are_told_by_one_message_until_the_log_is_empty)
{
	const struct iommu_message to = { .address = 0xfee03000ULL, .data = 0x41 };
	const struct iommu_message wide = { .address = 0x1fee03000ULL, .data = 0x41 };
	const struct iommu_message moved = { .address = 0xfee05000ULL, .data = 0x41 };
	struct iommu_fault f;

	assert_int_equal(block(), 0);
	amdvi_model_event(&m, 2, 0x0108, 0x1000, EVENT_RW);
	assert_int_equal(m.events, 0);
	assert_int_equal(iommu_driver_amdvi.next_fault(0, &f), 0);
	assert_int_equal(iommu_driver_amdvi.next_fault(0, &f), BH_ENOENT);
	assert_int_equal(iommu_driver_amdvi.interrupt_message(0, &wide), BH_ERANGE);
	assert_int_equal(iommu_driver_amdvi.interrupt_message(0, &to), 0);
	assert_true(amdvi_model_msi.on && amdvi_model_msi.message.address == to.address);
	assert_int_equal(amdvi_model_msi.message.data, 0x41);
	for (u32 turn = 1; turn <= 3U; turn++) {
		for (u32 i = 0; i < 5U; i++)
			amdvi_model_event(&m, 2, 0x0108, 0x1000, EVENT_RW);
		assert_int_equal(m.events, turn);
		while (iommu_driver_amdvi.next_fault(0, &f) == 0)
			continue;
		assert_int_equal(m.status & STATUS_EVENT_LOG_INT, 0);
	}
	assert_int_equal(iommu_driver_amdvi.interrupt_message(0, &moved), 0);
	assert_true(amdvi_model_msi.message.address == moved.address);
	assert_null(m.watch.illegal);
}

TEST(a_unit_without_a_function_tells_of_no_event)
{
	const struct iommu_message to = { .address = 0xfee03000ULL, .data = 0x41 };

	assert_int_equal(block(), 0);
	amdvi_model_msi.absent = true;
	assert_int_equal(iommu_driver_amdvi.interrupt_message(0, &to), BH_ENODEV);
	assert_int_equal(m.control & CONTROL_EVENT_INT_EN, 0);
}

static void write_control(u64 v)
{
	volatile u8 *regs = mmu_map(MODEL_BASE, AMDVI_MODEL_SIZE, MMU_DEVICE);

	mmio_write64(regs + CONTROL, v);
}

TEST(the_model_refuses_to_switch_on_without_a_table)
{
	write_control(CONTROL_IOMMU_EN);
	assert_string_equal(m.watch.illegal, "IommuEn without a device table");
}

TEST(the_model_refuses_a_moment_without_translation)
{
	firmware_left_on();
	write_control(0);
	assert_string_equal(m.watch.illegal, "a device can reach more than before");
}

TEST(the_model_refuses_a_ring_that_moves_while_it_runs)
{
	volatile u8 *regs = mmu_map(MODEL_BASE, AMDVI_MODEL_SIZE, MMU_DEVICE);

	firmware_left_on();
	mmio_write64(regs + CMD_BUF_BASE, (uintptr_t)firmware_ring | RING_LEN_256);
	assert_string_equal(m.watch.illegal, "a ring moves while it runs");
}

TEST(the_model_sees_one_open_entry_among_all)
{
	volatile u8 *regs = mmu_map(MODEL_BASE, AMDVI_MODEL_SIZE, MMU_DEVICE);
	volatile u64 *last;

	assert_int_equal(block(), 0);
	assert_false(m.table_open);
	last = (volatile u64 *)(uintptr_t)(m.devtab & BITS(51, 12)) + 65535U * 4U;
	*last &= ~DTE0_V;
	mmio_write64(regs + DEVTAB_BASE, m.devtab);
	*last |= DTE0_V;
	assert_true(m.table_open);
}

UNIT_TESTS(AMDVI(a_unit_after_reset_is_blocked),
	   AMDVI(a_unit_that_firmware_left_on_blocks_without_a_gap),
	   AMDVI(an_exclusion_range_of_firmware_is_taken_away),
	   AMDVI(a_unit_without_invalidate_all_is_told_every_device),
	   AMDVI(a_fault_names_device_address_direction_and_reason),
	   AMDVI(events_go_round_the_ring),
	   AMDVI(a_log_that_overflowed_records_again_once_it_is_read),
	   AMDVI(a_log_that_cannot_be_restarted_stays_stopped),
	   AMDVI(events_are_told_by_one_message_until_the_log_is_empty),
	   AMDVI(a_unit_without_a_function_tells_of_no_event),
	   AMDVI(a_unit_of_another_segment_does_not_share_the_table),
	   AMDVI(rings_that_never_stop_or_start_time_out),
	   AMDVI(a_wait_that_is_never_done_times_out),
	   AMDVI(a_unit_that_does_not_switch_on_is_an_error),
	   AMDVI(a_unit_that_is_not_there_is_an_error),
	   AMDVI(the_model_refuses_to_switch_on_without_a_table),
	   AMDVI(the_model_refuses_a_moment_without_translation),
	   AMDVI(the_model_refuses_a_ring_that_moves_while_it_runs),
	   AMDVI(the_model_sees_one_open_entry_among_all));
