// SPDX-License-Identifier: Apache-2.0
/* IOMMUs of a devicetree, and how devices name them (BH-FW-001, BH-FW-002). */
#include <bulkhead/fw/devices.h>
#include <bulkhead/lib/error.h>

#include "firmware.h"
#include "tree.h"

static struct machine_devices devices;

static void read_devices(void)
{
	static u64 packed[TREE_MAX / 8U];

	memcpy(packed, tree, sizeof(tree));
	assert_int_equal(fdt_pack(packed), 0);
	assert_int_equal(fdt_read_devices(packed, fdt_totalsize(packed), &m, &devices), 0);
}

/* A tree with an SMMU of each kind behind the devices that name them. */
static void tree_smmus(u32 v2_cells)
{
	tree_small();
	device_add("smmu@a000", "arm,smmu-v3", 0xa0000, 0x20000);
	CELLS("/smmu@a000", "phandle", 3);
	CELLS("/smmu@a000", "#iommu-cells", 1);
	device_add("smmu@9000", "arm,mmu-500", 0x80000, 0x20000);
	CELLS("/smmu@9000", "phandle", 2);
	CELLS("/smmu@9000", "#iommu-cells", v2_cells);
	device_add("dma@1000", "acme,dma", 0x1000, 0x1000);
}

TEST(streams_have_as_many_cells_as_their_iommu_says)
{
	const struct machine_device *d;

	tree_smmus(2);
	CELLS("/dma@1000", "iommus", 2, 0x874, 0, 3, 0x12345, 2, 0x1400, 0x3ff);
	read_devices();
	d = machine_device_find(&devices, "/dma@1000");
	assert_non_null(d);
	assert_null(d->obstacle);
	assert_int_equal(d->stream_count, 3);
	assert_int_equal(d->stream[0].iommu.v, 0x80000);
	assert_int_equal(d->stream[0].id, 0x874);
	assert_int_equal(d->stream[1].iommu.v, 0xa0000);
	assert_int_equal(d->stream[1].id, 0x12345);
	assert_int_equal(d->stream[2].id, 0x3ff1400);
	tree_smmus(1);
	CELLS("/smmu@9000", "stream-match-mask", 0x7f80);
	CELLS("/dma@1000", "iommus", 2, 0x74);
	read_devices();
	d = machine_device_find(&devices, "/dma@1000");
	assert_int_equal(d->stream_count, 1);
	assert_int_equal(d->stream[0].id, 0x7f800074);
}

TEST(a_device_whose_streams_are_odd_cannot_be_given)
{
	static const struct {
		u32 count, cells[10];
		const char *why;
	} odd[] = {
		{ 2, { 2, 5 }, "its iommus is cut off" },
		{ 1, { 3 }, "its iommus is cut off" },
		{ 2, { 9, 5 }, "its iommus names none that is known" },
		{ 2, { 0, 5 }, "its iommus names none that is known" },
		{ 3, { 2, 0x10000, 0 }, "its iommus has an id of more than 16 bits" },
		{ 3, { 2, 1, 0x10000 }, "its iommus has an id of more than 16 bits" },
		{ 10, { 3, 1, 3, 2, 3, 3, 3, 4, 3, 5 }, "its iommus has too many entries" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(odd); i++) {
		tree_smmus(2);
		cells_set("/dma@1000", "iommus", odd[i].cells, odd[i].count);
		read_devices();
		assert_string_equal(machine_device_find(&devices, "/dma@1000")->obstacle,
				    odd[i].why);
	}
}

TEST(an_iommu_whose_ids_have_odd_cells_stops_the_boot)
{
	tree_smmus(3);
	assert_int_equal(read_tree(), BH_EINVAL);
	assert_string_equal(last_error(), "fdt: /smmu@9000: #iommu-cells: 3, expected 1 or 2");
	tree_smmus(1);
	CELLS("/smmu@a000", "#iommu-cells", 2);
	assert_int_equal(read_tree(), BH_EINVAL);
	assert_string_equal(last_error(), "fdt: /smmu@a000: #iommu-cells: 2, expected 1");
	tree_smmus(1);
	CELLS("/smmu@9000", "stream-match-mask", 0x10000);
	assert_int_equal(read_tree(), BH_EINVAL);
}

TEST(an_smmu_v2_has_ids_of_16_bits_behind_a_host_bridge)
{
	u32 unit, id;

	tree_smmus(1);
	CELLS("/smmu@9000", "stream-match-mask", 0x7f80);
	device_add("pcie@0", "pci-host-ecam-generic", 0x10000000, 0x100000);
	CELLS("/pcie@0", "iommu-map", 0, 2, 0x40, 8, 8, 2, 0xffff, 2);
	assert_int_equal(read_tree(), 0);
	assert_true(m.iommu[0].mmu500);
	assert_int_equal(machine_id_find(&m, MACHINE_ID_DMA, (pci_sbdf_t){ 1 }, false, &unit, &id),
			 0);
	assert_int_equal(m.iommu[unit].kind, IOMMU_SMMUV2);
	assert_int_equal(id, 0x7f800041);
	assert_int_equal(machine_id_find(&m, MACHINE_ID_DMA, (pci_sbdf_t){ 8 }, false, &unit, &id),
			 BH_ENOENT);
}

UNIT_TESTS(UNIT(streams_have_as_many_cells_as_their_iommu_says),
	   UNIT(a_device_whose_streams_are_odd_cannot_be_given),
	   UNIT(an_iommu_whose_ids_have_odd_cells_stops_the_boot),
	   UNIT(an_smmu_v2_has_ids_of_16_bits_behind_a_host_bridge));
