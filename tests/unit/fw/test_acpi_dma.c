// SPDX-License-Identifier: Apache-2.0
/* What RMRRs of a DMAR and IVMDs of an IVRS promise to functions (BH-IOMMU-006). */
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "drivers/fw/acpi_table.h"
#include "firmware.h"

#define ENTRY 48U /* where entries of both tables begin */

static u8 data[256];
static struct machine m;
static struct acpi_reader reader;

static int setup(void **state)
{
	(void)unit_setup(state);
	log_ring_init();
	memset(data, 0, sizeof(data));
	return 0;
}

#define ACPI(name) cmocka_unit_test_setup(name, setup)

static void put(u32 at, u32 bytes, u64 value)
{
	for (u32 n = 0; n < bytes; n++)
		data[at + n] = (u8)(value >> (8U * n));
}

static int read(int (*fn)(struct acpi_reader *r, const struct acpi_table *t), const char *name,
		u32 size)
{
	struct acpi_table t = { .data = data, .size = size };

	memcpy(t.signature, name, sizeof(t.signature));
	memset(&m, 0, sizeof(m));
	reader = (struct acpi_reader){ .m = &m };
	return fn(&reader, &t);
}

/* An RMRR of segment 1 with so many scopes, of eight bytes each. */
static void rmrr(u64 base, u64 limit, u32 scopes)
{
	put(ENTRY, 2, 1);
	put(ENTRY + 2U, 2, 24U + 8U * scopes);
	put(ENTRY + 6U, 2, 1);
	put(ENTRY + 8U, 8, base);
	put(ENTRY + 16U, 8, limit);
}

static void scope(u32 n, u32 type, u32 bus, u32 device, u32 function)
{
	const u32 at = ENTRY + 24U + 8U * n;

	put(at, 1, type);
	put(at + 1U, 1, 8);
	put(at + 5U, 1, bus);
	put(at + 6U, 1, device);
	put(at + 7U, 1, function);
}

TEST(an_rmrr_is_promised_to_each_function_of_its_scopes)
{
	rmrr(0x200800, 0x2ff7ff, 3);
	scope(0, 1, 2, 3, 1);
	scope(1, 2, 2, 4, 0); /* a bridge: nobody's */
	scope(2, 1, 0, 0x1d, 7);
	assert_int_equal(read(acpi_read_dmar, "DMAR", ENTRY + 48U), 0);
	assert_int_equal(m.dma_count, 2);
	assert_int_equal(m.dma[0].segment, 1);
	assert_int_equal(m.dma[0].first, 0x219);
	assert_int_equal(m.dma[0].count, 1);
	/* Whole pages. */
	assert_int_equal(m.dma[0].base.v, 0x200000);
	assert_int_equal(m.dma[0].size, 0x100000);
	assert_true(m.dma[0].read && m.dma[0].write);
	assert_int_equal(m.dma[1].first, 0xef);
	assert_int_equal(m.reserved_count, 1);
	assert_int_equal(logged("acpi: DMAR"), 0);
}

TEST(an_rmrr_of_a_function_behind_bridges_keeps_the_way_to_it)
{
	rmrr(0x200000, 0x200fff, 1);
	scope(0, 1, 3, 0x1c, 5);
	put(ENTRY + 2U, 2, 24U + 12U);
	put(ENTRY + 24U + 1U, 1, 12); /* a path of three steps */
	put(ENTRY + 24U + 8U, 2, 0x0100);
	put(ENTRY + 24U + 10U, 2, 0x0702);
	assert_int_equal(read(acpi_read_dmar, "DMAR", ENTRY + 36U), 0);
	assert_int_equal(m.dma_count, 1);
	assert_int_equal(m.dma[0].first, 0x3e5);
	assert_int_equal(m.dma[0].path.steps, 2);
	assert_int_equal(m.dma[0].path.step[0], 0x01);
	assert_int_equal(m.dma[0].path.step[1], 0x17);
	assert_int_equal(m.reserved_count, 1);
}

TEST(a_path_longer_than_there_can_be_bridges_is_named)
{
	rmrr(0x200000, 0x200fff, 1);
	scope(0, 1, 0, 1, 0);
	put(ENTRY + 2U, 2, 24U + 40U);
	put(ENTRY + 24U + 1U, 1, 40);
	assert_int_equal(read(acpi_read_dmar, "DMAR", ENTRY + 64U), 0);
	assert_int_equal(m.dma_count, 0);
	assert_int_equal(m.reserved_count, 1);
	assert_int_equal(
		logged("acpi: DMAR offset 0x48: device scope of 16 bridges, expected at most "
		       "15: its function stays blocked"),
		1);
}

TEST(a_unit_has_functions_behind_bridges)
{
	put(ENTRY + 2U, 2, 16U + 10U);
	put(ENTRY + 8U, 8, 0xfed90000);
	put(ENTRY + 16U, 1, 2); /* a bridge behind a bridge */
	put(ENTRY + 17U, 1, 10);
	put(ENTRY + 22U, 4, 0x00000001);
	put(ENTRY + 24U, 2, 0x0302);
	assert_int_equal(read(acpi_read_dmar, "DMAR", ENTRY + 26U), 0);
	assert_int_equal(m.id_map_count, 1);
	assert_int_equal(m.id_map[0].first, 0x08);
	assert_int_equal(m.id_map[0].path.steps, 1);
	assert_int_equal(m.id_map[0].path.step[0], 0x13);
	assert_true(m.id_map[0].behind);
}

TEST(more_promises_than_there_is_room_for_are_named)
{
	rmrr(0x200000, 0x200fff, 18);
	for (u32 i = 0; i < 18U; i++)
		scope(i, 1, 0, i, 0);
	assert_int_equal(read(acpi_read_dmar, "DMAR", ENTRY + 24U + 18U * 8U), 0);
	assert_int_equal(m.dma_count, MACHINE_DMA_MAX);
	assert_int_equal(m.dropped, 2);
}

static void ivmd(u32 type, u32 flags, u32 first, u32 count)
{
	put(ENTRY, 1, type);
	put(ENTRY + 1U, 1, flags);
	put(ENTRY + 2U, 2, 32);
	put(ENTRY + 4U, 2, 0x10);
	put(ENTRY + 6U, 2, 0x1f);
	put(ENTRY + 16U, 8, 0x300000);
	put(ENTRY + 24U, 8, 0x1800);
	assert_int_equal(read(acpi_read_ivrs, "IVRS", ENTRY + 32U), 0);
	assert_int_equal(m.reserved_count, 1);
	assert_int_equal(m.dma_count, count == 0U ? 0 : 1);
	assert_int_equal(m.dma[0].first, first);
	assert_int_equal(m.dma[0].count, count);
	assert_true(m.dma[0].read == (count != 0U && (flags & 0xaU) != 0U));
	assert_true(m.dma[0].write == (count != 0U && (flags & 0xcU) != 0U));
}

TEST(an_ivmd_is_promised_to_one_function_to_several_or_to_all)
{
	ivmd(0x21, 7, 0x10, 1);
	assert_int_equal(m.dma[0].base.v, 0x300000);
	assert_int_equal(m.dma[0].size, 0x2000);
	ivmd(0x22, 3, 0x10, 16);
	ivmd(0x20, 5, 0, 0x10000);
	ivmd(0x21, 8, 0x10, 1); /* an exclusion range */
	ivmd(0x21, 1, 0, 0);    /* nobody's: reserved alone */
}

/* An IVHD of type 40h with special entries: what, id, device. */
static void ivhd_specials(u32 count, const u32 (*special)[3])
{
	put(ENTRY, 1, 0x40);
	put(ENTRY + 2U, 2, 40U + 8U * count);
	put(ENTRY + 4U, 2, 2);
	put(ENTRY + 8U, 8, 0xfed80000);
	for (u32 i = 0; i < count; i++) {
		const u32 at = ENTRY + 40U + 8U * i;

		put(at, 1, 72);
		put(at + 4U, 1, special[i][1]);
		put(at + 5U, 2, special[i][2]);
		put(at + 7U, 1, special[i][0]);
	}
}

TEST(special_devices_say_as_what_lines_of_io_apics_come)
{
	static const u32 specials[][3] = {
		{ 1, 2, 0xa0 },      { 2, 0, 0xa1 }, /* an HPET */
		{ 1, 0x21, 0x0001 }, { 1, 2, 0xb0 }, /* the same one again */
		{ 7, 3, 0xa2 },                      /* what no specification knows */
	};
	u32 unit = ~0U, id = ~0U;

	ivhd_specials(5, specials);
	assert_int_equal(read(acpi_read_ivrs, "IVRS", ENTRY + 80U), 0);
	assert_int_equal(m.id_map_count, 3);
	assert_int_equal(
		machine_id_find(&m, MACHINE_ID_LINES, (pci_sbdf_t){ 2 }, false, &unit, &id), 0);
	assert_int_equal(unit, 0);
	assert_int_equal(id, 0xa0);
	assert_int_equal(
		machine_id_find(&m, MACHINE_ID_LINES, (pci_sbdf_t){ 0x21 }, false, &unit, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(machine_id_find(&m, MACHINE_ID_LINES, (pci_sbdf_t){ 0 }, false, &unit,
					 &id),
			 BH_ENOENT);
	/* As an id of DMA they say nothing. */
	assert_int_equal(machine_id_find(&m, MACHINE_ID_DMA, (pci_sbdf_t){ 2 }, false, &unit, &id),
			 BH_ENOENT);
}

TEST(a_special_device_that_is_cut_short_is_refused)
{
	static const u32 special[][3] = { { 1, 2, 0xa0 } };

	ivhd_specials(1, special);
	put(ENTRY + 2U, 2, 44);
	assert_int_equal(read(acpi_read_ivrs, "IVRS", ENTRY + 44U), BH_EINVAL);
	assert_int_equal(logged("acpi: IVRS offset 0x58: device entry of 8 bytes, 4 are left"), 1);
	assert_int_equal(m.id_map_count, 0);
}

UNIT_TESTS(ACPI(an_rmrr_is_promised_to_each_function_of_its_scopes),
	   ACPI(an_rmrr_of_a_function_behind_bridges_keeps_the_way_to_it),
	   ACPI(a_path_longer_than_there_can_be_bridges_is_named),
	   ACPI(a_unit_has_functions_behind_bridges),
	   ACPI(more_promises_than_there_is_room_for_are_named),
	   ACPI(an_ivmd_is_promised_to_one_function_to_several_or_to_all),
	   ACPI(special_devices_say_as_what_lines_of_io_apics_come),
	   ACPI(a_special_device_that_is_cut_short_is_refused));
