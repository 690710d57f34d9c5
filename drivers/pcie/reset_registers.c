// SPDX-License-Identifier: Apache-2.0
/*
 * Registers that a reset loses and that have to be as before: how the function is reached, what of
 * the link and the machine it was told, what it must keep quiet about. What is not in the table is
 * left as the reset leaves it; messages, translations and virtual functions are off.
 */
#include "reset.h"

#define HEADER 0xffU
#define EXPRESS_V2 0xfeU /* where the capability has the second set of registers */
#define LINK 0xfdU       /* where the function has a link */
#define REBAR_ROWS 6U

/* A row: registers of a capability, or of the header. */
struct row {
	u8 cap;   /* enum pcie_cap, or one of the above */
	u8 at;    /* offset in it */
	u8 width; /* bytes */
	u8 index; /* PCIE_REBAR: there is one if the first says that there are so many */
	u32 off;  /* bits that are written as 0, and not looked at */
	u32 on;   /* bits that are written as 1, which clears them */
};

#define BAR(n) { HEADER, PCI_BAR0 + 4U * (n), 4, 0, 0, 0 }
#define REBAR(n) { PCIE_REBAR, PCIE_REBAR_CONTROL + 8U * (n), 4, (n), 0, 0 }
#define VF_BAR(n) { PCIE_SRIOV, PCIE_SRIOV_BAR0 + 4U * (n), 4, 0, 0, 0 }

/* In the order in which they are written: sizes before addresses, the command last. */
static const struct row rows[] = {
	REBAR(0),
	REBAR(1),
	REBAR(2),
	REBAR(3),
	REBAR(4),
	REBAR(5),
	BAR(0),
	BAR(1),
	BAR(2),
	BAR(3),
	BAR(4),
	BAR(5),
	{ HEADER, PCI_ROM, 4, 0, 1, 0 },
	{ HEADER, PCI_CACHE_LINE, 2, 0, 0, 0 },
	{ HEADER, PCI_INTERRUPT_LINE, 1, 0, 0, 0 },
	{ PCIE_PM, PCI_PM_CONTROL, 2, 0, PCI_PM_VARYING, 0 },
	{ PCIE_EXPRESS, PCIE_DEVCTL, 2, 0, PCIE_DEVCTL_FLR | PCIE_DEVCTL_REPORTS, 0 },
	{ LINK, PCIE_LNKCTL, 2, 0, PCIE_LNKCTL_ACTS, 0 },
	{ EXPRESS_V2, PCIE_DEVCTL2, 2, 0, 0, 0 },
	{ PCIE_MSI, PCI_MSI_CONTROL, 2, 0, PCI_MSI_ENABLE, 0 },
	{ PCIE_MSIX, PCI_MSIX_CONTROL, 2, 0, PCI_MSIX_ENABLE, 0 },
	{ PCIE_AER, PCIE_AER_UNCORRECTABLE_STATUS, 4, 0, ~0U, ~0U },
	{ PCIE_AER, PCIE_AER_CORRECTABLE_STATUS, 4, 0, ~0U, ~0U },
	{ PCIE_AER, PCIE_AER_UNCORRECTABLE_MASK, 4, 0, 0, 0 },
	{ PCIE_AER, PCIE_AER_UNCORRECTABLE_SEVERITY, 4, 0, 0, 0 },
	{ PCIE_AER, PCIE_AER_CORRECTABLE_MASK, 4, 0, 0, 0 },
	{ PCIE_AER, PCIE_AER_CONTROL, 4, 0, PCIE_AER_FIRST_ERROR, 0 },
	{ PCIE_ACS, PCIE_ACS_CONTROL, 2, 0, 0, 0 },
	{ PCIE_ARI, PCIE_ARI_CONTROL, 2, 0, 0, 0 },
	{ PCIE_ATS, PCIE_ATS_CONTROL, 2, 0, PCIE_ATS_ENABLE, 0 },
	{ PCIE_PRI, PCIE_PRI_CONTROL, 2, 0, ~0U, 0 },
	{ PCIE_PASID, PCIE_PASID_CONTROL, 2, 0, ~0U, 0 },
	{ PCIE_SRIOV, PCIE_SRIOV_CONTROL, 2, 0, PCIE_SRIOV_VF_ENABLE | PCIE_SRIOV_VF_MEMORY, 0 },
	{ PCIE_SRIOV, PCIE_SRIOV_COUNT, 2, 0, 0, 0 },
	{ PCIE_SRIOV, PCIE_SRIOV_PAGE, 4, 0, 0, 0 },
	VF_BAR(0),
	VF_BAR(1),
	VF_BAR(2),
	VF_BAR(3),
	VF_BAR(4),
	VF_BAR(5),
	{ HEADER, PCI_COMMAND, 2, 0, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0 },
};
_Static_assert(ARRAY_SIZE(rows) == PCIE_SAVED, "a value each");
_Static_assert(PCIE_SAVED <= 64U, "a bit each");

static bool has_link(const struct pcie_function *f)
{
	return f->type != PCIE_TYPE_INTEGRATED && f->type != PCIE_TYPE_COLLECTOR;
}

/* Where row @w of the function lies; 0: it has none. */
static u32 offset_of(const struct pcie_clean *c, const struct row *w)
{
	const struct pcie_function *f = c->f;
	const u32 express = f->cap[PCIE_EXPRESS];

	switch (w->cap) {
	case HEADER:
		return w->at;
	case LINK:
		return express != 0U && has_link(f) ? express + w->at : 0U;
	case EXPRESS_V2:
		return express != 0U && (clean_read(c, express + PCIE_FLAGS, 2) & 0xfU) >= 2U
			       ? express + w->at
			       : 0U;
	case PCIE_REBAR:
		if (f->cap[PCIE_REBAR] == 0U ||
		    ((clean_read(c, f->cap[PCIE_REBAR] + PCIE_REBAR_CONTROL, 4) >> 5) & 7U) <=
			    w->index)
			return 0;
		return f->cap[PCIE_REBAR] + (u32)w->at;
	default:
		return f->cap[w->cap] == 0U ? 0U : f->cap[w->cap] + (u32)w->at;
	}
}

void registers_save(struct pcie_clean *c)
{
	c->have = 0;
	for (u32 i = 0; i < PCIE_SAVED; i++) {
		const u32 at = offset_of(c, &rows[i]);

		if (at == 0U || at + rows[i].width > c->h->ops->bytes)
			continue;
		c->have |= BIT(i);
		c->value[i] = (clean_read(c, at, rows[i].width) & ~rows[i].off) | rows[i].on;
	}
}

u32 registers_restore(const struct pcie_clean *c, u32 row, u32 *next)
{
	u32 bad = 0;

	for (u32 n = 0; n < ROWS_A_STEP && row < PCIE_SAVED && bad == 0U; row++) {
		const struct row *w = &rows[row];
		const u32 at = (c->have & BIT(row)) != 0U ? offset_of(c, w) : 0U;

		if (at == 0U)
			continue;
		clean_write(c, at, w->width, c->value[row]);
		if (((clean_read(c, at, w->width) ^ c->value[row]) & ~w->off) != 0U)
			bad = at;
		n++;
	}
	*next = row;
	return bad;
}
