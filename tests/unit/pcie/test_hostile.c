// SPDX-License-Identifier: Apache-2.0
/* Configuration space that lies (BH-PCIE-002). */
#include "tree.h"

static u32 device_add(u32 devfn)
{
	return model_add(&m, MODEL_NONE, 0, devfn, EDU, 0xff00);
}

TEST(a_capability_list_that_loops_ends)
{
	u32 n = device_add(8);

	model_cap(&m, n, 0x50, PCI_CAP_ID_PM);
	model_cap(&m, n, 0x60, PCI_CAP_ID_MSI);
	model_set(&m, n, 0x51, 1, 0x60);
	tree_find(1);
	assert_int_equal(at(0, 1, 0)->cap[PCIE_PM], 0x50);
	assert_int_equal(at(0, 1, 0)->cap[PCIE_MSI], 0x60);
	warned("pcie: 0000:00:01.0: capability list: 0x50 points to 0x60, expected an entry not "
	       "seen yet");
}

TEST(a_capability_list_that_leaves_its_space_ends)
{
	u32 n = device_add(8);

	model_cap(&m, n, 0xfc, PCI_CAP_ID_MSIX); /* would go on beyond 256 bytes */
	model_set(&m, n, 0xfd, 1, 0x04);
	tree_find(1);
	assert_int_equal(at(0, 1, 0)->cap[PCIE_MSIX], 0);
	warned("capability list: 0xfc points to 0x4,");
}

TEST(an_extended_list_that_loops_ends)
{
	u32 n = device_add(8);

	model_express(&m, n, PCIE_TYPE_ENDPOINT, 0);
	model_set(&m, n, 0x100, 4, 0x20010000U | PCIE_EXT_ID_AER);
	model_set(&m, n, 0x200, 4, 0x10010000U | PCIE_EXT_ID_ATS);
	tree_find(1);
	assert_int_equal(at(0, 1, 0)->cap[PCIE_ATS], 0x200);
	warned("capability list: 0x200 points to 0x100,");
}

TEST(msix_outside_its_bar_is_none)
{
	u32 n = nvme_add(MODEL_NONE, 8);

	model_set(&m, n, 0x84, 4, 0x3c00); /* 65 entries end beyond the 16 KiB */
	tree_find(1);
	assert_int_equal(at(0, 1, 0)->msix.vectors, 0);
	assert_int_equal(at(0, 1, 0)->cap[PCIE_MSIX], 0);
	warned("MSI-X left out: table 0x3c00, pending 0x4 of 65 vectors are not in its BARs");
}

TEST(bars_that_are_none_are_left_out)
{
	u32 n = device_add(8);

	model_writable(&m, n, PCI_BAR0, 4, 0xfff0fff0); /* two runs */
	model_set(&m, n, PCI_BAR0 + 4U, 4, 0x2);        /* a type that is reserved */
	model_writable(&m, n, PCI_BAR0 + 4U, 4, 0xfffff000);
	model_bar(&m, n, 2, 1ULL << 63, PCI_BAR_TYPE_64);
	model_set(&m, n, PCI_BAR0 + 20U, 4, 0x4); /* without an upper half */
	model_writable(&m, n, PCI_BAR0 + 20U, 4, 0xfffff000);
	tree_find(1);
	for (u32 i = 0; i < PCIE_BARS; i++) {
		assert_int_equal(at(0, 1, 0)->bar[i].base.v, 0);
		assert_int_equal(at(0, 1, 0)->bar[i].size, i == 2U ? 1ULL << 63 : 0U);
	}
	warned("BAR 0 left out: answers 0xfffffffffff0fff0 to sizing, expected a power of two");
	warned("BAR 1 left out");
	warned("BAR 2 of 0x8000000000000000 bytes has no room in the 64-bit window");
	warned("BAR 5 left out");
}

TEST(bars_where_something_else_is_are_not_used)
{
	u32 n = device_add(8), k;

	for (u32 i = 0; i < 4; i++)
		model_bar(&m, n, i, 0x1000, PCI_BAR_TYPE_32);
	model_set(&m, n, PCI_BAR0, 4, 0x40100000);
	model_set(&m, n, PCI_BAR0 + 4U, 4, 0xb0000000);
	model_set(&m, n, PCI_BAR0 + 8U, 4, 0xc0000000);
	model_set(&m, n, PCI_BAR0 + 12U, 4, 0xc0000000);
	k = device_add(16);
	model_bar(&m, k, 0, 0x10000, PCI_BAR_TYPE_32);
	model_set(&m, k, PCI_BAR0, 4, 0xc0000000);
	memset(host[0].window, 0, sizeof(host[0].window));
	machine.segment_count = 1;
	machine.segment[0].ecam = HPA(0xb0000000);
	machine.segment[0].ecam_size = MIB(256);
	tree_find(1);
	assert_int_equal(at(0, 1, 0)->bar[0].base.v, 0);
	assert_int_equal(at(0, 1, 0)->bar[1].base.v, 0);
	assert_int_equal(at(0, 1, 0)->bar[2].base.v, 0xc0000000);
	assert_int_equal(at(0, 1, 0)->bar[3].base.v, 0);
	assert_int_equal(at(0, 2, 0)->bar[0].base.v, 0);
	warned("BAR 0 not used: 0x40100000 + 0x1000 is also RAM");
	warned("BAR 1 not used: 0xb0000000 + 0x1000 is also configuration space");
	warned("pcie: 0000:00:01.0: BAR 3 not used: 0xc0000000 + 0x1000 is also 0000:00:01.0");
	warned("pcie: 0000:00:02.0: BAR 0 not used: 0xc0000000 + 0x10000 is also 0000:00:01.0");
}

TEST(bars_outside_the_windows_are_not_used)
{
	u32 n = device_add(8);

	model_bar(&m, n, 0, 0x1000, PCI_BAR_TYPE_32);
	model_set(&m, n, PCI_BAR0, 4, 0x8000000);
	tree_find(1);
	assert_int_equal(at(0, 1, 0)->bar[0].base.v, 0);
	warned("0x8000000 + 0x1000 is also what is outside the host's windows");
}

static u32 port_add(u32 parent, u32 devfn, u32 buses)
{
	u32 n = model_bridge(&m, parent, 0, devfn, PCIE_TYPE_ROOT_PORT, true);

	model_set(&m, n, PCI_BUSES, 4, buses);
	return n;
}

TEST(bridges_that_lead_back_or_into_each_other_get_other_numbers)
{
	u32 self = port_add(MODEL_NONE, 8, 0x000000), over;

	model_set(&m, self, PCI_BUSES, 4, 0x050000); /* buses 0 to 5: its own */
	(void)port_add(MODEL_NONE, 16, 0x020100);
	over = port_add(MODEL_NONE, 24, 0x030200); /* bus 2 is the neighbour's */
	(void)model_add(&m, over, 0, 0, EDU, 0xff00);
	tree_find(1);
	TREE_IS("0000:00:01.0 1b36:000c bridge to buses 03-03, group 0, isolating",
		"0000:00:02.0 1b36:000c bridge to buses 01-02, group 1, isolating",
		"0000:00:03.0 1b36:000c bridge to buses 04-04, group 2, isolating",
		"0000:04:00.0 1234:11e8 device, group 3, bus reset, blocked");
	warned("pcie: 0000:00:01.0: buses 0 to 5 forgotten, expected some of 1 to 255 that no "
	       "other bridge has");
	warned("pcie: 0000:00:03.0: buses 2 to 3 forgotten");
}

TEST(bridges_that_lead_out_of_the_segment_are_shut)
{
	u32 n = port_add(MODEL_NONE, 8, 0x090100);

	host[0].bus_last = 0;
	model_set(&m, n, PCI_COMMAND, 2, 0x7);
	tree_find(1);
	TREE_IS("0000:00:01.0 1b36:000c bridge, group 0, shut");
	assert_int_equal(model_get(&m, n, PCI_BUSES, 4), 0);
	assert_int_equal(model_get(&m, n, PCI_COMMAND, 2), 0);
	warned("what is behind this bridge stays unseen: no bus number is left");
}

TEST(a_bridge_within_a_bridge_stays_within_its_numbers)
{
	u32 outer = port_add(MODEL_NONE, 8, 0x020100);

	(void)port_add(outer, 0, 0x030200);
	tree_find(1);
	TREE_IS("0000:00:01.0 1b36:000c bridge to buses 01-02, group 0, isolating",
		"0000:01:00.0 1b36:000c bridge, group 1, shut");
}

TEST(bridges_end_at_the_depth_that_is_held)
{
	u32 up = MODEL_NONE;

	for (u32 i = 0; i < PCIE_DEPTH_MAX + 2U; i++)
		up = model_bridge(&m, up, 0, 0, PCIE_TYPE_TO_PCI, false);
	tree_find(1);
	assert_int_equal(pcie.count, PCIE_DEPTH_MAX);
	assert_int_equal(pcie.fn[PCIE_DEPTH_MAX - 1U].state, PCIE_SHUT);
	warned("what is behind this bridge stays unseen: too many bridges above it");
}

TEST(a_header_of_another_kind_is_switched_off_and_left_alone)
{
	u32 n = device_add(8);

	model_set(&m, n, PCI_HEADER_TYPE, 1, 0x33);
	model_set(&m, n, PCI_COMMAND, 2, 0x7);
	model_set(&m, n, PCI_BAR0, 4, 0x12345678);
	tree_find(1);
	assert_int_equal(model_get(&m, n, PCI_COMMAND, 2), PCI_COMMAND_INTX_OFF);
	TREE_IS("0000:00:01.0 1234:11e8 device, group 0, shut");
}

TEST(registers_that_change_at_every_read_are_no_way_out)
{
	for (u32 i = 0; i < 32; i++) {
		u32 n = nvme_add(MODEL_NONE, i << 3);

		m.fn[n].restless = true;
		m.reads += i * 7919U;
	}
	tree_find(1);
	assert_in_range(pcie.count, 32, 64);
}

UNIT_TESTS(TREE(registers_that_change_at_every_read_are_no_way_out),
	   TREE(a_capability_list_that_loops_ends),
	   TREE(a_capability_list_that_leaves_its_space_ends),
	   TREE(an_extended_list_that_loops_ends), TREE(msix_outside_its_bar_is_none),
	   TREE(bars_that_are_none_are_left_out), TREE(bars_where_something_else_is_are_not_used),
	   TREE(bars_outside_the_windows_are_not_used),
	   TREE(bridges_that_lead_back_or_into_each_other_get_other_numbers),
	   TREE(bridges_that_lead_out_of_the_segment_are_shut),
	   TREE(a_bridge_within_a_bridge_stays_within_its_numbers),
	   TREE(bridges_end_at_the_depth_that_is_held),
	   TREE(a_header_of_another_kind_is_switched_off_and_left_alone));
