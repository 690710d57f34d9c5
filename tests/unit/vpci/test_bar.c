// SPDX-License-Identifier: Apache-2.0
/* BARs: sized, moved, switched, over each other; pages with tables of MSI-X (BH-VPCI-001). */
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "board.h"

#define BAR(device, n) ECAM(device, PCI_BAR0 + 4U * (n))
#define COMMAND(device) ECAM(device, PCI_COMMAND)
#define BAR_MOVES 200U
#define ALL_ONES 0xffffffffU
#define HIGH 0x8000000000ULL

TEST(at_first_bars_are_where_the_board_has_them)
{
	assert_true(mapped(BAR0_BASE) == BAR0_BASE);
	assert_true(mapped(BAR2_BASE) == BAR2_BASE);
	assert_true(mapped(OTHER_BASE + OTHER_SIZE - PAGE_SIZE) ==
		    OTHER_BASE + OTHER_SIZE - PAGE_SIZE);
	assert_true(mapped(BAR2_BASE + PAGE_SIZE) == 0);
	assert_null(board_unsound());
}

TEST(sizing_says_size_and_kind_and_moves_nothing_for_good)
{
	config_write(BAR(FIRST, 0), 4, ALL_ONES);
	config_write(BAR(FIRST, 1), 4, ALL_ONES);
	assert_int_equal(config_read(BAR(FIRST, 0), 4), 0xffff0004);
	assert_int_equal(config_read(BAR(FIRST, 1), 4), ALL_ONES);
	assert_true(mapped(BAR0_BASE) == 0);
	config_write(BAR(FIRST, 0), 4, BAR0_BASE);
	config_write(BAR(FIRST, 1), 4, 0);
	assert_true(mapped(BAR0_BASE) == BAR0_BASE);
	config_write(BAR(FIRST, 2), 4, ALL_ONES);
	assert_int_equal(config_read(BAR(FIRST, 2), 4), 0xfffff000);
	config_write(BAR(SECOND, 0), 4, ALL_ONES);
	assert_int_equal(config_read(BAR(SECOND, 0), 4), 0xffe00008);
	for (u32 i = 3; i < PCIE_BARS; i++) {
		config_write(BAR(FIRST, i), 4, ALL_ONES);
		assert_int_equal(config_read(BAR(FIRST, i), 4), 0);
	}
	config_write(ECAM(FIRST, PCI_ROM), 4, ALL_ONES);
	assert_int_equal(config_read(ECAM(FIRST, PCI_ROM), 4), 0);
	assert_int_equal(board_get(0, PCI_BAR0, 4), 0);
	assert_null(board_unsound());
}

TEST(a_moved_bar_answers_where_it_is_and_nowhere_else)
{
	u64 at = OTHER_BASE, value;

	for (u64 i = 1; i < BAR_MOVES; i++) {
		const u64 to = 0x11000000U + i % 7U * OTHER_SIZE;

		config_write(BAR(SECOND, 0), 4, to);
		if (at != to)
			assert_true(mapped(at) == 0);
		assert_true(mapped(to) == OTHER_BASE);
		assert_null(board_unsound());
		at = to;
	}
	assert_int_equal(window_read(OTHER_BASE, 4, &value), TRAP_RESUME);
	assert_true(value == ~0ULL);
	/* Whoever was refused before it was mapped tries again. */
	assert_int_equal(window_read(at, 4, &value), TRAP_RETRY);
	/* And no table is lost on the way. */
	vpci_reset(&vpci);
	assert_null(board_unsound());
}

TEST(a_wide_bar_goes_above_4_gib)
{
	config_write(BAR(FIRST, 1), 4, HIGH >> 32);
	assert_true(mapped(BAR0_BASE) == 0);
	assert_true(mapped(HIGH + BAR0_BASE) == BAR0_BASE);
	config_write(BAR(FIRST, 0), 4, 0);
	assert_true(mapped(HIGH) == BAR0_BASE);
	assert_null(board_unsound());
}

TEST(outside_the_windows_nothing_is_mapped)
{
	static const u64 outside[] = {
		0, 0x0ff00000, 0x3ee00000, 0x40000000, 0xffe00000, 0x09000000, 0x4000000000,
	};

	for (u32 i = 0; i < ARRAY_SIZE(outside); i++) {
		config_write(BAR(SECOND, 0), 4, outside[i]);
		assert_true(mapped(outside[i]) == 0);
		assert_null(board_unsound());
	}
	config_write(BAR(FIRST, 0), 4, 0);
	config_write(BAR(FIRST, 1), 4, 0x100);
	assert_true(mapped(0x10000000000) == 0);
	assert_null(board_unsound());
}

TEST(memory_enable_and_d3_switch_decoding)
{
	u64 value;

	config_write(COMMAND(FIRST), 2, PCI_COMMAND_MASTER);
	assert_true(mapped(BAR0_BASE) == 0 && mapped(BAR2_BASE) == 0);
	assert_true(mapped(OTHER_BASE) == OTHER_BASE);
	assert_int_equal(window_read(BAR0_BASE, 4, &value), TRAP_RESUME);
	assert_true(value == ~0ULL);
	assert_int_equal(window_write(BAR0_BASE, 8, 1), TRAP_RESUME);
	config_write(COMMAND(FIRST), 2, PCI_COMMAND_MEMORY);
	assert_true(mapped(BAR0_BASE) == BAR0_BASE);
	config_write(ECAM(FIRST, 0x44), 2, 3);
	assert_true(mapped(BAR0_BASE) == 0);
	config_write(ECAM(FIRST, 0x44), 2, 0);
	assert_true(mapped(BAR0_BASE) == BAR0_BASE);
	assert_null(board_unsound());
}

TEST(of_two_bars_at_one_place_the_first_stays_and_both_work_when_they_part)
{
	config_write(BAR(FIRST, 2), 4, OTHER_BASE + PAGE_SIZE);
	assert_true(mapped(OTHER_BASE + PAGE_SIZE) == OTHER_BASE + PAGE_SIZE);
	assert_true(mapped(BAR2_BASE) == 0);
	config_write(BAR(SECOND, 0), 4, 0x20000000);
	assert_true(mapped(0x20000000) == OTHER_BASE);
	assert_true(mapped(OTHER_BASE + PAGE_SIZE) == BAR2_BASE);
	assert_null(board_unsound());
	config_write(BAR(FIRST, 2), 4, 0x20001000);
	config_write(BAR(FIRST, 2), 4, BAR2_BASE);
	assert_true(mapped(BAR2_BASE) == BAR2_BASE);
	assert_true(mapped(0x20001000) == OTHER_BASE + PAGE_SIZE);
	assert_null(board_unsound());
}

TEST(what_stage_2_refuses_is_not_mapped_and_harms_nobody)
{
	assert_int_equal(s2_map(&board_s2, GPA(0x20000000), HPA(0x80000000), PAGE_SIZE, PT_R), 0);
	config_write(BAR(SECOND, 0), 4, 0x20000000);
	assert_true(mapped(0x20000000) == 0x80000000);
	assert_true(mapped(0x20001000) == 0);
	config_write(BAR(SECOND, 0), 4, 0x20200000);
	assert_true(mapped(0x20200000) == OTHER_BASE);
	assert_true(mapped(0x20000000) == 0x80000000);
	assert_null(board_unsound());
}

TEST(pages_with_tables_of_messages_are_never_mapped)
{
	u64 value;

	assert_true(mapped(BAR0_BASE + TABLE_OFFSET - PAGE_SIZE) != 0);
	assert_true(mapped(BAR0_BASE + TABLE_OFFSET) == 0);
	assert_true(mapped(BAR0_BASE + PBA_OFFSET) == 0);
	assert_true(mapped(BAR0_BASE + 0x7000) == BAR0_BASE + 0x7000);
	/* What else is in those pages is the device's, naturally aligned. */
	for (u32 size = 1; size <= 8U; size *= 2U) {
		const u64 at = BAR0_BASE + PBA_OFFSET + 0x100U;

		assert_int_equal(window_read(at, size, &value), TRAP_RESUME);
		assert_int_equal(value & 0xffU, 0x5a);
		assert_int_equal(window_write(at, size, 0xa5), TRAP_RESUME);
		assert_int_equal(window_read(at, size, &value), TRAP_RESUME);
		assert_int_equal(value, 0xa5);
		assert_int_equal(window_write(at, size, 0x5a5a5a5a5a5a5a5a), TRAP_RESUME);
		if (size > 1U) {
			assert_int_equal(window_read(at + 1U, size, &value), TRAP_RESUME);
			assert_int_equal(value, 0);
		}
	}
	/* The tables are not. 65 vectors have two words of pending bits. */
	assert_int_equal(window_read(BAR0_BASE + TABLE_OFFSET, 4, &value), TRAP_RESUME);
	assert_int_equal(value, 0);
	assert_int_equal(window_read(BAR0_BASE + TABLE_OFFSET + 16U * VECTORS - 4U, 4, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(window_read(BAR0_BASE + PBA_OFFSET + 8U, 8, &value), TRAP_RESUME);
	assert_int_equal(value, 0);
	assert_int_equal(window_read(BAR0_BASE + PBA_OFFSET + 16U, 8, &value), TRAP_RESUME);
	assert_true(value == 0x5a5a5a5a5a5a5a5a);
}

TEST(a_bar_that_the_windows_do_not_hold_begins_nowhere)
{
	(void)board_make(NULL);
	board_fn[1].bar[0].base = HPA(0x60000000);
	board_start();
	assert_int_equal(config_read(BAR(SECOND, 0), 4), PCI_BAR_PREFETCH);
	assert_true(mapped(0x60000000) == 0);
	config_write(BAR(SECOND, 0), 4, 0x20000000);
	assert_true(mapped(0x20000000) == 0x60000000);
	assert_null(board_unsound());
}

TEST(while_stage_2_changes_everybody_tries_again)
{
	struct mmio_access a = { .offset = COMMAND(FIRST), .size = 2 };

	vpci.busy = true;
	assert_int_equal(vpci_config(&vpci, &a), TRAP_RETRY);
	a.offset = 0;
	assert_int_equal(vpci_window(&vpci, &a), TRAP_RETRY);
	vpci.busy = false;
	assert_int_equal(vpci_window(&vpci, &a), TRAP_RETRY);
	a.offset = 0x100000;
	assert_int_equal(vpci_window(&vpci, &a), TRAP_RESUME);
}

#define HERE(name) cmocka_unit_test_setup(name, board_setup)

UNIT_TESTS(HERE(at_first_bars_are_where_the_board_has_them),
	   HERE(sizing_says_size_and_kind_and_moves_nothing_for_good),
	   HERE(a_moved_bar_answers_where_it_is_and_nowhere_else),
	   HERE(a_wide_bar_goes_above_4_gib), HERE(outside_the_windows_nothing_is_mapped),
	   HERE(memory_enable_and_d3_switch_decoding),
	   HERE(of_two_bars_at_one_place_the_first_stays_and_both_work_when_they_part),
	   HERE(what_stage_2_refuses_is_not_mapped_and_harms_nobody),
	   HERE(pages_with_tables_of_messages_are_never_mapped),
	   HERE(a_bar_that_the_windows_do_not_hold_begins_nowhere),
	   HERE(while_stage_2_changes_everybody_tries_again));
