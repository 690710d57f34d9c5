// SPDX-License-Identifier: Apache-2.0
/* ACPI on the real machine: physical memory through our own map, and the unit. */
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

#include "acpi_table.h"

static const void *phys_map(void *ctx, u64 pa, u64 size)
{
	(void)ctx;
	return mmu_map(HPA(pa), size, MMU_RAM_RO);
}

static void phys_unmap(void *ctx, const void *p, u64 size)
{
	(void)ctx;
	mmu_unmap((void *)(uintptr_t)p, size);
}

static int acpi_discover(void)
{
	const struct acpi_mem mem = { .map = phys_map, .unmap = phys_unmap, .ctx = NULL };
	hpa_t rsdp = handoff.rsdp;

	if (machine.source != NULL) {
		return BH_ENODEV;
	}
	if (rsdp.v == 0U) {
		rsdp = HPA(acpi_scan_rsdp(&mem));
	}
	return rsdp.v != 0U ? acpi_read_machine(&mem, rsdp, &machine) : BH_ENODEV;
}

UNIT_DEFINE(acpi, 1, 30, acpi_discover);
