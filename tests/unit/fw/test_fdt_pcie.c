// SPDX-License-Identifier: Apache-2.0
/* Host bridges of a devicetree that have no ECAM (BH-FW-001, BH-FW-002). */
#include <bulkhead/fw/devices.h>
#include <bulkhead/lib/error.h>

#include "firmware.h"
#include "tree.h"

/* As i.MX 8M Plus has it. */
static void tree_dw(void)
{
	static const char names[] = "dbi\0config";

	tree_small();
	node_add("/", "pcie@33800000");
	text_set("/pcie@33800000", "compatible", "fsl,imx8mp-pcie");
	text_set("/pcie@33800000", "device_type", "pci");
	CELLS("/pcie@33800000", "#address-cells", 3);
	CELLS("/pcie@33800000", "#size-cells", 2);
	CELLS("/pcie@33800000", "reg", 0, 0x33800000, 0, 0x400000, 0, 0x1ff00000, 0, 0x80000);
	prop_set("/pcie@33800000", "reg-names", names, sizeof(names));
	CELLS("/pcie@33800000", "ranges", 0x81000000, 0, 0, 0, 0x1ff80000, 0, 0x10000, 0x82000000,
	      0, 0x18000000, 0, 0x18000000, 0, 0x7f00000);
}

TEST(a_designware_host_is_read_whole)
{
	tree_dw();
	assert_int_equal(read_tree(), 0);
	assert_int_equal(machine_settle(&m), 0);
	assert_int_equal(m.segment_count, 1);
	assert_int_equal(m.segment[0].ecam.v, 0);
	assert_int_equal(m.segment[0].bus_last, 255);
	assert_int_equal(m.segment[0].dw.dbi.base.v, 0x33800000);
	assert_int_equal(m.segment[0].dw.dbi.size, 0x400000);
	assert_int_equal(m.segment[0].dw.config.base.v, 0x1ff00000);
	assert_int_equal(m.segment[0].dw.config.size, 0x80000);
	assert_int_equal(m.segment[0].dw.atu.size, 0);
	assert_int_equal(m.segment[0].window[MACHINE_WINDOW_MEM32].base.v, 0x18000000);
	assert_non_null(strstr(machine_text(&m),
			       "pcie: segment 0, buses 0 to 255, DesignWare at 0x33800000, "
			       "window 0x1ff00000, not coherent\n"));
}

TEST(registers_are_known_by_their_names)
{
	static const char names[] = "config\0atu\0dbi";

	tree_dw();
	text_set("/pcie@33800000", "compatible", "snps,dw-pcie");
	CELLS("/pcie@33800000", "reg", 0, 0x1ff00000, 0, 0x80000, 0, 0x33b00000, 0, 0x100000, 0,
	      0x33800000, 0, 0x1000);
	prop_set("/pcie@33800000", "reg-names", names, sizeof(names));
	assert_int_equal(read_tree(), 0);
	assert_int_equal(machine_settle(&m), 0);
	assert_int_equal(m.segment[0].dw.dbi.base.v, 0x33800000);
	assert_int_equal(m.segment[0].dw.atu.base.v, 0x33b00000);
	assert_int_equal(m.segment[0].dw.config.base.v, 0x1ff00000);
}

TEST(a_designware_host_without_its_registers_is_refused)
{
	tree_dw();
	text_set("/pcie@33800000", "reg-names", "dbi");
	refused("fdt: /pcie@33800000: reg-names: no config");
	text_set("/pcie@33800000", "reg-names", "config");
	refused("fdt: /pcie@33800000: reg-names: no dbi");
	tree_dw();
	CELLS("/pcie@33800000", "reg", 0, 0x33800000, 0, 0x400, 0, 0x1ff00000, 0, 0x80000);
	refused("fdt: /pcie@33800000: reg: dbi of 0x400 bytes, config of 0x80000, expected a page "
		"each");
	tree_dw();
	CELLS("/pcie@33800000", "reg", 0, 0x33800000, 0, 0x400000, 0, 0x33a00000, 0, 0x80000);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(machine_settle(&m), BH_EINVAL);
	assert_string_equal(last_error(), "devicetree: configuration window at 0x33a00000 overlaps "
					  "DesignWare registers at 0x33800000");
}

UNIT_TESTS(UNIT(a_designware_host_is_read_whole), UNIT(registers_are_known_by_their_names),
	   UNIT(a_designware_host_without_its_registers_is_refused));
