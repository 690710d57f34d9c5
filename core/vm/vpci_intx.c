// SPDX-License-Identifier: Apache-2.0
/*
 * interrupt-map of the board's PCI host (Devicetree Specification v0.4, 2.4.3): a function's pin,
 * turned at every bridge above it (PCI-to-PCI Bridge 1.2, 9.1), to an interrupt of the GIC.
 */
#include <bulkhead/arch/vplat.h>
#include <bulkhead/fw/devices.h>
#include <bulkhead/lib/fdt_put.h>

#include "vpci_intx.h"

#define PINS 4U
#define CHILD_CELLS 4U /* address of three, pin */
#define GIC_CELLS 3U   /* type, number, flags */
#define GIC_SPI 0U
#define GIC_SPI_FIRST 32U
#define GIC_LEVEL_HIGH 4U
#define CELL 4U

/* A property as numbers. */
struct cells {
	const u8 *data;
	u32 count;
};

static struct cells property(int node, const char *name)
{
	struct cells c = { NULL, 0 };
	int size = 0;

	c.data = fdt_getprop(machine_fdt, node, name, &size);
	if (c.data != NULL && size > 0)
		c.count = (u32)size / CELL;
	return c;
}

static u32 cell(const struct cells *c, u32 i)
{
	fdt32_t v = 0;

	if (i < c->count)
		memcpy(&v, c->data + (size_t)i * CELL, sizeof(v));
	return fdt32_to_cpu(v);
}

/* Where pin A to D of a function comes out at the root. */
static u32 root_pin(const struct pcie_function *f, u32 *device)
{
	u32 pin = f->interrupt_pin;

	*device = f->sbdf.v >> 3 & 0x1fU;
	for (u32 i = 0; i < PCIE_DEPTH_MAX && f->parent != PCIE_NONE; i++) {
		pin = (pin - 1U + *device) % PINS + 1U;
		f = &pcie.fn[f->parent];
		*device = f->sbdf.v >> 3 & 0x1fU;
	}
	return pin;
}

/* The node of the host that has bus @bus of @segment. */
static int host_node(u32 segment, u32 bus)
{
	int node = fdt_node_offset_by_compatible(machine_fdt, -1, "pci-host-ecam-generic");

	for (u32 i = 0; i < MACHINE_SEGMENTS_MAX && node >= 0; i++) {
		const struct cells domain = property(node, "linux,pci-domain");
		const struct cells buses = property(node, "bus-range");

		if (cell(&domain, 0) == segment &&
		    (buses.count != 2U || (bus >= cell(&buses, 0) && bus <= cell(&buses, 1))))
			return node;
		node = fdt_node_offset_by_compatible(machine_fdt, node, "pci-host-ecam-generic");
	}
	return -1;
}

/* The interrupt that entry @at names, behind its child's cells; @next is the entry after it. */
static u32 parent_interrupt(const struct cells *map, u32 at, u32 *next)
{
	const int gic = fdt_node_offset_by_phandle(machine_fdt, cell(map, at));
	struct cells address, interrupt;
	u32 first;

	*next = map->count;
	if (gic < 0)
		return 0;
	address = property(gic, "#address-cells");
	interrupt = property(gic, "#interrupt-cells");
	/* Two of each at most, and one more for the specifier. */
	if (cell(&address, 0) > 2U || cell(&interrupt, 0) != GIC_CELLS)
		return 0;
	first = at + 1U + cell(&address, 0);
	*next = first + GIC_CELLS;
	if (*next > map->count || cell(map, first) != GIC_SPI ||
	    cell(map, first + 2U) != GIC_LEVEL_HIGH)
		return 0;
	return GIC_SPI_FIRST + cell(map, first + 1U);
}

static u32 map_find(int node, u32 address, u32 pin)
{
	const struct cells map = property(node, "interrupt-map");
	const struct cells mask = property(node, "interrupt-map-mask");
	const u32 want = address & cell(&mask, 0);
	u32 at = 0;

	while (mask.count == CHILD_CELLS && at + CHILD_CELLS < map.count) {
		const bool found = cell(&map, at) == want &&
				   cell(&map, at + 3U) == (pin & cell(&mask, 3));
		const u32 intid = parent_interrupt(&map, at + CHILD_CELLS, &at);

		if (found)
			return intid;
	}
	return 0;
}

u32 vpci_intx_find(const struct device_config *d __unused, const struct pcie_function *f)
{
	u32 device, pin;
	int node;

	if (f->interrupt_pin == 0U || f->interrupt_pin > PINS || machine_fdt == NULL)
		return 0;
	pin = root_pin(f, &device);
	node = host_node(f->sbdf.v >> 16, f->sbdf.v >> 8 & 0xffU);
	return node < 0 ? 0U : map_find(node, device << 11, pin);
}

bool vpci_intx_is_virtual(u32 intid)
{
	return intid == vplat.uart_intid ||
	       (intid >= vplat.bell_intid && intid - vplat.bell_intid < vplat.bell_count);
}
