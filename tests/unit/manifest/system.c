// SPDX-License-Identifier: Apache-2.0
#include "system.h"

#include <string.h>

u8 tree[TREE_ROOM] __aligned(8);
struct manifest_board board;
struct system_config config;
struct manifest_refusal why;

static struct machine the_machine;
static struct machine_devices devices;

#define PHANDLE_A 1U
#define PHANDLE_B 2U
#define PHANDLE_SHM 3U

static void text(const char *name, const char *value)
{
	assert_int_equal(fdt_property(tree, name, value, (int)strlen(value) + 1), 0);
}

static void cell(const char *name, u32 value)
{
	assert_int_equal(fdt_property_u32(tree, name, value), 0);
}

static void begin(const char *name)
{
	assert_int_equal(fdt_begin_node(tree, name), 0);
}

static void end(void)
{
	assert_int_equal(fdt_end_node(tree), 0);
}

static void partition(const char *name, u32 cpu, u32 phandle)
{
	begin(name);
	cell("cpus", cpu);
	cell("phandle", phandle);
	if (cpu != 0U)
		cell("after", PHANDLE_A);
	begin("memory@40000000");
	cell("size", 0x1000000);
	end();
	begin("kernel");
	text("payload", "image");
	text("type", "raw");
	end();
	begin("shared@80000000");
	cell("region", PHANDLE_SHM);
	end();
	end();
}

static void shared_things(void)
{
	begin("regions");
	begin("shm");
	cell("size", 0x10000);
	cell("phandle", PHANDLE_SHM);
	end();
	end();
	begin("channels");
	begin("ab");
	assert_int_equal(fdt_property(tree, "ends", "\0\0\0\1\0\0\0\2", 8), 0);
	cell("size", 0x1000);
	cell("address", 0x90000000);
	end();
	end();
}

static void tree_make(void)
{
	memset(tree, 0, sizeof(tree));
	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	begin("");
	text("compatible", "bulkhead,system");
	cell("bulkhead,rollback-index", 1);
	begin("payloads");
	begin("image");
	text("file", "image.bin");
	end();
	end();
	begin("partitions");
	partition("a", 0, PHANDLE_A);
	partition("b", 1, PHANDLE_B);
	end();
	shared_things();
	end();
	assert_int_equal(fdt_finish(tree), 0);
	assert_int_equal(fdt_open_into(tree, tree, sizeof(tree)), 0);
}

struct machine_device *board_device(const char *path, u64 base)
{
	struct machine_device *d = &devices.device[devices.count++];

	d->path = path;
	d->range_count = 1;
	d->range[0].base = HPA(base);
	d->range[0].size = 0x1000;
	d->registers_only = true;
	return d;
}

static void board_make(void)
{
	memset(&board, 0, sizeof(board));
	memset(&the_machine, 0, sizeof(the_machine));
	memset(&devices, 0, sizeof(devices));
	board.machine = &the_machine;
	board.devices = &devices;
	board.vplat = &vplat;
	board.cpu_count = 2;
	board.free[0].base = HPA(0x40000000);
	board.free[0].size = 0x10000000;
	board.free_count = 1;
	the_machine.uart_count = 1;
	the_machine.uart[0].base = HPA(0x0a000000);
	the_machine.uart[0].size = 0x1000;
	the_machine.uart[0].irq = 33;
	the_machine.uart[0].console = true;
	the_machine.iommu_count = 1;
	the_machine.iommu[0].base = HPA(0x0b000000);
	the_machine.iommu[0].size = 0x20000;
	the_machine.iommu[0].irq_event = 40;
	the_machine.segment_count = 1;
	the_machine.segment[0].ecam = HPA(0x20000000);
	the_machine.segment[0].ecam_size = 0x100000;
	the_machine.irqchip_count = 2;
	the_machine.irqchip[0].kind = IRQCHIP_GICV2;
	the_machine.irqchip[0].base = HPA(0x0c000000);
	the_machine.irqchip[0].size = 0x1000;
	the_machine.irqchip[0].gicv2.cpu = HPA(0x0c010000);
	the_machine.irqchip[0].gicv2.cpu_size = 0x2000;
	the_machine.irqchip[1].kind = IRQCHIP_GICV3;
	the_machine.irqchip[1].base = HPA(0x0d000000);
	the_machine.irqchip[1].size = 0x10000;
	the_machine.irqchip[1].gicv3.redist[0].base = HPA(0x0d100000);
	the_machine.irqchip[1].gicv3.redist[0].size = 0x40000;
	the_machine.irqchip[1].gicv3.redist_count = 1;
}

void good_make(void)
{
	board_make();
	tree_make();
}

int at(const char *path)
{
	int node = fdt_path_offset(tree, path);

	assert_true(node >= 0);
	return node;
}

int set_text(int node, const char *name, const char *value)
{
	return fdt_setprop(tree, node, name, value, (int)strlen(value) + 1);
}

const char *refused(void)
{
	int err = manifest_read(tree, sizeof(tree), &board, &config, &why);

	assert_true(err == 0 || err == BH_EINVAL);
	return err == 0 ? "" : why.rule;
}

void devices_set(const char *name, const char *list, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/partitions/%s", name);
	assert_int_equal(fdt_setprop(tree, at(path), "devices", list, (int)size), 0);
}
