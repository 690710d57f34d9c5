// SPDX-License-Identifier: Apache-2.0
/*
 * A PCI host in the hands of a guest, and a function whose configuration space holds anything. The
 * first byte says what messages it offers, the second how many words of its space come next (3
 * bytes: where, what); the rest are accesses of 8 bytes: what is done, where, a value. After each
 * one stage 2 maps what the registers say and nothing else, no word of the board but Command has
 * changed, and what was never to be seen is not.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/arch/vplat.h>

#include "tests/unit/vpci/board.h"

#define STEP 8U
#define WRITE 0x01U
#define WIDTH 1U /* shift */
#define WHERE 3U /* shift: 0, 1 configuration space, 2 the first window, 3 the second */
#define COMMAND_BITS (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static u8 before[BOARD_FUNCTIONS][BOARD_CONFIG];

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* The board's space is the device's business, Command apart. */
static void board_check(void)
{
	for (u32 i = 0; i < BOARD_FUNCTIONS; i++) {
		check((board_get(i, PCI_COMMAND, 2) & ~COMMAND_BITS) == 0U);
		memcpy(&before[i][PCI_COMMAND], &board_config[i][PCI_COMMAND], 2);
		check(memcmp(before[i], board_config[i], BOARD_CONFIG) == 0);
	}
}

static size_t board_from(const uint8_t *data, size_t size)
{
	size_t at = 2;

	if (vpci.count == 0U)
		check(board_make(NULL) == 0);
	else
		board_renew();
	board_messages.kind = (enum msi_kind)(data[0] % 3U);
	board_messages.vectors = board_messages.kind == MSI_X       ? 1U + data[0] % VECTORS
				 : board_messages.kind == MSI_PLAIN ? 1U
								    : 0U;
	if (board_messages.vectors > MSI_VECTORS_MAX)
		board_messages.vectors = MSI_VECTORS_MAX;
	board_fn[0].cap[PCIE_MSI] = 0x50;
	for (u32 i = 0; i < data[1] % 64U && at + 3U <= size; i++, at += 3U) {
		/* What the enumeration has found is as it was. */
		if (data[at] != PCI_COMMAND && data[at] != PCI_COMMAND + 1U)
			board_set(0, data[at], 1, data[at + 1U]);
	}
	memcpy(before, board_config, sizeof(before));
	board_start();
	memcpy(before[0] + PCI_COMMAND, board_config[0] + PCI_COMMAND, 2);
	return at;
}

static void step(const uint8_t *d)
{
	const u32 size = 1U << (d[0] >> WIDTH & 3U);
	u64 offset = (u64)d[1] | (u64)d[2] << 8;
	u64 value = (u64)d[4] | (u64)d[5] << 8 | (u64)d[6] << 16 | (u64)d[7] << 24;
	enum trap_result r = TRAP_RESUME;

	if ((d[0] >> WHERE & 2U) == 0U) {
		offset = ECAM(d[3] % 4U, offset % BOARD_CONFIG);
		if ((d[0] & WRITE) != 0U)
			config_write(offset, size, value | value << 32);
		else
			check(size == 8U || config_read(offset, size) >> (8U * size) == 0U);
		return;
	}
	offset |= (u64)d[3] << 16;
	offset += (d[0] >> WHERE & 1U) != 0U ? vplat.pci.window64.v : vplat.pci.window.v;
	if ((d[0] & WRITE) != 0U)
		r = window_write(offset, size, value | value << 32);
	else
		r = window_read(offset, size, &value);
	/* Told to try again, it is mapped. */
	check(r == TRAP_RESUME || (r == TRAP_RETRY && mapped(offset) != 0U));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2U)
		return 0;
	for (size_t at = board_from(data, size); at + STEP <= size; at += STEP) {
		step(data + at);
		check(board_unsound() == NULL);
		board_check();
	}
	vpci_reset(&vpci);
	check(board_unsound() == NULL);
	return 0;
}
