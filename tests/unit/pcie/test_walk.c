// SPDX-License-Identifier: Apache-2.0
/* Golden trees of models (BH-PCIE-001, BH-PCIE-003, BH-PCIE-005). */
#include "tree.h"

TEST(an_empty_segment_costs_one_look_at_each_device_of_its_first_bus)
{
	tree_find(1);
	assert_int_equal(pcie.count, 0);
	assert_int_equal(m.reads, 32);
	assert_int_equal(m.writes, 0);
}

TEST(a_function_is_read_whole_and_left_quiet)
{
	u32 n = nvme_add(MODEL_NONE, 1U << 3);
	const struct pcie_function *f;

	model_set(&m, n, PCI_COMMAND, 2, 0x0107);
	model_set(&m, n, PCI_SUBSYSTEM, 4, 0x11001af4);
	model_cap(&m, n, 0xa0, PCI_CAP_ID_PM);
	model_set(&m, n, 0x100, 4, 0x14010000U | PCIE_EXT_ID_AER);
	model_writable(&m, n, 0x108, 4, ~0U);
	model_set(&m, n, 0x140, 4, 0x18010000U | PCIE_EXT_ID_ATS);
	model_set(&m, n, 0x146, 2, 0x8000);
	model_writable(&m, n, 0x146, 2, 0x801f);
	model_set(&m, n, 0x180, 4, 0x1c010000U | PCIE_EXT_ID_REBAR);
	model_set(&m, n, 0x1c0, 4, 0x00010000U | PCIE_EXT_ID_ARI);
	tree_find(1);
	f = at(0, 1, 0);
	assert_int_equal(f->vendor, 0x1b36);
	assert_int_equal(f->device, 0x10);
	assert_int_equal(f->subsystem_vendor, 0x1af4);
	assert_int_equal(f->subsystem, 0x1100);
	assert_int_equal(f->class, 0x010802);
	assert_int_equal(f->bar[0].size, 0x4000);
	assert_int_equal(f->bar[0].kind, MACHINE_WINDOW_MEM64);
	assert_int_equal(f->bar[0].base.v, 0x8000000000);
	assert_int_equal(f->bar[1].size, 0);
	assert_int_equal(f->bar[4].base.v, 0x10000000);
	assert_int_equal(f->msix.vectors, 65);
	assert_int_equal(f->msix.table, 0x2000);
	assert_int_equal(f->msix.pba_bar, 4);
	assert_true(f->flr && f->pm_reset && !f->af_flr);
	assert_int_equal(f->cap[PCIE_AER], 0x100);
	assert_int_equal(f->cap[PCIE_ATS], 0x140);
	assert_int_equal(f->cap[PCIE_REBAR], 0x180);
	assert_int_equal(f->cap[PCIE_ARI], 0x1c0);
	assert_int_equal(model_get(&m, n, PCI_COMMAND, 2), PCI_COMMAND_INTX_OFF);
	assert_int_equal(model_get(&m, n, 0x48, 2) & PCIE_DEVCTL_REPORTS, 0);
	assert_int_equal(model_get(&m, n, 0x82, 2), 0x0040);
	assert_int_equal(model_get(&m, n, 0x108, 4), PCIE_AER_UNSUPPORTED_REQUEST);
	assert_int_equal(model_get(&m, n, 0x146, 2), 0);
	assert_int_equal(model_get(&m, n, PCI_BAR0 + 4U, 4), 0x80);
	TREE_IS("0000:00:01.0 1b36:0010 NVMe, group 0, MSI-X 65, ATS, FLR/D3 reset, blocked");
}

TEST(what_no_function_answers_is_not_there)
{
	(void)model_add(&m, MODEL_NONE, 0, 1, EDU, 0xff00); /* function 0 is missing */
	(void)model_add(&m, MODEL_NONE, 0, 0x10, EDU, 0xff00);
	(void)model_add(&m, MODEL_NONE, 0, 0x11, EDU, 0xff00); /* not multifunction */
	(void)model_add(&m, MODEL_NONE, 0, 0x18, 0xffff0000, 0);
	(void)model_add(&m, MODEL_NONE, 0, 0x20, 0xffff0001, 0);
	tree_find(1);
	TREE_IS("0000:00:02.0 1234:11e8 device, group 0, no reset, blocked");
}

TEST(sixty_four_functions_are_held_and_the_rest_switched_off)
{
	for (u32 i = 0; i < 66; i++) {
		u32 n = model_add(&m, MODEL_NONE, 0, i, EDU, 0xff00);

		model_set(&m, n, PCI_HEADER_TYPE, 1, PCI_HEADER_MULTIFUNCTION);
		model_set(&m, n, PCI_COMMAND, 2, 0x6);
		model_bar(&m, n, 0, 0x100000, PCI_BAR_TYPE_32);
	}
	tree_find(1);
	assert_int_equal(pcie.count, 64);
	assert_int_equal(pcie.unseen, 2);
	assert_int_equal(pcie.groups, 8); /* one a device: nothing keeps its functions apart */
	for (u32 i = 0; i < 66; i++)
		assert_int_equal(model_get(&m, i, PCI_COMMAND, 2), PCI_COMMAND_INTX_OFF);
	assert_int_equal(at(0, 7, 7)->group, 7);
	assert_null(pcie_find(&pcie, PCI_SBDF(0, 8, 0, 0)));
	warned("2 functions left out and switched off: more than CONFIG_PCIE_FUNCTIONS=64");
}

/* Does every bridge above BAR @b of @f forward it? */
static bool forwarded(const struct pcie_function *f, const struct pcie_bar *b, const u32 *model)
{
	u64 last = b->bus + (b->size - 1U);
	bool all = true;

	for (u32 up = f->parent; up != PCIE_NONE; up = pcie.fn[up].parent) {
		u32 n = model[up];
		u32 v = model_get(&m, n, PCI_MEMORY_WINDOW, 4);
		u64 low = (u64)(v & 0xfff0U) << 16, high = v | 0xfffffU;
		bool in = b->bus >= low && last <= high;

		v = model_get(&m, n, PCI_PREFETCH_WINDOW, 4);
		low = (u64)model_get(&m, n, PCI_PREFETCH_BASE_HIGH, 4) << 32 | (u64)(v & 0xfff0U)
										       << 16;
		high = (u64)model_get(&m, n, PCI_PREFETCH_LIMIT_HIGH, 4) << 32 | v | 0xfffffU;
		in = in || (b->prefetch && b->bus >= low && last <= high);
		if (b->kind == MACHINE_WINDOW_IO) {
			v = model_get(&m, n, PCI_IO_WINDOW, 2);
			in = b->bus >= (v & 0xf0U) << 8 && last <= (v | 0xfffU);
		}
		all = all && in;
	}
	return all;
}

/* Table and model list the functions in the same order if there is one bridge a bus. */
TEST(four_levels_of_bridges_get_numbers_and_windows)
{
	static const u8 type[] = { PCIE_TYPE_ROOT_PORT, PCIE_TYPE_UPSTREAM, PCIE_TYPE_DOWNSTREAM,
				   PCIE_TYPE_TO_PCI };
	u32 up = MODEL_NONE, same[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	const struct pcie_function *f;

	for (u32 i = 0; i < 4; i++)
		up = model_bridge(&m, up, 0, i == 0U ? 8 : 0, type[i], i != 3U);
	up = nvme_add(up, 0);
	model_bar(&m, up, 2, 0x20, PCI_BAR_IO);
	model_bar(&m, up, 5, 0x40000000, PCI_BAR_TYPE_32);
	up = model_add(&m, 3, 0, 0x18, 0x10411af4, 0x020000);
	model_bar(&m, up, 4, 0x4000, PCI_BAR_TYPE_64 | PCI_BAR_PREFETCH);
	model_bar(&m, up, 0, 16, PCI_BAR_TYPE_32);
	tree_find(1);
	TREE_IS("0000:00:01.0 1b36:000c bridge to buses 01-04, group 0, isolating",
		"0000:01:00.0 1b36:000c bridge to buses 02-04, group 1, isolating",
		"0000:02:00.0 1b36:000c bridge to buses 03-04, group 2, isolating",
		"0000:03:00.0 1b36:000c bridge to buses 04-04, group 3, not isolating",
		"0000:04:00.0 1b36:0010 NVMe, group 3, MSI-X 65, FLR/bus reset, blocked",
		"0000:04:03.0 1af4:1041 network, group 3, bus reset, blocked");
	for (u32 i = 0; i < pcie.count; i++)
		for (u32 k = 0; k < PCIE_BARS; k++)
			if (pcie.fn[i].bar[k].base.v != 0U)
				assert_true(forwarded(&pcie.fn[i], &pcie.fn[i].bar[k], same));
	f = at(4, 0, 0);
	assert_int_equal(f->bar[0].bus, 0x10000000); /* 64-bit, and not prefetchable */
	assert_int_equal(f->bar[4].bus, 0x10004000);
	assert_int_equal(f->bar[2].bus, 0x1000);
	assert_int_equal(f->bar[2].base.v, 0x3eff1000);
	assert_int_equal(f->bar[5].bus, 0);
	assert_int_equal(at(4, 3, 0)->bar[4].bus, 0x8000000000);
	assert_int_equal(at(4, 3, 0)->bar[0].bus, 0x10005000); /* a page of its own */
	assert_int_equal(f->alias_count, 0);                   /* the bridge's is its own */
	assert_int_equal(at(4, 3, 0)->alias_count, 1);
	assert_int_equal(at(4, 3, 0)->alias[0], 0x0400);
	warned("pcie: 0000:04:00.0: BAR 5 of 0x40000000 bytes has no room in the 32-bit window");
}

TEST(numbers_and_addresses_of_firmware_are_respected)
{
	u32 port = model_bridge(&m, MODEL_NONE, 0, 8, PCIE_TYPE_ROOT_PORT, true), n;

	model_set(&m, port, PCI_BUSES, 4, 0x00070500);
	model_set(&m, port, PCI_COMMAND, 2, 0x7);
	model_set(&m, port, PCI_MEMORY_WINDOW, 4, 0x12301230);
	n = nvme_add(port, 0);
	model_set(&m, n, PCI_BAR0, 4, 0x12300004);
	tree_find(1);
	TREE_IS("0000:00:01.0 1b36:000c bridge to buses 05-07, group 0, isolating",
		"0000:05:00.0 1b36:0010 NVMe, group 1, MSI-X 65, FLR/bus reset, blocked");
	assert_int_equal(at(5, 0, 0)->bar[0].base.v, 0x12300000);
	assert_int_equal(at(5, 0, 0)->bar[4].base.v, 0);
	assert_int_equal(model_get(&m, port, PCI_COMMAND, 2), PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	assert_int_equal(model_get(&m, port, PCI_BUSES, 4), 0x00070500);
	assert_int_equal(model_get(&m, port, PCI_MEMORY_WINDOW, 4), 0x12301230);
}

TEST(two_segments_are_two_trees)
{
	model_open(&other, &host[1], 5, 0x10, 0x1f);
	(void)model_add(&m, MODEL_NONE, 0, 8, EDU, 0xff00);
	(void)model_bridge(&other, MODEL_NONE, 0x10, 8, PCIE_TYPE_ROOT_PORT, true);
	(void)model_add(&other, 0, 0, 0, EDU, 0xff00);
	tree_find(2);
	TREE_IS("0000:00:01.0 1234:11e8 device, group 0, no reset, blocked",
		"0005:10:01.0 1b36:000c bridge to buses 11-11, group 1, isolating",
		"0005:11:00.0 1234:11e8 device, group 2, bus reset, blocked");
	assert_int_equal(pcie_find(&pcie, PCI_SBDF(5, 0x11, 0, 0))->host, 1);
	assert_null(pcie_find(&pcie, PCI_SBDF(1, 0x11, 0, 0)));
}

TEST(virtual_functions_are_counted_and_not_there_yet)
{
	u32 n = model_add(&m, MODEL_NONE, 0, 8, IGB, 0x020000);

	model_express(&m, n, PCIE_TYPE_ENDPOINT, PCIE_DEVCAP_FLR);
	model_set(&m, n, 0x100, 4, 0x00010000U | PCIE_EXT_ID_SRIOV);
	model_set(&m, n, 0x108, 2, 0x19);
	model_writable(&m, n, 0x108, 2, 0x1f);
	model_set(&m, n, 0x10c, 4, 0x00080008);
	model_set(&m, n, 0x114, 4, 0x00020080);
	model_set(&m, n, 0x11a, 2, 0x10ca);
	tree_find(1);
	assert_int_equal(at(0, 1, 0)->sriov.offset, 0x80);
	assert_int_equal(at(0, 1, 0)->sriov.stride, 2);
	assert_int_equal(at(0, 1, 0)->sriov.device, 0x10ca);
	assert_int_equal(model_get(&m, n, 0x108, 2), 0x10);
	TREE_IS("0000:00:01.0 8086:10c9 network, group 0, SR-IOV 8, FLR reset, blocked");
}

TEST(root_buses_that_a_device_stands_for_are_looked_for)
{
	(void)model_bridge(&m, MODEL_NONE, 0, 8, PCIE_TYPE_ROOT_PORT, true);
	(void)model_add(&m, MODEL_NONE, 0, 0x10, 0x000b1b36, 0x060000);
	(void)model_bridge(&m, MODEL_NONE, 0x40, 0, PCIE_TYPE_ROOT_PORT, true);
	(void)model_add(&m, 2, 0, 0, EDU, 0xff00);
	tree_find(1);
	TREE_IS("0000:00:01.0 1b36:000c bridge to buses 01-01, group 0, isolating",
		"0000:00:02.0 1b36:000b host bridge, group 1, in use",
		"0000:40:00.0 1b36:000c bridge to buses 41-41, group 2, isolating",
		"0000:41:00.0 1234:11e8 device, group 3, bus reset, blocked");
}

TEST(what_bulkhead_uses_stays_on)
{
	u32 n = model_add(&m, MODEL_NONE, 0, 8, 0x00021b36, 0x070002);

	model_bar(&m, n, 0, 0x1000, PCI_BAR_TYPE_32);
	model_set(&m, n, PCI_BAR0, 4, 0x12345000);
	model_set(&m, n, PCI_COMMAND, 2, 0x2);
	machine.uart_count = 1;
	machine.uart[0] = (struct machine_uart){
		.kind = UART_16550_MMIO, .console = true, .base = HPA(0x12345100), .size = 0x100
	};
	tree_find(1);
	assert_int_equal(model_get(&m, n, PCI_COMMAND, 2), 0x2);
	TREE_IS("0000:00:01.0 1b36:0002 serial, group 0, in use");
}

TEST(functions_are_found_by_address_however_bridges_are_numbered)
{
	static const u32 buses[] = { 0x050500, 0x030300, 0x010100 };

	for (u32 i = 0; i < 3; i++) {
		u32 n = model_bridge(&m, MODEL_NONE, 0, (i + 1U) << 3, PCIE_TYPE_ROOT_PORT, true);

		model_set(&m, n, PCI_BUSES, 4, buses[i]);
		(void)model_add(&m, n, 0, 0, EDU, 0xff00);
	}
	tree_find(1);
	assert_int_equal(pcie.count, 6);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(at(buses[i] >> 16, 0, 0)->parent, i);
	assert_null(pcie_find(&pcie, PCI_SBDF(0, 2, 0, 0)));
	assert_null(pcie_find(&pcie, PCI_SBDF(0, 6, 0, 0)));
}

TEST(a_function_of_pci_may_offer_a_reset_of_its_own)
{
	u32 n = model_add(&m, MODEL_NONE, 0, 8, EDU, 0x020000);

	model_cap(&m, n, 0x50, PCI_CAP_ID_AF);
	model_set(&m, n, 0x53, 1, PCI_AF_FLR | PCI_AF_PENDING);
	n = model_add(&m, MODEL_NONE, 0, 16, EDU, 0x020000);
	model_cap(&m, n, 0x50, PCI_CAP_ID_AF);
	model_set(&m, n, 0x53, 1, PCI_AF_FLR); /* without a way to know when it is safe */
	model_cap(&m, n, 0x60, PCI_CAP_ID_PM);
	tree_find(1);
	TREE_IS("0000:00:01.0 1234:11e8 network, group 0, AF FLR reset, blocked",
		"0000:00:02.0 1234:11e8 network, group 1, D3 reset, blocked");
}

TEST(without_an_iommu_nothing_is_called_blocked)
{
	machine.iommu_count = 0;
	(void)model_add(&m, MODEL_NONE, 0, 8, EDU, 0x020000);
	tree_find(1);
	TREE_IS("0000:00:01.0 1234:11e8 network, group 0, no reset, off, no IOMMU");
	machine.iommu_count = 1;
	machine.iommu[0] = (struct machine_iommu){ .kind = IOMMU_VTD, .segment = 1 };
	TREE_IS("0000:00:01.0 1234:11e8 network, group 0, no reset, off, no IOMMU");
	machine.iommu[0].segment = 0;
	TREE_IS("0000:00:01.0 1234:11e8 network, group 0, no reset, blocked");
}

UNIT_TESTS(TREE(functions_are_found_by_address_however_bridges_are_numbered),
	   TREE(a_function_of_pci_may_offer_a_reset_of_its_own),
	   TREE(without_an_iommu_nothing_is_called_blocked),
	   TREE(an_empty_segment_costs_one_look_at_each_device_of_its_first_bus),
	   TREE(a_function_is_read_whole_and_left_quiet),
	   TREE(what_no_function_answers_is_not_there),
	   TREE(sixty_four_functions_are_held_and_the_rest_switched_off),
	   TREE(four_levels_of_bridges_get_numbers_and_windows),
	   TREE(numbers_and_addresses_of_firmware_are_respected), TREE(two_segments_are_two_trees),
	   TREE(virtual_functions_are_counted_and_not_there_yet),
	   TREE(root_buses_that_a_device_stands_for_are_looked_for),
	   TREE(what_bulkhead_uses_stays_on));
