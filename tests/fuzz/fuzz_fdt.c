// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as a devicetree: as they are, and with a header made right, so that nearly every input
 * reaches the walk. What is accepted keeps every bound of struct machine.
 */
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <bulkhead/fw/devices.h>
#include <bulkhead/fw/machine.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct machine m;
static struct machine_devices devices;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_machine(void)
{
	check(m.cpu_count <= CONFIG_MAX_CPUS && m.ram_count <= MACHINE_RAM_MAX);
	check(m.reserved_count <= MACHINE_RESERVED_MAX);
	check(m.irqchip_count <= MACHINE_IRQCHIPS_MAX && m.iommu_count <= MACHINE_IOMMUS_MAX);
	check(m.segment_count <= MACHINE_SEGMENTS_MAX && m.uart_count <= MACHINE_UARTS_MAX);
	check(memchr(m.model, '\0', sizeof(m.model)) != NULL);
	for (u32 i = 0; i < m.irqchip_count; i++)
		check(m.irqchip[i].kind != IRQCHIP_GICV3 ||
		      m.irqchip[i].gicv3.redist_count <= MACHINE_GICR_REGIONS_MAX);
}

static void check_devices(void)
{
	check(devices.count <= MACHINE_DEVICES_MAX);
	for (u32 i = 0; i < devices.count; i++) {
		const struct machine_device *d = &devices.device[i];

		check(d->path[0] == '/' && d->range_count <= MACHINE_DEVICE_RANGES_MAX);
		check(d->irq_count <= MACHINE_DEVICE_IRQS_MAX);
		check(d->stream_count <= MACHINE_DEVICE_STREAMS_MAX);
		check(machine_device_find(&devices, d->path) != NULL);
	}
}

static void read_tree(const void *tree, size_t size)
{
	if (fdt_read_devices(tree, size, &m, &devices) == 0) {
		check_machine();
		check_devices();
		if (machine_settle(&m) == 0)
			machine_log(&m);
	}
}

/* What an attacker would get right: magic, version, sizes; the strings end in a NUL. */
static void header_fix(void *tree, size_t size)
{
	u32 structure = fdt_off_dt_struct(tree) % (u32)size & ~3U;
	u32 strings = fdt_off_dt_strings(tree) % (u32)size;

	fdt_set_magic(tree, FDT_MAGIC);
	fdt_set_version(tree, 17);
	fdt_set_last_comp_version(tree, 16);
	fdt_set_totalsize(tree, (u32)size);
	structure = structure < 40U ? 40U : structure;
	strings = strings < 40U ? 40U : strings;
	fdt_set_off_mem_rsvmap(tree, 40);
	fdt_set_off_dt_struct(tree, structure);
	fdt_set_off_dt_strings(tree, strings);
	if (fdt_size_dt_struct(tree) > size - structure)
		fdt_set_size_dt_struct(tree, (u32)size - structure);
	if (fdt_size_dt_strings(tree) > size - strings || fdt_size_dt_strings(tree) == 0U)
		fdt_set_size_dt_strings(tree, (u32)size - strings);
	((char *)tree)[strings + fdt_size_dt_strings(tree) - 1U] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *tree;

	if (size == 0U)
		return 0;
	tree = malloc(size); /* exactly: the sanitizer sees one byte too many */
	check(tree != NULL);
	memcpy(tree, data, size);
	read_tree(tree, size);
	if (size > 64U) {
		header_fix(tree, size);
		read_tree(tree, size);
	}
	free(tree);
	return 0;
}
