// SPDX-License-Identifier: Apache-2.0
/* MSI and MSI-X of a guest: kept here, told to whoever has the board's (BH-VPCI-004,
 * BH-VPCI-005). */
#include <unit.h>

#include "board.h"

#define CONTROL ECAM(FIRST, 0xa2)
#define PLAIN ECAM(FIRST, 0x52)
#define OFFERED 40U
#define ENTRY(n) (BAR0_BASE + TABLE_OFFSET + 16U * (n))

static void start(enum msi_kind kind, u32 vectors)
{
	(void)board_make(NULL);
	board_fn[0].cap[PCIE_MSI] = 0x50;
	board_messages.kind = kind;
	board_messages.vectors = vectors;
	board_start();
}

static u64 table(u64 at, u32 size)
{
	u64 value = 0;

	assert_int_equal(window_read(at, size, &value), TRAP_RESUME);
	return value;
}

static void table_write(u64 at, u32 size, u64 value)
{
	assert_int_equal(window_write(at, size, value), TRAP_RESUME);
}

TEST(the_kind_that_is_offered_is_shown_and_no_other)
{
	start(MSI_X, OFFERED);
	assert_int_equal(config_read(ECAM(FIRST, 0xa0), 1), PCI_CAP_ID_MSIX);
	assert_int_equal(config_read(CONTROL, 2), OFFERED - 1U);
	assert_int_equal(config_read(ECAM(FIRST, 0xa4), 4), TABLE_OFFSET);
	assert_int_equal(config_read(ECAM(FIRST, 0xa8), 4), PBA_OFFSET);
	assert_int_equal(config_read(ECAM(FIRST, 0x50), 4), 0);
	start(MSI_PLAIN, 1);
	assert_int_equal(config_read(ECAM(FIRST, 0xa0), 4), 0);
	assert_int_equal(config_read(ECAM(FIRST, 0x50), 1), PCI_CAP_ID_MSI);
	/* One vector, 64 bits, no mask. */
	assert_int_equal(config_read(PLAIN, 2), 0x0080);
	start(MSI_NONE, 0);
	assert_int_equal(config_read(ECAM(FIRST, 0xa0), 4), 0);
	assert_int_equal(config_read(ECAM(FIRST, 0x50), 4), 0);
}

TEST(entries_are_masked_at_first_and_told_as_they_are_written)
{
	start(MSI_X, OFFERED);
	for (u32 i = 0; i < OFFERED; i++) {
		assert_true(table(ENTRY(i), 8) == 0);
		assert_true(table(ENTRY(i) + 8U, 8) == 1ULL << 32);
	}
	assert_int_equal(board_messages.calls, 0);
	table_write(ENTRY(3), 8, 0x1122334455667788);
	table_write(ENTRY(3) + 8U, 4, 99);
	assert_true(board_messages.address[3] == 0x1122334455667788);
	assert_int_equal(board_messages.data[3], 99);
	board_messages.masked[3] = true;
	table_write(ENTRY(3) + 12U, 4, 0xfffffffe);
	assert_false(board_messages.masked[3]);
	table_write(ENTRY(3) + 8U, 8, 1ULL << 32 | 98);
	assert_true(board_messages.masked[3]);
	assert_int_equal(board_messages.data[3], 98);
	assert_true(table(ENTRY(3), 4) == 0x55667788);
	assert_true(table(ENTRY(3) + 4U, 4) == 0x11223344);
	/* Bits 1:0 of an address are 0. */
	table_write(ENTRY(4), 4, 0xffffffff);
	assert_true(board_messages.address[4] == 0xfffffffc);
	/* Nothing of it reaches the board's table. */
	board_messages.calls = 0;
	vpci_reset(&vpci);
	assert_true(table(ENTRY(3), 8) == 0);
	assert_true(table(ENTRY(3) + 8U, 8) == 1ULL << 32);
}

TEST(other_widths_and_other_entries_are_nobodys)
{
	start(MSI_X, OFFERED);
	table_write(ENTRY(0), 1, 0xff);
	table_write(ENTRY(0), 2, 0xffff);
	table_write(ENTRY(0) + 4U, 8, ~0ULL);
	table_write(ENTRY(OFFERED), 8, ~0ULL);
	table_write(ENTRY(VECTORS - 1U) + 12U, 4, 0);
	assert_int_equal(board_messages.calls, 0);
	assert_true(table(ENTRY(0) + 12U, 2) == 0);
	assert_true(table(ENTRY(OFFERED) + 8U, 8) == 0);
}

TEST(messages_come_while_they_are_on_and_not_masked_as_a_whole)
{
	start(MSI_X, OFFERED);
	config_write(CONTROL, 2, 0x8000);
	assert_true(board_messages.on);
	assert_int_equal(config_read(CONTROL, 2), 0x8000 | (OFFERED - 1U));
	config_write(CONTROL, 2, 0xc000);
	assert_false(board_messages.on);
	config_write(CONTROL, 2, 0x8000);
	assert_true(board_messages.on);
	config_write(CONTROL, 2, 0);
	assert_false(board_messages.on);
}

static enum trap_result piece(u64 at, u64 value)
{
	struct mmio_access a = { .offset = at, .size = 2, .write = true, .value = value };

	return vpci_config(&vpci, &a);
}

/* Each piece is an exit of its own: others' accesses, and contrary ones, come between any two. */
TEST(what_switches_messages_on_is_interrupted_at_every_piece)
{
	for (u32 n = 0; n <= BOARD_STEPS; n++) {
		start(MSI_X, OFFERED);
		for (u32 i = 0; i < n; i++) {
			assert_int_equal(piece(CONTROL, 0x8000), TRAP_RETRY);
			assert_int_equal(board_messages.left, BOARD_STEPS - 1U - i);
		}
		assert_int_equal(board_messages.on, n == BOARD_STEPS);
		assert_int_equal(config_read(CONTROL, 2),
				 (n != 0U ? 0x8000U : 0U) | (OFFERED - 1U));
		table_write(ENTRY(3) + 12U, 4, 0);
		assert_false(board_messages.masked[3]);
		config_write(ECAM(SECOND, PCI_COMMAND), 2, 2);
		/* Another vcpu switches them off: what was begun ends there. */
		config_write(CONTROL, 2, 0);
		assert_false(board_messages.on);
		assert_int_equal(board_messages.left, 0);
		/* And the first one, whose write is carried out again, on. */
		config_write(CONTROL, 2, 0x8000);
		assert_true(board_messages.on);
		assert_int_equal(piece(CONTROL, 0x8000), TRAP_RESUME);
		/* As a whole masked and not: that alone tells the board something. */
		board_messages.calls = 0;
		config_write(CONTROL, 2, 0xc000);
		assert_int_equal(board_messages.calls, 1U + BOARD_STEPS);
		config_write(CONTROL, 2, 0x4000);
		assert_int_equal(board_messages.calls, 1U + BOARD_STEPS);
		/* A restart forgets what was begun. */
		assert_int_equal(piece(CONTROL, 0x8000), TRAP_RETRY);
		vpci_reset(&vpci);
		board_messages.calls = 0;
		config_write(CONTROL, 2, 0x4000);
		assert_int_equal(board_messages.calls, 0);
	}
}

TEST(pending_bits_are_those_of_the_board)
{
	start(MSI_X, OFFERED);
	board_messages.pending[0] = board_messages.pending[33] = board_messages.pending[39] = true;
	assert_true(table(BAR0_BASE + PBA_OFFSET, 8) == (1ULL | 1ULL << 33 | 1ULL << 39));
	assert_true(table(BAR0_BASE + PBA_OFFSET, 4) == 1);
	assert_true(table(BAR0_BASE + PBA_OFFSET + 4U, 4) == (1U << 1 | 1U << 7));
	table_write(BAR0_BASE + PBA_OFFSET, 8, ~0ULL);
	assert_true(table(BAR0_BASE + PBA_OFFSET + 8U, 8) == 0);
}

TEST(a_plain_message_is_told_whole)
{
	start(MSI_PLAIN, 1);
	config_write(ECAM(FIRST, 0x54), 4, 0x08020043);
	config_write(ECAM(FIRST, 0x58), 4, 0x1);
	config_write(ECAM(FIRST, 0x5c), 2, 230);
	assert_true(board_messages.address[0] == 0x108020040);
	assert_int_equal(board_messages.data[0], 230);
	assert_false(board_messages.on);
	config_write(PLAIN, 2, 0x0071);
	assert_true(board_messages.on);
	assert_int_equal(config_read(PLAIN, 2), 0x0081);
	config_write(PLAIN, 2, 0);
	assert_false(board_messages.on);
	/* 32 bits. */
	(void)board_make(NULL);
	board_fn[0].cap[PCIE_MSI] = 0x50;
	board_set(0, 0x52, 2, 0x0106);
	board_messages.kind = MSI_PLAIN;
	board_messages.vectors = 1;
	board_start();
	config_write(ECAM(FIRST, 0x54), 4, 0x08020040);
	config_write(ECAM(FIRST, 0x58), 4, 0xabcd00e6);
	config_write(ECAM(FIRST, 0x5c), 4, 0xffff);
	assert_true(board_messages.address[0] == 0x08020040);
	assert_int_equal(board_messages.data[0], 0xe6);
	assert_int_equal(config_read(ECAM(FIRST, 0x5c), 4), 0);
}

UNIT_TESTS(UNIT(the_kind_that_is_offered_is_shown_and_no_other),
	   UNIT(entries_are_masked_at_first_and_told_as_they_are_written),
	   UNIT(other_widths_and_other_entries_are_nobodys),
	   UNIT(messages_come_while_they_are_on_and_not_masked_as_a_whole),
	   UNIT(what_switches_messages_on_is_interrupted_at_every_piece),
	   UNIT(pending_bits_are_those_of_the_board), UNIT(a_plain_message_is_told_whole));
