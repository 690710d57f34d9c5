// SPDX-License-Identifier: Apache-2.0
/* What a guest finds below 1 MiB: ACPI tables that iasl accepts, and its protocol's information. */
#include <stdio.h>
#include <stdlib.h>

#include <abi/machine.h>
#include <asm/vplat.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <unit.h>
#include <vkernel.h>

static u8 blob[VPLAT_DESCRIPTION_SIZE] __aligned(4096);
static u8 head[VPLAT_HEAD_MAX];
static struct vcpu_start start;
static size_t used;
static const char *why;

static const struct vplat_node nodes[] = {
	{ .kind = "channel",
	  .label = "talk",
	  .base = 0x60000000,
	  .size = 0x2000,
	  .intid = 16,
	  .number = { { "bell", 3 }, { "end", 1 } },
	  .peer = "rt" },
	{ .kind = "region", .label = "far", .base = 0x4000000000ULL, .size = 0x1000 },
	{ .kind = "partition", .index = 2, .label = "other", .number = { { "handle", 7 } } },
};

static struct vplat_guest guest(enum payload_type type)
{
	return (struct vplat_guest){
		.type = type,
		.payload = "kernel",
		.bootargs = "a=b c",
		.head = head,
		.head_size = sizeof(head),
		.entry = GPA(MIB(16)),
		.ramdisk = GPA(MIB(32)),
		.ramdisk_size = 100,
		.vcpus = 3,
		.console = true,
		.memory_count = 1,
		.memory = { { GPA(0), MIB(64) } },
		.node_count = ARRAY_SIZE(nodes),
		.node = nodes,
	};
}

static int make(const struct vplat_guest *g)
{
	memset(blob, 0, sizeof(blob));
	return vplat_tables(g, blob, sizeof(blob), &used, &start, &why);
}

static const u8 *at(u64 gpa)
{
	assert_in_range(gpa, VPLAT_DESCRIPTION_BASE, VPLAT_DESCRIPTION_BASE + used - 1U);
	return blob + (gpa - VPLAT_DESCRIPTION_BASE);
}

static u8 sum(const u8 *p, size_t n)
{
	u8 s = 0;

	for (size_t i = 0; i < n; i++)
		s = (u8)(s + p[i]);
	return s;
}

static const u8 *table(const char *signature)
{
	const u8 *xsdt = at(field_get(blob, 24, 8));
	const u32 length = (u32)field_get(xsdt, 4, 4);

	for (u32 i = 36; i < length; i += 8U) {
		const u8 *t = at(field_get(xsdt, i, 8));

		if (memcmp(t, signature, 4) == 0)
			return t;
	}
	return NULL;
}

TEST(every_table_is_found_and_sums_to_zero)
{
	const struct vplat_guest g = guest(PAYLOAD_PVH);
	const u8 *fadt, *madt;

	assert_int_equal(make(&g), 0);
	assert_memory_equal(blob, "RSD PTR ", 8);
	assert_int_equal(sum(blob, 20), 0);
	assert_int_equal(sum(blob, 36), 0);
	fadt = table("FACP");
	madt = table("APIC");
	assert_non_null(fadt);
	assert_non_null(madt);
	assert_int_equal(sum(fadt, (size_t)field_get(fadt, 4, 4)), 0);
	assert_int_equal(sum(madt, (size_t)field_get(madt, 4, 4)), 0);
	assert_int_equal(sum(at(field_get(fadt, 40, 4)),
			     (size_t)field_get(at(field_get(fadt, 40, 4)), 4, 4)),
			 0);
	assert_memory_equal(at(field_get(fadt, 36, 4)), "FACS", 4);
	assert_int_equal(field_get(fadt, 36, 4) % 64U, 0);
	/* Three local APICs, then the I/O APIC. */
	assert_int_equal(madt[44 + 2 * 8 + 3], 2);
	assert_int_equal(madt[44 + 3 * 8], 1);
}

TEST(a_guest_with_functions_is_told_of_its_bus)
{
	const struct vplat_pci pci = { .count = 2 };
	struct vplat_guest g = guest(PAYLOAD_PVH);
	const u8 *mcfg, *dsdt;

	assert_int_equal(make(&g), 0);
	assert_null(table("MCFG"));
	g.pci = &pci;
	assert_int_equal(make(&g), 0);
	mcfg = table("MCFG");
	assert_non_null(mcfg);
	assert_int_equal(sum(mcfg, (size_t)field_get(mcfg, 4, 4)), 0);
	assert_int_equal(field_get(mcfg, 4, 4), 60);
	assert_int_equal(field_get(mcfg, 44, 8), VPLAT_PCI_CONFIG);
	assert_int_equal(field_get(mcfg, 52, 4), 0);
	dsdt = at(field_get(table("FACP"), 40, 4));
	assert_non_null(memmem(dsdt, (size_t)field_get(dsdt, 4, 4), "PCI0", 4));
	assert_null(memmem(dsdt, (size_t)field_get(dsdt, 4, 4), "_PRT", 4));
	assert_int_equal(sum(dsdt, (size_t)field_get(dsdt, 4, 4)), 0);
}

TEST(a_guest_is_told_where_pins_lead)
{
	/* Pin A of any function of device 2: no link, GSI 11. */
	static const u8 second[] = { 0x04, 0x0c, 0xff, 0xff, 2, 0, 0, 0, 0x0a, 11 };
	const struct vplat_pci pci = { .count = 3, .intid = { 0, 10, 11 } };
	struct vplat_guest g = guest(PAYLOAD_PVH);
	const u8 *dsdt;

	g.pci = &pci;
	assert_int_equal(make(&g), 0);
	dsdt = at(field_get(table("FACP"), 40, 4));
	assert_non_null(memmem(dsdt, (size_t)field_get(dsdt, 4, 4), "_PRT", 4));
	assert_non_null(memmem(dsdt, (size_t)field_get(dsdt, 4, 4), second, sizeof(second)));
}

TEST(an_own_table_says_what_the_devices_say)
{
	const struct vplat_guest g = guest(PAYLOAD_PVH);
	const struct machine_entry *e;

	assert_int_equal(make(&g), 0);
	e = (const void *)(table(MACHINE_TABLE) + MACHINE_TABLE_HEADER);
	assert_int_equal(field_get(table(MACHINE_TABLE), 4, 4),
			 MACHINE_TABLE_HEADER + ARRAY_SIZE(nodes) * sizeof(*e));
	assert_string_equal(e[0].kind, "channel");
	assert_string_equal(e[0].peer, "rt");
	assert_int_equal(e[0].handle, 3);
	assert_int_equal(e[0].end, 1);
	assert_int_equal(e[0].gsi, 16);
	assert_int_equal(e[1].base, 0x4000000000ULL);
	assert_int_equal(e[2].handle, 7);
}

/* Runs `iasl` with @arguments in a folder of its own; true if it found nothing. */
static bool iasl(const char *folder, const char *arguments)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
		       "cd %s && iasl %s >log 2>&1 && "
		       "! grep -Eq '[1-9][0-9]* (Errors|Warnings)|[Ii]nvalid|ncorrect' log || "
		       "{ cat log; false; }",
		       folder, arguments);
	return system(command) == 0;
}

static void save(const char *folder, const char *name, const u8 *t)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(t, 1, (size_t)field_get(t, 4, 4), f), field_get(t, 4, 4));
	(void)fclose(f);
}

/* Disassembled and compiled again, which checks the namespace and every object in it. */
TEST(iasl_finds_nothing_to_say)
{
	char folder[] = "/tmp/vboot-XXXXXX";
	const struct vplat_pci pci = { .count = 2, .intid = { 0, 10 } };
	struct vplat_guest g = guest(PAYLOAD_LINUX);
	char command[64];
	const u8 *fadt;

	memset(head, 0, sizeof(head));
	head[SETUP_JUMP] = 0x66;
	field_put(head, SETUP_CMDLINE_SIZE, 4, 2047);
	field_put(head, SETUP_INITRD_MAX, 4, 0x7fffffff);
	g.pci = &pci;
	assert_int_equal(make(&g), 0);
	assert_non_null(mkdtemp(folder));
	fadt = table("FACP");
	save(folder, "dsdt.aml", at(field_get(fadt, 40, 4)));
	save(folder, "facp.dat", fadt);
	save(folder, "apic.dat", table("APIC"));
	save(folder, "mcfg.dat", table("MCFG"));
	assert_true(iasl(folder, "-d dsdt.aml facp.dat apic.dat mcfg.dat"));
	assert_true(iasl(folder, "-tc dsdt.dsl"));
	assert_true(iasl(folder, "facp.dsl"));
	assert_true(iasl(folder, "apic.dsl"));
	assert_true(iasl(folder, "mcfg.dsl"));
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

TEST(linux_gets_its_zero_page)
{
	struct vplat_guest g = guest(PAYLOAD_LINUX);
	const u8 *z;

	memset(head, 0, sizeof(head));
	head[SETUP_JUMP] = 0x66;
	field_put(head, SETUP_CMDLINE_SIZE, 4, 2047);
	field_put(head, SETUP_INITRD_MAX, 4, 0x7fffffff);
	assert_int_equal(make(&g), 0);
	assert_int_equal(start.mode, START_LONG);
	z = at(start.arg);
	assert_int_equal(field_get(z, SETUP_RAMDISK, 4), MIB(32));
	assert_int_equal(field_get(z, SETUP_RAMDISK_SIZE, 4), 100);
	assert_string_equal((const char *)at(field_get(z, SETUP_CMDLINE, 4)), "a=b c");
	assert_int_equal(field_get(z, 0x70, 8), VPLAT_DESCRIPTION_BASE);
	assert_int_equal(z[0x1e8], 3);
	assert_int_equal(field_get(z, 0x2d0 + 2 * 20, 8), MIB(1));
	assert_int_equal(field_get(z, 0x2d0 + 2 * 20 + 8, 8), MIB(63));
	/* The tables it starts with map their own place one to one. */
	assert_int_equal(field_get(at(field_get(at(start.map.v), 0, 8) & ~0xfffULL), 0, 8) & 3U, 3);
	field_put(head, SETUP_INITRD_MAX, 4, MIB(32));
	assert_int_equal(make(&g), BH_ERANGE);
	field_put(head, SETUP_INITRD_MAX, 4, 0x7fffffff);
	field_put(head, SETUP_CMDLINE_SIZE, 4, 4);
	assert_int_equal(make(&g), BH_ERANGE);
	assert_non_null(strstr(why, "bootargs"));
}

TEST(multiboot_gets_its_information)
{
	const struct vplat_guest g = guest(PAYLOAD_MULTIBOOT);
	struct multiboot_info i;

	assert_int_equal(make(&g), 0);
	assert_int_equal(start.mode, START_PROTECTED);
	assert_int_equal(start.magic, MULTIBOOT_MAGIC);
	memcpy(&i, at(start.arg), sizeof(i));
	assert_string_equal((const char *)at(i.cmdline), "kernel a=b c");
	assert_int_equal(i.memory_upper, 63 * 1024);
	assert_int_equal(i.modules, 1);
	assert_int_equal(field_get(at(i.modules_at), 0, 4), MIB(32));
	assert_int_equal(i.memory_length, 3 * 24);
}

TEST(pvh_gets_its_start_information)
{
	const struct vplat_guest g = guest(PAYLOAD_PVH);
	struct pvh_start s;

	assert_int_equal(make(&g), 0);
	memcpy(&s, at(start.arg), sizeof(s));
	assert_int_equal(s.magic, PVH_MAGIC);
	assert_int_equal(s.rsdp, VPLAT_DESCRIPTION_BASE);
	assert_int_equal(s.memory_count, 3);
	assert_int_equal(s.modules, 1);
	assert_int_equal(field_get(at(s.modules_at), 8, 8), 100);
}

TEST(what_does_not_fit_is_refused)
{
	static struct vplat_node many[2000];
	struct vplat_guest g = guest(PAYLOAD_PVH);

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = nodes[0];
	g.node = many;
	g.node_count = ARRAY_SIZE(many);
	assert_int_equal(make(&g), BH_EOVERFLOW);
}

UNIT_TESTS(UNIT(every_table_is_found_and_sums_to_zero),
	   UNIT(a_guest_with_functions_is_told_of_its_bus), UNIT(a_guest_is_told_where_pins_lead),
	   UNIT(an_own_table_says_what_the_devices_say), UNIT(iasl_finds_nothing_to_say),
	   UNIT(linux_gets_its_zero_page), UNIT(multiboot_gets_its_information),
	   UNIT(pvh_gets_its_start_information), UNIT(what_does_not_fit_is_refused));
