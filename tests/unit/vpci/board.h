/* SPDX-License-Identifier: Apache-2.0 */
/* Two functions of a board and the PCI host of a partition that has them. */
#ifndef TESTS_UNIT_VPCI_BOARD_H
#define TESTS_UNIT_VPCI_BOARD_H

#include <bulkhead/pcie/regs.h>

#include "core/vm/vpci.h"

#define BOARD_FUNCTIONS 2U
#define BOARD_CONFIG 4096U

/* Of function 0: BAR 0 of 64 KiB, 64 bits, with both tables of MSI-X; BAR 2 of 4 KiB. */
#define BAR0_BASE 0x10000000ULL
#define BAR0_SIZE 0x10000ULL
#define BAR2_BASE 0x10010000ULL
#define TABLE_OFFSET 0x4000U
#define PBA_OFFSET 0x6800U
#define VECTORS 65U
/* Of function 1: BAR 0 of 2 MiB. */
#define OTHER_BASE 0x10200000ULL
#define OTHER_SIZE 0x200000ULL

#define FIRST 1U /* devices of the virtual bus */
#define SECOND 2U
#define ECAM(device, offset) (((u64)(device) << 15) + (offset))

extern struct vpci vpci;
extern struct s2 board_s2;
extern struct pcie_function board_fn[BOARD_FUNCTIONS];
extern u8 board_config[BOARD_FUNCTIONS][BOARD_CONFIG];
extern u32 board_writes; /* to any configuration space */

/* Pieces in which the board's function is told that messages may come. */
#define BOARD_STEPS 3U

/* What the first function offers, and what it was told. */
extern struct board_messages {
	enum msi_kind kind;
	u32 vectors;
	u32 calls, left;
	bool on, wanted;
	u64 address[MSI_VECTORS_MAX];
	u32 data[MSI_VECTORS_MAX];
	bool masked[MSI_VECTORS_MAX];
	bool pending[MSI_VECTORS_MAX];
} board_messages;

/* A fresh board, and a host whose guest has just started. Intid 40 is the line of the first. */
int board_setup(void **state);

/* The same, in two steps: what is between them changes the board. */
int board_make(void **state);
void board_start(void);

/* A fresh board for another host; stage 2 stays, and is empty. */
void board_renew(void);

void board_set(u32 function, u32 offset, u32 width, u32 value);
u32 board_get(u32 function, u32 offset, u32 width);

/* As the guest does it, again and again while it is told to. */
u64 config_read(u64 offset, u32 size);
void config_write(u64 offset, u32 size, u64 value);

/* Where the guest's @gpa leads; 0: stage 2 has nothing there. */
u64 mapped(u64 gpa);

/* Accesses that stage 2 refuses. */
enum trap_result window_read(u64 gpa, u32 size, u64 *value);
enum trap_result window_write(u64 gpa, u32 size, u64 value);

/* NULL, or what of stage 2 is not as the registers say, in words. */
const char *board_unsound(void);

#endif
