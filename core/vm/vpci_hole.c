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
	       touches(offset, size, fn->msix.pba, PCI_MSIX_PENDING_BYTES(fn->msix.vectors));
}

static void board_access(const struct vpci_hole *h, u64 offset, struct mmio_access *a)
{
	const bool there = h->page != NULL && IS_ALIGNED(offset, a->size);

	if (there && a->write)
		mmio_write_width(h->page + (offset - h->first), a->size, a->value);
	else if (there)
		a->value = mmio_read_width(h->page + (offset - h->first), a->size);
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
