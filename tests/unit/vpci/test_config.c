// SPDX-License-Identifier: Apache-2.0
/* Registers and capabilities: what a guest sees and changes, and what reaches it (BH-VPCI-002). */
#include <bulkhead/lib/error.h>
#include <state_check.h>
#include <unit.h>

#include "board.h"

#define COMMAND ECAM(FIRST, PCI_COMMAND)

TEST(the_bus_has_a_bridge_the_functions_and_nothing_else)
{
	assert_int_equal(config_read(ECAM(0, 8), 4) >> 16, 0x0600);
	assert_int_equal(config_read(ECAM(FIRST, 0), 4), 0x00101b36);
	assert_int_equal(config_read(ECAM(SECOND, 0), 4), 0x11e81234);
	for (u32 i = 0; i < 256U; i++) {
		const u64 id = config_read((u64)i << 12, 4);

		if (i % 8U != 0U || i / 8U > SECOND)
			assert_int_equal(id, 0xffffffff);
		config_write((u64)i << 12, 4, 0);
	}
	assert_int_equal(config_read(ECAM(FIRST, 0x0e), 1), 0);
	assert_int_equal(config_read(ECAM(FIRST, PCI_CLASS_REVISION), 4), 0x01080203);
	assert_int_equal(config_read(ECAM(FIRST, PCI_SUBSYSTEM), 4), 0x11001af4);
	assert_int_equal(config_read(ECAM(FIRST, PCI_INTERRUPT_PIN), 1), 1);
	assert_int_equal(config_read(ECAM(SECOND, PCI_INTERRUPT_PIN), 1), 0);
	assert_int_equal(board_writes, 0);
}

TEST(every_width_reads_the_same_and_what_crosses_a_word_is_nobodys)
{
	for (u32 i = 0; i < BOARD_CONFIG; i += 4U) {
		const u32 word = (u32)config_read(ECAM(FIRST, i), 4);

		for (u32 k = 0; k < 4U; k++) {
			assert_int_equal(config_read(ECAM(FIRST, i + k), 1), word >> 8 * k & 0xffU);
			assert_int_equal(config_read(ECAM(FIRST, i + k), 2),
					 k == 3U ? 0xffffU : word >> 8 * k & 0xffffU);
		}
		assert_int_equal(config_read(ECAM(FIRST, i + 1U), 4), 0xffffffff);
		assert_true(config_read(ECAM(FIRST, i), 8) == ~0ULL);
	}
	config_write(ECAM(FIRST, PCI_BAR0), 8, 0);
	config_write(ECAM(FIRST, PCI_BAR0 + 1U), 4, 0);
	config_write(ECAM(FIRST, PCI_COMMAND + 3U), 2, 0);
	assert_int_equal(config_read(ECAM(FIRST, PCI_BAR0), 4), BAR0_BASE | PCI_BAR_TYPE_64);
}

/* Bits of @offset that writes of all kinds can change. */
static u32 changeable(u64 offset)
{
	const u32 was = (u32)config_read(offset, 4);
	u32 changed = 0;

	config_write(offset, 4, ~0ULL);
	changed |= (u32)config_read(offset, 4) ^ was;
	config_write(offset, 4, 0);
	changed |= (u32)config_read(offset, 4) ^ was;
	config_write(offset, 4, was);
	return changed;
}

TEST(nothing_can_be_written_but_what_the_table_says)
{
	for (u32 i = 0; i < BOARD_CONFIG; i += 4U) {
		const u32 bits = changeable(ECAM(FIRST, i));

		switch (i) {
		case PCI_COMMAND:
			assert_int_equal(bits, 0x0546);
			break;
		case 0x0c:
		case 0x3c:
			assert_int_equal(bits, 0xff);
			break;
		case PCI_BAR0:
			assert_int_equal(bits, 0xffff0000);
			break;
		case PCI_BAR0 + 4U:
			assert_int_equal(bits, 0xffffffff);
			break;
		case PCI_BAR0 + 8U:
			assert_int_equal(bits, 0xfffff000);
			break;
		case 0x44:
			assert_int_equal(bits, 0x3);
			break;
		case 0x68:
			assert_int_equal(bits, 0x79ff);
			break;
		case 0x88:
			assert_int_equal(bits, 0x1f);
			break;
		default:
			assert_int_equal(bits, 0);
			break;
		}
	}
}

TEST(the_board_sees_mastering_and_the_line_and_decodes_all_the_time)
{
	assert_int_equal(board_get(0, PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	config_write(COMMAND, 2, 0xffff);
	assert_int_equal(board_get(0, PCI_COMMAND, 2),
			 PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
	config_write(COMMAND, 1, 0);
	assert_int_equal(board_get(0, PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
	config_write(COMMAND, 4, 0xffff0000);
	assert_int_equal(board_get(0, PCI_COMMAND, 2), PCI_COMMAND_MEMORY);
	/* The second one has no line. */
	config_write(ECAM(SECOND, PCI_COMMAND), 2, PCI_COMMAND_MASTER);
	assert_int_equal(board_get(1, PCI_COMMAND, 2),
			 PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
	/* And all other registers of the board are as they were. */
	board_writes = 0;
	for (u32 i = 0; i < BOARD_CONFIG; i++) {
		if (i / 4U != PCI_COMMAND / 4U)
			config_write(ECAM(FIRST, i), 1, 0x55);
	}
	assert_int_equal(board_writes, 0);
}

TEST(status_shows_the_line_as_it_is)
{
	assert_int_equal(config_read(ECAM(FIRST, PCI_STATUS), 2), PCI_STATUS_CAPABILITIES);
	board_set(0, PCI_STATUS, 2, 0xffff);
	assert_int_equal(config_read(ECAM(FIRST, PCI_STATUS), 2), PCI_STATUS_CAPABILITIES | 8U);
	config_write(ECAM(FIRST, PCI_STATUS), 2, 0xffff);
	assert_int_equal(config_read(ECAM(FIRST, PCI_STATUS), 2), PCI_STATUS_CAPABILITIES | 8U);
}

/* The ids of the list, low byte first. */
static u64 list(u32 device)
{
	u32 at = (u32)config_read(ECAM(device, PCI_CAPABILITIES), 1);
	u64 ids = 0;

	for (u32 i = 0; at != 0U; i++) {
		assert_true(i < 8U && at >= PCI_CAP_FIRST);
		ids |= config_read(ECAM(device, at), 1) << 8 * i;
		at = (u32)config_read(ECAM(device, at + 1U), 1);
	}
	return ids;
}

TEST(capabilities_that_are_not_in_the_table_are_hidden)
{
	assert_true(list(FIRST) == 0x1001);
	assert_int_equal(config_read(ECAM(FIRST, 0x40), 4), 0x00036001);
	/* Endpoint of the root complex; no FLR, no link; MPS as it is. */
	assert_int_equal(config_read(ECAM(FIRST, 0x60), 4), 0x00920010);
	assert_int_equal(config_read(ECAM(FIRST, 0x64), 4), 0x00008027);
	assert_int_equal(config_read(ECAM(FIRST, 0x50), 4), 0);
	assert_int_equal(config_read(ECAM(FIRST, 0x100), 4), 0);
	for (u32 id = 0; id < 256U; id++) {
		(void)board_make(NULL);
		board_set(0, PCI_CAPABILITIES, 1, 0x40);
		board_set(0, 0x40, 4, id | 0x00100000U);
		board_start();
		assert_true(list(FIRST) == (id == 0x01U || id == 0x09U || id == 0x10U ? id : 0U));
	}
}

TEST(a_vendors_own_capability_is_a_copy)
{
	(void)board_make(NULL);
	board_set(0, PCI_CAPABILITIES, 1, 0x40);
	board_set(0, 0x40, 4, 0x01106009);
	board_set(0, 0x4c, 4, 0x12345678);
	board_set(0, 0x50, 4, 0xdeadbeef);
	board_set(0, 0x60, 4, 0x05000009);
	board_start();
	assert_true(list(FIRST) == 0x09);
	assert_int_equal(config_read(ECAM(FIRST, 0x40), 4), 0x01100009);
	assert_int_equal(config_read(ECAM(FIRST, 0x4c), 4), 0x12345678);
	assert_int_equal(config_read(ECAM(FIRST, 0x50), 4), 0);
	assert_int_equal(changeable(ECAM(FIRST, 0x4c)), 0);
}

TEST(lists_that_loop_overlap_or_run_out_end)
{
	static const u32 bad[][2] = {
		{ 0x40, 0x00034001 },                       /* to itself */
		{ 0x40, 0x00030001 },                       /* to nothing */
		{ 0xfc, 0x0002fc10 },                       /* beyond the end */
		{ 0x40, 0xffffffff }, { 0x3c, 0x00000001 }, /* in the header */
		{ 0xf8, 0x00ff4009 },                       /* longer than there is room */
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		(void)board_make(NULL);
		board_set(0, PCI_CAPABILITIES, 1, bad[i][0]);
		board_set(0, bad[i][0], 4, bad[i][1]);
		board_start();
		(void)list(FIRST);
		assert_null(board_unsound());
	}
	/* PCI Express over power management: the first one stays. */
	(void)board_make(NULL);
	board_set(0, 0x40, 4, 0x7e034401);
	board_set(0, 0x44, 4, 0x00020010);
	board_start();
	assert_true(list(FIRST) == 0x01);
	/* A second one of a kind. */
	(void)board_make(NULL);
	board_set(0, 0x50, 4, 0x7e036001);
	board_start();
	assert_true(list(FIRST) == 0x1001);
}

TEST(more_functions_than_fit_are_refused)
{
	while (vpci.count < VPCI_FUNCTIONS_MAX)
		assert_int_equal(vpci_add(&vpci, &board_fn[1], "more", 0), 0);
	assert_int_equal(vpci_add(&vpci, &board_fn[1], "one more", 0), BH_EOVERFLOW);
}

TEST(a_reset_forgets_what_was_written)
{
	u32 before[64], after;

	for (u32 i = 0; i < 64U; i++)
		before[i] = (u32)config_read(ECAM(FIRST, 4U * i), 4);
	for (u32 i = 0; i < 64U; i++)
		config_write(ECAM(FIRST, 4U * i), 4, 0xffffffff);
	vpci_reset(&vpci);
	for (u32 i = 0; i < 64U; i++) {
		after = (u32)config_read(ECAM(FIRST, 4U * i), 4);
		assert_int_equal(after, before[i]);
	}
	assert_null(board_unsound());
}

#define HERE(name) cmocka_unit_test_setup(name, board_setup)

/* ---- the tables of state ---- */

static void start_again(void *unit)
{
	(void)unit;
	vpci_reset(&vpci);
}

TEST(every_byte_of_a_function_is_in_a_table)
{
	state_is_complete(vpci_function_fields, vpci_function_field_count,
			  sizeof(struct vpci_function));
	state_is_complete(vpci_bar_fields, vpci_bar_field_count, sizeof(struct vpci_bar));
}

TEST(whatever_byte_of_a_function_changes_a_reset_brings_it_back)
{
	static struct vpci_function fresh;

	(void)board_make(NULL);
	board_messages.kind = MSI_X;
	board_messages.vectors = MSI_VECTORS_MAX;
	board_start();
	fresh = vpci.fn[FIRST];
	state_mutate(vpci_function_fields, vpci_function_field_count, &vpci.fn[FIRST], &fresh, NULL,
		     start_again);
	for (u32 i = 0; i < fresh.bar_count; i++)
		state_mutate(vpci_bar_fields, vpci_bar_field_count, &vpci.fn[FIRST].bar[i],
			     &fresh.bar[i], NULL, start_again);
	/* A BAR that its guest has moved is where it was. */
	config_write(ECAM(FIRST, PCI_BAR0), 4, BAR0_BASE + 0x100000U);
	vpci_reset(&vpci);
	for (u32 i = 0; i < fresh.bar_count; i++)
		state_is_fresh(vpci_bar_fields, vpci_bar_field_count, &vpci.fn[FIRST].bar[i],
			       &fresh.bar[i]);
}

UNIT_TESTS(HERE(the_bus_has_a_bridge_the_functions_and_nothing_else),
	   HERE(every_width_reads_the_same_and_what_crosses_a_word_is_nobodys),
	   HERE(nothing_can_be_written_but_what_the_table_says),
	   HERE(the_board_sees_mastering_and_the_line_and_decodes_all_the_time),
	   HERE(status_shows_the_line_as_it_is),
	   HERE(capabilities_that_are_not_in_the_table_are_hidden),
	   HERE(a_vendors_own_capability_is_a_copy), HERE(lists_that_loop_overlap_or_run_out_end),
	   HERE(more_functions_than_fit_are_refused), HERE(a_reset_forgets_what_was_written),
	   HERE(every_byte_of_a_function_is_in_a_table),
	   HERE(whatever_byte_of_a_function_changes_a_reset_brings_it_back));
