// SPDX-License-Identifier: Apache-2.0
/* From what a loader hands over to the settled machine, by the stage's units (BH-FW-003). */
#include <stdlib.h>

#include <libfdt.h>

#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "firmware.h"

#define TREE_PA 0x48000000U
#define TREE_MAX 0x200000U

static u64 tree[TREE_MAX / 8U];

static void start(void)
{
	log_ring_init();
	memset(&handoff, 0, sizeof(handoff));
	memset(&machine, 0, sizeof(machine));
	handoff.protocol = "test";
	machine.source = NULL;
}

/* QEMU's tree in the middle of 2 MiB of room, as QEMU itself hands it over. */
static void tree_hand_over(const char *name)
{
	static u8 raw[32768];

	start();
	data_load(name, raw, sizeof(raw));
	assert_int_equal(fdt_open_into(raw, tree, sizeof(tree)), 0);
	fake_ram_add(HPA(TREE_PA), tree, sizeof(tree));
	handoff.fdt = HPA(TREE_PA);
}

static void stage_refused(int err, const char *message)
{
	assert_int_equal(units_run(STAGE_DISCOVER), err);
	assert_int_equal(logged(message), 1);
	assert_int_equal(fake_mappings(), 0);
}

TEST(a_tree_with_room_is_copied_without_it)
{
	tree_hand_over("qemu_virt_gicv3.dtb");
	assert_int_equal(units_run(STAGE_DISCOVER), 0);
	assert_int_equal(fake_mappings(), 0);
	assert_string_equal(machine.source, "devicetree");
	assert_int_equal(machine.cpu_count, 1);
	assert_int_equal(machine.reserved_count, 1); /* our own image */
	assert_int_equal(machine.reserved[0].base.v, 0x40000000);
}

TEST(chosen_fills_what_the_loader_left_empty)
{
	tree_hand_over("qemu_virt_gicv3.dtb");
	fdt_setprop_string(tree, fdt_path_offset(tree, "/chosen"), "bootargs", "quiet");
	fdt_setprop_u32(tree, fdt_path_offset(tree, "/chosen"), "linux,initrd-start", 0x50000800);
	fdt_setprop_u64(tree, fdt_path_offset(tree, "/chosen"), "linux,initrd-end", 0x50001000);
	assert_int_equal(units_run(STAGE_DISCOVER), 0);
	assert_string_equal(handoff.cmdline, "quiet");
	assert_int_equal(handoff.module_count, 1);
	assert_int_equal(handoff.module[0].base.v, 0x50000800);
	assert_int_equal(handoff.module[0].size, 0x800);
	assert_int_equal(machine.reserved_count, 2);
	assert_int_equal(machine.reserved[1].base.v, 0x50000000);
	assert_int_equal(machine.reserved[1].size, 0x1000);
}

TEST(what_the_loader_said_itself_stays)
{
	tree_hand_over("qemu_virt_gicv3.dtb");
	fdt_setprop_string(tree, fdt_path_offset(tree, "/chosen"), "bootargs", "quiet");
	strcpy(handoff.cmdline, "loud");
	handoff.ram_count = 2;
	handoff.ram[0] = (struct handoff_range){ HPA(0x40000000), 0x1000000, true };
	handoff.ram[1] = (struct handoff_range){ HPA(0x40800000), 0x1000, false };
	assert_int_equal(units_run(STAGE_DISCOVER), 0);
	assert_string_equal(handoff.cmdline, "loud");
	assert_int_equal(machine.ram_count, 1);
	assert_int_equal(machine.ram[0].size, 0x1000000);
	assert_int_equal(machine.reserved_count, 2);
	assert_int_equal(machine.reserved[1].base.v, 0x40800000);
}

TEST(a_tree_that_is_not_one_is_refused_before_it_is_mapped)
{
	fdt32_t *h = (fdt32_t *)tree;
	static const struct {
		u32 field, value;
		const char *message;
	} headers[] = {
		{ 0, 0, "fdt: at 0x48000000: magic 0x0, expected 0xd00dfeed" },
		{ 5, 16, "fdt: header: version 16, compatible with 16; expected 17" },
		{ 1, 0x200001, "fdt: header: totalsize 0x200001, expected at most 0x200000" },
		{ 9, 0xfffffff0,
		  "fdt: header: size_dt_struct 0xfffffff0, expected at most 0x200000" },
		{ 8, 0xfffffff0, "fdt: header: size_dt_strings 0xfffffff0, expected at most" },
		{ 4, 0x200008, "fdt: header: off_mem_rsvmap 0x200008, expected at most" },
		{ 4, 0x1ffff8, "fdt: header: off_mem_rsvmap 0x1ffff8, expected at most 0x1ffff0" },
		{ 9, 0x10000,
		  "fdt: 0x10214 bytes of content, buffer is 0x2000: raise FW_TABLE_MAX" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(headers); i++) {
		fake_reset();
		tree_hand_over("qemu_virt_gicv3.dtb");
		h[headers[i].field] = cpu_to_fdt32(headers[i].value);
		assert_int_not_equal(units_run(STAGE_DISCOVER), 0);
		if (logged(headers[i].message) != 1U)
			fail_msg("%s, expected %s", last_error(), headers[i].message);
		assert_int_equal(fake_mappings(), 0);
	}
}

TEST(a_tree_at_an_odd_address_or_nowhere_is_refused)
{
	tree_hand_over("qemu_virt_gicv3.dtb");
	handoff.fdt = HPA(TREE_PA + 4U);
	stage_refused(BH_EINVAL, "fdt: at 0x48000004, expected an address divisible by 8");
	start();
	handoff.fdt = HPA(0x12340000);
	stage_refused(BH_EFAULT, "fdt: cannot map 0x28 bytes at 0x12340000");
}

TEST(a_reservation_block_without_end_is_refused)
{
	fdt32_t *h = (fdt32_t *)tree;

	tree_hand_over("qemu_virt_gicv3.dtb");
	h[4] = h[2]; /* the structure block, which has no 16 zeros in a row at such a place */
	assert_int_equal(units_run(STAGE_DISCOVER), BH_EINVAL);
	assert_int_equal(logged("fdt: memory reservation block: no end in 33 entries"), 1);
}

/* The ACPI tables of Bochs where its BIOS puts them. */
static void bochs_tables(void)
{
	static u8 file[65536];
	size_t size = data_load("bochs.acpi", file, sizeof(file));
	size_t at = 0;

	start();
	while (at < size) {
		u64 pa;
		u32 n;

		memcpy(&pa, file + at, 8);
		memcpy(&n, file + at + 8U, 4);
		if (at == 0U)
			handoff.rsdp = HPA(pa);
		fake_ram_add(HPA(pa), file + at + 12U, n);
		at += 12U + n;
	}
	handoff.ram_count = 3;
	handoff.ram[0] = (struct handoff_range){ HPA(0), 0x9fc00, true };
	handoff.ram[1] = (struct handoff_range){ HPA(0x100000), 0xfef0000, true };
	handoff.ram[2] = (struct handoff_range){ HPA(0xfff0000), 0x10000, false };
}

TEST(tables_are_read_from_the_root_pointer_of_the_loader)
{
	bochs_tables();
	assert_int_equal(units_run(STAGE_DISCOVER), 0);
	assert_int_equal(fake_mappings(), 0);
	assert_string_equal(machine.source, "ACPI");
	assert_int_equal(machine.cpu_count, 2);
	assert_int_equal(machine.ram_count, 2);
	assert_int_equal(machine.ram[0].size, 0x9f000);
	assert_int_equal(machine.reserved_count, 0);
}

TEST(the_root_pointer_is_found_in_the_bios_area)
{
	static u8 area[0x20000];
	static u8 rsdp[20];

	bochs_tables();
	memcpy(rsdp, mmu_map(handoff.rsdp, sizeof(rsdp), MMU_RAM_RO), sizeof(rsdp));
	mmu_unmap(rsdp, sizeof(rsdp));
	memset(area, 0, sizeof(area));
	memcpy(area + 0x100, "RSD PTR junk", 12);
	memcpy(area + 0x1fff0 - 16, rsdp, sizeof(rsdp));
	fake_ram_add(HPA(0xe0000), area, sizeof(area));
	handoff.rsdp = HPA(0);
	assert_int_equal(units_run(STAGE_DISCOVER), 0);
	assert_int_equal(machine.cpu_count, 2);
	assert_int_equal(fake_mappings(), 0);
}

TEST(the_root_pointer_is_found_in_the_extended_bios_data_area)
{
	static u8 area[0x400];
	static u8 low[2] = { 0xc0, 0x9f };

	bochs_tables();
	memset(area, 0, sizeof(area));
	memcpy(area + 0x20, mmu_map(handoff.rsdp, 20, MMU_RAM_RO), 20);
	mmu_unmap(area, 20);
	fake_ram_add(HPA(0x40e), low, sizeof(low));
	fake_ram_add(HPA(0x9fc00), area, sizeof(area));
	handoff.rsdp = HPA(0);
	assert_int_equal(units_run(STAGE_DISCOVER), 0);
	assert_int_equal(machine.cpu_count, 2);
}

TEST(a_machine_nobody_describes_is_refused)
{
	start();
	stage_refused(BH_EINVAL,
		      "test handed over neither a devicetree nor ACPI tables; one is needed");
}

TEST(a_loaders_map_that_wraps_is_refused)
{
	bochs_tables();
	handoff.ram[1].size = UINT64_MAX;
	stage_refused(BH_EINVAL,
		      "test: memory map entry 1: 0x100000 and 0xffffffffffffffff bytes wrap");
}

/* A machine of one CPU and 1 MiB of RAM, all right. */
static struct machine m;

static void machine_make(void)
{
	log_ring_init();
	memset(&m, 0, sizeof(m));
	m.source = "test";
	m.cpu_count = 1;
	m.cpu[0].enabled = true;
	m.ram_count = 1;
	m.ram[0] = (struct machine_range){ HPA(0x100000), 0x100000 };
	m.uart_count = 1;
	m.uart[0] =
		(struct machine_uart){ .kind = UART_PL011, .base = HPA(0x1000), .size = 0x1000 };
}

static void unsettled(const char *message)
{
	assert_int_equal(machine_settle(&m), BH_EINVAL);
	assert_string_equal(last_error(), message);
}

TEST(ranges_become_sorted_merged_and_whole_pages)
{
	machine_make();
	m.ram_count = 5;
	m.ram[0] = (struct machine_range){ HPA(0x300800), 0x2000 };
	m.ram[1] = (struct machine_range){ HPA(0x100000), 0x1000 };
	m.ram[2] = (struct machine_range){ HPA(0x101000), 0x1000 };
	m.ram[3] = (struct machine_range){ HPA(0x100800), 0x100 };
	m.ram[4] = (struct machine_range){ HPA(0xfffffffffffff800), 0x7ff };
	m.reserved_count = 3;
	m.reserved[0] = (struct machine_range){ HPA(0x101800), 1 };
	m.reserved[1] = (struct machine_range){ HPA(0x500000), 0x1000 };
	m.reserved[2] = (struct machine_range){ HPA(0x100fff), 2 };
	assert_int_equal(machine_settle(&m), 0);
	assert_int_equal(m.ram_count, 2);
	assert_int_equal(m.ram[0].base.v, 0x100000);
	assert_int_equal(m.ram[0].size, 0x2000);
	assert_int_equal(m.ram[1].base.v, 0x301000);
	assert_int_equal(m.ram[1].size, 0x1000);
	assert_int_equal(m.reserved_count, 1);
	assert_int_equal(m.reserved[0].base.v, 0x100000);
	assert_int_equal(m.reserved[0].size, 0x2000);
}

TEST(a_machine_that_cannot_be_is_refused)
{
	machine_make();
	m.ram_count = 0;
	unsettled("test: no RAM, expected a page at least");
	machine_make();
	m.ram[0].size = UINT64_MAX;
	unsettled("test: RAM 0x100000 and 0xffffffffffffffff bytes wrap");
	machine_make();
	m.reserved_count = 1;
	m.reserved[0] = (struct machine_range){ HPA(0x1000), UINT64_MAX };
	unsettled("test: reserved memory 0x1000 and 0xffffffffffffffff bytes wrap");
	machine_make();
	m.cpu[0].enabled = false;
	unsettled("test: no CPU that may run, of 1 found");
	machine_make();
	m.cpu_count = 2;
	unsettled("test: CPUs 0 and 1 have the same id 0x0");
	machine_make();
	m.uart[0].base = HPA(0x1ff000);
	unsettled("test: PL011 at 0x1ff000, 0x1000 bytes: lies in RAM");
	machine_make();
	m.uart[0].size = 0;
	unsettled("test: PL011 at 0x1000: 0x0 bytes are none or wrap");
	machine_make();
	m.iommu_count = 1;
	m.iommu[0] =
		(struct machine_iommu){ .kind = IOMMU_VTD, .base = HPA(0x2000), .size = 0x1000 };
	m.uart[0].size = 0x1001;
	unsettled("test: PL011 at 0x1000 overlaps VT-d at 0x2000");
	machine_make();
	m.segment_count = 2;
	m.segment[0].bus_last = 31;
	m.segment[1].bus_first = 31;
	m.segment[1].bus_last = 32;
	unsettled("test: PCIe segment 0: buses 0 to 31 and 31 to 32 overlap");
	machine_make();
	m.irqchip_count = 1;
	m.irqchip[0] = (struct machine_irqchip){ .kind = IRQCHIP_GICV2,
						 .base = HPA(0x8000),
						 .size = 0x1000 };
	m.irqchip[0].gicv2.cpu = HPA(0x8800);
	m.irqchip[0].gicv2.cpu_size = 0x2000;
	unsettled("test: GICv2 CPU interface at 0x8800 overlaps GICv2 at 0x8000");
	machine_make();
	m.irqchip_count = 1;
	m.irqchip[0] = (struct machine_irqchip){ .kind = IRQCHIP_GICV3,
						 .base = HPA(0x8000),
						 .size = 0x1000 };
	m.irqchip[0].gicv3.redist_count = 1;
	m.irqchip[0].gicv3.redist[0] = (struct machine_range){ HPA(0xffffffffffff0000), 0x20000 };
	unsettled("test: redistributors at 0xffffffffffff0000: 0x20000 bytes are none or wrap");
}

TEST(a_uart_at_a_port_lies_in_no_memory)
{
	machine_make();
	m.ram[0].base = HPA(0);
	m.uart[0] = (struct machine_uart){ .kind = UART_16550_PORT, .base = HPA(0x3f8), .size = 8 };
	assert_int_equal(machine_settle(&m), 0);
	assert_non_null(strstr(machine_text(&m), "uart: 16550 at port 0x3f8, interrupt 0\n"));
}

UNIT_TESTS(UNIT(a_tree_with_room_is_copied_without_it),
	   UNIT(chosen_fills_what_the_loader_left_empty), UNIT(what_the_loader_said_itself_stays),
	   UNIT(a_tree_that_is_not_one_is_refused_before_it_is_mapped),
	   UNIT(a_tree_at_an_odd_address_or_nowhere_is_refused),
	   UNIT(a_reservation_block_without_end_is_refused),
	   UNIT(tables_are_read_from_the_root_pointer_of_the_loader),
	   UNIT(the_root_pointer_is_found_in_the_bios_area),
	   UNIT(the_root_pointer_is_found_in_the_extended_bios_data_area),
	   UNIT(a_machine_nobody_describes_is_refused), UNIT(a_loaders_map_that_wraps_is_refused),
	   UNIT(ranges_become_sorted_merged_and_whole_pages),
	   UNIT(a_machine_that_cannot_be_is_refused), UNIT(a_uart_at_a_port_lies_in_no_memory));
