// SPDX-License-Identifier: Apache-2.0
/* Nodes known by their compatible: interrupt controllers, IOMMUs, PCIe, timer, PSCI. */
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fdt_walk.h"
#include "machine_build.h"

/* Entry @index of reg if it is there. */
static int reg_optional(struct fdt_walk *w, u32 index, struct machine_range *r)
{
	int err = fdt_reg(w, index, r);

	if (err == BH_ENOENT) {
		*r = (struct machine_range){ .size = 0 };
		return 0;
	}
	return err;
}

/* arm,gic binding: distributor, CPU interface, and from GICv2 with virtualization on GICH, GICV. */
static int read_gicv2(struct fdt_walk *w)
{
	struct machine_range dist, cpu, hyp, vcpu;
	struct machine_irqchip *c;
	int err = fdt_reg_need(w, 0, "distributor", &dist);

	if (err == 0) {
		err = fdt_reg_need(w, 1, "CPU interface", &cpu);
	}
	if (err == 0) {
		err = reg_optional(w, 2, &hyp);
	}
	if (err == 0) {
		err = reg_optional(w, 3, &vcpu);
	}
	if (err != 0) {
		return err;
	}
	c = machine_add_irqchip(w->m, IRQCHIP_GICV2, dist.base.v);
	if (c == NULL) {
		return 0;
	}
	c->size = dist.size;
	c->gicv2.cpu = cpu.base;
	c->gicv2.cpu_size = cpu.size;
	c->gicv2.hyp = hyp.base;
	c->gicv2.vcpu = vcpu.base;
	return fdt_interrupt(w, 0, &c->gicv2.maintenance);
}

static int gicv3_stride(struct fdt_walk *w, u32 *stride)
{
	u64 v;
	int err = fdt_u64(w, PROP_REDIST_STRIDE, 0, &v);

	if (err == 0 && v != 0U && v != KIB(128) && v != KIB(256)) {
		return fdt_bad(w, "redistributor-stride: 0x%lx, expected 0x20000 or 0x40000", v);
	}
	*stride = (u32)v;
	return err;
}

/* arm,gic-v3 binding: distributor, #redistributor-regions regions, then GICC, GICH, GICV. */
static int read_gicv3(struct fdt_walk *w)
{
	struct machine_range r;
	struct machine_irqchip *c;
	u32 regions;
	u32 entries;
	int err = fdt_u32(w, PROP_REDIST_REGIONS, 1, &regions);

	if (err == 0) {
		err = fdt_reg_count(w, &entries);
	}
	if (err == 0 && (regions == 0U || regions >= entries)) {
		return fdt_bad(w, "#redistributor-regions: %u, but reg has %u entries", regions,
			       entries);
	}
	if (err == 0) {
		err = fdt_reg_need(w, 0, "distributor", &r);
	}
	if (err != 0) {
		return err;
	}
	c = machine_add_irqchip(w->m, IRQCHIP_GICV3, r.base.v);
	if (c == NULL) {
		return 0;
	}
	c->size = r.size;
	err = gicv3_stride(w, &c->gicv3.redist_stride);
	for (u32 i = 1; i <= regions && err == 0; i++) {
		err = fdt_reg_need(w, i, "redistributors", &r);
		if (err == 0) {
			machine_add_redist(w->m, c, r.base.v, r.size);
		}
	}
	return err != 0 ? err : fdt_interrupt(w, 0, &c->gicv3.maintenance);
}

static u32 its_count(const struct machine *m)
{
	u32 n = 0;

	for (u32 i = 0; i < m->irqchip_count; i++) {
		n += m->irqchip[i].kind == IRQCHIP_GIC_ITS ? 1U : 0U;
	}
	return n;
}

static int read_its(struct fdt_walk *w)
{
	struct machine_range r;
	struct machine_irqchip *c;
	u32 id = its_count(w->m);
	int err = fdt_reg_need(w, 0, "ITS frames", &r);

	if (err != 0) {
		return err;
	}
	c = machine_add_irqchip(w->m, IRQCHIP_GIC_ITS, r.base.v);
	if (c != NULL) {
		c->size = r.size;
		c->its.id = id;
		err = fdt_u32(w, PROP_PHANDLE, 0, &w->irqchip_phandle[c - w->m->irqchip]);
	}
	return err;
}

/* arm,smmu and arm,smmu-v3 bindings: an id of one cell, or, for the former, with a mask behind. */
static int smmu_names(struct fdt_walk *w, struct fdt_iommu *names, u32 cells_max)
{
	int err = fdt_u32(w, PROP_PHANDLE, 0, &names->phandle);

	if (err == 0) {
		err = fdt_u32(w, PROP_IOMMU_CELLS, 1, &names->cells);
	}
	if (err == 0 && (names->cells == 0U || names->cells > cells_max)) {
		return fdt_bad(w, "#iommu-cells: %u, expected 1%s", names->cells,
			       cells_max == 2U ? " or 2" : "");
	}
	if (err == 0 && cells_max == 2U) {
		err = fdt_u32(w, PROP_STREAM_MATCH_MASK, 0, &names->mask);
	}
	if (err == 0 && names->mask > 0xffffU) {
		return fdt_bad(w, "stream-match-mask: 0x%x, expected 16 bits", names->mask);
	}
	return err;
}

static int read_smmu(struct fdt_walk *w, enum iommu_kind kind, struct machine_iommu **out)
{
	struct machine_range r;
	int err = fdt_reg_need(w, 0, "register frames", &r);

	if (err != 0) {
		return err;
	}
	*out = machine_add_iommu(w->m, kind, r.base.v);
	if (*out == NULL) {
		return BH_EOVERFLOW;
	}
	(*out)->size = r.size;
	(*out)->coherent = fdt_has(w, PROP_DMA_COHERENT);
	return smmu_names(w, &w->iommu[*out - w->m->iommu], kind == IOMMU_SMMUV2 ? 2U : 1U);
}

static int read_smmuv3(struct fdt_walk *w)
{
	bool combined = fdt_list_find(w->prop[PROP_INTERRUPT_NAMES], "combined") >= 0;
	struct machine_iommu *u = NULL;
	int err = read_smmu(w, IOMMU_SMMUV3, &u);

	if (err != 0) {
		return err;
	}
	err = fdt_interrupt_named(w, combined ? "combined" : "eventq", &u->irq_event);
	if (err == 0) {
		err = fdt_interrupt_named(w, "gerror", &u->irq_gerror);
	}
	return err;
}

/*
 * arm,smmu binding: the first #global-interrupts interrupts report global faults, the others those
 * of context banks, of which the first does for all.
 */
static int read_smmuv2(struct fdt_walk *w)
{
	struct machine_iommu *u = NULL;
	u32 globals;
	int err = read_smmu(w, IOMMU_SMMUV2, &u);

	if (err != 0) {
		return err;
	}
	u->mmu500 = fdt_compatible_with(w, "arm,mmu-500");
	err = fdt_u32(w, PROP_GLOBAL_INTERRUPTS, 0, &globals);
	if (err == 0 && globals != 0U) {
		err = fdt_interrupt(w, 0, &u->irq_gerror);
	}
	if (err == 0) {
		err = fdt_interrupt(w, globals, &u->irq_event);
	}
	return err;
}

static int bus_range(struct fdt_walk *w, u64 ecam_size, u32 *first, u32 *last)
{
	struct fdt_prop p = w->prop[PROP_BUS_RANGE];

	*first = 0;
	*last = 255;
	if (p.data != NULL) {
		if (p.size != 8U) {
			return fdt_bad(w, "bus-range: %u bytes, expected 8", p.size);
		}
		*first = fdt_cell(p, 0);
		*last = fdt_cell(p, 1);
	} else if (ecam_size < MIB(256)) {
		*last = (u32)(ecam_size / MIB(1)) - 1U;
	}
	if (*first > *last || *last > 255U || (u64)(*last - *first + 1U) * MIB(1) > ecam_size) {
		return fdt_bad(w, "bus-range: %u to %u, expected up to 255 and 1 MiB of reg each",
			       *first, *last);
	}
	return 0;
}

/* What all host bridges have, but the way to configuration space. */
static int read_pcie(struct fdt_walk *w, u64 base, u64 ecam_size, struct machine_segment **out)
{
	struct machine_segment *s;
	struct machine_window window[MACHINE_WINDOWS];
	u32 domain, first, last;
	int err = fdt_u32(w, PROP_PCI_DOMAIN, w->m->segment_count, &domain);

	*out = NULL;
	if (err == 0 && (ecam_size < MIB(1) || domain > 0xffffU)) {
		return fdt_bad(w,
			       "ECAM of 0x%lx bytes for domain %u, expected 1 MiB a bus, 16 bits",
			       ecam_size, domain);
	}
	if (err == 0) {
		err = bus_range(w, ecam_size, &first, &last);
	}
	for (u32 i = 0; i < MACHINE_WINDOWS && err == 0; i++) {
		err = fdt_pci_window(w, (enum machine_window_kind)i, &window[i]);
	}
	if (err != 0) {
		return err;
	}
	s = machine_add_segment(w->m, base);
	if (s != NULL) {
		s->segment = (u16)domain;
		s->bus_first = (u8)first;
		s->bus_last = (u8)last;
		s->coherent = w->level[w->depth].coherent;
		memcpy(s->window, window, sizeof(window));
		err = fdt_id_maps(w, s->segment);
	}
	*out = s;
	return err;
}

/* pci-host-ecam-generic binding; the first byte of reg belongs to the first bus. */
static int read_pcie_ecam(struct fdt_walk *w)
{
	struct machine_segment *s;
	struct machine_range r;
	int err = fdt_reg_need(w, 0, "ECAM window", &r);

	if (err != 0) {
		return err;
	}
	err = read_pcie(w, r.base.v, r.size, &s);
	if (s != NULL) {
		s->ecam = r.base;
		s->ecam_size = (u64)(s->bus_last - s->bus_first + 1U) * MIB(1);
	}
	return err;
}

/* Entry of reg called @name; size 0 if it may be absent and is. */
static int reg_named(struct fdt_walk *w, const char *name, bool need, struct machine_range *r)
{
	const int index = fdt_list_find(w->prop[PROP_REG_NAMES], name);

	*r = (struct machine_range){ .size = 0 };
	if (index >= 0) {
		return fdt_reg_need(w, (u32)index, name, r);
	}
	return need ? fdt_bad(w, "reg-names: no %s", name) : 0;
}

/* snps,dw-pcie binding. */
static int read_pcie_dw(struct fdt_walk *w)
{
	struct machine_segment *s = NULL;
	struct machine_dw dw = { .dbi.size = 0 };
	int err = reg_named(w, "dbi", true, &dw.dbi);

	if (err == 0) {
		err = reg_named(w, "config", true, &dw.config);
	}
	if (err == 0) {
		err = reg_named(w, "atu", false, &dw.atu);
	}
	if (err == 0 && (dw.dbi.size < KIB(4) || dw.config.size < KIB(4))) {
		return fdt_bad(w, "reg: dbi of 0x%lx bytes, config of 0x%lx, expected a page each",
			       dw.dbi.size, dw.config.size);
	}
	if (err == 0) {
		err = read_pcie(w, dw.dbi.base.v, MIB(256), &s);
	}
	if (s != NULL) {
		s->dw = dw;
	}
	return err;
}

/* arm,armv8-timer binding: by name, or in the order secure, non-secure, virtual, hypervisor. */
static int read_timer(struct fdt_walk *w)
{
	struct machine_timer *t = &w->m->timer;
	bool named = fdt_has(w, PROP_INTERRUPT_NAMES);
	int err;

	if (w->timer_seen) {
		return fdt_bad(w, "second timer node, expected one");
	}
	w->timer_seen = true;
	err = fdt_u32(w, PROP_CLOCK_FREQUENCY, 0, &t->hz);
	if (err == 0) {
		err = named ? fdt_interrupt_named(w, "phys", &t->phys_intid)
			    : fdt_interrupt(w, 1, &t->phys_intid);
	}
	if (err == 0) {
		err = named ? fdt_interrupt_named(w, "virt", &t->virt_intid)
			    : fdt_interrupt(w, 2, &t->virt_intid);
	}
	if (err == 0) {
		err = named ? fdt_interrupt_named(w, "hyp-phys", &t->hyp_intid)
			    : fdt_interrupt(w, 3, &t->hyp_intid);
	}
	return err;
}

/* arm,pmu binding. One of several, of CPUs that differ: they share the line. */
static int read_pmu(struct fdt_walk *w)
{
	return fdt_interrupt(w, 0, &w->m->pmu_intid);
}

static int read_psci(struct fdt_walk *w)
{
	const char *method;
	int err = fdt_text(w, PROP_METHOD, &method);

	if (err != 0) {
		return err;
	}
	if (method != NULL && strcmp(method, "smc") == 0) {
		w->m->power.psci = PSCI_SMC;
	} else if (method != NULL && strcmp(method, "hvc") == 0) {
		w->m->power.psci = PSCI_HVC;
	} else {
		return fdt_bad(w, "method: %.16s, expected \"smc\" or \"hvc\"",
			       method != NULL ? method : "absent");
	}
	return 0;
}

const struct fdt_compatible fdt_devices[] = {
	{ "arm,gic-v3", read_gicv3 },
	{ "arm,gic-v3-its", read_its },
	{ "arm,gic-400", read_gicv2 },
	{ "arm,cortex-a15-gic", read_gicv2 },
	{ "arm,smmu-v3", read_smmuv3 },
	{ "arm,smmu-v2", read_smmuv2 },
	{ "arm,mmu-500", read_smmuv2 },
	{ "pci-host-ecam-generic", read_pcie_ecam },
	{ "fsl,imx8mp-pcie", read_pcie_dw },
	{ "snps,dw-pcie", read_pcie_dw },
	{ "arm,armv8-timer", read_timer },
	{ "arm,psci-1.0", read_psci },
	{ "arm,psci-0.2", read_psci },
	{ "arm,armv8-pmuv3", read_pmu },
	{ "arm,cortex-a53-pmu", read_pmu },
	{ "arm,cortex-a55-pmu", read_pmu },
	{ "arm,cortex-a57-pmu", read_pmu },
	{ "arm,cortex-a72-pmu", read_pmu },
	{ "arm,cortex-a76-pmu", read_pmu },
	{ "arm,cortex-a78-pmu", read_pmu },
	{ NULL, NULL },
};
