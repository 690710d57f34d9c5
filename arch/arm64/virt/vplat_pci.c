// SPDX-License-Identifier: Apache-2.0
/* The PCI host in a guest's devicetree: host-generic-pci and pci bindings, one bus. */
#include <asm/vplat.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/fdt_put.h>
#include <bulkhead/lib/printf.h>

#define NODE_NAME_MAX 24U

/* First cell of a PCI address: what space it is in. */
#define SPACE_MEMORY32 0x02000000U
#define SPACE_MEMORY64 0x43000000U /* and prefetchable */
#define DEVICE_SHIFT 11U
#define DEVICE_MASK 0xf800U
#define PIN_MASK 7U
#define PIN_A 1U

/* Child's address and pin, whose line it is (an address of two cells, which is 0), and which. */
#define MAP_PARENT 4U
#define MAP_IRQ (MAP_PARENT + 1U + 2U)
#define MAP_CELLS (MAP_IRQ + VPLAT_IRQ_CELLS_MAX)

static u32 high(u64 v)
{
	return (u32)(v >> 32);
}

static u32 low(u64 v)
{
	return (u32)v;
}

/* The same addresses on the bus as in the guest's memory. */
static int put_ranges(void *fdt)
{
	const u64 m = vplat.pci.window.v, m_size = vplat.pci.window_size;
	const u64 w = vplat.pci.window64.v, w_size = vplat.pci.window64_size;
	const u32 cells[] = {
		SPACE_MEMORY32, high(m), low(m), high(m), low(m), high(m_size), low(m_size),
		SPACE_MEMORY64, high(w), low(w), high(w), low(w), high(w_size), low(w_size),
	};

	return fdt_put_cells(fdt, "ranges", cells, ARRAY_SIZE(cells));
}

static void map_entry(fdt32_t *to, u32 device, u32 intid)
{
	u32 cells[MAP_CELLS] = { device << DEVICE_SHIFT, 0, 0, PIN_A, VPLAT_PHANDLE_GIC };

	(void)vplat_irq_cells(intid, true, &cells[MAP_IRQ]);
	for (u32 i = 0; i < MAP_CELLS; i++)
		to[i] = cpu_to_fdt32(cells[i]);
}

static int put_interrupts(void *fdt, const struct vplat_pci *pci)
{
	const u32 mask[] = { DEVICE_MASK, 0, 0, PIN_MASK };
	fdt32_t map[VPLAT_PCI_DEVICES * MAP_CELLS];
	u32 n = 0;
	int err;

	for (u32 i = 0; i < pci->count && i < VPLAT_PCI_DEVICES; i++) {
		if (pci->intid[i] != 0U)
			map_entry(&map[(size_t)MAP_CELLS * n++], i, pci->intid[i]);
	}
	if (n == 0U)
		return 0;
	err = fdt_put_cells(fdt, "interrupt-map-mask", mask, ARRAY_SIZE(mask));
	err |= fdt_property(fdt, "interrupt-map", map, (int)(sizeof(map[0]) * MAP_CELLS * n));
	return err;
}

int vplat_describe_pci(void *fdt, const struct vplat_pci *pci)
{
	const u64 reg[] = { vplat.pci.config.v, vplat.pci.config_size };
	const u32 buses[] = { 0, 0 };
	char name[NODE_NAME_MAX];
	int err;

	(void)bh_snprintf(name, sizeof(name), "pcie@%llx", (unsigned long long)reg[0]);
	err = fdt_begin_node(fdt, name);
	err |= fdt_put_string(fdt, "compatible", "pci-host-ecam-generic");
	err |= fdt_put_string(fdt, "device_type", "pci");
	err |= fdt_property_u32(fdt, "#address-cells", 3);
	err |= fdt_property_u32(fdt, "#size-cells", 2);
	err |= fdt_property_u32(fdt, "#interrupt-cells", 1);
	err |= fdt_put_reg(fdt, reg, ARRAY_SIZE(reg));
	err |= fdt_put_cells(fdt, "bus-range", buses, ARRAY_SIZE(buses));
	err |= fdt_property(fdt, "dma-coherent", NULL, 0);
	if (err == 0)
		err = put_ranges(fdt);
	if (err == 0)
		err = put_interrupts(fdt, pci);
	if (err == 0 && pci->messages)
		err = fdt_property_u32(fdt, "msi-parent", VPLAT_PHANDLE_V2M);
	err |= fdt_end_node(fdt);
	return err;
}
