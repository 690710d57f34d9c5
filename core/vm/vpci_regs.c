// SPDX-License-Identifier: Apache-2.0
/*
 * The registers of a function as its guest sees them, made once from tables and from what the board
 * has. Capabilities keep their places; the list goes through those that are shown.
 */
#include <bulkhead/base/log.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/pcie/regs.h>

#include "vpci.h"

#define CONFIG_BYTES 256U
#define CAPS_MAX 48U /* that can be in a list of 192 bytes */
#define HOST_BRIDGE_ID 0x00081b36U
#define HOST_BRIDGE_CLASS 0x06000000U
#define CAP_HEADER 2U /* id and next */
#define EXPRESS_VERSION 0x000fU

#define ROW(name, offset, width, reset, board, writable, live, act) \
	{ name, offset, width, act, reset, board, writable, live },

static const struct vpci_register header[] = {
#define HEADER ROW
#include "vpci_rows.h"
};

static const struct vpci_register power[] = {
#define POWER ROW
#include "vpci_rows.h"
};

static const struct vpci_register express[] = {
#define EXPRESS ROW
#include "vpci_rows.h"
};

static const struct vpci_register express2[] = {
#define EXPRESS2 ROW
#include "vpci_rows.h"
};

static const struct vpci_register msi[] = {
#define MSI ROW
#include "vpci_rows.h"
};

static const struct vpci_register msi32[] = {
#define MSI32 ROW
#include "vpci_rows.h"
};

static const struct vpci_register msi64[] = {
#define MSI64 ROW
#include "vpci_rows.h"
};

static const struct vpci_register msix[] = {
#define MSIX ROW
#include "vpci_rows.h"
};

enum cap_how { HIDDEN, SHOWN, COPIED, OFFERED };

/* By id; those that are not there are hidden. */
static const u8 shown[CONFIG_BYTES] = {
#define CAPABILITY(id, name, how) [id] = (how),
#include "vpci_rows.h"
};

/* What a capability takes, and what is in it. */
static const struct cap_form {
	u8 id, size;
	u8 count;
	const struct vpci_register *row;
} forms[] = {
	{ PCI_CAP_ID_PM, 8, ARRAY_SIZE(power), power },
	{ PCI_CAP_ID_PCIE, 12, ARRAY_SIZE(express), express },
};

#define EXPRESS2_SIZE 0x3cU
#define MSI_SIZE_32 10U
#define MSI_SIZE_64 14U
#define MSIX_SIZE 12U
#define VENDOR_LENGTH 2U /* where a vendor's capability says how long it is */

static void put(u32 *words, u32 offset, u32 width, u32 bits)
{
	words[offset / 4U] |= (bits & (u32)LOW_BYTES(width)) << (8U * (offset % 4U));
}

static u32 board_read(const struct vpci_function *f, u32 offset, u32 width)
{
	return f->fn == NULL ? 0U : pci_config_read(f->fn->sbdf, offset, width);
}

static void row_build(struct vpci_function *f, u32 at, const struct vpci_register *r)
{
	const u32 offset = at + r->offset;
	u32 first = r->reset;

	if (r->board != 0U)
		first |= board_read(f, offset, r->width) & r->board;
	put(f->reset, offset, r->width, first);
	put(f->writable, offset, r->width, r->writable);
	put(f->live, offset, r->width, r->live);
	if (r->act != (u8)VPCI_REMEMBER)
		f->act[offset / 4U] = r->act;
}

static void rows_build(struct vpci_function *f, u32 at, const struct vpci_register *r, u32 n)
{
	for (u32 i = 0; i < n; i++)
		row_build(f, at, &r[i]);
}

/* Bytes of configuration space that something shown has: a bit a word. */
static bool claim(u64 *taken, u32 at, u32 size)
{
	const u32 first = at / 4U, last = (at + size - 1U) / 4U;

	if (size == 0U || at + size > CONFIG_BYTES)
		return false;
	for (u32 i = first; i <= last; i++) {
		if ((*taken & BIT(i)) != 0U)
			return false;
	}
	for (u32 i = first; i <= last; i++)
		*taken |= BIT(i);
	return true;
}

/* A list of the vendor's own: as the board has it, and read only. */
static bool copy_build(struct vpci_function *f, u32 at, u64 *taken)
{
	const u32 size = board_read(f, at + VENDOR_LENGTH, 1);

	if (size <= CAP_HEADER || !claim(taken, at, size))
		return false;
	for (u32 i = CAP_HEADER; i < size; i++)
		put(f->reset, at + i, 1, board_read(f, at + i, 1));
	return true;
}

static bool form_build(struct vpci_function *f, u32 id, u32 at, u64 *taken)
{
	const struct cap_form *form = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		if (forms[i].id == id)
			form = &forms[i];
	}
	if (form == NULL || !claim(taken, at, form->size))
		return false;
	rows_build(f, at, form->row, form->count);
	if (id == PCI_CAP_ID_PM)
		f->power = (u8)(at + PCI_PM_CONTROL);
	if (id == PCI_CAP_ID_PCIE && (board_read(f, at + PCIE_FLAGS, 2) & EXPRESS_VERSION) >= 2U &&
	    claim(taken, at + form->size, EXPRESS2_SIZE - form->size))
		rows_build(f, at, express2, ARRAY_SIZE(express2));
	return true;
}

/* Messages of the kind that the partition has of the function; one vector, or a table. */
static bool offer_build(struct vpci_function *f, u32 id, u32 at, u64 *taken)
{
	const bool wide = (board_read(f, at + PCI_MSI_CONTROL, 2) & PCI_MSI_64BIT) != 0U;

	if (id == PCI_CAP_ID_MSIX) {
		if (f->messages != MSI_X || at != f->fn->cap[PCIE_MSIX] ||
		    !claim(taken, at, MSIX_SIZE))
			return false;
		rows_build(f, at, msix, ARRAY_SIZE(msix));
		put(f->reset, at + PCI_MSIX_CONTROL, 2, f->vectors - 1U);
	} else {
		if (f->messages != MSI_PLAIN || at != f->fn->cap[PCIE_MSI] ||
		    !claim(taken, at, wide ? MSI_SIZE_64 : MSI_SIZE_32))
			return false;
		rows_build(f, at, msi, ARRAY_SIZE(msi));
		rows_build(f, at, wide ? msi64 : msi32,
			   wide ? ARRAY_SIZE(msi64) : ARRAY_SIZE(msi32));
	}
	f->message = (u8)at;
	return true;
}

/* Shows capability @id at @at; false: it stays hidden. A second one of a kind does. */
static bool cap_build(struct vpci_function *f, u32 id, u32 at, u64 *taken, u64 *kinds)
{
	const u64 kind = BIT(id % 64U);

	if (shown[id] == (u8)HIDDEN)
		return false;
	if (shown[id] == (u8)COPIED)
		return copy_build(f, at, taken);
	if ((*kinds & kind) != 0U)
		return false;
	if (shown[id] == (u8)OFFERED ? !offer_build(f, id, at, taken)
				     : !form_build(f, id, at, taken))
		return false;
	*kinds |= kind;
	return true;
}

/* The board's list is read once; each entry counts once, and a bad one ends it. */
static void caps_build(struct vpci_function *f)
{
	u64 taken = (1ULL << (PCI_CAP_FIRST / 4U)) - 1U;
	u64 seen = taken, kinds = 0;
	u32 link = PCI_CAPABILITIES;
	u32 at = board_read(f, PCI_CAPABILITIES, 1) & 0xfcU;

	for (u32 i = 0; i < CAPS_MAX && at != 0U && (seen & BIT(at / 4U)) == 0U; i++) {
		const u32 entry = board_read(f, at, 2);

		seen |= BIT(at / 4U);
		if (cap_build(f, entry & 0xffU, at, &taken, &kinds)) {
			put(f->reset, link, 1, at);
			put(f->reset, at, 1, entry & 0xffU);
			link = at + 1U;
		}
		at = entry >> 8 & 0xfcU;
	}
}

static void bars_build(struct vpci_function *f)
{
	for (u32 i = 0; i < f->bar_count; i++) {
		const struct vpci_bar *b = &f->bar[i];
		const u32 word = PCI_BAR0 / 4U + b->number;
		const u64 bits = ~(b->size - 1U);

		f->writable[word] = (u32)bits & PCI_BAR_MEMORY_MASK;
		f->reset[word] = (u32)b->first | (b->wide ? PCI_BAR_TYPE_64 : 0U);
		if (f->fn->bar[b->number].prefetch)
			f->reset[word] |= PCI_BAR_PREFETCH;
		f->act[word] = VPCI_BAR;
		if (b->wide) {
			f->writable[word + 1U] = (u32)(bits >> 32);
			f->reset[word + 1U] = (u32)(b->first >> 32);
			f->act[word + 1U] = VPCI_BAR;
		}
	}
}

void vpci_regs_build(struct vpci_function *f)
{
	if (f->fn == NULL) {
		f->reset[PCI_ID / 4U] = HOST_BRIDGE_ID;
		f->reset[PCI_CLASS_REVISION / 4U] = HOST_BRIDGE_CLASS;
		return;
	}
	rows_build(f, 0, header, ARRAY_SIZE(header));
	if (f->intid != 0U)
		put(f->reset, PCI_INTERRUPT_PIN, 1, 1);
	bars_build(f);
	caps_build(f);
}
