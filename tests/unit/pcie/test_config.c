// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/config.h>
#include <unit.h>

#define ECAM_A 0x4010000000ULL
#define ECAM_B 0xb0000000ULL

struct machine machine;

/* The last access of a bus, and what a read answers. */
struct bus {
	u64 off;
	u32 width;
	u64 written;
	u32 writes;
	u64 answer;
};

static struct bus a, b, ports;

static u64 bus_read(void *ctx, u64 off, u32 width)
{
	struct bus *bus = ctx;

	bus->off = off;
	bus->width = width;
	return bus->answer;
}

static void bus_write(void *ctx, u64 off, u32 width, u64 v)
{
	struct bus *bus = ctx;

	bus->off = off;
	bus->width = width;
	bus->written = v;
	bus->writes++;
}

/* Mechanism 1: the address port keeps what was written, the data port answers. */
static u64 ports_read(void *ctx, u64 off, u32 width)
{
	struct bus *bus = ctx;

	bus->off = off;
	bus->width = width;
	return bus->answer;
}

static void ports_write(void *ctx, u64 off, u32 width, u64 v)
{
	struct bus *bus = ctx;

	if (off == 0U && width == 4U) {
		bus->written = v;
		return;
	}
	bus->off = off;
	bus->width = width;
	bus->answer = v;
	bus->writes++;
}

static struct machine_segment segment(u16 number, u8 first, u8 last, u64 ecam)
{
	return (struct machine_segment){
		.segment = number,
		.bus_first = first,
		.bus_last = last,
		.ecam = HPA(ecam),
		.ecam_size = MIB(last - first + 1),
	};
}

/* Segment 0: buses 0 to 3; segment 5: buses 16 to 17; segment 7: ports; segment 9: unmappable. */
static int config_setup(void **state)
{
	const struct fake_device dev_a = { bus_read, bus_write, &a };
	const struct fake_device dev_b = { bus_read, bus_write, &b };
	const struct fake_device dev_ports = { ports_read, ports_write, &ports };

	(void)unit_setup(state);
	a = (struct bus){ .answer = 0x12345678 };
	b = a;
	ports = a;
	machine = (struct machine){ .segment_count = 4 };
	machine.segment[0] = segment(0, 0, 3, ECAM_A);
	machine.segment[1] = segment(5, 16, 17, ECAM_B);
	machine.segment[2] = segment(7, 0, 255, 0);
	machine.segment[3] = segment(9, 0, 0, 0x77000000);
	fake_mmio_add(HPA(ECAM_A), MIB(4), &dev_a);
	fake_mmio_add(HPA(ECAM_B), MIB(2), &dev_b);
	fake_port_add(0xcf8, 8, &dev_ports);
	return 0;
}

#define CONFIG(name) cmocka_unit_test_setup(name, config_setup)

/* The windows are mapped once a boot, so all that needs them is one test. */
TEST(functions_are_reached_where_firmware_says)
{
	assert_int_equal(pci_config_init(), BH_ENOMEM);
	assert_int_equal(pci_config_init(), 0);
	assert_int_equal(fake_mappings(), 2);

	assert_int_equal(pci_config_read(PCI_SBDF(0, 3, 31, 7), 0xffc, 4), 0x12345678);
	assert_int_equal(a.off, 0x3ffffc);
	assert_int_equal(a.width, 4);
	assert_int_equal(pci_config_read(PCI_SBDF(0, 1, 2, 3), 0x3d, 1), 0x78);
	assert_int_equal(a.off, 0x11303d);
	assert_int_equal(a.width, 1);
	assert_int_equal(pci_config_read(PCI_SBDF(0, 0, 0, 0), 2, 2), 0x5678);
	assert_int_equal(a.width, 2);

	assert_int_equal(pci_config_read(PCI_SBDF(5, 16, 0, 0), 0, 4), 0x12345678);
	assert_int_equal(b.off, 0);
	pci_config_write(PCI_SBDF(5, 17, 1, 0), 4, 2, 0x10006);
	assert_int_equal(b.off, 0x108004);
	assert_int_equal(b.width, 2);
	assert_int_equal(b.written, 6);
	pci_config_write(PCI_SBDF(5, 17, 1, 0), 7, 1, 0xff);
	pci_config_write(PCI_SBDF(5, 17, 1, 0), 8, 4, ~0U);
	assert_int_equal(b.writes, 3);
	assert_int_equal(b.written, ~0U);

	assert_int_equal(pci_config_read(PCI_SBDF(9, 0, 0, 0), 0, 4), ~0U);
	pci_config_write(PCI_SBDF(9, 0, 0, 0), 0, 4, 1);
}

TEST(what_is_not_there_reads_all_ones_and_drops_writes)
{
	static const pci_sbdf_t absent[] = { PCI_SBDF(0, 4, 0, 0), PCI_SBDF(1, 0, 0, 0),
					     PCI_SBDF(5, 15, 0, 0), PCI_SBDF(5, 18, 0, 0) };

	for (u32 i = 0; i < ARRAY_SIZE(absent); i++) {
		assert_int_equal(pci_config_read(absent[i], 0, 4), ~0U);
		assert_int_equal(pci_config_read(absent[i], 0, 2), 0xffff);
		assert_int_equal(pci_config_read(absent[i], 0, 1), 0xff);
		pci_config_write(absent[i], 4, 2, 6);
	}
	assert_int_equal(a.writes + b.writes + ports.writes, 0);
}

TEST(accesses_that_are_no_accesses_are_refused)
{
	static const struct {
		u32 offset, width;
	} bad[] = { { 1, 2 }, { 2, 4 }, { 0, 3 }, { 0, 0 }, { 0, 8 }, { 4096, 4 }, { ~3U, 4 } };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		u32 v = pci_config_read(PCI_SBDF(0, 0, 0, 0), bad[i].offset, bad[i].width);

		assert_int_equal(v, bad[i].width == 2U ? 0xffffU : ~0U);
		pci_config_write(PCI_SBDF(0, 0, 0, 0), bad[i].offset, bad[i].width, 0);
	}
	assert_int_equal(a.writes, 0);
}

TEST(ports_are_used_where_there_is_no_window)
{
	assert_int_equal(pci_config_read(PCI_SBDF(7, 2, 3, 1), 0x40, 4), 0x12345678);
	assert_int_equal(ports.written, 0x80021940);
	assert_int_equal(ports.off, 4);
	assert_int_equal(pci_config_read(PCI_SBDF(7, 2, 3, 1), 0x42, 2), 0x5678);
	assert_int_equal(ports.written, 0x80021940);
	assert_int_equal(ports.off, 6);
	assert_int_equal(pci_config_read(PCI_SBDF(7, 0, 0, 0), 0xff, 1), 0x78);
	assert_int_equal(ports.off, 7);
	assert_int_equal(ports.width, 1);
	for (u32 width = 1; width <= 4U; width *= 2U) {
		pci_config_write(PCI_SBDF(7, 0, 1, 0), 4, width, 0xaabbccdd);
		assert_int_equal(ports.width, width);
		assert_int_equal(ports.answer, 0xaabbccdd & (~0ULL >> (64U - 8U * width)));
	}
}

TEST(ports_end_at_256_bytes)
{
	assert_int_equal(pci_config_read(PCI_SBDF(7, 0, 0, 0), 0x100, 4), ~0U);
	pci_config_write(PCI_SBDF(7, 0, 0, 0), 0x100, 4, 0);
	assert_int_equal(ports.writes, 0);
	assert_int_equal(ports.written, 0);
}

UNIT_TESTS(CONFIG(functions_are_reached_where_firmware_says),
	   CONFIG(what_is_not_there_reads_all_ones_and_drops_writes),
	   CONFIG(accesses_that_are_no_accesses_are_refused),
	   CONFIG(ports_are_used_where_there_is_no_window), CONFIG(ports_end_at_256_bytes));
