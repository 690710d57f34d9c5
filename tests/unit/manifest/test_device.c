// SPDX-License-Identifier: Apache-2.0
/* Who may have which device. */
#include <string.h>

#include "system.h"

static void refused_as(const char *rule, const char *text)
{
	assert_string_equal(refused(), rule);
	assert_string_equal(why.text, text);
	assert_string_equal(why.property, "devices");
}

TEST(a_device_arrives_whole)
{
	struct machine_device *d;
	const struct device_config *c;

	good_make();
	d = board_device("/x@30000800", 0x30000800);
	d->irq_count = 1;
	d->irq[0].intid = 200;
	d->irq[0].level = true;
	d->stream_count = 1;
	d->stream[0].iommu = HPA(0x0b000000);
	d->stream[0].id = 5;
	DEVICES("b", "/x@30000800");
	assert_string_equal(refused(), "");
	assert_int_equal(config.partition[0].device_count, 0);
	assert_int_equal(config.partition[1].device_count, 1);
	c = config.partition[1].device;
	assert_string_equal(c->path, "/x@30000800");
	assert_int_equal(c->range[0].base.v, 0x30000000);
	assert_int_equal(c->range[0].gpa.v, 0x30000000);
	assert_int_equal(c->range[0].size, 0x2000);
	assert_int_equal(c->irq[0].intid, 200);
	assert_true(c->irq[0].level);
	assert_int_equal(c->stream[0].id, 5);
	assert_false(c->unprotected_dma);
}

TEST(what_bulkhead_drives_is_nobodys)
{
	static const u64 own[] = { 0x0a000000, 0x0b010000, 0x0c000000, 0x0c011000,
				   0x0d000000, 0x0d13f000, 0x20050000 };

	for (u32 i = 0; i < ARRAY_SIZE(own); i++) {
		good_make();
		(void)board_device("/x", own[i]);
		DEVICES("a", "/x");
		refused_as("device-own", "/x: Bulkhead drives it itself");
	}
}

TEST(the_flash_with_the_image_is_nobodys)
{
	good_make();
	board_device("/flash", 0x30000000)->range[0].size = 0x2000;
	board.slot.base = HPA(0x30001000);
	board.slot.size = 0x1000;
	DEVICES("a", "/flash");
	refused_as("device-own", "/flash: Bulkhead drives it itself");
}

TEST(a_device_in_pieces_is_refused)
{
	good_make();
	board_device("/x", 0x30000000)->obstacle = "an interrupt of it is private to a CPU";
	DEVICES("a", "/x");
	refused_as("device-whole", "/x: an interrupt of it is private to a CPU");
}

static struct machine_device *with_irq(const char *path, u64 base, u32 intid)
{
	struct machine_device *d = board_device(path, base);

	d->irq_count = 1;
	d->irq[0].intid = intid;
	return d;
}

TEST(an_interrupt_belongs_to_one_partition)
{
	good_make();
	(void)with_irq("/x", 0x30000000, 200);
	(void)with_irq("/y", 0x30001000, 200);
	DEVICES("a", "/x");
	DEVICES("b", "/y");
	refused_as("device-interrupt", "/x: shares an interrupt with /y");
	DEVICES("a", "/x\0/y");
	assert_int_equal(fdt_delprop(tree, at("/partitions/b"), "devices"), 0);
	assert_string_equal(refused(), "");
}

TEST(an_interrupt_of_bulkheads_is_nobodys)
{
	good_make();
	(void)with_irq("/x", 0x30000000, 40);
	DEVICES("a", "/x");
	refused_as("device-interrupt", "/x: Bulkhead takes its interrupt itself");
	good_make();
	(void)with_irq("/x", 0x30000000, 33);
	DEVICES("a", "/x");
	refused_as("device-interrupt", "/x: Bulkhead takes its interrupt itself");
}

TEST(an_interrupt_of_the_virtual_devices_is_taken)
{
	good_make();
	(void)with_irq("/x", 0x30000000, vplat.bell_intid + vplat.bell_count - 1U);
	DEVICES("a", "/x");
	refused_as("device-interrupt", "/x: its interrupt is that of the console or of a doorbell");
	assert_int_equal(fdt_del_node(tree, at("/channels/ab")), 0);
	assert_string_equal(refused(), "");
}

static void stream_set(struct machine_device *d, u32 id)
{
	d->registers_only = false;
	d->stream_count = 1;
	d->stream[0].iommu = HPA(0x0b000000);
	d->stream[0].id = id;
}

TEST(devices_that_look_alike_to_the_iommu_go_together)
{
	good_make();
	stream_set(board_device("/x", 0x30000000), 5);
	stream_set(board_device("/y", 0x30001000), 5);
	stream_set(board_device("/z", 0x30002000), 6);
	DEVICES("a", "/x");
	refused_as("device-group", "/x: shares a page or a stream id with /y");
	DEVICES("a", "/x\0/y");
	DEVICES("b", "/z");
	assert_string_equal(refused(), "");
}

TEST(dma_without_iommu_is_refused_unless_somebody_answers_for_it)
{
	good_make();
	board_device("/x", 0x30000000)->registers_only = false;
	DEVICES("a", "/x");
	refused_as("device-dma", "/x: it may do DMA, and no IOMMU covers it");
	assert_int_equal(set_text(at("/partitions/a"), "bulkhead,registers-only", "/x"), 0);
	assert_string_equal(refused(), "");
	assert_false(config.partition[0].device[0].unprotected_dma);
	assert_int_equal(fdt_delprop(tree, at("/partitions/a"), "bulkhead,registers-only"), 0);
	assert_int_equal(fdt_setprop_empty(tree, at("/partitions/a"), "bulkhead,unprotected-dma"),
			 0);
	assert_string_equal(refused(), "dma-place");
	assert_int_equal(
		fdt_setprop_u64(tree, at("/partitions/a/memory@40000000"), "place", 0x40000000), 0);
	assert_string_equal(refused(), "");
	assert_true(config.partition[0].device[0].unprotected_dma);
}

TEST(the_rest_is_all_that_can_be_given)
{
	good_make();
	(void)board_device("/x", 0x30000000);
	(void)board_device("/own", 0x0a000000);
	board_device("/dma", 0x30001000)->registers_only = false;
	board_device("/odd", 0x30002000)->obstacle = "odd";
	(void)board_device("/half", 0x30003000);
	board_device("/other half", 0x30003800)->registers_only = false;
	(void)board_device("/y", 0x30005000);
	(void)board_device("/pair", 0x30006000);
	(void)board_device("/of it", 0x30006800);
	DEVICES("b", "rest");
	DEVICES("a", "/y");
	assert_string_equal(refused(), "");
	assert_int_equal(config.partition[1].device_count, 3);
	assert_string_equal(config.partition[1].device[0].path, "/x");
	assert_string_equal(config.partition[1].device[1].path, "/pair");
	assert_string_equal(config.partition[1].device[2].path, "/of it");
}

TEST(a_device_that_did_not_fit_the_list_is_told_apart)
{
	good_make();
	DEVICES("a", "/x");
	refused_as("device-absent", "/x: the board has no such device");
	((struct machine_devices *)(uintptr_t)board.devices)->dropped = 1;
	refused_as("device-absent",
		   "/x: the board has no such device among the first that fit Bulkhead's list");
}

TEST(a_full_list_is_given_to_one)
{
	static char names[MACHINE_DEVICES_MAX][8];

	good_make();
	for (u32 i = 0; i < MACHINE_DEVICES_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "/d%u", i);
		(void)board_device(names[i], 0x30000000 + (u64)i * 0x1000);
	}
	DEVICES("a", "rest");
	assert_string_equal(refused(), "");
	assert_int_equal(config.partition[0].device_count, MACHINE_DEVICES_MAX);
}

static struct machine_device *function(const char *path, u64 base, u32 group)
{
	struct machine_device *d = board_device(path, base);

	d->registers_only = false;
	d->pci = true;
	d->function.v = (u32)(base >> 12);
	d->group = group;
	d->stream_count = 1;
	d->stream[0].iommu = HPA(0x0b000000);
	d->stream[0].id = d->function.v;
	return d;
}

TEST(functions_of_one_group_go_together)
{
	good_make();
	(void)function("pci:0000:00:01.0", 0x30000000, 1);
	(void)function("pci:0000:00:02.0", 0x30001000, 2);
	(void)function("pci:0000:00:02.1", 0x30002000, 2);
	DEVICES("a", "pci:0000:00:01.0\0pci:0000:00:02.1");
	refused_as("device-group", "pci:0000:00:02.1: is of one PCI group with pci:0000:00:02.0");
	DEVICES("a", "pci:0000:00:02.0\0pci:0000:00:02.1");
	assert_string_equal(refused(), "");
	assert_int_equal(config.partition[0].device_count, 2);
	assert_true(config.partition[0].device[0].pci);
	assert_int_equal(config.partition[0].device[0].function.v, 0x30001);
}

TEST(a_function_is_given_by_name_alone)
{
	good_make();
	(void)function("pci:0000:00:01.0", 0x30000000, 1);
	DEVICES("a", "rest");
	assert_string_equal(refused(), "");
	for (u32 i = 0; i < config.partition[0].device_count; i++)
		assert_false(config.partition[0].device[i].pci);
}

TEST(a_function_may_go_without_a_reset_if_somebody_says_so)
{
	good_make();
	(void)function("pci:0000:00:01.0", 0x30000000, 1);
	(void)function("pci:0000:00:02.0", 0x30001000, 2);
	DEVICES("a", "pci:0000:00:01.0\0pci:0000:00:02.0");
	assert_int_equal(set_text(at("/partitions/a"), "bulkhead,no-reset", "pci:0000:00:02.0"), 0);
	assert_string_equal(refused(), "");
	for (u32 i = 0; i < 2U; i++)
		assert_int_equal(config.partition[0].device[i].no_reset,
				 strcmp(config.partition[0].device[i].path, "pci:0000:00:02.0") ==
					 0);
}

TEST(a_host_leaves_functions_to_the_board)
{
	pci_sbdf_t f = { 0 };

	good_make();
	DEVICES("a", "pci:0001:02:1f.7");
	refused_as("device-absent", "pci:0001:02:1f.7: the board has no such device");
	board.functions_unknown = true;
	assert_string_equal(refused(), "");
	DEVICES("a", "pci:0001:02:20.7");
	refused_as("device-absent", "pci:0001:02:20.7: the board has no such device");
	assert_true(machine_device_pci_path("pci:0001:02:1f.7", &f));
	assert_int_equal(f.v, 0x102ff);
	assert_false(machine_device_pci_path("pci:0001:02:1f.8", &f));
	assert_false(machine_device_pci_path("pci:0001:02:1f.77", &f));
	assert_false(machine_device_pci_path("pci:001:02:1f.7", &f));
	assert_false(machine_device_pci_path("/pci:0001:02:1f.7", &f));
}

/* Partition @name asks for the ports from @first to @last. */
static void ports_set(const char *name, u32 first, u32 last)
{
	assert_int_equal(fdt_setprop_u64(tree, at(name), "ports", (u64)first << 32 | last), 0);
}

TEST(ports_go_to_one_partition_and_none_of_bulkheads)
{
	static const struct vplat_ports own[] = { { 0x20, 0x21 }, { 0xcf8, 0xcff } };
	static const u32 taken[][2] = { { 0, 0x20 },        { 0xcff, 0xd00 },    { 0x3f8, 0x3f8 },
					{ 0x600, 0x6000 },  { 0x609, 0x60a },    { 0xcf9, 0xcf9 },
					{ 0xb005, 0xb005 }, { 0xffff, 0x10000 }, { 0x301, 0x300 } };
	struct vplat ports = vplat;
	struct machine m;

	good_make();
	m = *board.machine;
	m.uart[0] = (struct machine_uart){
		.kind = UART_16550_PORT, .base = HPA(0x3f8), .size = 8, .console = true
	};
	m.power = (struct machine_power){ .pm_timer_port = 0x608, .pm1a_cnt = 0xb004 };
	board.machine = &m;
	ports_set("/partitions/a", 0xf4, 0xf7);
	assert_string_equal(refused(), "ports");
	assert_string_equal(why.text, "0xf4 to 0xf7: the board has no ports");
	ports.port_own = own;
	ports.port_own_count = ARRAY_SIZE(own);
	board.vplat = &ports;
	assert_string_equal(refused(), "");
	assert_int_equal(config.partition[0].port_count, 1);
	assert_int_equal(config.partition[0].port[0].first, 0xf4);
	assert_int_equal(config.partition[0].port[0].last, 0xf7);
	assert_int_equal(config.partition[1].port_count, 0);
	ports_set("/partitions/b", 0xf7, 0xf7);
	assert_string_equal(refused(), "ports");
	for (u32 i = 0; i < ARRAY_SIZE(taken); i++) {
		ports_set("/partitions/b", taken[i][0], taken[i][1]);
		assert_string_equal(refused(), "ports");
	}
	ports_set("/partitions/b", 0xf8, 0xffff);
	assert_string_equal(refused(), "ports");
	ports_set("/partitions/b", 0xb006, 0xffff);
	assert_string_equal(refused(), "");
}

TEST(features_of_the_cpu_are_named_where_there_are_some)
{
	static const char *const names[] = { "avx", "smap", "gfni" };
	struct vplat pc = vplat;

	good_make();
	assert_int_equal(fdt_setprop(tree, at("/partitions/a"), "cpu-hide", "smap\0avx", 9), 0);
	assert_string_equal(refused(), "cpu-feature");
	assert_string_equal(why.text, "smap: this architecture has no such feature");
	pc.cpu_feature = names;
	pc.cpu_feature_count = ARRAY_SIZE(names);
	board.vplat = &pc;
	assert_string_equal(refused(), "");
	assert_int_equal(config.partition[0].cpu_hide, 3);
	assert_int_equal(config.partition[0].cpu_show, 0);
	assert_int_equal(config.partition[1].cpu_hide, 0);
	assert_int_equal(fdt_setprop_string(tree, at("/partitions/a"), "cpu-show", "gfni"), 0);
	assert_string_equal(refused(), "");
	assert_int_equal(config.partition[0].cpu_show, 4);
	assert_int_equal(fdt_setprop_string(tree, at("/partitions/a"), "cpu-show", "avx"), 0);
	assert_string_equal(refused(), "cpu-feature");
	assert_string_equal(why.text, "avx is to be shown and hidden");
	assert_int_equal(fdt_setprop_string(tree, at("/partitions/a"), "cpu-show", "av"), 0);
	assert_string_equal(refused(), "cpu-feature");
}

/* Partition @name says where the pins of its two devices lead. */
static void lines_set(const char *name, u32 first, u32 second)
{
	assert_int_equal(
		fdt_setprop_u64(tree, at(name), "bulkhead,lines", (u64)first << 32 | second), 0);
}

static void lines_refused(const char *text)
{
	assert_string_equal(refused(), "lines");
	assert_string_equal(why.property, "bulkhead,lines");
	assert_string_equal(why.text, text);
}

TEST(a_line_is_named_where_the_board_does_not_say_it)
{
	struct vplat named = vplat;
	u32 found = 0;

	good_make();
	(void)function("pci:0000:00:01.0", 0x30000000, 1);
	(void)function("pci:0000:00:02.0", 0x30001000, 2);
	(void)function("pci:0000:00:03.0", 0x30002000, 3);
	DEVICES("a", "pci:0000:00:01.0\0pci:0000:00:02.0");
	lines_set("/partitions/a", 0, 21);
	lines_refused("the board's description says where pins lead");
	named.lines_named = true;
	board.vplat = &named;
	assert_string_equal(refused(), "");
	for (u32 i = 0; i < 2U; i++) {
		const struct device_config *d = &config.partition[0].device[i];

		assert_int_equal(d->line, strcmp(d->path, "pci:0000:00:02.0") == 0 ? 21 : 0);
		found += d->line;
	}
	assert_int_equal(found, 21);
	DEVICES("b", "pci:0000:00:03.0");
	lines_set("/partitions/b", 22, 0);
	lines_refused("not as many as devices");
	assert_int_equal(fdt_setprop_u32(tree, at("/partitions/b"), "bulkhead,lines", 21), 0);
	lines_refused("one of them is another partition's");
	assert_int_equal(fdt_setprop_u32(tree, at("/partitions/b"), "bulkhead,lines", 22), 0);
	assert_string_equal(refused(), "");
}

UNIT_TESTS(UNIT(features_of_the_cpu_are_named_where_there_are_some), UNIT(a_device_arrives_whole),
	   UNIT(ports_go_to_one_partition_and_none_of_bulkheads),
	   UNIT(functions_of_one_group_go_together), UNIT(a_function_is_given_by_name_alone),
	   UNIT(a_function_may_go_without_a_reset_if_somebody_says_so),
	   UNIT(a_host_leaves_functions_to_the_board),
	   UNIT(a_line_is_named_where_the_board_does_not_say_it),
	   UNIT(what_bulkhead_drives_is_nobodys), UNIT(the_flash_with_the_image_is_nobodys),
	   UNIT(a_device_in_pieces_is_refused), UNIT(an_interrupt_belongs_to_one_partition),
	   UNIT(an_interrupt_of_bulkheads_is_nobodys),
	   UNIT(an_interrupt_of_the_virtual_devices_is_taken),
	   UNIT(devices_that_look_alike_to_the_iommu_go_together),
	   UNIT(dma_without_iommu_is_refused_unless_somebody_answers_for_it),
	   UNIT(the_rest_is_all_that_can_be_given),
	   UNIT(a_device_that_did_not_fit_the_list_is_told_apart),
	   UNIT(a_full_list_is_given_to_one));
