// SPDX-License-Identifier: Apache-2.0
/* Who can be kept from whom (BH-PCIE-004). */
#include "tree.h"

static u32 switch_add(u32 devfn, bool acs)
{
	u32 port = model_bridge(&m, MODEL_NONE, 0, devfn, PCIE_TYPE_ROOT_PORT, true);
	u32 up = model_bridge(&m, port, 0, 0, PCIE_TYPE_UPSTREAM, false);

	for (u32 i = 0; i < 2; i++) {
		u32 down = model_bridge(&m, up, 0, i << 3, PCIE_TYPE_DOWNSTREAM, acs || i == 0U);

		(void)model_add(&m, down, 0, 0, EDU, 0xff00);
	}
	return up;
}

TEST(ports_with_acs_keep_devices_apart)
{
	(void)switch_add(8, true);
	tree_find(1);
	assert_int_equal(pcie.groups, 6);
	assert_int_not_equal(at(3, 0, 0)->group, at(4, 0, 0)->group);
	assert_int_equal(model_get(&m, 2, 0x106, 2), 0x1d);
}

TEST(one_port_without_acs_makes_a_switch_one_group)
{
	u32 up = switch_add(8, false);

	(void)up;
	tree_find(1);
	assert_int_equal(at(3, 0, 0)->group, at(1, 0, 0)->group);
	assert_int_equal(at(4, 0, 0)->group, at(1, 0, 0)->group);
	assert_int_not_equal(at(1, 0, 0)->group, at(0, 1, 0)->group);
	assert_false(at(1, 0, 0)->isolates);
	assert_true(at(0, 1, 0)->isolates);
}

TEST(a_root_port_without_acs_is_one_group_with_what_is_behind)
{
	(void)model_bridge(&m, MODEL_NONE, 0, 8, PCIE_TYPE_ROOT_PORT, false);
	(void)model_add(&m, 0, 0, 0, EDU, 0xff00);
	tree_find(1);
	assert_int_equal(pcie.groups, 1);
}

static void two_functions(bool acs)
{
	for (u32 i = 0; i < 2; i++) {
		u32 n = model_add(&m, MODEL_NONE, 0, 8 + i, IGB, 0x020000);

		model_set(&m, n, PCI_HEADER_TYPE, 1, PCI_HEADER_MULTIFUNCTION);
		model_express(&m, n, PCIE_TYPE_ENDPOINT, 0);
		model_set(&m, n, 0x100, 4, acs ? 0x00010000U | PCIE_EXT_ID_ACS : 0U);
		model_set(&m, n, 0x104, 2, PCIE_ACS_REQUEST_REDIRECT);
		model_writable(&m, n, 0x106, 2, PCIE_ACS_REQUEST_REDIRECT);
	}
}

TEST(functions_of_one_device_are_one_group)
{
	two_functions(false);
	tree_find(1);
	assert_int_equal(pcie.groups, 1);
}

TEST(functions_with_acs_are_apart)
{
	two_functions(true);
	tree_find(1);
	assert_int_equal(pcie.groups, 2);
}

/* A service that is offered and does not come on is not relied on. */
TEST(acs_that_does_not_come_on_is_none)
{
	u32 n = model_bridge(&m, MODEL_NONE, 0, 8, PCIE_TYPE_ROOT_PORT, true);

	model_writable(&m, n, 0x106, 2, 0);
	tree_find(1);
	assert_false(at(0, 1, 0)->isolates);
}

TEST(pci_behind_a_bridge_bears_the_ids_of_the_bridges)
{
	u32 pci = model_bridge(&m, MODEL_NONE, 0, 8, PCIE_TYPE_TO_PCI, false);
	u32 old = model_bridge(&m, pci, 0, 16, 0, false);

	model_set(&m, old, PCI_STATUS, 2, 0); /* conventional: no capabilities */
	(void)model_add(&m, old, 0, 24, EDU, 0xff00);
	tree_find(1);
	assert_int_equal(pcie.groups, 1);
	assert_int_equal(at(2, 3, 0)->alias_count, 2);
	assert_int_equal(at(2, 3, 0)->alias[0], 0x0110);
	assert_int_equal(at(2, 3, 0)->alias[1], 0x0100);
	assert_int_equal(at(0, 1, 0)->alias_count, 0);
}

TEST(quirks_change_what_a_device_says)
{
	u32 n = model_add(&m, MODEL_NONE, 0, 8, 0x91201b4b, 0x010601);

	n = model_add(&m, MODEL_NONE, 0, 16, 0x149c1022, 0x0c0330);
	model_express(&m, n, PCIE_TYPE_ENDPOINT, PCIE_DEVCAP_FLR);
	n = model_add(&m, MODEL_NONE, 0, 24, 0x98e41002, 0x030000);
	model_express(&m, n, PCIE_TYPE_ENDPOINT, PCIE_DEVCAP_FLR);
	model_set(&m, n, 0x100, 4, 0x00010000U | PCIE_EXT_ID_ATS);
	tree_find(1);
	assert_int_equal(at(0, 1, 0)->alias_count, 1);
	assert_int_equal(at(0, 1, 0)->alias[0], 0x0009);
	assert_false(at(0, 2, 0)->flr);
	assert_true(at(0, 3, 0)->flr);
	assert_int_equal(at(0, 3, 0)->cap[PCIE_ATS], 0);
}

UNIT_TESTS(TREE(ports_with_acs_keep_devices_apart),
	   TREE(one_port_without_acs_makes_a_switch_one_group),
	   TREE(a_root_port_without_acs_is_one_group_with_what_is_behind),
	   TREE(functions_of_one_device_are_one_group), TREE(functions_with_acs_are_apart),
	   TREE(acs_that_does_not_come_on_is_none),
	   TREE(pci_behind_a_bridge_bears_the_ids_of_the_bridges),
	   TREE(quirks_change_what_a_device_says));
