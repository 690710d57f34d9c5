// SPDX-License-Identifier: Apache-2.0
/* I/O Virtualization Reporting Structure: AMD-Vi units (AMD IOMMU 3.08, 5.2). */
#include <bulkhead/lib/error.h>

#include "acpi_table.h"
#include "machine_build.h"

#define IVRS_ENTRIES 48U

/* Registers without the performance counters, which Bulkhead leaves alone (3.4). */
#define AMDVI_SIZE KIB(16)

/* Device entries of an IVHD (5.2.2.2 and on): of four bytes, from type 64 on eight, and so on. */
#define ENTRY_ALL 1U
#define ENTRY_SELECT 2U
#define ENTRY_FIRST 3U
#define ENTRY_LAST 4U
#define ENTRY_ALIAS_SELECT 66U
#define ENTRY_ALIAS_FIRST 67U
#define ENTRY_SPECIAL 72U
#define ENTRY_NAMED 240U
#define ENTRY_NAMED_LENGTH 21U
#define ENTRY_NAMED_SIZE 22U
/* What a special one is (5.2.2.7); an HPET's messages are not used. */
#define SPECIAL_IOAPIC 1U
#define IVHD_OLD 0x10U
#define IVHD_OLD_ENTRIES 24U
#define IVHD_ENTRIES 40U

/* Memory definitions (5.2.2.8): types, flags. */
#define IVMD_ALL 0x20U
#define IVMD_ONE 0x21U
#define IVMD_RANGE 0x22U
#define IVMD_IR BIT(1)
#define IVMD_IW BIT(2)
#define IVMD_EXCLUSION BIT(3)

/* A range of ids that has begun. */
struct ivhd_range {
	bool open, same;
	u32 first, out;
};

static void ids_add(struct acpi_reader *r, u32 unit, u32 first, u32 last, u32 out, bool same)
{
	struct machine_id_map *map;

	if (last < first) {
		return;
	}
	map = machine_add_id_map(r->m, MACHINE_ID_DMA, first);
	if (map != NULL) {
		map->segment = r->m->iommu[unit].segment;
		map->first = first;
		map->count = last - first + 1U;
		map->target = unit;
		map->out = out;
		map->same = same;
	}
}

/* As what an I/O APIC's messages come. Of two entries for one I/O APIC the first counts. */
static void special_read(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 unit)
{
	const u32 id = acpi_u8(t, at + 4U);
	struct machine_id_map *map;

	if (acpi_u8(t, at + 7U) != SPECIAL_IOAPIC) {
		return;
	}
	map = machine_add_id_map(r->m, MACHINE_ID_LINES, id);
	if (map != NULL) {
		map->first = id;
		map->count = 1;
		map->target = unit;
		map->out = acpi_u16(t, at + 5U);
	}
}

static void entry_read(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 unit,
		       struct ivhd_range *range)
{
	const u32 id = acpi_u16(t, at + 1U);

	switch (acpi_u8(t, at)) {
	case ENTRY_ALL:
		ids_add(r, unit, 0, 0xffffU, 0, false);
		break;
	case ENTRY_SELECT:
		ids_add(r, unit, id, id, id, false);
		break;
	case ENTRY_ALIAS_SELECT:
		ids_add(r, unit, id, id, acpi_u16(t, at + 5U), true);
		break;
	case ENTRY_FIRST:
		*range = (struct ivhd_range){ true, false, id, id };
		break;
	case ENTRY_ALIAS_FIRST:
		*range = (struct ivhd_range){ true, true, id, acpi_u16(t, at + 5U) };
		break;
	case ENTRY_LAST:
		if (range->open) {
			ids_add(r, unit, range->first, id, range->out, range->same);
		}
		range->open = false;
		break;
	case ENTRY_SPECIAL:
		special_read(r, t, at, unit);
		break;
	default:
		break;
	}
}

static u32 entry_size(const struct acpi_table *t, u32 at)
{
	const u32 type = acpi_u8(t, at);

	return type == ENTRY_NAMED ? ENTRY_NAMED_SIZE + acpi_u8(t, at + ENTRY_NAMED_LENGTH)
				   : 4U << (type >> 6);
}

/* Every turn goes on by four bytes at least, so the block's size bounds the loop. */
static int entries_read(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 end,
			u32 unit)
{
	struct ivhd_range range = { false, false, 0, 0 };

	while (at < end) {
		const u32 size = entry_size(t, at);

		if (size > end - at) {
			return acpi_bad(t, at, "device entry of %u bytes, %u are left", size,
					end - at);
		}
		entry_read(r, t, at, unit, &range);
		at += size;
	}
	return 0;
}

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
	return entries_read(r, t,
			    at + (acpi_u8(t, at) == IVHD_OLD ? IVHD_OLD_ENTRIES : IVHD_ENTRIES),
			    at + size, r->m->iommu_count - 1U);
}

/* To whom an IVMD is addressed: to every function, to one, or to all from one to another. */
static void ivmd_promise(struct acpi_reader *r, const struct acpi_table *t, u32 at,
			 struct machine_dma *memory)
{
	const u32 flags = acpi_u8(t, at + 1U);
	const u32 last = acpi_u16(t, at + 6U);

	memory->first = acpi_u16(t, at + 4U);
	memory->count = 1;
	/* An exclusion range is not translated at all, so it has no rights of its own. */
	memory->read = (flags & (IVMD_IR | IVMD_EXCLUSION)) != 0U;
	memory->write = (flags & (IVMD_IW | IVMD_EXCLUSION)) != 0U;
	if (acpi_u8(t, at) == IVMD_ALL) {
		memory->first = 0;
		memory->count = 0x10000U;
	} else if (acpi_u8(t, at) == IVMD_RANGE && last >= memory->first) {
		memory->count = last - memory->first + 1U;
	}
	if (memory->read || memory->write) {
		machine_add_dma(r->m, memory);
	}
}

/* IVMD (5.2.2.8): memory that a device of firmware's uses. */
static int read_ivmd(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	u64 base = acpi_u64(t, at + 16U);
	u64 length = acpi_u64(t, at + 24U);
	struct machine_dma memory = { .segment = acpi_u16(t, at + 8U),
				      .base = HPA(base),
				      .size = length };
	int err;

	(void)size;
	if (base + length < base) {
		return acpi_bad(t, at, "IVMD at 0x%lx of 0x%lx bytes wraps", base, length);
	}
	err = machine_add_reserved(r->m, base, length);
	if (err == 0) {
		ivmd_promise(r, t, at, &memory);
	}
	return err;
}

static const struct acpi_entry_layout layout = { .type_size = 1, .size_at = 2, .size_size = 2 };

static const struct acpi_entry_kind kinds[] = {
	{ 0x10, 24, "IVHD", read_ivhd },
	{ 0x11, 40, "IVHD", read_ivhd },
	{ 0x40, 40, "IVHD", read_ivhd },
	{ IVMD_ALL, 32, "IVMD", read_ivmd },
	{ IVMD_ONE, 32, "IVMD", read_ivmd },
	{ IVMD_RANGE, 32, "IVMD", read_ivmd },
	{ 0, 0, NULL, NULL },
};

int acpi_read_ivrs(struct acpi_reader *r, const struct acpi_table *t)
{
	return acpi_entries(r, t, IVRS_ENTRIES, t->size, &layout, kinds);
}
