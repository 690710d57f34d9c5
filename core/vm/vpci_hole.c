// SPDX-License-Identifier: Apache-2.0
/*
 * Pages of a BAR that hold tables of MSI-X. The tables are Bulkhead's; what else is in the pages is
 * the guest's, an access at a time.
 */
#include <bulkhead/arch/io.h>
#include <bulkhead/pcie/regs.h>

#include "vpci.h"

const struct vpci_hole *vpci_hole_at(const struct vpci_bar *b, u64 offset)
{
	for (u32 i = 0; i < VPCI_HOLES_MAX; i++) {
		const struct vpci_hole *h = &b->hole[i];

		if (h->size != 0U && offset >= h->first && offset - h->first < h->size)
			return h;
	}
	return NULL;
}

static bool touches(u64 offset, u64 size, u64 first, u64 length)
{
	return offset < first + length && first < offset + size;
}

/* Does the access touch the table of MSI-X, or its pending bits? */
static bool in_table(const struct pcie_function *fn, const struct vpci_bar *b, u64 offset, u64 size)
{
	return fn->msix.table_bar == b->number &&
	       touches(offset, size, fn->msix.table, (u64)fn->msix.vectors * PCI_MSIX_ENTRY);
}

static bool in_pending(const struct pcie_function *fn, const struct vpci_bar *b, u64 offset,
		       u64 size)
{
	return fn->msix.pba_bar == b->number &&
	       touches(offset, size, fn->msix.pba, (fn->msix.vectors + 63ULL) / 64U * 8U);
}

static u64 board_read(volatile u8 *p, u32 size)
{
	switch (size) {
	case 1:
		return mmio_read8(p);
	case 2:
		return mmio_read16(p);
	case 4:
		return mmio_read32(p);
	default:
		return mmio_read64(p);
	}
}

static void board_write(volatile u8 *p, u32 size, u64 value)
{
	switch (size) {
	case 1:
		mmio_write8(p, (u8)value);
		break;
	case 2:
		mmio_write16(p, (u16)value);
		break;
	case 4:
		mmio_write32(p, (u32)value);
		break;
	default:
		mmio_write64(p, value);
		break;
	}
}

static void board_access(const struct vpci_hole *h, u64 offset, struct mmio_access *a)
{
	const bool there = h->page != NULL && IS_ALIGNED(offset, a->size);

	if (there && a->write)
		board_write(h->page + (offset - h->first), a->size, a->value);
	else if (there)
		a->value = board_read(h->page + (offset - h->first), a->size);
	else if (!a->write)
		a->value = 0;
}

void vpci_hole_access(struct vpci_function *f, const struct vpci_bar *b, const struct vpci_hole *h,
		      u64 offset, struct mmio_access *a)
{
	/* One that begins before a table, or is not aligned, is a table's: nobody answers it. */
	if (in_table(f->fn, b, offset, a->size))
		vpci_msi_table(f, offset - f->fn->msix.table, a);
	else if (in_pending(f->fn, b, offset, a->size))
		vpci_msi_pending(f, offset - f->fn->msix.pba, a);
	else
		board_access(h, offset, a);
}
