// SPDX-License-Identifier: Apache-2.0
/* DMA Remapping table: VT-d units and the memory firmware's own DMA needs (VT-d 4.0, 8). */
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "acpi_table.h"
#include "machine_build.h"

#define DMAR_ENTRIES 48U
#define DRHD_SCOPES 16U
#define RMRR_SCOPES 24U
#define DRHD_INCLUDE_PCI_ALL BIT(0)

/* Device scopes (8.3.1). Their path goes from a bus by device and function, a pair a bridge. */
#define SCOPE_BRIDGE 2U
#define SCOPE_ID 4U
#define SCOPE_BUS 5U
#define SCOPE_PATH 6U
#define SCOPE_PAIRS_KNOWN 1U

static const struct acpi_entry_layout scope_layout = { .type_size = 1,
						       .size_at = 1,
						       .size_size = 1 };

static int scope_check(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	(void)r;
	if ((size & 1U) != 0U) {
		return acpi_bad(t, at, "device scope of %u bytes, expected 6 and pairs", size);
	}
	return 0;
}

static u32 scope_rid(const struct acpi_table *t, u32 at)
{
	return (u32)acpi_u8(t, at + SCOPE_BUS) << 8 | (acpi_u8(t, at + SCOPE_PATH) & 0x1fU) << 3 |
	       (acpi_u8(t, at + SCOPE_PATH + 1U) & 0x7U);
}

/* The steps behind the first. False: more than there can be bridges. */
static bool scope_path(const struct acpi_table *t, u32 at, u32 size, struct machine_path *path)
{
	const u32 steps = (size - SCOPE_PATH) / 2U - 1U;

	if (steps > MACHINE_STEPS_MAX) {
		log_warn("acpi: DMAR offset 0x%x: device scope of %u bridges, expected at most %u: "
			 "its function stays blocked",
			 at, steps, MACHINE_STEPS_MAX);
		return false;
	}
	path->steps = (u8)steps;
	for (u32 i = 0; i < steps; i++) {
		const u32 pair = at + SCOPE_PATH + 2U * (i + 1U);

		path->step[i] =
			(u8)((acpi_u8(t, pair) & 0x1fU) << 3 | (acpi_u8(t, pair + 1U) & 0x7U));
	}
	return true;
}

/* By what id lines of an I/O APIC are known to the unit being read. */
static int lines_keep(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	const int err = scope_check(r, t, at, size);
	struct machine_id_map *map;

	if (err != 0 || (size - SCOPE_PATH) / 2U != SCOPE_PAIRS_KNOWN) {
		return err;
	}
	map = machine_add_id_map(r->m, MACHINE_ID_LINES, acpi_u8(t, at + SCOPE_ID));
	if (map != NULL) {
		map->first = acpi_u8(t, at + SCOPE_ID);
		map->count = 1;
		map->target = r->m->iommu_count - 1U;
		map->out = scope_rid(t, at);
	}
	return 0;
}

/* A function of the unit being read, or a bridge whose functions are. */
static int scope_keep(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	const struct machine_iommu *u = &r->m->iommu[r->m->iommu_count - 1U];
	const int err = scope_check(r, t, at, size);
	struct machine_path path;
	struct machine_id_map *map;

	if (err != 0 || !scope_path(t, at, size, &path)) {
		return err;
	}
	map = machine_add_id_map(r->m, MACHINE_ID_DMA, scope_rid(t, at));
	if (map != NULL) {
		map->segment = u->segment;
		map->first = scope_rid(t, at);
		map->count = 1;
		map->target = r->m->iommu_count - 1U;
		map->out = map->first;
		map->behind = acpi_u8(t, at) == SCOPE_BRIDGE;
		map->path = path;
	}
	return 0;
}

static const struct acpi_entry_kind unit_scope_kinds[] = {
	{ 1, 8, "PCI endpoint scope", scope_keep }, { 2, 8, "PCI bridge scope", scope_keep },
	{ 3, 8, "I/O APIC scope", lines_keep },     { 4, 8, "HPET scope", scope_check },
	{ 5, 8, "ACPI device scope", scope_check }, { 0, 0, NULL, NULL },
};

/* A function that the RMRR being read is for. */
static int scope_promise(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	const int err = scope_check(r, t, at, size);

	if (err != 0 || !scope_path(t, at, size, &r->rmrr.path)) {
		return err;
	}
	r->rmrr.first = scope_rid(t, at);
	machine_add_dma(r->m, &r->rmrr);
	return 0;
}

static const struct acpi_entry_kind scope_kinds[] = {
	{ 1, 8, "PCI endpoint scope", scope_promise }, { 2, 8, "PCI bridge scope", scope_check },
	{ 3, 8, "I/O APIC scope", scope_check },       { 4, 8, "HPET scope", scope_check },
	{ 5, 8, "ACPI device scope", scope_check },    { 0, 0, NULL, NULL },
};

/* DRHD (8.3). Its size field says 2^n pages of 4 KiB. */
static int read_drhd(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	u64 base = acpi_u64(t, at + 8U);
	struct machine_iommu *u;

	if (base == 0U || (base & PAGE_MASK) != 0U) {
		return acpi_bad(t, at, "DRHD registers at 0x%lx, expected a page", base);
	}
	u = machine_add_iommu(r->m, IOMMU_VTD, base);
	if (u == NULL) {
		return BH_EOVERFLOW;
	}
	u->size = PAGE_SIZE << (acpi_u8(t, at + 5U) & 0xfU);
	u->segment = acpi_u16(t, at + 6U);
	u->all_devices = (acpi_u8(t, at + 4U) & DRHD_INCLUDE_PCI_ALL) != 0U;
	return acpi_entries(r, t, at + DRHD_SCOPES, at + size, &scope_layout, unit_scope_kinds);
}

/* RMRR (8.4): from base to limit, both included. */
static int read_rmrr(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	u64 base = acpi_u64(t, at + 8U);
	u64 limit = acpi_u64(t, at + 16U);
	int err;

	if (limit < base || limit == UINT64_MAX) {
		return acpi_bad(t, at, "RMRR from 0x%lx to 0x%lx, expected a range", base, limit);
	}
	err = machine_add_reserved(r->m, base, limit - base + 1U);
	if (err != 0) {
		return err;
	}
	r->rmrr = (struct machine_dma){
		.segment = acpi_u16(t, at + 6U),
		.count = 1,
		.base = HPA(base),
		.size = limit - base + 1U,
		.read = true,
		.write = true,
	};
	return acpi_entries(r, t, at + RMRR_SCOPES, at + size, &scope_layout, scope_kinds);
}

static const struct acpi_entry_layout layout = { .type_size = 2, .size_at = 2, .size_size = 2 };

static const struct acpi_entry_kind kinds[] = {
	{ 0, DRHD_SCOPES, "DRHD", read_drhd },
	{ 1, RMRR_SCOPES, "RMRR", read_rmrr },
	{ 0, 0, NULL, NULL },
};

int acpi_read_dmar(struct acpi_reader *r, const struct acpi_table *t)
{
	return acpi_entries(r, t, DMAR_ENTRIES, t->size, &layout, kinds);
}
