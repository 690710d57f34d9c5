// SPDX-License-Identifier: Apache-2.0
/*
 * The ACPI reader: tables of real machines, tables made here, and one broken table per rule
 * (BH-FW-001, BH-FW-002).
 */
#include <stdlib.h>

#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "firmware.h"

#define BLOCKS_MAX 24U
#define BLOCK_BYTES 20000U
#define TABLE_BASE 0x7fe0000U

struct block {
	u64 pa;
	u32 size;
	u8 data[BLOCK_BYTES];
};

/* Block 0 is the RSDP, block 1 the root table. */
static struct block block[BLOCKS_MAX];
static u32 block_count, mapped;
static struct machine m;

/* Exactly the bytes that were asked for, so that the sanitizer sees one too many. */
static const void *model_map(void *ctx __unused, u64 pa, u64 size)
{
	for (u32 i = 0; i < block_count; i++) {
		if (range_inside(pa, size, block[i].pa, block[i].size)) {
			u8 *p = malloc((size_t)size);

			assert_non_null(p);
			memcpy(p, block[i].data + (pa - block[i].pa), (size_t)size);
			mapped++;
			return p;
		}
	}
	return NULL;
}

static void model_unmap(void *ctx __unused, const void *p, u64 size __unused)
{
	mapped--;
	free((void *)(uintptr_t)p);
}

static int read_tables(void)
{
	const struct acpi_mem mem = { .map = model_map, .unmap = model_unmap, .ctx = NULL };
	int err;

	m.ram[0] = (struct machine_range){ .base = HPA(0x100000), .size = MIB(64) };
	m.ram_count = 1;
	m.reserved_count = 0;
	err = acpi_read_machine(&mem, HPA(block[0].pa), &m);
	assert_int_equal(mapped, 0);
	return err;
}

static void refused(const char *message)
{
	assert_int_equal(read_tables(), BH_EINVAL);
	assert_string_equal(last_error(), message);
}

static void tables_load(const char *name)
{
	static u8 file[65536];
	size_t size = data_load(name, file, sizeof(file)), at = 0;

	log_ring_init();
	block_count = 0;
	while (at < size) {
		struct block *b = &block[block_count++];

		assert_true(block_count <= BLOCKS_MAX);
		memcpy(&b->pa, file + at, 8);
		memcpy(&b->size, file + at + 8U, 4);
		assert_true(b->size <= BLOCK_BYTES);
		memcpy(b->data, file + at + 12U, b->size);
		at += 12U + b->size;
	}
}

static u32 block_of(const char *signature)
{
	for (u32 i = 0; i < block_count; i++)
		if (memcmp(block[i].data, signature, 4) == 0)
			return i;
	fail_msg("%s: no such table", signature);
	return 0;
}

static void put(u32 i, u32 at, u32 bytes, u64 value)
{
	assert_true(at + bytes <= BLOCK_BYTES);
	for (u32 n = 0; n < bytes; n++)
		block[i].data[at + n] = (u8)(value >> (8U * n));
}

static u64 get(u32 i, u32 at, u32 bytes)
{
	u64 v = 0;

	for (u32 n = bytes; n > 0; n--)
		v = v << 8 | block[i].data[at + n - 1U];
	return v;
}

/* Makes the bytes [0, size) sum up to 0 by the one at @at. */
static void sum_fix(u32 i, u32 at, u32 size)
{
	u32 sum = 0;

	block[i].data[at] = 0;
	for (u32 n = 0; n < size; n++)
		sum += block[i].data[n];
	block[i].data[at] = (u8)(0U - sum);
}

/* Changes a number of a table of the loaded machine and makes its checksum right again. */
static void change(const char *signature, u32 at, u32 bytes, u64 value)
{
	u32 i = block_of(signature);

	put(i, at, bytes, value);
	sum_fix(i, 9, block[i].size);
}

/* A machine of no tables but an empty RSDT. */
static void tables_none(void)
{
	log_ring_init();
	memset(block, 0, sizeof(block));
	block_count = 2;
	block[0].pa = 0xf0000;
	block[0].size = 36;
	memcpy(block[0].data, "RSD PTR ", 8);
	put(0, 16, 4, TABLE_BASE);
	sum_fix(0, 8, 20);
	block[1].pa = TABLE_BASE;
	block[1].size = 36;
	memcpy(block[1].data, "RSDT", 4);
	put(1, 4, 4, 36);
	sum_fix(1, 9, 36);
}

static void root_entry(u64 pa)
{
	u32 size = block[1].size;

	put(1, size, 4, pa);
	block[1].size = size + 4U;
	put(1, 4, 4, size + 4U);
	sum_fix(1, 9, size + 4U);
}

/* Adds an empty table of @size bytes; table_done() after it has been filled. */
static u32 table_add(const char *signature, u32 size)
{
	u32 i = block_count++;

	assert_true(block_count <= BLOCKS_MAX && size <= BLOCK_BYTES);
	block[i].pa = TABLE_BASE + i * 0x10000U;
	block[i].size = size;
	memcpy(block[i].data, signature, 4);
	put(i, 4, 4, size);
	root_entry(block[i].pa);
	return i;
}

static void table_done(u32 i)
{
	sum_fix(i, 9, block[i].size);
}

/* A MADT of the given size whose entries begin at 44. */
static u32 madt_add(u32 entries)
{
	u32 i = table_add("APIC", 44U + entries);

	put(i, 36, 4, 0xfee00000);
	return i;
}

static void entry(u32 i, u32 at, u32 type, u32 size)
{
	put(i, at, 1, type);
	put(i, at + 1U, 1, size);
}

static void assert_id(u32 sbdf, u32 target, u32 id)
{
	u32 t = ~0U, i = ~0U;

	assert_int_equal(machine_id_find(&m, MACHINE_ID_DMA, (pci_sbdf_t){ sbdf }, false, &t, &i),
			 0);
	assert_int_equal(t, target);
	assert_int_equal(i, id);
}

TEST(a_q35_machine_with_vtd_is_read_whole)
{
	tables_load("qemu_q35_vtd.acpi");
	assert_int_equal(read_tables(), 0);
	assert_int_equal(machine_settle(&m), 0);
	assert_string_equal(
		machine_text(&m),
		"machine: BOCHS BXPC, by ACPI\n"
		"cpus: 0x0 0x1\n"
		"memory: 0x100000 to 0x40fffff, 64 MiB\n"
		"irqchip: I/O APIC 0 at 0xfec00000, interrupts from 0\n"
		"irqchip: local APIC at 0xfee00000\n"
		"iommu: VT-d at 0xfed90000, segment 0\n"
		"pcie: segment 0, buses 0 to 255, ECAM at 0xb0000000, 256 MiB, coherent\n"
		"power: PM timer at port 0x608, 24 bits\n"
		"power: off by 0 to port 0x604\n"
		"power: reset by 0xf to port 0xcf9\n");
	assert_true(m.has_8259);
	assert_int_equal(m.iommu[0].size, 0x1000);
	assert_id(0x00f8, 0, 0x00f8);
}

TEST(a_q35_machine_with_amdvi_is_read_whole)
{
	tables_load("qemu_q35_amdvi.acpi");
	assert_int_equal(read_tables(), 0);
	assert_int_equal(machine_settle(&m), 0);
	assert_int_equal(m.iommu_count, 1);
	assert_int_equal(m.iommu[0].kind, IOMMU_AMDVI);
	assert_int_equal(m.iommu[0].base.v, 0xfed80000);
	assert_int_equal(m.iommu[0].size, 0x4000);
	assert_int_equal(m.iommu[0].segment, 0);
	assert_id(0x0008, 0, 0x0008);
}

TEST(a_bochs_machine_is_read_whole)
{
	tables_load("bochs.acpi");
	assert_int_equal(read_tables(), 0);
	assert_int_equal(machine_settle(&m), 0);
	assert_string_equal(machine_text(&m),
			    "machine: BOCHS BXPCFACP, by ACPI\n"
			    "cpus: 0x0 0x1\n"
			    "memory: 0x100000 to 0x40fffff, 64 MiB\n"
			    "irqchip: I/O APIC 2 at 0xfec00000, interrupts from 0\n"
			    "irqchip: local APIC at 0xfee00000\n"
			    "pcie: segment 0, buses 0 to 255, ports 0xcf8/0xcfc\n"
			    "power: PM timer at port 0xb008, 24 bits\n"
			    "power: off by 0 to port 0xb004\n");
}

TEST(a_machine_of_revision_2_is_read_by_its_xsdt)
{
	u32 i;

	tables_none();
	i = madt_add(8);
	entry(i, 44, 0, 8);
	put(i, 47, 1, 5);
	put(i, 48, 4, 1);
	table_done(i);
	put(0, 15, 1, 2);
	put(0, 16, 4, 0);
	put(0, 20, 4, 36);
	put(0, 24, 8, TABLE_BASE);
	sum_fix(0, 8, 20);
	sum_fix(0, 32, 36);
	memcpy(block[1].data, "XSDT", 4);
	put(1, 36, 8, block[i].pa);
	block[1].size = 44;
	put(1, 4, 4, 44);
	sum_fix(1, 9, 44);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.cpu_count, 1);
	assert_int_equal(m.cpu[0].hwid, 5);

	put(0, 24, 8, 0); /* an XSDT that is not there: the RSDT counts */
	put(0, 16, 4, TABLE_BASE);
	sum_fix(0, 8, 20);
	sum_fix(0, 32, 36);
	refused("acpi: root table at 0x7fe0000: signature XSDT, expected RSDT");
	put(0, 33, 1, 1);
	refused("acpi: RSDP at 0xf0000: sum of 36 bytes 0x1, expected 0x0");
	put(0, 20, 4, 37);
	refused("acpi: RSDP at 0xf0000: length 0x25, expected 0x24");
}

TEST(x2apic_cpus_and_an_apic_elsewhere_are_read)
{
	u32 i;

	tables_none();
	i = madt_add(16 + 16 + 12);
	entry(i, 44, 9, 16);
	put(i, 48, 4, 0x100);
	put(i, 52, 4, 1);
	put(i, 56, 4, 77);
	entry(i, 60, 9, 16); /* neither enabled nor anything */
	put(i, 64, 4, 0x101);
	entry(i, 76, 5, 12);
	put(i, 80, 8, 0x1fee00000);
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.cpu_count, 1);
	assert_int_equal(m.cpu[0].hwid, 0x100);
	assert_int_equal(m.cpu[0].fw_id, 77);
	assert_int_equal(m.irqchip[0].kind, IRQCHIP_LAPIC);
	assert_int_equal(m.irqchip[0].base.v, 0x1fee00000);
}

/* GICD at 44, GICC at 68 and 150 (82 bytes each); more from 232 on. */
static u32 madt_arm(u32 version, u32 more)
{
	u32 i = madt_add(24 + 2 * 82 + more);

	entry(i, 44, 0xc, 24);
	put(i, 52, 8, 0x8000000);
	put(i, 64, 1, version);
	for (u32 cpu = 0, at = 68; cpu < 2; cpu++, at += 82) {
		entry(i, at, 0xb, 82);
		put(i, at + 8, 4, cpu);
		put(i, at + 12, 4, 1);
		put(i, at + 32, 8, 0x8010000);
		put(i, at + 40, 8, 0x8040000);
		put(i, at + 48, 8, 0x8030000);
		put(i, at + 20, 4, 23);
		put(i, at + 56, 4, 25);
		put(i, at + 68, 8, 0x80000000 | cpu << 8);
	}
	return i;
}

TEST(an_arm_machine_with_gicv2_is_read)
{
	tables_none();
	table_done(madt_arm(2, 0));
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.cpu_count, 2);
	assert_int_equal(m.cpu[1].hwid, 0x100);
	assert_int_equal(m.irqchip_count, 1);
	assert_int_equal(m.irqchip[0].kind, IRQCHIP_GICV2);
	assert_int_equal(m.irqchip[0].gicv2.cpu.v, 0x8010000);
	assert_int_equal(m.irqchip[0].gicv2.hyp.v, 0x8030000);
	assert_int_equal(m.irqchip[0].gicv2.vcpu.v, 0x8040000);
	assert_int_equal(m.pmu_intid, 23);
	assert_int_equal(m.irqchip[0].gicv2.maintenance, 25);
	assert_int_equal(m.segment_count, 0);
}

TEST(an_arm_machine_with_gicv3_and_its_is_read)
{
	u32 i;

	tables_none();
	i = madt_arm(3, 16 + 20);
	entry(i, 232, 0xe, 16);
	put(i, 236, 8, 0x80a0000);
	put(i, 244, 4, 0xf60000);
	entry(i, 248, 0xf, 20);
	put(i, 252, 4, 3);
	put(i, 256, 8, 0x8080000);
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.irqchip_count, 2);
	assert_int_equal(m.irqchip[0].kind, IRQCHIP_GIC_ITS);
	assert_int_equal(m.irqchip[0].its.id, 3);
	assert_int_equal(m.irqchip[1].kind, IRQCHIP_GICV3);
	assert_int_equal(m.irqchip[1].gicv3.redist_count, 1);
	assert_int_equal(m.irqchip[1].gicv3.redist[0].size, 0xf60000);

	put(i, 244, 4, 0);
	table_done(i);
	refused("acpi: APIC offset 0xe8: GICR of 0 bytes, expected the redistributors' size");
	put(i, 64, 1, 5);
	table_done(i);
	refused("acpi: APIC offset 0x2c: GICD of version 5, expected 0 to 4");
}

TEST(redistributors_may_be_named_per_cpu)
{
	u32 i;

	tables_none();
	i = madt_arm(0, 0);
	put(i, 68 + 60, 8, 0x80a0000);
	put(i, 150 + 60, 8, 0x80c0000);
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.irqchip[0].kind, IRQCHIP_GICV3);
	assert_int_equal(m.irqchip[0].gicv3.redist_count, 1);
	assert_int_equal(m.irqchip[0].gicv3.redist[0].base.v, 0x80a0000);
	assert_int_equal(m.irqchip[0].gicv3.redist[0].size, 0x40000);
}

TEST(a_second_distributor_is_refused)
{
	u32 i;

	tables_none();
	i = madt_arm(3, 24);
	entry(i, 232, 0xc, 24);
	table_done(i);
	refused("acpi: APIC offset 0xe8: second GICD, expected one");
}

TEST(arm_timer_smmus_and_coherence_are_read)
{
	u32 i;

	tables_none();
	i = table_add("GTDT", 96);
	put(i, 56, 4, 30);
	put(i, 64, 4, 27);
	put(i, 72, 4, 26);
	table_done(i);
	i = table_add("MCFG", 44 + 32);
	put(i, 44, 8, 0x4010000000);
	put(i, 44 + 11, 1, 255);
	put(i, 60, 8, 0x5000000000);
	put(i, 60 + 8, 2, 1);
	put(i, 60 + 10, 1, 16);
	put(i, 60 + 11, 1, 31);
	table_done(i);
	i = table_add("IORT", 48 + 68 + 76 + 36 + 40);
	put(i, 36, 4, 3);
	put(i, 40, 4, 48);
	put(i, 48, 1, 4); /* SMMUv3 */
	put(i, 49, 2, 68);
	put(i, 48 + 16, 8, 0x9050000);
	put(i, 48 + 44, 4, 106);
	put(i, 48 + 52, 4, 109);
	put(i, 116, 1, 3); /* SMMUv2 */
	put(i, 117, 2, 76);
	put(i, 116 + 16, 8, 0x9100000);
	put(i, 116 + 24, 8, 0x10000);
	put(i, 116 + 32, 8, 0x200000003); /* MMU-500, coherent */
	put(i, 116 + 40, 4, 60);
	put(i, 116 + 44, 4, 1);
	put(i, 116 + 48, 4, 68);
	put(i, 116 + 68, 4, 98);
	put(i, 116 + 60, 4, 99);
	put(i, 192, 1, 2); /* root complex */
	put(i, 193, 2, 76);
	put(i, 192 + 8, 4, 2); /* ids below 0x100 to the SMMUv3, 0x200 to the other */
	put(i, 192 + 12, 4, 36);
	put(i, 228 + 4, 4, 0xff);
	put(i, 228 + 8, 4, 0x1000);
	put(i, 228 + 12, 4, 48);
	put(i, 248, 4, 0x200);
	put(i, 248 + 8, 4, 7);
	put(i, 248 + 12, 4, 116);
	put(i, 248 + 16, 4, 1);
	put(i, 192 + 16, 4, 1);
	put(i, 192 + 28, 4, 1);
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.timer.phys_intid, 30);
	assert_int_equal(m.timer.virt_intid, 27);
	assert_int_equal(m.timer.hyp_intid, 26);
	assert_int_equal(m.iommu_count, 2);
	assert_int_equal(m.iommu[0].irq_event, 106);
	assert_int_equal(m.iommu[0].irq_gerror, 109);
	assert_int_equal(m.iommu[1].kind, IOMMU_SMMUV2);
	assert_int_equal(m.iommu[1].size, 0x10000);
	assert_int_equal(m.iommu[1].irq_gerror, 99);
	assert_int_equal(m.iommu[1].irq_event, 98);
	assert_true(m.iommu[1].mmu500 && m.iommu[1].coherent);
	assert_int_equal(m.segment_count, 2);
	assert_false(m.segment[0].coherent);
	assert_true(m.segment[1].coherent);
	assert_int_equal(m.segment[1].ecam.v, 0x5001000000);
	assert_int_equal(m.segment[1].ecam_size, MIB(16));

	assert_id(0x10008, 0, 0x1008);
	assert_id(0x10200, 1, 7);
	assert_int_equal(machine_id_find(&m, MACHINE_ID_DMA, (pci_sbdf_t){ 0x10100 }, false,
					 &(u32){ 0 }, &(u32){ 0 }),
			 BH_ENOENT);

	put(i, 248 + 8, 4, 0x10000);
	table_done(i);
	refused("acpi: IORT offset 0xf8: ids from 0x10000, 1 of them, of an SMMUv2, expected 16 "
		"bits");
	put(i, 248 + 8, 4, 7);
	put(i, 192 + 8, 4, 3);
	table_done(i);
	refused("acpi: IORT offset 0xc0: 3 id mappings at 0x24, expected them in 76 bytes");
	put(i, 192 + 8, 4, 2);
	put(i, 48 + 16, 8, 0x9050100);
	table_done(i);
	refused("acpi: IORT offset 0x30: SMMUv3 registers at 0x9050100, expected a page");
	put(i, 40, 4, 20);
	table_done(i);
	refused("acpi: IORT offset 0x28: nodes at 0x14, expected 0x30 to 0x10c");
}

/* A FADT of revision 6 that points to a DSDT which holds @aml. */
static u32 fadt_add(const void *aml, u32 size)
{
	u32 d = block_count++;
	u32 i = table_add("FACP", 276);

	block[d].pa = 0x3000000;
	block[d].size = 36U + size;
	memset(block[d].data, 0, sizeof(block[d].data));
	memcpy(block[d].data, "DSDT", 4);
	put(d, 4, 4, 36U + size);
	memcpy(block[d].data + 36, aml, size);
	sum_fix(d, 9, 36U + size);
	put(i, 140, 8, 0x3000000);
	put(i, 64, 4, 0x604);
	put(i, 68, 4, 0x704);
	return i;
}

TEST(extended_fields_of_the_fadt_win)
{
	u32 i;

	tables_none();
	i = fadt_add("", 0);
	put(i, 76, 4, 0x608);
	put(i, 91, 1, 4);
	put(i, 112, 4, 1U << 8 | 1U << 10);
	put(i, 116, 1, 0); /* reset register in memory */
	put(i, 117, 1, 8);
	put(i, 120, 8, 0xfed00000);
	put(i, 128, 1, 6);
	put(i, 129, 2, 3); /* PSCI by HVC */
	put(i, 172, 1, 1);
	put(i, 176, 8, 0x1804);
	put(i, 208, 1, 1);
	put(i, 212, 8, 0x1808);
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.power.pm1a_cnt, 0x1804);
	assert_int_equal(m.power.pm1b_cnt, 0x704);
	assert_int_equal(m.power.pm_timer_port, 0x1808);
	assert_true(m.power.pm_timer_32);
	assert_true(m.power.reset_known);
	assert_int_equal(m.power.reset_space, 0);
	assert_int_equal(m.power.reset_reg.v, 0xfed00000);
	assert_int_equal(m.power.reset_value, 6);
	assert_int_equal(m.power.psci, PSCI_HVC);
	assert_false(m.power.s5_known);

	put(i, 116, 1, 2); /* in PCI configuration space: valid, not used */
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_false(m.power.reset_known);
	put(i, 112, 4, 1U << 20); /* hardware-reduced: no PM registers */
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.power.pm_timer_port, 0);
	put(i, 112, 4, 0);
	put(i, 212, 8, 0x10000);
	table_done(i);
	refused("acpi: FACP offset 0xd0: port 0x10000, expected 0 to 0xffff");
}

static void s5_expect(const void *aml, u32 size, bool known, u32 a, u32 b)
{
	tables_none();
	table_done(fadt_add(aml, size));
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.power.s5_known, known);
	assert_int_equal(m.power.slp_typ_s5a, a);
	assert_int_equal(m.power.slp_typ_s5b, b);
}

TEST(the_s5_package_is_found_in_every_form)
{
	static u8 far[19000];

	s5_expect("\x08_S5_\x12\x06\x04\x00\x00\x00\x00", 12, true, 0, 0);
	s5_expect("\x08_S5_\x12\x08\x04\x0a\x05\x0a\x07\x00\x00", 14, true, 5, 7);
	s5_expect("\x08\\_S5_\x12\x06\x04\x01\x00\x00\x00", 13, true, 1, 0);
	s5_expect("\x08_S5_\x12\x47\x00\x02\x0a\x05\x01", 12, true, 5, 1);
	s5_expect("\x08_S5_\x12\x03\x01\x0a\x03", 10, true, 3, 0);
	memset(far, '_', sizeof(far));
	for (u32 at = 8150; at < 8200; at++) { /* across the end of the private buffer */
		memset(far + 8000, '_', 400);
		memcpy(far + at, "\x08_S5_\x12\x06\x04\x0a\x05\x0a\x06\x00\x00", 14);
		s5_expect(far, sizeof(far), true, 5, 6);
	}
}

TEST(what_is_not_an_s5_package_is_left_alone)
{
	s5_expect("_S5_\x12\x06\x04\x00\x00\x00\x00", 11, false, 0, 0);     /* a use, no name */
	s5_expect("\x08_S5_\x11\x06\x04\x00\x00\x00\x00", 12, false, 0, 0); /* a buffer */
	s5_expect("\x08_S5_\x12\x06\x00\x00\x00\x00\x00", 12, false, 0, 0); /* of nothing */
	s5_expect("\x08_S5_\x12\x06\x04\x0b\x05\x00\x00", 12, false, 0, 0); /* a word */
	s5_expect("\x08_S5_\x12\x08\x04\x0a\x08\x0a\x07\x00\x00", 14, false, 0, 0); /* above 7 */
	s5_expect("\x08_S5_\x12\x08\x04\x0a\x01\x0a\x08\x00\x00", 14, false, 0, 0);
	s5_expect("\x08_S5_", 5, false, 0, 0); /* cut off */
	s5_expect("\x08_S5_\x12\x06\x04", 8, false, 0, 0);
	s5_expect("\x08_S5_\x12\x06\x04\x0a\x05", 10, false, 0, 0);
}

TEST(a_dsdt_that_is_none_is_refused)
{
	u32 i;

	tables_none();
	i = fadt_add("", 0);
	table_done(i);
	memcpy(block[2].data, "SSDT", 4);
	sum_fix(2, 9, block[2].size);
	refused("acpi: FADT names 0x3000000 as DSDT, found SSDT");
	memcpy(block[2].data, "DSDT", 4);
	refused("acpi: DSDT at 0x3000000: bytes sum up to 0xf1, expected 0");
	put(2, 4, 4, MIB(5));
	refused("acpi: DSDT at 0x3000000: length 5242880, expected 36 to 4194304");
}

/* A SPCR with the given type, address space, access size and address. */
static u32 spcr_add(u32 type, u32 space, u32 access, u64 address)
{
	u32 i = table_add("SPCR", 80);

	put(i, 8, 1, 4);
	put(i, 36, 1, type);
	put(i, 40, 1, space);
	put(i, 43, 1, access);
	put(i, 44, 8, address);
	put(i, 52, 1, 8);
	put(i, 53, 1, 4);
	put(i, 54, 4, 33);
	put(i, 76, 4, 24000000);
	table_done(i);
	return i;
}

TEST(the_serial_console_is_read)
{
	u32 i;

	tables_none();
	spcr_add(3, 0, 3, 0x9000000);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.uart_count, 1);
	assert_int_equal(m.uart[0].kind, UART_PL011);
	assert_int_equal(m.uart[0].irq, 33);
	assert_int_equal(m.uart[0].clock_hz, 24000000);
	assert_true(m.uart[0].console);

	tables_none();
	i = spcr_add(0, 1, 1, 0x3f8);
	put(i, 52, 1, 1);
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.uart[0].kind, UART_16550_PORT);
	assert_int_equal(m.uart[0].irq, 4);
	assert_int_equal(m.uart[0].size, 8);

	tables_none();
	spcr_add(0x12, 0, 3, 0xfe030000);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.uart[0].kind, UART_16550_MMIO);
	assert_int_equal(m.uart[0].reg_shift, 2);
	assert_int_equal(m.uart[0].reg_width, 4);
	assert_int_equal(m.uart[0].size, 32);

	tables_none();
	spcr_add(0x7f, 0, 3, 0xfe030000); /* nothing anybody drives */
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.uart_count, 0);

	tables_none();
	spcr_add(3, 1, 3, 0x3f8);
	refused("acpi: SPCR offset 0x28: UART type 0x3 in address space 1");
	tables_none();
	spcr_add(0, 1, 1, 0xffff);
	refused("acpi: SPCR offset 0x2c: port 0xffff, expected 0 to 0xfff8");
}

/* A DMAR with a DRHD of one scope at 48 and an RMRR of one scope at 72. */
static u32 dmar_add(void)
{
	u32 i = table_add("DMAR", 48 + 24 + 32);

	put(i, 50, 2, 24);
	put(i, 52, 1, 1);
	put(i, 53, 1, 2);
	put(i, 54, 2, 1);
	put(i, 56, 8, 0xfed90000);
	entry(i, 64, 1, 8);
	put(i, 72, 2, 1);
	put(i, 74, 2, 32);
	put(i, 80, 8, 0x200000);
	put(i, 88, 8, 0x2fffff);
	entry(i, 96, 2, 8);
	return i;
}

TEST(vtd_units_and_reserved_memory_are_read)
{
	u32 i, unit = 1, id = 0;

	tables_none();
	i = dmar_add();
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.iommu[0].kind, IOMMU_VTD);
	assert_int_equal(m.iommu[0].size, 0x4000);
	assert_int_equal(m.iommu[0].segment, 1);
	assert_true(m.iommu[0].all_devices);
	assert_int_equal(m.reserved_count, 1);
	assert_int_equal(m.reserved[0].base.v, 0x200000);
	assert_int_equal(m.reserved[0].size, 0x100000);
	put(i, 64, 8, 0x001ff00200000803); /* lines of I/O APIC 2 (BH-MSI-003) */
	table_done(i);
	assert_int_equal(read_tables(), 0);
	machine_id_find(&m, MACHINE_ID_LINES, (pci_sbdf_t){ 2 }, 0, &unit, &id);
	assert_true(unit == 0U && id == 0xf0f8U);
	put(i, 64, 1, 1);
	put(i, 97, 1, 7);
	table_done(i);
	refused("acpi: DMAR offset 0x60: PCI bridge scope (type 2) of 7 bytes, expected 8 or more");
	put(i, 88, 8, 0x1fffff);
	table_done(i);
	refused("acpi: DMAR offset 0x48: RMRR from 0x200000 to 0x1fffff, expected a range");
	put(i, 65, 1, 9);
	table_done(i);
	refused("acpi: DMAR offset 0x40: PCI endpoint scope (type 1) of 9 bytes, "
		"but only 8 are left");
	put(i, 56, 8, 0xfed90800);
	table_done(i);
	refused("acpi: DMAR offset 0x30: DRHD registers at 0xfed90800, expected a page");
	put(i, 50, 2, 15);
	table_done(i);
	refused("acpi: DMAR offset 0x30: DRHD (type 0) of 15 bytes, expected 16 or more");
	put(i, 50, 2, 57);
	table_done(i);
	refused("acpi: DMAR offset 0x30: DRHD (type 0) of 57 bytes, but only 56 are left");
}

/* An IVRS with two IVHDs (10h at 48, 11h at 72) and an IVMD at 112. */
static u32 ivrs_add(void)
{
	u32 i = table_add("IVRS", 48 + 24 + 40 + 32);

	put(i, 48, 1, 0x10);
	put(i, 50, 2, 24);
	put(i, 52, 2, 0x10);
	put(i, 56, 8, 0xfed80000);
	put(i, 72, 1, 0x11);
	put(i, 74, 2, 40);
	put(i, 76, 2, 0x10);
	put(i, 80, 8, 0xfed80000);
	put(i, 112, 1, 0x20);
	put(i, 114, 2, 32);
	put(i, 128, 8, 0x300000);
	put(i, 136, 8, 0x2000);
	return i;
}

TEST(an_amdvi_unit_described_twice_is_one)
{
	u32 i;

	tables_none();
	i = ivrs_add();
	table_done(i);
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.iommu_count, 1);
	assert_int_equal(m.iommu[0].own_rid, 0x10);
	assert_int_equal(m.reserved_count, 1);
	assert_int_equal(m.reserved[0].base.v, 0x300000);

	put(i, 136, 8, UINT64_MAX);
	table_done(i);
	refused("acpi: IVRS offset 0x70: IVMD at 0x300000 of 0xffffffffffffffff bytes wraps");
	put(i, 80, 8, 0xfed84000);
	table_done(i);
	refused("acpi: IVRS offset 0x48: IVHD at 0xfed84000, an earlier one at 0xfed80000");
	put(i, 56, 8, 0xfed81000);
	table_done(i);
	refused("acpi: IVRS offset 0x30: IVHD registers at 0xfed81000, "
		"expected a multiple of 16 KiB");
}

TEST(a_second_table_of_a_kind_is_ignored)
{
	tables_load("qemu_q35_vtd.acpi");
	root_entry(block[block_of("APIC")].pa);
	root_entry(0); /* a null entry, as some firmware has */
	assert_int_equal(read_tables(), 0);
	assert_int_equal(m.cpu_count, 2);
	assert_int_equal(logged("acpi: second APIC at 0x"), 1);
}

/* One number of the VT-d machine's tables changed, checksums right. */
static const struct {
	const char *signature;
	u32 at, bytes;
	u64 value;
	const char *message;
} brokens[] = {
	{ "APIC", 4, 4, 43, "acpi: APIC at 0x%x: length 43, expected 44 to 8192 (FW_TABLE_MAX)" },
	{ "APIC", 4, 4, 8193,
	  "acpi: APIC at 0x%x: length 8193, expected 44 to 8192 (FW_TABLE_MAX)" },
	{ "APIC", 4, 4, 35, "acpi: APIC at 0x%x: length 35, expected 36 to 4294967295" },
	{ "APIC", 45, 1, 1,
	  "acpi: APIC offset 0x2c: local APIC (type 0) of 1 bytes, expected 8 or more" },
	{ "APIC", 45, 1, 7,
	  "acpi: APIC offset 0x2c: local APIC (type 0) of 7 bytes, expected 8 or more" },
	{ "APIC", 45, 1, 255,
	  "acpi: APIC offset 0x2c: local APIC (type 0) of 255 bytes, but only 84 are left" },
	{ "MCFG", 54, 2, 0x0001, "acpi: MCFG offset 0x2c: buses 1 to 0, expected a range" },
	{ "MCFG", 44, 8, 0, "acpi: MCFG offset 0x2c: window at 0x0, expected an address" },
	{ "MCFG", 4, 4, 59, "acpi: MCFG offset 0x4: length 59, expected 44 and a multiple of 16" },
	{ "FACP", 176, 8, 0x10604, "acpi: FACP offset 0xac: port 0x10604, expected 0 to 0xffff" },
};

TEST(a_broken_table_is_refused_by_name_and_offset)
{
	for (u32 i = 0; i < ARRAY_SIZE(brokens); i++) {
		char message[LOG_TEXT_MAX];
		u32 t;

		tables_load("qemu_q35_vtd.acpi");
		t = block_of(brokens[i].signature);
		change(brokens[i].signature, brokens[i].at, brokens[i].bytes, brokens[i].value);
		if (brokens[i].at == 4U)
			sum_fix(t, 9,
				(u32)brokens[i].value < block[t].size ? (u32)brokens[i].value
								      : block[t].size);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(message, sizeof(message), brokens[i].message, (u32)block[t].pa);
#pragma GCC diagnostic pop
		refused(message);
	}
}

TEST(a_wrong_checksum_is_refused_wherever_it_is)
{
	tables_load("qemu_q35_vtd.acpi");
	put(0, 9, 1, get(0, 9, 1) + 1U);
	assert_int_equal(read_tables(), BH_EINVAL);
	assert_non_null(strstr(last_error(), ": sum of 20 bytes 0x1, expected 0x0"));
	put(0, 0, 1, 'X');
	assert_int_equal(read_tables(), BH_EINVAL);
	assert_non_null(
		strstr(last_error(), ": signature 0x2052545020445358, expected 0x20525450"));
	tables_load("qemu_q35_vtd.acpi");
	put(1, 10, 1, get(1, 10, 1) + 1U);
	assert_int_equal(read_tables(), BH_EINVAL);
	assert_non_null(strstr(last_error(), "acpi: RSDT at 0x"));
	tables_load("qemu_q35_vtd.acpi");
	put(block_of("DMAR"), 60, 1, get(block_of("DMAR"), 60, 1) + 1U);
	assert_int_equal(read_tables(), BH_EINVAL);
	assert_non_null(strstr(last_error(), "acpi: DMAR at 0x"));
	assert_non_null(strstr(last_error(), ": bytes sum up to 0x1, expected 0"));
}

TEST(an_address_nobody_can_map_is_named)
{
	tables_load("qemu_q35_vtd.acpi");
	root_entry(0x12345000);
	assert_int_equal(read_tables(), BH_EFAULT);
	assert_string_equal(last_error(), "acpi: table header at 0x12345000: cannot map 36 bytes");
	tables_load("qemu_q35_vtd.acpi");
	block[0].pa = 0;
	assert_int_equal(read_tables(), BH_EFAULT);
	assert_string_equal(last_error(), "acpi: RSDP at 0x0: cannot map 20 bytes");
}

TEST(a_root_table_out_of_bounds_is_refused)
{
	tables_none();
	put(1, 4, 4, 38);
	block[1].size = 38;
	sum_fix(1, 9, 38);
	refused("acpi: RSDT offset 0x4: length 38, expected 36 and a multiple of 4");
	put(1, 4, 4, 36 + 129 * 4);
	refused("acpi: RSDT at 0x7fe0000: length 552, expected 36 to 548");
}

UNIT_TESTS(UNIT(a_q35_machine_with_vtd_is_read_whole), UNIT(a_q35_machine_with_amdvi_is_read_whole),
	   UNIT(a_bochs_machine_is_read_whole), UNIT(a_machine_of_revision_2_is_read_by_its_xsdt),
	   UNIT(x2apic_cpus_and_an_apic_elsewhere_are_read),
	   UNIT(an_arm_machine_with_gicv2_is_read), UNIT(an_arm_machine_with_gicv3_and_its_is_read),
	   UNIT(redistributors_may_be_named_per_cpu), UNIT(a_second_distributor_is_refused),
	   UNIT(arm_timer_smmus_and_coherence_are_read), UNIT(extended_fields_of_the_fadt_win),
	   UNIT(the_s5_package_is_found_in_every_form),
	   UNIT(what_is_not_an_s5_package_is_left_alone), UNIT(a_dsdt_that_is_none_is_refused),
	   UNIT(the_serial_console_is_read), UNIT(vtd_units_and_reserved_memory_are_read),
	   UNIT(an_amdvi_unit_described_twice_is_one), UNIT(a_second_table_of_a_kind_is_ignored),
	   UNIT(a_broken_table_is_refused_by_name_and_offset),
	   UNIT(a_wrong_checksum_is_refused_wherever_it_is),
	   UNIT(an_address_nobody_can_map_is_named), UNIT(a_root_table_out_of_bounds_is_refused));
