// SPDX-License-Identifier: Apache-2.0
/* PCIe configuration windows (PCI Firmware Specification 3.3, 4.1.2). */
#include <bulkhead/lib/error.h>

#include "acpi_table.h"
#include "machine_build.h"

#define MCFG_ENTRIES 44U
#define MCFG_ENTRY_SIZE 16U
#define ECAM_BUS_SHIFT 20U

static int segment_read(struct acpi_reader *r, const struct acpi_table *t, u32 at)
{
	u64 base = acpi_u64(t, at); /* of bus 0, even where the window begins later */
	u8 first = acpi_u8(t, at + 10U);
	u8 last = acpi_u8(t, at + 11U);
	u64 offset = (u64)first << ECAM_BUS_SHIFT;
	u64 size = ((u64)last - first + 1U) << ECAM_BUS_SHIFT;
	struct machine_segment *s;

	if (last < first) {
		return acpi_bad(t, at, "buses %u to %u, expected a range", first, last);
	}
	if (base == 0U || base + offset < base) {
		return acpi_bad(t, at, "window at 0x%lx, expected an address", base);
	}
	s = machine_add_segment(r->m, base);
	if (s != NULL) {
		s->segment = acpi_u16(t, at + 8U);
		s->bus_first = first;
		s->bus_last = last;
		s->ecam = HPA(base + offset);
		s->ecam_size = size;
	}
	return 0;
}

int acpi_read_mcfg(struct acpi_reader *r, const struct acpi_table *t)
{
	int err = 0;

	if ((t->size - MCFG_ENTRIES) % MCFG_ENTRY_SIZE != 0U) {
		return acpi_bad(t, 4, "length %u, expected %u and a multiple of %u", t->size,
				MCFG_ENTRIES, MCFG_ENTRY_SIZE);
	}
	for (u32 at = MCFG_ENTRIES; at < t->size && err == 0; at += MCFG_ENTRY_SIZE) {
		err = segment_read(r, t, at);
	}
	return err;
}
