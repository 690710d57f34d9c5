// SPDX-License-Identifier: Apache-2.0
/* Tables of Arm machines: GTDT (ACPI 6.5, 5.2.25) and IORT (DEN0049E). */
#include <bulkhead/lib/error.h>

#include "acpi_table.h"
#include "machine_build.h"

#define GTDT_NS_EL1_GSIV 56U
#define GTDT_VIRTUAL_GSIV 64U
#define GTDT_EL2_GSIV 72U

#define IORT_NODES_AT 40U
#define SMMUV3_SIZE KIB(128)
#define MEMORY_CCA 1U

int acpi_read_gtdt(struct acpi_reader *r, const struct acpi_table *t)
{
	r->m->timer.phys_intid = acpi_u32(t, GTDT_NS_EL1_GSIV);
	r->m->timer.virt_intid = acpi_u32(t, GTDT_VIRTUAL_GSIV);
	r->m->timer.hyp_intid = acpi_u32(t, GTDT_EL2_GSIV);
	return 0;
}

/* A root complex: all that counts here is whether its DMA is coherent. */
static int read_root_complex(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	(void)size;
	if (acpi_u32(t, at + 16U) == MEMORY_CCA && r->coherent_count < MACHINE_SEGMENTS_MAX) {
		r->coherent[r->coherent_count++] = acpi_u16(t, at + 28U);
	}
	return 0;
}

static int smmu_add(struct acpi_reader *r, const struct acpi_table *t, u32 at, enum iommu_kind kind,
		    struct machine_iommu **out)
{
	u64 base = acpi_u64(t, at + 16U);

	if (base == 0U || (base & PAGE_MASK) != 0U) {
		return acpi_bad(t, at, "%s registers at 0x%lx, expected a page",
				iommu_kind_name(kind), base);
	}
	*out = machine_add_iommu(r->m, kind, base);
	return *out == NULL ? BH_EOVERFLOW : 0;
}

static int read_smmuv2(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	struct machine_iommu *u = NULL;
	u32 globals = acpi_u32(t, at + 40U);
	int err = smmu_add(r, t, at, IOMMU_SMMUV2, &u);

	if (u != NULL) {
		u->size = acpi_u64(t, at + 24U);
		u->irq_gerror = range_inside(globals, 4, 0, size) ? acpi_u32(t, at + globals) : 0U;
	}
	return err;
}

static int read_smmuv3(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	struct machine_iommu *u = NULL;
	int err = smmu_add(r, t, at, IOMMU_SMMUV3, &u);

	(void)size;
	if (u != NULL) {
		u->size = SMMUV3_SIZE;
		u->irq_event = acpi_u32(t, at + 44U);
		u->irq_gerror = acpi_u32(t, at + 52U);
	}
	return err;
}

static const struct acpi_entry_layout layout = { .type_size = 1, .size_at = 1, .size_size = 2 };

static const struct acpi_entry_kind kinds[] = {
	{ 2, 32, "root complex", read_root_complex },
	{ 3, 60, "SMMUv2", read_smmuv2 },
	{ 4, 60, "SMMUv3", read_smmuv3 },
	{ 0, 0, NULL, NULL },
};

int acpi_read_iort(struct acpi_reader *r, const struct acpi_table *t)
{
	u32 at = acpi_u32(t, IORT_NODES_AT);

	if (at < ACPI_HEADER || at > t->size) {
		return acpi_bad(t, IORT_NODES_AT, "nodes at 0x%x, expected 0x30 to 0x%x", at,
				t->size);
	}
	return acpi_entries(r, t, at, t->size, &layout, kinds);
}
