// SPDX-License-Identifier: Apache-2.0
/* I/O Virtualization Reporting Structure: AMD-Vi units (AMD IOMMU 3.08, 5.2). */
#include <bulkhead/lib/error.h>

#include "acpi_table.h"
#include "machine_build.h"

#define IVRS_ENTRIES 48U

/* Registers without the performance counters, which Bulkhead leaves alone (3.4). */
#define AMDVI_SIZE KIB(16)

static struct machine_iommu *unit_find(struct machine *m, u16 segment, u16 rid)
{
	for (u32 i = 0; i < m->iommu_count; i++) {
		struct machine_iommu *u = &m->iommu[i];

		if (u->kind == IOMMU_AMDVI && u->segment == segment && u->own_rid == rid) {
			return u;
		}
	}
	return NULL;
}

/* One unit may be described by blocks of type 10h, 11h and 40h: they must agree (5.2.2). */
static int read_ivhd(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	u64 base = acpi_u64(t, at + 8U);
	u16 rid = acpi_u16(t, at + 4U);
	u16 segment = acpi_u16(t, at + 16U);
	struct machine_iommu *u = unit_find(r->m, segment, rid);

	(void)size;
	if (base == 0U || base % AMDVI_SIZE != 0U) {
		return acpi_bad(t, at, "IVHD registers at 0x%lx, expected a multiple of 16 KiB",
				base);
	}
	if (u != NULL) {
		return u->base.v == base ? 0
					 : acpi_bad(t, at, "IVHD at 0x%lx, an earlier one at 0x%lx",
						    base, u->base.v);
	}
	u = machine_add_iommu(r->m, IOMMU_AMDVI, base);
	if (u == NULL) {
		return BH_EOVERFLOW;
	}
	u->size = AMDVI_SIZE;
	u->segment = segment;
	u->own_rid = rid;
	return 0;
}

/* IVMD (5.2.2.8): memory that a device of firmware's uses. */
static int read_ivmd(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	u64 base = acpi_u64(t, at + 16U);
	u64 length = acpi_u64(t, at + 24U);

	(void)size;
	if (base + length < base) {
		return acpi_bad(t, at, "IVMD at 0x%lx of 0x%lx bytes wraps", base, length);
	}
	return machine_add_reserved(r->m, base, length);
}

static const struct acpi_entry_layout layout = { .type_size = 1, .size_at = 2, .size_size = 2 };

static const struct acpi_entry_kind kinds[] = {
	{ 0x10, 24, "IVHD", read_ivhd },
	{ 0x11, 40, "IVHD", read_ivhd },
	{ 0x40, 40, "IVHD", read_ivhd },
	{ 0x20, 32, "IVMD", read_ivmd },
	{ 0x21, 32, "IVMD", read_ivmd },
	{ 0x22, 32, "IVMD", read_ivmd },
	{ 0, 0, NULL, NULL },
};

int acpi_read_ivrs(struct acpi_reader *r, const struct acpi_table *t)
{
	return acpi_entries(r, t, IVRS_ENTRIES, t->size, &layout, kinds);
}
