// SPDX-License-Identifier: Apache-2.0
/*
 * Host bridges: one for each segment of the machine, reached the way firmware says, one access of
 * the asked width. Whatever cannot be reached is absent.
 */
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/pcie/config.h>

#include "dw.h"
#include "ports.h"

#define BUS_SHIFT 20U /* of an ECAM offset (PCIe 6.0, 7.2.2) */
#define FUNCTION_SHIFT 12U
#define CONFIG_BYTES 4096U
#define PORT_BYTES 256U

static struct pcie_host hosts[PCIE_HOSTS_MAX];
static u32 host_count;
static bool mapped;

static u32 absent(u32 width)
{
	return width == 1U ? 0xffU : width == 2U ? 0xffffU : ~0U;
}

/* Where a register lies in memory; NULL if it is not there or not mapped. */
static volatile u8 *ecam_register(const struct pcie_host *h, u32 bdf, u32 offset)
{
	u32 bus = (bdf >> 8) - h->bus_first;
	u64 at = (u64)bus << BUS_SHIFT | (u64)(bdf & 0xffU) << FUNCTION_SHIFT | offset;

	if (h->ecam == NULL || !range_inside(at, sizeof(u32), 0, h->ecam_size))
		return NULL;
	return h->ecam + at;
}

static u32 ecam_read(const struct pcie_host *h, u32 bdf, u32 offset, u32 width)
{
	const volatile u8 *p = ecam_register(h, bdf, ALIGN_DOWN(offset, 4U));

	return p == NULL ? absent(width) : (u32)mmio_read_width(p + (offset & 3U), width);
}

static void ecam_write(const struct pcie_host *h, u32 bdf, u32 offset, u32 width, u32 value)
{
	volatile u8 *p = ecam_register(h, bdf, ALIGN_DOWN(offset, 4U));

	if (p != NULL)
		mmio_write_width(p + (offset & 3U), width, value);
}

static u32 ports_read(const struct pcie_host *h, u32 bdf, u32 offset, u32 width)
{
	(void)h;
	return pci_ports_read(bdf, offset, width) & absent(width);
}

static void ports_write(const struct pcie_host *h, u32 bdf, u32 offset, u32 width, u32 value)
{
	(void)h;
	pci_ports_write(bdf, offset, width, value);
}

static const struct pcie_config_ops ecam_ops = { CONFIG_BYTES, ecam_read, ecam_write };
static const struct pcie_config_ops ports_ops = { PORT_BYTES, ports_read, ports_write };

static int host_open(struct pcie_host *h, u32 index, const struct machine_segment *s)
{
	h->segment = s->segment;
	h->bus_first = s->bus_first;
	h->bus_last = s->bus_last;
	memcpy(h->window, s->window, sizeof(h->window));
	h->ops = &ecam_ops;
	if (s->dw.dbi.size != 0U)
		return pcie_dw_open(h, index, s);
	if (s->ecam.v == 0U) {
		h->ops = &ports_ops;
		return 0;
	}
	h->ecam_size = s->ecam_size;
	h->ecam = mmu_map(s->ecam, s->ecam_size, MMU_DEVICE);
	if (h->ecam != NULL)
		return 0;
	log_error("pcie segment %u: ECAM 0x%lx + 0x%lx cannot be mapped; its devices stay unseen",
		  s->segment, s->ecam.v, s->ecam_size);
	return trace_error(BH_ENOMEM);
}

int pci_config_init(void)
{
	int first = 0;

	if (mapped)
		return 0;
	mapped = true;
	host_count = machine.segment_count;
	for (u32 i = 0; i < host_count; i++) {
		int err = host_open(&hosts[i], i, &machine.segment[i]);

		if (first == 0)
			first = err;
	}
	return first;
}

u32 pcie_hosts(const struct pcie_host **out)
{
	(void)pci_config_init();
	*out = hosts;
	return host_count;
}

static bool access_valid(const struct pcie_host *h, u32 bdf, u32 offset, u32 width)
{
	u32 bus = bdf >> 8;

	return (width == 1U || width == 2U || width == 4U) && IS_ALIGNED(offset, width) &&
	       offset < h->ops->bytes && bus >= h->bus_first && bus <= h->bus_last;
}

u32 pcie_host_read(const struct pcie_host *h, u32 bdf, u32 offset, u32 width)
{
	if (!access_valid(h, bdf, offset, width))
		return absent(width);
	return h->ops->read(h, bdf, offset, width);
}

void pcie_host_write(const struct pcie_host *h, u32 bdf, u32 offset, u32 width, u32 value)
{
	if (access_valid(h, bdf, offset, width))
		h->ops->write(h, bdf, offset, width, value);
}

/* The host that has the bus of @f; NULL if none. */
static const struct pcie_host *host_of(pci_sbdf_t f)
{
	u32 bus = (f.v >> 8) & 0xffU;

	(void)pci_config_init();
	for (u32 i = 0; i < host_count; i++) {
		const struct pcie_host *h = &hosts[i];

		if (h->segment == f.v >> 16 && bus >= h->bus_first && bus <= h->bus_last)
			return h;
	}
	return NULL;
}

u32 pci_config_read(pci_sbdf_t f, u32 offset, u32 width)
{
	const struct pcie_host *h = host_of(f);

	return h == NULL ? absent(width) : pcie_host_read(h, f.v & 0xffffU, offset, width);
}

void pci_config_write(pci_sbdf_t f, u32 offset, u32 width, u32 value)
{
	const struct pcie_host *h = host_of(f);

	if (h != NULL)
		pcie_host_write(h, f.v & 0xffffU, offset, width, value);
}
