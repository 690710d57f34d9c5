// SPDX-License-Identifier: Apache-2.0
/*
 * The devicetree reader: real trees, what bindings allow, and one broken tree per rule
 * (BH-FW-001, BH-FW-002).
 */
#include <libfdt.h>

#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "drivers/fw/fdt_walk.h"
#include "firmware.h"
#include "tree.h"

TEST(a_virt_machine_with_gicv2_is_read_whole)
{
	tree_load("qemu_virt_gicv2.dtb");
	assert_int_equal(read_tree(), 0);
	assert_int_equal(machine_settle(&m), 0);
	assert_string_equal(
		machine_text(&m),
		"machine: linux,dummy-virt, by devicetree\n"
		"cpus: 0x0 0x1 0x2 0x3\n"
		"memory: 0x40000000 to 0x5fffffff, 512 MiB\n"
		"irqchip: GICv2 at 0x8000000, CPU interface 0x8010000, "
		"GICH 0x8030000, GICV 0x8040000\n"
		"pcie: segment 0, buses 0 to 255, ECAM at 0x4010000000, 256 MiB, coherent\n"
		"uart: PL011 at 0x9000000, interrupt 33, console\n"
		"timer: interrupts hypervisor 26, virtual 27, physical 30\n"
		"power: PSCI by SMC\n");
	assert_int_equal(m.irqchip[0].gicv2.maintenance, 25);
	assert_int_equal(m.irqchip[0].gicv2.cpu_size, 0x10000);
}

TEST(a_virt_machine_with_gicv3_is_read_whole)
{
	tree_load("qemu_virt_gicv3.dtb");
	assert_int_equal(read_tree(), 0);
	assert_int_equal(machine_settle(&m), 0);
	assert_string_equal(
		machine_text(&m),
		"machine: linux,dummy-virt, by devicetree\n"
		"cpus: 0x0\n"
		"memory: 0x40000000 to 0x5fffffff, 512 MiB\n"
		"irqchip: GICv3 at 0x8000000\n"
		"irqchip: GICv3 redistributors at 0x80a0000, 15744 KiB\n"
		"irqchip: GIC ITS 0 at 0x8080000\n"
		"pcie: segment 0, buses 0 to 255, ECAM at 0x4010000000, 256 MiB, coherent\n"
		"uart: PL011 at 0x9000000, interrupt 33, console\n"
		"timer: interrupts hypervisor 26, virtual 27, physical 30\n"
		"power: PSCI by SMC\n");
	assert_int_equal(m.irqchip[0].gicv3.maintenance, 25);
}

TEST(the_windows_of_a_pci_host_are_read_by_kind)
{
	static const struct machine_window want[MACHINE_WINDOWS] = {
		[MACHINE_WINDOW_IO] = { HPA(0x3eff0000), 0x10000, 0 },
		[MACHINE_WINDOW_MEM32] = { HPA(0x10000000), 0x2eff0000, 0x10000000 },
		[MACHINE_WINDOW_MEM64] = { HPA(0x8000000000), 0x8000000000, 0x8000000000 },
	};

	tree_load("qemu_virt_gicv3.dtb");
	assert_int_equal(read_tree(), 0);
	for (u32 i = 0; i < MACHINE_WINDOWS; i++) {
		assert_int_equal(m.segment[0].window[i].base.v, want[i].base.v);
		assert_int_equal(m.segment[0].window[i].size, want[i].size);
		assert_int_equal(m.segment[0].window[i].bus, want[i].bus);
	}
}

TEST(a_window_that_wraps_on_the_bus_is_refused)
{
	tree_small();
	device_add("pcie@0", "pci-host-ecam-generic", 0x100000, 0x100000);
	CELLS("/pcie@0", "ranges", 0x3000000, ~0U, ~0U << 12, 0, 0x200000, 0, 0x2000);
	refused("fdt: /pcie@0: ranges: window at bus address 0xfffffffffffff000 wraps");
}

TEST(cpus_beyond_the_list_are_counted_and_named)
{
	tree_load("qemu_virt_smmuv3_10cpus.dtb");
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.cpu_count, CONFIG_MAX_CPUS);
	assert_int_equal(m.dropped, 10 - CONFIG_MAX_CPUS);
	assert_int_equal(logged("devicetree: CPU 0x9 left out: more than the 8 Bulkhead holds"), 1);
	assert_int_equal(m.iommu_count, 1);
	assert_int_equal(m.iommu[0].kind, IOMMU_SMMUV3);
	assert_int_equal(m.iommu[0].size, 0x20000);
	assert_int_equal(m.iommu[0].irq_event, 32 + 0x4a);
	assert_int_equal(m.iommu[0].irq_gerror, 32 + 0x4d);
}

static void assert_id(enum machine_id_kind kind, u32 sbdf, u32 target, u32 id)
{
	u32 t = ~0U, i = ~0U;

	assert_int_equal(machine_id_find(&m, kind, (pci_sbdf_t){ sbdf }, false, &t, &i), 0);
	assert_int_equal(t, target);
	assert_int_equal(i, id);
}

TEST(requester_ids_are_known_by_iommu_map_and_msi_map)
{
	u32 t, i;

	tree_load("qemu_virt_smmuv3_10cpus.dtb");
	assert_int_equal(read_tree(), 0);
	assert_id(MACHINE_ID_DMA, 0x0008, 0, 0x0008);
	assert_id(MACHINE_ID_DMA, 0xffff, 0, 0xffff);
	assert_id(MACHINE_ID_MSI, 0x0108, 1, 0x0108);
	assert_int_equal(m.irqchip[1].kind, IRQCHIP_GIC_ITS);
	assert_int_equal(machine_id_find(&m, MACHINE_ID_DMA, (pci_sbdf_t){ 0x10008 }, false, &t,
					 &i),
			 BH_ENOENT);
	assert_int_equal(machine_id_find(&m, MACHINE_ID_DMA, (pci_sbdf_t){ 8 }, true, &t, &i),
			 BH_ENOENT);
}

TEST(a_spin_table_gives_the_release_address)
{
	tree_small();
	text_set("/cpus/cpu@1", "enable-method", "spin-table");
	CELLS("/cpus/cpu@1", "cpu-release-addr", 0, 0xe0);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.cpu[1].hwid, 0x100);
	assert_int_equal(m.cpu[1].fw_id, 1);
	assert_int_equal(m.cpu[1].release.v, 0xe0);
	assert_int_equal(m.cpu[0].release.v, 0);
}

TEST(a_disabled_cpu_is_listed_and_may_not_start)
{
	tree_small();
	text_set("/cpus/cpu@1", "status", "disabled");
	assert_int_equal(read_tree(), 0);
	assert_true(m.cpu[0].enabled);
	assert_false(m.cpu[1].enabled);
}

TEST(a_disabled_device_and_what_is_in_it_do_not_count)
{
	tree_small();
	device_add("uart@1000", "arm,pl011", 0x1000, 0x1000);
	text_set("/uart@1000", "status", "disabled");
	node_add("/", "bus");
	text_set("/bus", "status", "fail");
	node_add("/bus", "uart@2000");
	text_set("/bus/uart@2000", "compatible", "arm,pl011");
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.uart_count, 0);
}

TEST(addresses_are_translated_through_every_bus)
{
	tree_small();
	node_add("/", "soc");
	CELLS("/soc", "#address-cells", 1);
	CELLS("/soc", "#size-cells", 1);
	CELLS("/soc", "ranges", 0x7e000000, 0, 0xfe000000, 0x01000000, 0x40000000, 0, 0xff800000,
	      0x00800000);
	node_add("/soc", "bus@200000");
	CELLS("/soc/bus@200000", "#address-cells", 1);
	CELLS("/soc/bus@200000", "#size-cells", 1);
	CELLS("/soc/bus@200000", "ranges", 0, 0x7e200000, 0x10000);
	node_add("/soc/bus@200000", "serial@1000");
	text_set("/soc/bus@200000/serial@1000", "compatible", "arm,pl011");
	CELLS("/soc/bus@200000/serial@1000", "reg", 0x1000, 0x200);
	node_add("/soc", "intc@40041000");
	text_set("/soc/intc@40041000", "compatible", "arm,gic-400");
	CELLS("/soc/intc@40041000", "reg", 0x40041000, 0x1000, 0x40042000, 0x2000, 0x40044000,
	      0x2000, 0x40046000, 0x2000);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.uart[0].base.v, 0xfe201000);
	assert_int_equal(m.uart[0].size, 0x200);
	assert_int_equal(m.irqchip[0].base.v, 0xff841000);
	assert_int_equal(m.irqchip[0].gicv2.cpu.v, 0xff842000);
	assert_int_equal(m.irqchip[0].gicv2.hyp.v, 0xff844000);
	assert_int_equal(m.irqchip[0].gicv2.vcpu.v, 0xff846000);
}

TEST(each_uart_binding_has_its_kind_and_layout)
{
	static const struct {
		const char *compatible;
		enum uart_kind kind;
		u8 shift, width;
	} uarts[] = {
		{ "arm,sbsa-uart", UART_PL011, 2, 4 },
		{ "ns16550a", UART_16550_MMIO, 0, 1 },
		{ "snps,dw-apb-uart", UART_16550_MMIO, 0, 1 },
		{ "fsl,imx6q-uart", UART_IMX, 2, 4 },
		{ "xlnx,xuartps", UART_CADENCE, 2, 4 },
		{ "brcm,bcm2835-aux-uart", UART_BCM_MINI, 2, 4 },
	};

	tree_small();
	for (u32 i = 0; i < ARRAY_SIZE(uarts); i++) {
		char name[16];

		snprintf(name, sizeof(name), "uart@%x", i);
		device_add(name, uarts[i].compatible, 0x1000 + i * 0x1000, 0x100);
	}
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.uart_count, ARRAY_SIZE(uarts));
	for (u32 i = 0; i < ARRAY_SIZE(uarts); i++) {
		const struct machine_uart *u = &m.uart[ARRAY_SIZE(uarts) - 1U - i];

		assert_int_equal(u->kind, uarts[i].kind);
		assert_int_equal(u->reg_shift, uarts[i].shift);
		assert_int_equal(u->reg_width, uarts[i].width);
		assert_int_equal(u->irq, 0);
	}
}

TEST(a_uart_may_state_spacing_width_and_clock)
{
	tree_small();
	device_add("uart@1000", "snps,dw-apb-uart", 0x1000, 0x100);
	CELLS("/uart@1000", "reg-shift", 2);
	CELLS("/uart@1000", "reg-io-width", 4);
	CELLS("/uart@1000", "clock-frequency", 24000000);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.uart[0].reg_shift, 2);
	assert_int_equal(m.uart[0].reg_width, 4);
	assert_int_equal(m.uart[0].clock_hz, 24000000);
}

static void console_expect(const char *stdout_path, bool found)
{
	tree_small();
	device_add("uart@1000", "arm,pl011", 0x1000, 0x1000);
	device_add("uart@2000", "arm,pl011", 0x2000, 0x1000);
	node_add("/", "aliases");
	text_set("/aliases", "serial1", "/uart@2000");
	node_add("/", "chosen");
	text_set("/chosen", "stdout-path", stdout_path);
	assert_int_equal(read_tree(), 0);
	for (u32 i = 0; i < m.uart_count; i++)
		assert_int_equal(m.uart[i].console, found && m.uart[i].base.v == 0x2000);
}

TEST(the_console_is_found_by_path_by_alias_and_with_options)
{
	console_expect("/uart@2000", true);
	console_expect("/uart@2000:115200n8", true);
	console_expect("serial1", true);
	console_expect("serial1:115200", true);
	console_expect("/uart@3000", false);
	console_expect("serial7", false);
	console_expect("", false);
	console_expect(":", false);
}

TEST(interrupts_are_resolved_wherever_their_controller_is)
{
	tree_small();
	device_add("uart@1000", "arm,pl011", 0x1000, 0x1000);
	CELLS("/uart@1000", "interrupts", 0, 5, 4);
	device_add("smmu@9000", "arm,smmu-v2", 0x9000, 0x1000);
	CELLS("/smmu@9000", "#global-interrupts", 1);
	CELLS("/smmu@9000", "interrupts-extended", 7, 2, 9, 4, 8, 1);
	device_add("other@8000", "acme,intc", 0x8000, 0x1000);
	text_set("/other@8000", "interrupt-controller", "");
	CELLS("/other@8000", "phandle", 8);
	CELLS("/other@8000", "#interrupt-cells", 1);
	device_add("gic@40000", "arm,gic-v3", 0x40000, 0x10000);
	CELLS("/gic@40000", "reg", 0, 0x40000, 0, 0x10000, 0, 0x80000, 0, 0x40000);
	text_set("/gic@40000", "interrupt-controller", "");
	CELLS("/gic@40000", "phandle", 7);
	CELLS("/gic@40000", "#interrupt-cells", 3);
	CELLS("/gic@40000", "interrupts", 1, 9, 4);
	CELLS("/", "interrupt-parent", 7);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.uart[0].irq, 37);
	assert_int_equal(m.iommu[0].kind, IOMMU_SMMUV2);
	assert_int_equal(m.iommu[0].irq_gerror, 4096 + 9);
	assert_int_equal(m.iommu[0].irq_event, 0);
	assert_false(m.iommu[0].mmu500);
	assert_int_equal(m.irqchip[0].gicv3.maintenance, 25);

	CELLS("/smmu@9000", "interrupts-extended", 8, 2, 7, 0, 9, 4);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.iommu[0].irq_gerror, 0); /* of a controller that is no GIC */
	CELLS("/", "interrupt-parent", 8);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.uart[0].irq, 0);
	CELLS("/", "interrupt-parent", 7);
	CELLS("/uart@1000", "interrupts", 0, 988, 4);
	refused("fdt: uart@1000: interrupt 0: no such interrupt of a GIC <0x0 0x3dc>");
	CELLS("/uart@1000", "interrupts", 0, 5);
	refused("fdt: uart@1000: interrupt 0: bytes, and cells of one entry <0x8 0x3>");
	CELLS("/uart@1000", "interrupts-extended", 7, 0);
	refused("fdt: uart@1000: interrupt 0: cells needed and there <0x3 0x2>");
}

TEST(a_timer_is_read_by_name_or_by_order)
{
	tree_load("qemu_virt_gicv3.dtb");
	prop_set("/timer", "interrupt-names", "virt\0phys\0hyp-phys\0", 19);
	CELLS("/timer", "clock-frequency", 8000000);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.timer.virt_intid, 29);
	assert_int_equal(m.timer.phys_intid, 30);
	assert_int_equal(m.timer.hyp_intid, 27);
	assert_int_equal(m.timer.hz, 8000000);
}

TEST(the_line_of_the_performance_monitors_is_read)
{
	tree_load("qemu_virt_gicv3.dtb");
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.pmu_intid, 23);
}

TEST(reserved_memory_comes_from_nodes_and_from_the_reservation_block)
{
	tree_small();
	node_add("/", "reserved-memory");
	CELLS("/reserved-memory", "#address-cells", 2);
	CELLS("/reserved-memory", "#size-cells", 2);
	prop_set("/reserved-memory", "ranges", "", 0);
	node_add("/reserved-memory", "tee@48000000");
	CELLS("/reserved-memory/tee@48000000", "reg", 0, 0x48000000, 0, 0x100000);
	node_add("/reserved-memory", "pool");
	CELLS("/reserved-memory/pool", "size", 0, 0x100000);
	assert_int_equal(fdt_add_mem_rsv(tree, 0x40000000, 0x1001), 0);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.reserved_count, 2);
	assert_int_equal(machine_settle(&m), 0);
	assert_int_equal(m.reserved[0].base.v, 0x40000000);
	assert_int_equal(m.reserved[0].size, 0x2000);
	assert_int_equal(m.reserved[1].base.v, 0x48000000);
}

TEST(too_much_reserved_memory_stops_the_boot)
{
	tree_small();
	for (u32 i = 0; i <= MACHINE_RESERVED_MAX; i++)
		assert_int_equal(fdt_add_mem_rsv(tree, 0x40000000 + i * 0x2000, 0x1000), 0);
	assert_int_equal(read_tree(), BH_EOVERFLOW);
	assert_string_equal(last_error(), "devicetree: reserved memory 0x40040000 is one more than "
					  "the 32 ranges Bulkhead holds");
}

TEST(too_many_iommus_stop_the_boot)
{
	char name[16];

	tree_small();
	for (u32 i = 0; i <= MACHINE_IOMMUS_MAX; i++) {
		snprintf(name, sizeof(name), "smmu@%x", i);
		device_add(name, "arm,smmu-v3", 0x100000 + i * 0x20000, 0x20000);
	}
	assert_int_equal(read_tree(), BH_EOVERFLOW);
	assert_string_equal(last_error(), "devicetree: SMMUv3 0x100000 is one more than the 16 "
					  "that can be blocked");
}

TEST(full_lists_of_other_things_are_no_error)
{
	char name[16];

	tree_small();
	for (u32 i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "uart@%x", i);
		device_add(name, "arm,pl011", 0x100000 + i * 0x1000, 0x1000);
		snprintf(name, sizeof(name), "its@%x", i);
		device_add(name, "arm,gic-v3-its", 0x1000000 + i * 0x20000, 0x20000);
		snprintf(name, sizeof(name), "pcie@%x", i);
		device_add(name, "pci-host-ecam-generic", 0x80000000 + i * 0x100000, 0x100000);
	}
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.uart_count, MACHINE_UARTS_MAX);
	assert_int_equal(m.irqchip_count, MACHINE_IRQCHIPS_MAX);
	assert_int_equal(m.segment_count, MACHINE_SEGMENTS_MAX);
	assert_int_equal(m.dropped, 12 + 4 + 12);
	assert_int_equal(logged("devicetree: "), 8); /* then the log is left alone */
}

TEST(gicv3_regions_that_touch_are_one)
{
	tree_small();
	device_add("gic@0", "arm,gic-v3", 0, 0x10000);
	CELLS("/gic@0", "#redistributor-regions", 3);
	CELLS("/gic@0", "redistributor-stride", 0, 0x40000);
	CELLS("/gic@0", "reg", 0, 0, 0, 0x10000, 0, 0x100000, 0, 0x40000, 0, 0x140000, 0, 0x40000,
	      0, 0x200000, 0, 0x40000);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.irqchip[0].gicv3.redist_count, 2);
	assert_int_equal(m.irqchip[0].gicv3.redist[0].size, 0x80000);
	assert_int_equal(m.irqchip[0].gicv3.redist_stride, 0x40000);
}

TEST(psci_by_hvc_is_seen)
{
	tree_load("qemu_virt_gicv3.dtb");
	text_set("/psci", "method", "hvc");
	assert_int_equal(read_tree(), 0);
	assert_int_equal(m.power.psci, PSCI_HVC);
}

/* One property of QEMU's tree set to something that its binding does not allow. */
struct broken {
	const char *path;
	const char *name;
	u32 count; /* cells; 0: text */
	u32 cells[8];
	const char *text;
	const char *message;
};

static const struct broken brokens[] = {
	{ "/", "#address-cells", 2, { 2, 2 }, NULL, "fdt: /: #address-cells: 8 bytes, expected 4" },
	{ "/memory@40000000",
	  "reg",
	  3,
	  { 0, 0x40000000, 0 },
	  NULL,
	  "fdt: /memory@40000000: reg: 12 bytes, expected a multiple of 16" },
	{ "/memory@40000000",
	  "reg",
	  4,
	  { 0xffffffff, 0xf0000000, 0, 0x20000000 },
	  NULL,
	  "fdt: /memory@40000000: reg: 0xfffffffff0000000 and 0x20000000 bytes wrap" },
	{ "/cpus/cpu@0",
	  "reg",
	  2,
	  { 0, 0 },
	  NULL,
	  "fdt: /cpus/cpu@0: reg: 8 bytes in 1 address, 0 size cells; expected one id" },
	{ "/cpus",
	  "#size-cells",
	  1,
	  { 1 },
	  NULL,
	  "fdt: /cpus/cpu@0: reg: 4 bytes in 1 address, 1 size cells; expected one id" },
	{ "/cpus",
	  "#address-cells",
	  1,
	  { 3 },
	  NULL,
	  "fdt: /cpus/cpu@0: reg: 4 bytes in 3 address, 0 size cells; expected one id" },
	{ "/cpus/cpu@0",
	  "enable-method",
	  0,
	  { 0 },
	  "spin-table",
	  "fdt: /cpus/cpu@0: cpu-release-addr: 0x0, expected a multiple of 8 other than 0" },
	{ "/psci",
	  "method",
	  0,
	  { 0 },
	  "call",
	  "fdt: /psci: method: call, expected \"smc\" or \"hvc\"" },
	{ "/psci",
	  "method",
	  1,
	  { 0x736d6363 },
	  NULL,
	  "fdt: /psci: method: 4 bytes, expected a terminated string" },
	{ "/psci",
	  "compatible",
	  1,
	  { 0x61626364 },
	  NULL,
	  "fdt: /psci: compatible: 4 bytes without NUL, expected strings" },
	{ "/pl011@9000000",
	  "reg",
	  4,
	  { 0, 0x9000000, 0, 0 },
	  NULL,
	  "fdt: /pl011@9000000: reg: entry 0 is empty, expected the registers" },
	{ "/pl011@9000000",
	  "reg-shift",
	  1,
	  { 4 },
	  NULL,
	  "fdt: /pl011@9000000: reg-shift 4, reg-io-width 4; expected 0 to 3 and 1, 2 or 4" },
	{ "/pl011@9000000",
	  "reg-io-width",
	  1,
	  { 3 },
	  NULL,
	  "fdt: /pl011@9000000: reg-shift 2, reg-io-width 3; expected 0 to 3 and 1, 2 or 4" },
	{ "/pcie@10000000",
	  "bus-range",
	  1,
	  { 0 },
	  NULL,
	  "fdt: /pcie@10000000: bus-range: 4 bytes, expected 8" },
	{ "/pcie@10000000",
	  "bus-range",
	  2,
	  { 1, 0 },
	  NULL,
	  "fdt: /pcie@10000000: bus-range: 1 to 0, expected up to 255 and 1 MiB of reg each" },
	{ "/pcie@10000000",
	  "bus-range",
	  2,
	  { 0, 256 },
	  NULL,
	  "fdt: /pcie@10000000: bus-range: 0 to 256, expected up to 255 and 1 MiB of reg each" },
	{ "/pcie@10000000",
	  "reg",
	  4,
	  { 0x40, 0x10000000, 0, 0xfff00000 >> 12 },
	  NULL,
	  "fdt: /pcie@10000000: ECAM of 0xfff00 bytes for domain 0, "
	  "expected 1 MiB a bus, 16 bits" },
	{ "/pcie@10000000",
	  "linux,pci-domain",
	  1,
	  { 0x10000 },
	  NULL,
	  "fdt: /pcie@10000000: ECAM of 0x10000000 bytes for domain 65536, "
	  "expected 1 MiB a bus, 16 bits" },
	{ "/intc@8000000",
	  "#redistributor-regions",
	  1,
	  { 0 },
	  NULL,
	  "fdt: /intc@8000000: #redistributor-regions: 0, but reg has 2 entries" },
	{ "/intc@8000000",
	  "#redistributor-regions",
	  1,
	  { 2 },
	  NULL,
	  "fdt: /intc@8000000: #redistributor-regions: 2, but reg has 2 entries" },
	{ "/intc@8000000",
	  "redistributor-stride",
	  2,
	  { 0, 0x30000 },
	  NULL,
	  "fdt: /intc@8000000: redistributor-stride: 0x30000, expected 0x20000 or 0x40000" },
	{ "/intc@8000000",
	  "ranges",
	  5,
	  { 0, 0, 0, 0, 0 },
	  NULL,
	  "fdt: /intc@8000000/its@8080000: reg: bus intc@8000000: "
	  "ranges of 20 bytes in entries of 6 cells" },
	{ "/intc@8000000",
	  "ranges",
	  6,
	  { 0, 0, 0, 0, 0, 0x1000 },
	  NULL,
	  "fdt: /intc@8000000/its@8080000: reg: 0x8080000 is not in ranges of bus intc@8000000" },
	{ "/intc@8000000",
	  "#address-cells",
	  1,
	  { 3 },
	  NULL,
	  "fdt: /intc@8000000/its@8080000: "
	  "reg: parent has 3 address and 2 size cells, expected 1 or 2" },
	{ "/timer",
	  "clock-frequency",
	  2,
	  { 0, 0 },
	  NULL,
	  "fdt: /timer: clock-frequency: 8 bytes, expected 4" },
	{ "/chosen",
	  "bootargs",
	  1,
	  { 0x61626364 },
	  NULL,
	  "fdt: /chosen: bootargs: 4 bytes, expected a terminated string" },
	{ "/chosen",
	  "linux,initrd-start",
	  1,
	  { 0x48000000 },
	  NULL,
	  "fdt: /chosen: linux,initrd-end: 0x0, expected at least the start 0x48000000" },
	{ "/chosen",
	  "linux,initrd-start",
	  3,
	  { 0, 0, 0 },
	  NULL,
	  "fdt: /chosen: linux,initrd-start: 12 bytes, expected 4 or 8" },
};

TEST(what_a_binding_forbids_is_refused_by_name)
{
	for (u32 i = 0; i < ARRAY_SIZE(brokens); i++) {
		const struct broken *b = &brokens[i];

		tree_load("qemu_virt_gicv3.dtb");
		if (b->count != 0U)
			cells_set(b->path, b->name, b->cells, b->count);
		else
			text_set(b->path, b->name, b->text);
		refused(b->message);
	}
}

TEST(a_bus_without_ranges_hides_what_is_on_it)
{
	tree_load("qemu_virt_gicv3.dtb");
	assert_int_equal(fdt_delprop(tree, node_at("/intc@8000000"), "ranges"), 0);
	refused("fdt: /intc@8000000/its@8080000: reg: bus intc@8000000 has no ranges, "
		"expected a memory-mapped bus");
}

TEST(a_second_timer_is_refused)
{
	tree_load("qemu_virt_gicv3.dtb");
	node_add("/", "atimer");
	text_set("/atimer", "compatible", "arm,armv8-timer");
	refused("fdt: /timer: second timer node, expected one");
}

TEST(bootargs_that_do_not_fit_are_refused)
{
	char args[300];

	memset(args, 'a', sizeof(args) - 1U);
	args[sizeof(args) - 1U] = '\0';
	tree_load("qemu_virt_gicv3.dtb");
	text_set("/chosen", "bootargs", args);
	refused("fdt: /chosen: bootargs: 300 bytes, expected less than 256");
}

TEST(nodes_nested_too_deep_are_refused_and_the_message_keeps_the_end_of_the_path)
{
	char path[256] = "";

	tree_small();
	for (u32 i = 0; i < 15; i++) {
		node_add(path[0] == '\0' ? "/" : path, "node");
		strcat(path, "/node");
	}
	assert_int_equal(read_tree(), 0);
	node_add(path, "node");
	refused("fdt: /node/node/node/node/node/node/node/node/node/node/node: "
		"nodes nested deeper than 16");
}

TEST(text_of_the_tree_is_made_printable)
{
	tree_small();
	prop_set("/", "model", "a\033[31m\xff", 8);
	assert_int_equal(read_tree(), 0);
	assert_string_equal(m.model, "a?[31m?");
}

static void header_refused(u32 field, u32 value, const char *message)
{
	fdt32_t *header = (fdt32_t *)tree;
	size_t size;

	tree_small();
	assert_int_equal(fdt_pack(tree), 0);
	size = fdt_totalsize(tree);
	header[field] = cpu_to_fdt32(value);
	assert_int_equal(read_bytes(tree, size), BH_EINVAL);
	assert_string_equal(last_error(), message);
}

TEST(a_broken_header_is_refused)
{
	header_refused(0, 0x12345678, "fdt: header: magic 0x12345678, expected 0xd00dfeed");
	header_refused(1, 0x100000,
		       "fdt: header: totalsize 0x100000, expected no more than is there");
	header_refused(2, 0x39, "fdt: header: off_dt_struct 0x39, expected a multiple of 4");
	header_refused(2, 0x10000,
		       "fdt: header: blocks do not fit into totalsize 0x16b: libfdt says -8");
	header_refused(4, 0x2c, "fdt: header: off_mem_rsvmap 0x2c, expected a multiple of 8");
	header_refused(5, 16, "fdt: header: version 0x10, expected one compatible with 17");
	header_refused(6, 18, "fdt: header: version 0x11, expected one compatible with 17");
	header_refused(8, 0,
		       "fdt: header: size_dt_strings 0x0, expected a block that ends in a NUL");
	header_refused(8, 5,
		       "fdt: header: size_dt_strings 0x5, expected a block that ends in a NUL");
	tree_small();
	assert_int_equal(read_bytes(tree, 39), BH_EINVAL);
	assert_string_equal(last_error(), "fdt: header: size 0x27, expected 40 bytes or more");
}

/* A structure block of the given tags behind a header that is right. */
static void tags_refused(const u32 *tags, u32 count, const char *message)
{
	fdt32_t *h = (fdt32_t *)tree;
	const u32 at = 40 + 16;
	const u32 strings = at + count * 4U;
	const u32 header[] = { FDT_MAGIC, strings + 4U, at, strings, 40, 17, 16, 0, 4, count * 4U };

	log_ring_init();
	memset(tree, 0, sizeof(tree));
	for (u32 i = 0; i < ARRAY_SIZE(header); i++)
		h[i] = cpu_to_fdt32(header[i]);
	for (u32 i = 0; i < count; i++)
		h[at / 4U + i] = cpu_to_fdt32(tags[i]);
	memcpy((u8 *)tree + strings, "reg", 4);
	assert_int_equal(read_bytes(tree, strings + 4U), BH_EINVAL);
	assert_string_equal(last_error(), message);
}

#define TAGS_REFUSED(message, ...)                                 \
	do {                                                       \
		const u32 tags_[] = { __VA_ARGS__ };               \
		tags_refused(tags_, ARRAY_SIZE(tags_), (message)); \
	} while (0)

TEST(a_broken_structure_block_is_refused)
{
	TAGS_REFUSED("fdt: structure block at 0x0: no root node", FDT_END);
	TAGS_REFUSED("fdt: structure block at 0x0: tag unknown or cut off", 7);
	TAGS_REFUSED("fdt: structure block at 0x0: tag unknown or cut off", FDT_BEGIN_NODE);
	TAGS_REFUSED("fdt: structure block at 0x0: tag out of place", FDT_PROP, 0, 0);
	TAGS_REFUSED("fdt: structure block at 0x0: tag out of place", FDT_END_NODE);
	TAGS_REFUSED("fdt: structure block at 0x8: tag unknown or cut off", FDT_BEGIN_NODE, 0);
	TAGS_REFUSED("fdt: structure block at 0x8: tag out of place", FDT_BEGIN_NODE, 0, FDT_END);
	TAGS_REFUSED("fdt: structure block at 0xc: second root node", FDT_BEGIN_NODE, 0,
		     FDT_END_NODE, FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_END);
	TAGS_REFUSED("fdt: structure block at 0x14: tag out of place", FDT_BEGIN_NODE, 0,
		     FDT_BEGIN_NODE, 0x61000000, FDT_END_NODE, FDT_PROP, 0, 0, FDT_END_NODE,
		     FDT_END);
	TAGS_REFUSED("fdt: structure block at 0x8: tag unknown or cut off", FDT_BEGIN_NODE, 0,
		     FDT_PROP, 0x7ffffff0, 0, FDT_END_NODE, FDT_END);
	TAGS_REFUSED("fdt: /: property at 0x8: name at 0x4, expected below 0x4", FDT_BEGIN_NODE, 0,
		     FDT_PROP, 0, 4, FDT_END_NODE, FDT_END);
	TAGS_REFUSED("fdt: /: reg: there twice, expected once", FDT_BEGIN_NODE, 0, FDT_PROP, 0, 0,
		     FDT_PROP, 0, 0, FDT_END_NODE, FDT_END);
}

TEST(the_names_of_properties_are_in_the_order_they_are_looked_for)
{
	for (u32 id = 1; id < PROP_COUNT; id++)
		assert_true(strcmp(fdt_prop_name(id - 1U), fdt_prop_name(id)) < 0);
}

UNIT_TESTS(UNIT(the_names_of_properties_are_in_the_order_they_are_looked_for),
	   UNIT(a_virt_machine_with_gicv2_is_read_whole),
	   UNIT(a_virt_machine_with_gicv3_is_read_whole),
	   UNIT(the_windows_of_a_pci_host_are_read_by_kind),
	   UNIT(a_window_that_wraps_on_the_bus_is_refused),
	   UNIT(cpus_beyond_the_list_are_counted_and_named),
	   UNIT(requester_ids_are_known_by_iommu_map_and_msi_map),
	   UNIT(a_spin_table_gives_the_release_address),
	   UNIT(a_disabled_cpu_is_listed_and_may_not_start),
	   UNIT(a_disabled_device_and_what_is_in_it_do_not_count),
	   UNIT(addresses_are_translated_through_every_bus),
	   UNIT(each_uart_binding_has_its_kind_and_layout),
	   UNIT(a_uart_may_state_spacing_width_and_clock),
	   UNIT(the_console_is_found_by_path_by_alias_and_with_options),
	   UNIT(interrupts_are_resolved_wherever_their_controller_is),
	   UNIT(a_timer_is_read_by_name_or_by_order),
	   UNIT(the_line_of_the_performance_monitors_is_read),
	   UNIT(reserved_memory_comes_from_nodes_and_from_the_reservation_block),
	   UNIT(too_much_reserved_memory_stops_the_boot), UNIT(too_many_iommus_stop_the_boot),
	   UNIT(full_lists_of_other_things_are_no_error), UNIT(gicv3_regions_that_touch_are_one),
	   UNIT(psci_by_hvc_is_seen), UNIT(what_a_binding_forbids_is_refused_by_name),
	   UNIT(a_bus_without_ranges_hides_what_is_on_it), UNIT(a_second_timer_is_refused),
	   UNIT(bootargs_that_do_not_fit_are_refused),
	   UNIT(nodes_nested_too_deep_are_refused_and_the_message_keeps_the_end_of_the_path),
	   UNIT(text_of_the_tree_is_made_printable), UNIT(a_broken_header_is_refused),
	   UNIT(a_broken_structure_block_is_refused));
