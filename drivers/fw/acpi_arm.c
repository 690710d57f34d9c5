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

/* SMMUv1 or SMMUv2 node: model, flags. */
#define SMMUV2_MODEL_MMU500 3U
#define SMMUV2_COHERENT BIT(1)
#define MEMORY_CCA 1U

/* Id mappings of a node (DEN0049E, 3): input base, number less one, output base, node, flags. */
#define NODE_MAPPINGS 8U
#define NODE_MAPPINGS_AT 12U
#define MAPPING_SIZE 20U
#define MAPPING_SINGLE 1U
#define ROOT_SEGMENT 28U

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

/* Index of the unit that node @node of the table is; machine.iommu_count: none. */
static u32 unit_of(const struct acpi_reader *r, u32 node)
{
	u32 i = 0;

	while (i < r->m->iommu_count && r->iommu_node[i] != node) {
		i++;
	}
	return i;
}

static int read_mapping(struct acpi_reader *r, const struct acpi_table *t, u32 at, u16 segment)
{
	const u32 first = acpi_u32(t, at);
	const u64 count = (acpi_u32(t, at + 16U) & MAPPING_SINGLE) != 0U
				  ? 1U
				  : (u64)acpi_u32(t, at + 4U) + 1U;
	const u64 out = acpi_u32(t, at + 8U);
	const u32 unit = unit_of(r, acpi_u32(t, at + 12U));
	struct machine_id_map *map;

	if (unit == r->m->iommu_count) {
		return 0;
	}
	if (r->m->iommu[unit].kind == IOMMU_SMMUV2 && out + count > 0x10000U) {
		return acpi_bad(t, at,
				"ids from 0x%lx, %lu of them, of an SMMUv2, expected 16 bits", out,
				count);
	}
	if (first > 0xffffU || count > 0x10000U - first) {
		return acpi_bad(t, at, "ids from 0x%x, %lu of them, expected 16 bits", first,
				count);
	}
	map = machine_add_id_map(r->m, MACHINE_ID_DMA, first);
	if (map != NULL) {
		map->segment = segment;
		map->first = first;
		map->count = (u32)count;
		map->target = unit;
		map->out = (u32)out;
	}
	return 0;
}

/* Which of a root complex's requester ids are known to which unit by what. */
static int read_mappings(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	const u32 count = acpi_u32(t, at + NODE_MAPPINGS);
	const u32 first = acpi_u32(t, at + NODE_MAPPINGS_AT);
	int err = 0;

	if (!range_inside(first, (u64)count * MAPPING_SIZE, 0, size)) {
		return acpi_bad(t, at, "%u id mappings at 0x%x, expected them in %u bytes", count,
				first, size);
	}
	for (u32 i = 0; i < count && err == 0; i++) {
		err = read_mapping(r, t, at + first + i * MAPPING_SIZE,
				   acpi_u16(t, at + ROOT_SEGMENT));
	}
	return err;
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
	if (*out == NULL) {
		return BH_EOVERFLOW;
	}
	r->iommu_node[*out - r->m->iommu] = at;
	return 0;
}

static int read_smmuv2(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	struct machine_iommu *u = NULL;
	u32 globals = acpi_u32(t, at + 40U);
	u32 contexts = acpi_u32(t, at + 48U);
	int err = smmu_add(r, t, at, IOMMU_SMMUV2, &u);

	if (u != NULL) {
		u->size = acpi_u64(t, at + 24U);
		u->mmu500 = acpi_u32(t, at + 32U) == SMMUV2_MODEL_MMU500;
		u->coherent = (acpi_u32(t, at + 36U) & SMMUV2_COHERENT) != 0U;
		u->irq_gerror = range_inside(globals, 4, 0, size) ? acpi_u32(t, at + globals) : 0U;
		if (acpi_u32(t, at + 44U) != 0U && range_inside(contexts, 4, 0, size)) {
			u->irq_event = acpi_u32(t, at + contexts);
		}
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

/* Once all units are known. */
static const struct acpi_entry_kind maps[] = {
	{ 2, 32, "root complex", read_mappings },
	{ 0, 0, NULL, NULL },
};

int acpi_read_iort(struct acpi_reader *r, const struct acpi_table *t)
{
	u32 at = acpi_u32(t, IORT_NODES_AT);
	int err;

	if (at < ACPI_HEADER || at > t->size) {
		return acpi_bad(t, IORT_NODES_AT, "nodes at 0x%x, expected 0x30 to 0x%x", at,
				t->size);
	}
	err = acpi_entries(r, t, at, t->size, &layout, kinds);
	return err != 0 ? err : acpi_entries(r, t, at, t->size, &layout, maps);
}
