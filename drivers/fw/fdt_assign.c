// SPDX-License-Identifier: Apache-2.0
/*
 * Devices that a partition could be given. A node that is odd costs itself only, never the boot:
 * what it says is needed when somebody asks for it by its path.
 */
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fdt_walk.h"

/* Bindings without DMA. A device of another one is taken to be capable of it. */
static const char *const registers_only[] = {
	"arm,pl011",
	"arm,sbsa-uart",
	"arm,pl031",
	"arm,pl061",
	"arm,sp804",
	"arm,sp805",
	"ns16550a",
	"ns16550",
	"cfi-flash",
	"fsl,imx35-gpio",
	"fsl,imx21-wdt",
	"fsl,imx8mp-gpio",
	"brcm,bcm2711-gpio",
	"brcm,bcm2835-gpio",
	"brcm,bcm2835-aux-uart",
	"xlnx,zynqmp-gpio-1.0",
	"cdns,wdt-r1p2",
	"cdns,ttc",
	"xlnx,zynqmp-rtc",
};

/* Interrupt types 0 and 2 are shared, 1 and 3 private to a CPU; flags (arm,gic-v3 binding). */
#define TYPE_PRIVATE 1U
#define FLAG_LEVEL 0xcU

bool fdt_registers_only(struct fdt_prop compatible)
{
	return fdt_list_any(compatible, registers_only, ARRAY_SIZE(registers_only));
}

/* Is every bus above mapped into the CPU's addresses, with cells that make sense? */
static bool on_memory_bus(const struct fdt_walk *w)
{
	const struct fdt_level *up = &w->level[w->depth - 1U];

	for (u32 b = w->depth - 1U; b > 0U; b--) {
		if (w->level[b].ranges.data == NULL) {
			return false;
		}
	}
	return up->address_cells >= 1U && up->address_cells <= 2U && up->size_cells >= 1U &&
	       up->size_cells <= 2U;
}

static bool is_device(const struct fdt_walk *w)
{
	return w->devices != NULL && w->depth != 0U && w->level[w->depth].live &&
	       fdt_has(w, PROP_COMPATIBLE) && fdt_has(w, PROP_REG) && on_memory_bus(w) &&
	       strcmp(w->level[1].name, "reserved-memory") != 0 &&
	       strcmp(w->level[1].name, "cpus") != 0;
}

static int ranges_take(const struct fdt_walk *w, struct machine_device *d)
{
	u32 count;
	int err = fdt_reg_count(w, &count);

	for (u32 i = 0; i < count && err == 0; i++) {
		if (i == MACHINE_DEVICE_RANGES_MAX) {
			d->obstacle = "it has too many register ranges";
			break;
		}
		err = fdt_reg(w, i, &d->range[i]);
		if (err == 0) {
			d->range_count++;
		}
	}
	return err;
}

static const char *path_keep(const struct fdt_walk *w)
{
	struct machine_devices *list = w->devices;
	char path[FDT_PATH_MAX];
	char *kept = list->paths + list->paths_used;
	size_t size;

	size = fdt_path_text(w, path, sizeof(path)) + 1U;
	if (size > MACHINE_DEVICE_PATHS_MAX - list->paths_used) {
		return NULL;
	}
	memcpy(kept, path, size);
	list->paths_used += (u32)size;
	return kept;
}

void fdt_device_note(struct fdt_walk *w)
{
	struct machine_devices *list = w->devices;
	const struct fdt_kind *kind;
	struct fdt_device_irqs *irqs;
	struct machine_device *d;
	bool extended = fdt_has(w, PROP_INTERRUPTS_EXTENDED);

	if (!is_device(w)) {
		return;
	}
	if (list->count == MACHINE_DEVICES_MAX) {
		list->dropped++;
		return;
	}
	d = &list->device[list->count];
	memset(d, 0, sizeof(*d));
	if (ranges_take(w, d) != 0 || d->range_count == 0U) {
		return;
	}
	d->path = path_keep(w);
	if (d->path == NULL) {
		list->dropped++;
		return;
	}
	kind = fdt_kind(w);
	d->registers_only = kind != NULL && kind->registers_only;
	irqs = &w->device_irqs[list->count];
	irqs->spec = w->prop[extended ? PROP_INTERRUPTS_EXTENDED : PROP_INTERRUPTS];
	irqs->parent = extended ? 0U : w->level[w->depth].interrupt_parent;
	w->device_iommus[list->count] = w->prop[PROP_IOMMUS];
	list->count++;
}

/* One specifier of a GIC: type, number, flags. */
static const char *irq_take(struct machine_device *d, struct fdt_prop spec, u32 at)
{
	u32 type = fdt_cell(spec, at);
	u32 intid;

	if (fdt_gic_intid(type, fdt_cell(spec, at + 1U), &intid) != 0) {
		return "an interrupt of it does not exist";
	}
	if ((type & TYPE_PRIVATE) != 0U) {
		return "an interrupt of it is private to a CPU";
	}
	if (d->irq_count == MACHINE_DEVICE_IRQS_MAX) {
		return "it has too many interrupts";
	}
	d->irq[d->irq_count].intid = intid;
	d->irq[d->irq_count].level = (fdt_cell(spec, at + 2U) & FLAG_LEVEL) != 0U;
	d->irq_count++;
	return NULL;
}

/* Every turn goes on by at least one cell, so the property's size bounds the loop. */
static const char *irqs_take(const struct fdt_walk *w, const struct fdt_device_irqs *i,
			     struct machine_device *d)
{
	u32 cells = i->spec.size / 4U;
	u32 at = 0;

	while (at < cells) {
		u32 phandle = i->parent != 0U ? i->parent : fdt_cell(i->spec, at);
		const struct fdt_controller *c = fdt_controller_find(w, phandle);
		const char *why;

		at += i->parent != 0U ? 0U : 1U;
		if (c == NULL || !c->is_gic) {
			return "an interrupt of it goes through another controller than the GIC";
		}
		if (c->cells > cells - at) {
			return "its interrupts are cut off";
		}
		why = irq_take(d, i->spec, at);
		if (why != NULL) {
			return why;
		}
		at += c->cells;
	}
	return NULL;
}

static u32 iommu_find(const struct fdt_walk *w, u32 phandle)
{
	u32 i = 0;

	while (i < w->m->iommu_count && (phandle == 0U || w->iommu[i].phandle != phandle)) {
		i++;
	}
	return i;
}

/* A stream as its unit's driver has it: that of an SMMUv2 has its mask above 16 bits of id. */
static const char *stream_take(const struct fdt_walk *w, struct machine_device *d, u32 unit, u32 id,
			       u32 mask)
{
	const struct machine_iommu *u = &w->m->iommu[unit];
	const bool v2 = u->kind == IOMMU_SMMUV2;

	if (v2 && (id > 0xffffU || mask > 0xffffU)) {
		return "its iommus has an id of more than 16 bits";
	}
	if (d->stream_count == MACHINE_DEVICE_STREAMS_MAX) {
		return "its iommus has too many entries";
	}
	d->stream[d->stream_count].iommu = u->base;
	d->stream[d->stream_count].id = v2 ? mask << 16 | id : id;
	d->stream_count++;
	return NULL;
}

/* Every turn goes on by at least two cells, so the property's size bounds the loop. */
static const char *streams_take(const struct fdt_walk *w, struct fdt_prop p,
				struct machine_device *d)
{
	const u32 cells = p.data == NULL ? 0U : p.size / 4U;
	const char *why = NULL;
	u32 at = 0;

	while (at < cells && why == NULL) {
		const u32 unit = iommu_find(w, fdt_cell(p, at));
		const struct fdt_iommu *names = &w->iommu[unit];

		if (unit == w->m->iommu_count) {
			return "its iommus names none that is known";
		}
		if (names->cells >= cells - at) {
			return "its iommus is cut off";
		}
		why = stream_take(w, d, unit, fdt_cell(p, at + 1U),
				  names->cells == 2U ? fdt_cell(p, at + 2U) : names->mask);
		at += 1U + names->cells;
	}
	return why;
}

void fdt_devices_resolve(struct fdt_walk *w)
{
	for (u32 i = 0; w->devices != NULL && i < w->devices->count; i++) {
		struct machine_device *d = &w->devices->device[i];
		const char *why = irqs_take(w, &w->device_irqs[i], d);

		if (why == NULL) {
			why = streams_take(w, w->device_iommus[i], d);
		}
		if (why != NULL) {
			d->obstacle = why;
		}
	}
}
