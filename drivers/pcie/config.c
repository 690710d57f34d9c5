// SPDX-License-Identifier: Apache-2.0
/*
 * PCI configuration space: finds the segment of a function and reaches it the way firmware says,
 * one access of the asked width. Whatever cannot be reached is absent.
 */
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/config.h>

#include "ports.h"

#define BUS_SHIFT 20U /* of an ECAM offset (PCIe 6.0, 7.2.2) */
#define FUNCTION_SHIFT 12U
#define CONFIG_BYTES 4096U
#define PORT_BYTES 256U

/* The mapped ECAM window of each segment of the machine; NULL where it could not be mapped. */
static volatile u8 *ecam[MACHINE_SEGMENTS_MAX];
static bool mapped;

int pci_config_init(void)
{
	int err = 0;

	if (mapped)
		return 0;
	mapped = true;
	for (u32 i = 0; i < machine.segment_count; i++) {
		const struct machine_segment *s = &machine.segment[i];

		if (s->ecam.v == 0U)
			continue;
		ecam[i] = mmu_map(s->ecam, s->ecam_size, MMU_DEVICE);
		if (ecam[i] != NULL)
			continue;
		log_error("pcie segment %u: ECAM 0x%lx + 0x%lx cannot be mapped; its devices "
			  "stay unseen",
			  s->segment, s->ecam.v, s->ecam_size);
		err = trace_error(BH_ENOMEM);
	}
	return err;
}

static bool access_valid(u32 offset, u32 width)
{
	return (width == 1U || width == 2U || width == 4U) && IS_ALIGNED(offset, width) &&
	       offset < CONFIG_BYTES;
}

/* Index of the segment that has the bus of @f; MACHINE_SEGMENTS_MAX if none. */
static u32 segment_of(pci_sbdf_t f)
{
	u32 bus = (f.v >> 8) & 0xffU;

	for (u32 i = 0; i < machine.segment_count; i++) {
		const struct machine_segment *s = &machine.segment[i];

		if (s->segment == f.v >> 16 && bus >= s->bus_first && bus <= s->bus_last)
			return i;
	}
	return MACHINE_SEGMENTS_MAX;
}

/* Where a register lies in memory; NULL if it is not there or not mapped. */
static volatile u8 *ecam_register(u32 segment, pci_sbdf_t f, u32 offset)
{
	const struct machine_segment *s = &machine.segment[segment];
	u32 bus = ((f.v >> 8) & 0xffU) - s->bus_first;
	u64 at = (u64)bus << BUS_SHIFT | (u64)(f.v & 0xffU) << FUNCTION_SHIFT | offset;

	if (ecam[segment] == NULL || !range_inside(at, sizeof(u32), 0, s->ecam_size))
		return NULL;
	return ecam[segment] + at;
}

static u32 ecam_read(const volatile u8 *p, u32 width)
{
	switch (width) {
	case 1:
		return mmio_read8(p);
	case 2:
		return mmio_read16(p);
	default:
		return mmio_read32(p);
	}
}

static void ecam_write(volatile u8 *p, u32 width, u32 value)
{
	switch (width) {
	case 1:
		mmio_write8(p, (u8)value);
		break;
	case 2:
		mmio_write16(p, (u16)value);
		break;
	default:
		mmio_write32(p, value);
		break;
	}
}

u32 pci_config_read(pci_sbdf_t f, u32 offset, u32 width)
{
	u32 absent = width == 1U ? 0xffU : width == 2U ? 0xffffU : ~0U;
	u32 i = segment_of(f);
	volatile u8 *p;

	if (i == MACHINE_SEGMENTS_MAX || !access_valid(offset, width))
		return absent;
	if (machine.segment[i].ecam.v == 0U) {
		if (offset >= PORT_BYTES)
			return absent;
		return pci_ports_read(f.v & 0xffffU, offset, width) & absent;
	}
	(void)pci_config_init();
	p = ecam_register(i, f, offset);
	return p == NULL ? absent : ecam_read(p, width);
}

void pci_config_write(pci_sbdf_t f, u32 offset, u32 width, u32 value)
{
	u32 i = segment_of(f);
	volatile u8 *p;

	if (i == MACHINE_SEGMENTS_MAX || !access_valid(offset, width))
		return;
	if (machine.segment[i].ecam.v == 0U) {
		if (offset < PORT_BYTES)
			pci_ports_write(f.v & 0xffffU, offset, width, value);
		return;
	}
	(void)pci_config_init();
	p = ecam_register(i, f, offset);
	if (p != NULL)
		ecam_write(p, width, value);
}
