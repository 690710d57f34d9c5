/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the reset ladder share. */
#ifndef BULKHEAD_DRIVERS_PCIE_RESET_H
#define BULKHEAD_DRIVERS_PCIE_RESET_H

#include <bulkhead/pcie/reset.h>

#include "internal.h"

/* Registers that one step puts back. */
#define ROWS_A_STEP 4U

static inline u32 clean_read(const struct pcie_clean *c, u32 offset, u32 width)
{
	return pcie_host_read(c->h, fn_bdf(c->f), offset, width);
}

static inline void clean_write(const struct pcie_clean *c, u32 offset, u32 width, u32 value)
{
	pcie_host_write(c->h, fn_bdf(c->f), offset, width, value);
}

/* reset_registers.c: takes what the registers hold into @c. */
void registers_save(struct pcie_clean *c);

/*
 * Puts back ROWS_A_STEP registers from row @row on; @next: the row to go on with, PCIE_SAVED: that
 * was all. Returns the offset of one that does not hold what was written, or 0.
 */
u32 registers_restore(const struct pcie_clean *c, u32 row, u32 *next);

/*
 * reset_memory.c: boot: finds the memory of @c that a reset keeps. An error, which was logged:
 * there is some that cannot be cleared.
 */
int kept_find(struct pcie_clean *c);

/* Makes it reachable. False: not yet, try again. */
bool kept_open(const struct pcie_clean *c);

/* Clears a piece; @done: bytes that are, 0 at first. True: that is all. */
bool kept_clear(const struct pcie_clean *c, u64 *done);

/* The function decodes nothing again. */
void kept_close(const struct pcie_clean *c);

#endif
