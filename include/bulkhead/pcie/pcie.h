/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PCI functions of the machine: found once at boot, checked, made quiet, and kept in a table
 * that later code looks things up in without touching configuration space.
 */
#ifndef BULKHEAD_PCIE_PCIE_H
#define BULKHEAD_PCIE_PCIE_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>
#include <bulkhead/pcie/config.h>

#define PCIE_NONE 0xffffU
#define PCIE_BARS 6U
#define PCIE_ALIASES_MAX 3U
#define PCIE_DEPTH_MAX 16U /* bridges above a function, and its root bus */

struct pcie_bar {
	hpa_t base; /* as the CPU sees it; 0: no address */
	u64 bus;    /* as the device does */
	u64 size;   /* 0: there is no such BAR, or it is the upper half of the one before */
	enum machine_window_kind kind;
	bool prefetch;
};

enum pcie_cap {
	PCIE_PM,
	PCIE_MSI,
	PCIE_MSIX,
	PCIE_EXPRESS,
	PCIE_AF,
	PCIE_AER,
	PCIE_ACS,
	PCIE_ARI,
	PCIE_ATS,
	PCIE_SRIOV,
	PCIE_PRI,
	PCIE_PASID,
	PCIE_REBAR,
	PCIE_CAPS
};

/* What a function needs done differently (drivers/pcie/quirk.c). */
#define PCIE_QUIRK_NO_FLR BIT(0)     /* says it has FLR; it does not work */
#define PCIE_QUIRK_NO_ATS BIT(1)     /* its translations cannot be trusted */
#define PCIE_QUIRK_ALIAS_FN0 BIT(2)  /* its DMA bears the id of function 0 of the device */
#define PCIE_QUIRK_ALIAS_FN1 BIT(3)  /* or of function 1 */
#define PCIE_QUIRK_MORE_ROOTS BIT(4) /* it stands for a root bus that no bridge leads to */

enum pcie_state {
	PCIE_OFF,  /* decodes nothing, masters nothing */
	PCIE_OURS, /* left as firmware set it: Bulkhead or the machine itself uses it */
	PCIE_PATH, /* a bridge: forwards what firmware or Bulkhead gave it, masters nothing */
	PCIE_SHUT, /* a bridge with nothing to forward, or whose numbers could not be trusted */
};

struct pcie_function {
	pci_sbdf_t sbdf;
	u16 vendor, device;
	u16 subsystem_vendor, subsystem;
	u32 class; /* base 23:16, sub-class 15:8, interface 7:0 */
	u8 revision;
	u8 layout; /* of the header: PCI_HEADER_* */
	u8 type;   /* PCIE_TYPE_*, where cap[PCIE_EXPRESS] is not 0 */
	u8 interrupt_pin;
	bool multifunction;
	bool flr, af_flr, pm_reset; /* ways to reset it that it offers, quirks considered */
	bool acs_on;                /* every service that its ACS capability has is on */
	u8 quirks;
	u8 state;   /* enum pcie_state */
	u16 host;   /* index in pcie_hosts() */
	u16 parent; /* index of the bridge above; PCIE_NONE on a root bus */
	u16 group;  /* functions of one group cannot be kept from each other */
	struct pcie_bar bar[PCIE_BARS];
	u64 rom_size;
	u16 cap[PCIE_CAPS]; /* offset; 0: it has none */
	u16 msi_vectors;
	struct {
		u16 vectors;
		u8 table_bar, pba_bar;
		u32 table, pba; /* offsets in them */
	} msix;
	struct {
		u16 total, offset, stride, device;
	} sriov;
	/* Where its DMA and its messages arrive, and as what; PCIE_NONE: firmware does not say. */
	u16 iommu, its; /* indices in machine.iommu, machine.irqchip */
	u32 stream, msi_id;
	/* Requester ids its DMA may bear beside its own. */
	u32 alias_count;
	u16 alias[PCIE_ALIASES_MAX];
	/* Of bridges. */
	u8 secondary, subordinate; /* buses behind it; 0 if shut */
	u16 child_first, child_count;
	bool io_window, prefetch64; /* it has these windows */
	bool isolates; /* so does every bridge above: what is behind them meets the IOMMU first */
};

struct pcie_tree {
	u32 count;
	u32 unseen; /* functions that did not fit */
	u32 groups;
	u16 order[CONFIG_PCIE_FUNCTIONS]; /* indices by sbdf */
	struct pcie_function fn[CONFIG_PCIE_FUNCTIONS];
};

/* Filled at STAGE_PCIE. */
extern struct pcie_tree pcie;

/*
 * Finds every function behind @hosts into @t (cleared first), gives bridges bus numbers and BARs
 * addresses where firmware left none, and switches off decoding and bus mastering of what is not
 * needed to run the machine. Whatever configuration space holds, the work is bounded:
 * CONFIG_PCIE_FUNCTIONS, PCIE_DEPTH_MAX, 256 buses a host. Boot CPU only; no locks.
 */
void pcie_enumerate(struct pcie_tree *t, const struct pcie_host *hosts, u32 host_count);

/*
 * Replaces what @m names by a path of bridges (struct machine_path) by the function at the path's
 * end, by the bus numbers that the bridges have now; a path that ends at no bus stays. Reads only.
 */
void pcie_paths_follow(struct machine *m, const struct pcie_host *hosts, u32 count);

/* Records by what each function of @t is known to IOMMU and ITS, as firmware's tables say. */
void pcie_identify(struct pcie_tree *t);

/* The function @f of @t, or NULL. A binary search. */
struct pcie_function *pcie_find(struct pcie_tree *t, pci_sbdf_t f);

/* Logs the tree, a line a function, in the order of addresses. */
void pcie_log(const struct pcie_tree *t);

#endif
