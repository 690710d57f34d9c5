// SPDX-License-Identifier: Apache-2.0
/* The capability lists of a function: lists that a device wrote, so each entry counts once. */
#include <bulkhead/base/log.h>

#include "internal.h"

#define STANDARD_BYTES 256U
#define EXTENDED_BYTES 4096U

/* Where each capability goes, by its id, and the bytes of it that are used here. */
struct cap_id {
	u16 id;
	u8 cap; /* enum pcie_cap */
	u8 size;
};

static const struct cap_id standard[] = {
	{ PCI_CAP_ID_PM, PCIE_PM, 8 },         { PCI_CAP_ID_MSI, PCIE_MSI, 10 },
	{ PCI_CAP_ID_PCIE, PCIE_EXPRESS, 12 }, { PCI_CAP_ID_MSIX, PCIE_MSIX, 12 },
	{ PCI_CAP_ID_AF, PCIE_AF, 6 },
};

static const struct cap_id extended[] = {
	{ PCIE_EXT_ID_AER, PCIE_AER, 0x2c },     { PCIE_EXT_ID_ACS, PCIE_ACS, 8 },
	{ PCIE_EXT_ID_ARI, PCIE_ARI, 8 },        { PCIE_EXT_ID_ATS, PCIE_ATS, 8 },
	{ PCIE_EXT_ID_SRIOV, PCIE_SRIOV, 0x40 }, { PCIE_EXT_ID_PRI, PCIE_PRI, 16 },
	{ PCIE_EXT_ID_PASID, PCIE_PASID, 8 },    { PCIE_EXT_ID_REBAR, PCIE_REBAR, 12 },
};

/* The first of each kind counts, if it ends below @limit; PCI allows no second of these. */
static void cap_note(struct pcie_function *f, const struct cap_id *c, u32 id, u32 at, u32 limit)
{
	if (c->id == id && f->cap[c->cap] == 0U && at + c->size <= limit)
		f->cap[c->cap] = (u16)at;
}

/* A list that ends in itself, or outside configuration space, counts up to there. */
static void list_bad(const struct pcie_function *f, u32 from, u32 to)
{
	char text[SBDF_TEXT];

	log_warn("pcie: %s: capability list: 0x%x points to 0x%x, expected an entry not seen yet",
		 sbdf_text(text, f->sbdf), from, to);
}

static void standard_list(const struct pcie_host *h, struct pcie_function *f, u32 first)
{
	u64 seen = 0; /* a bit for each word of the 256 bytes */
	u32 from = PCI_CAPABILITIES, at = first & ~3U;

	while (at != 0U) {
		u32 entry;

		if (at < PCI_CAP_FIRST || (seen & BIT(at / 4U)) != 0U) {
			list_bad(f, from, at);
			return;
		}
		seen |= BIT(at / 4U);
		entry = pcie_host_read(h, fn_bdf(f), at, 2);
		for (u32 i = 0; i < ARRAY_SIZE(standard); i++)
			cap_note(f, &standard[i], entry & 0xffU, at, STANDARD_BYTES);
		from = at;
		at = (entry >> 8) & 0xfcU;
	}
}

static void extended_list(const struct pcie_host *h, struct pcie_function *f)
{
	u64 seen[EXTENDED_BYTES / 4U / 64U] = { 0 };
	u32 from = PCIE_EXT_FIRST, at = PCIE_EXT_FIRST;

	while (at != 0U) {
		u32 entry, word = at / 4U;

		if (at < PCIE_EXT_FIRST || (seen[word / 64U] & BIT(word % 64U)) != 0U) {
			list_bad(f, from, at);
			return;
		}
		seen[word / 64U] |= BIT(word % 64U);
		entry = pcie_host_read(h, fn_bdf(f), at, 4);
		if (entry == 0U || entry == ~0U)
			return;
		for (u32 i = 0; i < ARRAY_SIZE(extended); i++)
			cap_note(f, &extended[i], entry & 0xffffU, at, EXTENDED_BYTES);
		from = at;
		at = (entry >> 20) & 0xffcU;
	}
}

/* Does @size bytes at @offset lie in a memory BAR of @f? */
static bool in_bar(const struct pcie_function *f, u32 bar, u32 offset, u32 size)
{
	return bar < PCIE_BARS && f->bar[bar].kind != MACHINE_WINDOW_IO &&
	       range_inside(offset, size, 0, f->bar[bar].size);
}

/* A table outside the BARs would be written to wherever it says: such MSI-X is none. */
static void msix_read(const struct pcie_host *h, struct pcie_function *f, u32 at)
{
	u32 control = pcie_host_read(h, fn_bdf(f), at + PCI_MSIX_CONTROL, 2);
	u32 table = pcie_host_read(h, fn_bdf(f), at + PCI_MSIX_TABLE, 4);
	u32 pba = pcie_host_read(h, fn_bdf(f), at + PCI_MSIX_PBA, 4);
	u32 vectors = (control & 0x7ffU) + 1U;
	char text[SBDF_TEXT];

	if (f->state == PCIE_OURS)
		return;
	pcie_host_write(h, fn_bdf(f), at + PCI_MSIX_CONTROL, 2, control & ~PCI_MSIX_ENABLE);
	if (!in_bar(f, table & PCI_MSIX_BAR, table & ~PCI_MSIX_BAR, vectors * PCI_MSIX_ENTRY) ||
	    !in_bar(f, pba & PCI_MSIX_BAR, pba & ~PCI_MSIX_BAR,
		    (u32)PCI_MSIX_PENDING_BYTES(vectors))) {
		log_warn("pcie: %s: MSI-X left out: table 0x%x, pending 0x%x of %u vectors are "
			 "not in its BARs",
			 sbdf_text(text, f->sbdf), table, pba, vectors);
		f->cap[PCIE_MSIX] = 0;
		return;
	}
	f->msix.vectors = (u16)vectors;
	f->msix.table_bar = (u8)(table & PCI_MSIX_BAR);
	f->msix.table = table & ~PCI_MSIX_BAR;
	f->msix.pba_bar = (u8)(pba & PCI_MSIX_BAR);
	f->msix.pba = pba & ~PCI_MSIX_BAR;
}

static void msi_read(const struct pcie_host *h, struct pcie_function *f, u32 at)
{
	u32 control = pcie_host_read(h, fn_bdf(f), at + PCI_MSI_CONTROL, 2);
	u32 log2 = (control >> 1) & 7U;

	f->msi_vectors = (u16)(log2 <= 5U ? 1U << log2 : 1U);
	if (f->state != PCIE_OURS)
		pcie_host_write(h, fn_bdf(f), at + PCI_MSI_CONTROL, 2, control & ~PCI_MSI_ENABLE);
}

static void express_read(const struct pcie_host *h, struct pcie_function *f, u32 at)
{
	u32 flags = pcie_host_read(h, fn_bdf(f), at + PCIE_FLAGS, 2);
	u32 devcap = pcie_host_read(h, fn_bdf(f), at + PCIE_DEVCAP, 4);
	u32 control;

	f->type = (u8)((flags >> 4) & 0xfU);
	f->flr = (devcap & PCIE_DEVCAP_FLR) != 0U && (f->quirks & PCIE_QUIRK_NO_FLR) == 0U;
	if (f->state == PCIE_OURS)
		return;
	/* What nobody uses yet must not report: a refused access may reach the CPU as an error. */
	control = pcie_host_read(h, fn_bdf(f), at + PCIE_DEVCTL, 2);
	pcie_host_write(h, fn_bdf(f), at + PCIE_DEVCTL, 2, control & ~PCIE_DEVCTL_REPORTS);
}

static void resets_read(const struct pcie_host *h, struct pcie_function *f)
{
	const u32 af = PCI_AF_FLR | PCI_AF_PENDING;
	u32 v;

	if (f->cap[PCIE_AF] != 0U) {
		v = pcie_host_read(h, fn_bdf(f), f->cap[PCIE_AF] + PCI_AF_CAPABILITIES, 1);
		f->af_flr = (v & af) == af && (f->quirks & PCIE_QUIRK_NO_FLR) == 0U;
	}
	if (f->cap[PCIE_PM] != 0U) {
		v = pcie_host_read(h, fn_bdf(f), f->cap[PCIE_PM] + PCI_PM_CONTROL, 2);
		f->pm_reset = (v & PCI_PM_NO_SOFT_RESET) == 0U;
	}
}

static void sriov_read(const struct pcie_host *h, struct pcie_function *f, u32 at)
{
	f->sriov.total = (u16)pcie_host_read(h, fn_bdf(f), at + PCIE_SRIOV_TOTAL, 2);
	f->sriov.offset = (u16)pcie_host_read(h, fn_bdf(f), at + PCIE_SRIOV_OFFSET, 2);
	f->sriov.stride = (u16)pcie_host_read(h, fn_bdf(f), at + PCIE_SRIOV_STRIDE, 2);
	f->sriov.device = (u16)pcie_host_read(h, fn_bdf(f), at + PCIE_SRIOV_DEVICE, 2);
	if (f->state != PCIE_OURS) {
		u32 v = pcie_host_read(h, fn_bdf(f), at + PCIE_SRIOV_CONTROL, 2);

		pcie_host_write(h, fn_bdf(f), at + PCIE_SRIOV_CONTROL, 2,
				v & ~(PCIE_SRIOV_VF_ENABLE | PCIE_SRIOV_VF_MEMORY));
	}
}

/* Errors are not reported, and addresses not translated, before somebody asks for it. */
static void extended_quiet(const struct pcie_host *h, struct pcie_function *f)
{
	u32 aer = f->cap[PCIE_AER] + PCIE_AER_UNCORRECTABLE_MASK;
	u32 ats = f->cap[PCIE_ATS] + PCIE_ATS_CONTROL;

	if (f->cap[PCIE_AER] != 0U)
		pcie_host_write(h, fn_bdf(f), aer, 4,
				pcie_host_read(h, fn_bdf(f), aer, 4) |
					PCIE_AER_UNSUPPORTED_REQUEST);
	if (f->cap[PCIE_ATS] != 0U)
		pcie_host_write(h, fn_bdf(f), ats, 2,
				pcie_host_read(h, fn_bdf(f), ats, 2) & ~PCIE_ATS_ENABLE);
}

/*
 * What a port can redirect to the IOMMU it does. Services it does not offer are for traffic it
 * does not have (PCIe 6.0, 7.7.11).
 */
static void acs_read(const struct pcie_host *h, struct pcie_function *f, u32 at)
{
	u32 want = pcie_host_read(h, fn_bdf(f), at + PCIE_ACS_CAPABILITIES, 2);

	want &= PCIE_ACS_VALIDATION | PCIE_ACS_REQUEST_REDIRECT | PCIE_ACS_COMPLETION_REDIRECT |
		PCIE_ACS_UPSTREAM;
	if (f->state != PCIE_OURS)
		pcie_host_write(h, fn_bdf(f), at + PCIE_ACS_CONTROL, 2, want);
	f->acs_on = (pcie_host_read(h, fn_bdf(f), at + PCIE_ACS_CONTROL, 2) & want) == want;
}

void caps_read(const struct pcie_host *h, struct pcie_function *f, u32 first)
{
	standard_list(h, f, first);
	if (f->cap[PCIE_EXPRESS] != 0U) {
		express_read(h, f, f->cap[PCIE_EXPRESS]);
		if (h->ops->bytes > STANDARD_BYTES)
			extended_list(h, f);
	}
	if (f->cap[PCIE_MSI] != 0U)
		msi_read(h, f, f->cap[PCIE_MSI]);
	if (f->cap[PCIE_MSIX] != 0U)
		msix_read(h, f, f->cap[PCIE_MSIX]);
	resets_read(h, f);
	if (f->cap[PCIE_SRIOV] != 0U)
		sriov_read(h, f, f->cap[PCIE_SRIOV]);
	if (f->cap[PCIE_ACS] != 0U)
		acs_read(h, f, f->cap[PCIE_ACS]);
	if (f->state != PCIE_OURS)
		extended_quiet(h, f);
	if ((f->quirks & PCIE_QUIRK_NO_ATS) != 0U)
		f->cap[PCIE_ATS] = 0;
}
