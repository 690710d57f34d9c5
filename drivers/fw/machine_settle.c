// SPDX-License-Identifier: Apache-2.0
/* The machine as a whole: ranges in order, nothing on top of anything else. */
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "machine_build.h"

/* Every register window of a machine: controllers with their parts, IOMMUs, UARTs, segments. */
#define WINDOWS_MAX                                                                    \
	(MACHINE_IRQCHIPS_MAX * (1U + MACHINE_GICR_REGIONS_MAX) + MACHINE_IOMMUS_MAX + \
	 MACHINE_UARTS_MAX + (3U + MACHINE_WINDOWS) * MACHINE_SEGMENTS_MAX)

struct window {
	const char *what;
	u64 base;
	u64 size;
};

struct windows {
	u32 count;
	struct window w[WINDOWS_MAX];
};

static void range_insert(struct machine_range *list, u32 n, struct machine_range r)
{
	while (n != 0U && list[n - 1U].base.v > r.base.v) {
		list[n] = list[n - 1U];
		n--;
	}
	list[n] = r;
}

/* Sorted ranges that touch or overlap become one. */
static u32 ranges_merge(struct machine_range *list, u32 n)
{
	u32 out = 0;

	for (u32 i = 0; i < n; i++) {
		struct machine_range *last = &list[out == 0U ? 0U : out - 1U];
		u64 end = list[i].base.v + list[i].size;

		if (out != 0U && list[i].base.v <= last->base.v + last->size) {
			if (end > last->base.v + last->size) {
				last->size = end - last->base.v;
			}
		} else {
			list[out++] = list[i];
		}
	}
	return out;
}

/* Whole pages only. Returns false for a range of which nothing is left, or that wraps. */
static bool range_to_pages(struct machine_range *r, bool inwards)
{
	u64 end = r->base.v + r->size;
	u64 first = inwards ? ALIGN_UP(r->base.v, PAGE_SIZE) : ALIGN_DOWN(r->base.v, PAGE_SIZE);
	u64 last = inwards ? ALIGN_DOWN(end, PAGE_SIZE) : ALIGN_UP(end, PAGE_SIZE);

	if (first < r->base.v && inwards) {
		return false;
	}
	if (first >= last) {
		return false;
	}
	r->base.v = first;
	r->size = last - first;
	return true;
}

static int ram_settle(struct machine *m)
{
	u32 n = 0;

	for (u32 i = 0; i < m->ram_count; i++) {
		struct machine_range r = m->ram[i];

		if (r.base.v + r.size < r.base.v) {
			log_error("%s: RAM 0x%lx and 0x%lx bytes wrap", m->source, r.base.v,
				  r.size);
			return trace_error(BH_EINVAL);
		}
		if (range_to_pages(&r, true)) {
			range_insert(m->ram, n++, r);
		}
	}
	m->ram_count = ranges_merge(m->ram, n);
	if (m->ram_count == 0U) {
		log_error("%s: no RAM, expected a page at least", m->source);
		return trace_error(BH_EINVAL);
	}
	return 0;
}

static bool in_ram(const struct machine *m, u64 base, u64 size)
{
	for (u32 i = 0; i < m->ram_count; i++) {
		if (range_overlaps(base, size, m->ram[i].base.v, m->ram[i].size)) {
			return true;
		}
	}
	return false;
}

/* What is reserved outside RAM is of no interest: nothing is ever taken from there. */
static int reserved_settle(struct machine *m)
{
	u32 n = 0;

	for (u32 i = 0; i < m->reserved_count; i++) {
		struct machine_range r = m->reserved[i];

		if (r.base.v + r.size < r.base.v) {
			log_error("%s: reserved memory 0x%lx and 0x%lx bytes wrap", m->source,
				  r.base.v, r.size);
			return trace_error(BH_EINVAL);
		}
		if (range_to_pages(&r, false) && in_ram(m, r.base.v, r.size)) {
			range_insert(m->reserved, n++, r);
		}
	}
	m->reserved_count = ranges_merge(m->reserved, n);
	return 0;
}

static int cpus_check(const struct machine *m)
{
	u32 startable = 0;

	for (u32 i = 0; i < m->cpu_count; i++) {
		startable += m->cpu[i].enabled ? 1U : 0U;
		for (u32 k = 0; k < i; k++) {
			if (m->cpu[k].hwid == m->cpu[i].hwid) {
				log_error("%s: CPUs %u and %u have the same id 0x%lx", m->source, k,
					  i, m->cpu[i].hwid);
				return trace_error(BH_EINVAL);
			}
		}
	}
	if (startable == 0U) {
		log_error("%s: no CPU that may run, of %u found", m->source, m->cpu_count);
		return trace_error(BH_EINVAL);
	}
	return 0;
}

static int window_add(const struct machine *m, struct windows *ws, const char *what, u64 base,
		      u64 size)
{
	if (size == 0U || base + (size - 1U) < base) {
		log_error("%s: %s at 0x%lx: 0x%lx bytes are none or wrap", m->source, what, base,
			  size);
		return trace_error(BH_EINVAL);
	}
	if (in_ram(m, base, size)) {
		log_error("%s: %s at 0x%lx, 0x%lx bytes: lies in RAM", m->source, what, base, size);
		return trace_error(BH_EINVAL);
	}
	for (u32 i = 0; i < ws->count; i++) {
		if (range_overlaps(base, size, ws->w[i].base, ws->w[i].size)) {
			log_error("%s: %s at 0x%lx overlaps %s at 0x%lx", m->source, what, base,
				  ws->w[i].what, ws->w[i].base);
			return trace_error(BH_EINVAL);
		}
	}
	ws->w[ws->count++] = (struct window){ .what = what, .base = base, .size = size };
	return 0;
}

static int irqchip_windows(const struct machine *m, struct windows *ws)
{
	int err = 0;

	for (u32 i = 0; i < m->irqchip_count && err == 0; i++) {
		const struct machine_irqchip *c = &m->irqchip[i];

		err = window_add(m, ws, irqchip_kind_name(c->kind), c->base.v, c->size);
		if (err == 0 && c->kind == IRQCHIP_GICV2) {
			err = window_add(m, ws, "GICv2 CPU interface", c->gicv2.cpu.v,
					 c->gicv2.cpu_size);
		}
		for (u32 r = 0; c->kind == IRQCHIP_GICV3 && r < c->gicv3.redist_count && err == 0;
		     r++) {
			err = window_add(m, ws, "redistributors", c->gicv3.redist[r].base.v,
					 c->gicv3.redist[r].size);
		}
	}
	return err;
}

static int dw_windows(const struct machine *m, const struct machine_dw *dw, struct windows *ws)
{
	int err = window_add(m, ws, "DesignWare registers", dw->dbi.base.v, dw->dbi.size);

	if (err == 0) {
		err = window_add(m, ws, "configuration window", dw->config.base.v, dw->config.size);
	}
	if (err == 0 && dw->atu.size != 0U &&
	    !range_inside(dw->atu.base.v, dw->atu.size, dw->dbi.base.v, dw->dbi.size)) {
		err = window_add(m, ws, "address translation", dw->atu.base.v, dw->atu.size);
	}
	return err;
}

static int windows_check(const struct machine *m)
{
	static struct windows ws;
	int err;

	ws.count = 0;
	err = irqchip_windows(m, &ws);
	for (u32 i = 0; i < m->iommu_count && err == 0; i++) {
		err = window_add(m, &ws, iommu_kind_name(m->iommu[i].kind), m->iommu[i].base.v,
				 m->iommu[i].size);
	}
	for (u32 i = 0; i < m->uart_count && err == 0; i++) {
		if (m->uart[i].kind != UART_16550_PORT) {
			err = window_add(m, &ws, uart_kind_name(m->uart[i].kind), m->uart[i].base.v,
					 m->uart[i].size);
		}
	}
	for (u32 i = 0; i < m->segment_count && err == 0; i++) {
		if (m->segment[i].ecam.v != 0U) {
			err = window_add(m, &ws, "ECAM", m->segment[i].ecam.v,
					 m->segment[i].ecam_size);
		}
		if (m->segment[i].dw.dbi.size != 0U) {
			err = dw_windows(m, &m->segment[i].dw, &ws);
		}
		for (u32 k = 0; k < MACHINE_WINDOWS && err == 0; k++) {
			const struct machine_window *pci = &m->segment[i].window[k];

			if (pci->size != 0U) {
				err = window_add(m, &ws, "PCI window", pci->base.v, pci->size);
			}
		}
	}
	return err;
}

static int segments_check(const struct machine *m)
{
	for (u32 i = 0; i < m->segment_count; i++) {
		const struct machine_segment *a = &m->segment[i];

		for (u32 k = 0; k < i; k++) {
			const struct machine_segment *b = &m->segment[k];

			if (a->segment == b->segment && a->bus_first <= b->bus_last &&
			    b->bus_first <= a->bus_last) {
				log_error(
					"%s: PCIe segment %u: buses %u to %u and %u to %u overlap",
					m->source, a->segment, b->bus_first, b->bus_last,
					a->bus_first, a->bus_last);
				return trace_error(BH_EINVAL);
			}
		}
	}
	return 0;
}

int machine_settle(struct machine *m)
{
	int err = ram_settle(m);

	if (err == 0) {
		err = reserved_settle(m);
	}
	if (err == 0) {
		err = cpus_check(m);
	}
	if (err == 0) {
		err = windows_check(m);
	}
	if (err == 0) {
		err = segments_check(m);
	}
	return err;
}
