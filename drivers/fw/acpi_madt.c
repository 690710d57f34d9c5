// SPDX-License-Identifier: Apache-2.0
/* Multiple APIC Description Table: CPUs and interrupt controllers (ACPI 6.5, 5.2.12). */
#include <bulkhead/lib/error.h>

#include "acpi_table.h"
#include "machine_build.h"

#define MADT_ENTRIES 44U
#define MADT_PCAT_COMPAT BIT(0)

/* Flags of a CPU: local APIC, x2APIC and GICC agree on bit 0. */
#define CPU_ENABLED BIT(0)

/* Register windows whose size the table does not say. */
#define LAPIC_SIZE KIB(4)
#define IOAPIC_SIZE KIB(4)
#define GICV2_DIST_SIZE KIB(4)
#define GICV2_CPU_SIZE KIB(8)
#define GICV3_DIST_SIZE KIB(64)
#define GICR_SIZE KIB(128)
#define ITS_SIZE KIB(128)

/* Affinity fields of MPIDR_EL1. */
#define MPIDR_AFFINITY (BITS(39, 32) | BITS(23, 0))

/* CPUs that only hot-plug could bring are not listed: nothing here plugs them. */
static void cpu_add(struct acpi_reader *r, u64 hwid, u32 uid, u32 flags)
{
	struct machine_cpu *cpu;

	if ((flags & CPU_ENABLED) == 0U) {
		return;
	}
	cpu = machine_add_cpu(r->m, hwid);
	if (cpu != NULL) {
		cpu->fw_id = uid;
		cpu->enabled = true;
	}
}

static int read_lapic(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	(void)size;
	r->has_lapic = true;
	cpu_add(r, acpi_u8(t, at + 3U), acpi_u8(t, at + 2U), acpi_u32(t, at + 4U));
	return 0;
}

static int read_x2apic(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	(void)size;
	r->has_lapic = true;
	cpu_add(r, acpi_u32(t, at + 4U), acpi_u32(t, at + 12U), acpi_u32(t, at + 8U));
	return 0;
}

static int read_ioapic(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	struct machine_irqchip *c;

	(void)size;
	c = machine_add_irqchip(r->m, IRQCHIP_IOAPIC, acpi_u32(t, at + 4U));
	if (c != NULL) {
		c->size = IOAPIC_SIZE;
		c->ioapic.id = acpi_u8(t, at + 2U);
		c->ioapic.gsi_base = acpi_u32(t, at + 8U);
	}
	return 0;
}

static int read_lapic_address(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	(void)size;
	r->lapic = acpi_u64(t, at + 4U);
	return 0;
}

/* GICC (5.2.12.14): a CPU, and for a GICv2 where its CPU interface lies. */
static int read_gicc(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	u32 flags = acpi_u32(t, at + 12U);
	u64 gicr = acpi_u64(t, at + 60U);

	(void)size;
	if ((flags & CPU_ENABLED) == 0U) {
		return 0;
	}
	cpu_add(r, acpi_u64(t, at + 68U) & MPIDR_AFFINITY, acpi_u32(t, at + 8U), flags);
	r->m->pmu_intid = acpi_u32(t, at + 20U);
	r->gicv2.gicv2.cpu = HPA(acpi_u64(t, at + 32U));
	r->gicv2.gicv2.vcpu = HPA(acpi_u64(t, at + 40U));
	r->gicv2.gicv2.hyp = HPA(acpi_u64(t, at + 48U));
	r->gicv2.gicv2.maintenance = acpi_u32(t, at + 56U);
	r->gicv3.gicv3.maintenance = acpi_u32(t, at + 56U);
	if (gicr != 0U && !r->has_gicr) {
		machine_add_redist(r->m, &r->gicv3, gicr, GICR_SIZE);
	}
	return 0;
}

static int read_gicd(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	(void)size;
	if (r->has_gicd) {
		return acpi_bad(t, at, "second GICD, expected one");
	}
	r->has_gicd = true;
	r->gic_version = acpi_u8(t, at + 20U);
	r->gicv2.base = HPA(acpi_u64(t, at + 8U));
	r->gicv3.base = r->gicv2.base;
	if (r->gic_version > 4U) {
		return acpi_bad(t, at, "GICD of version %u, expected 0 to 4", r->gic_version);
	}
	return 0;
}

static int read_gicr(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	u32 length = acpi_u32(t, at + 12U);

	(void)size;
	if (length == 0U) {
		return acpi_bad(t, at, "GICR of 0 bytes, expected the redistributors' size");
	}
	if (!r->has_gicr) {
		r->has_gicr = true;
		r->gicv3.gicv3.redist_count = 0;
	}
	machine_add_redist(r->m, &r->gicv3, acpi_u64(t, at + 4U), length);
	return 0;
}

static int read_its(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 size)
{
	struct machine_irqchip *c;

	(void)size;
	c = machine_add_irqchip(r->m, IRQCHIP_GIC_ITS, acpi_u64(t, at + 8U));
	if (c != NULL) {
		c->size = ITS_SIZE;
		c->its.id = acpi_u32(t, at + 4U);
	}
	return 0;
}

static const struct acpi_entry_layout layout = { .type_size = 1, .size_at = 1, .size_size = 1 };

static const struct acpi_entry_kind kinds[] = {
	{ 0x00, 8, "local APIC", read_lapic },
	{ 0x01, 12, "I/O APIC", read_ioapic },
	{ 0x05, 12, "local APIC address", read_lapic_address },
	{ 0x09, 16, "local x2APIC", read_x2apic },
	{ 0x0b, 76, "GICC", read_gicc },
	{ 0x0c, 24, "GICD", read_gicd },
	{ 0x0e, 16, "GICR", read_gicr },
	{ 0x0f, 20, "GIC ITS", read_its },
	{ 0, 0, NULL, NULL },
};

int acpi_read_madt(struct acpi_reader *r, const struct acpi_table *t)
{
	r->lapic = acpi_u32(t, 36);
	r->m->has_8259 = (acpi_u32(t, 40) & MADT_PCAT_COMPAT) != 0U;
	return acpi_entries(r, t, MADT_ENTRIES, t->size, &layout, kinds);
}

/* Version 0 means "ask the hardware"; redistributors are only there from version 3 on. */
static void gic_finish(struct acpi_reader *r)
{
	bool v3 = r->gic_version >= 3U ||
		  (r->gic_version == 0U && r->gicv3.gicv3.redist_count != 0U);
	struct machine_irqchip *c =
		machine_add_irqchip(r->m, v3 ? IRQCHIP_GICV3 : IRQCHIP_GICV2, r->gicv2.base.v);

	if (c == NULL) {
		return;
	}
	if (v3) {
		c->size = GICV3_DIST_SIZE;
		c->gicv3 = r->gicv3.gicv3;
	} else {
		c->size = GICV2_DIST_SIZE;
		c->gicv2 = r->gicv2.gicv2;
		c->gicv2.cpu_size = GICV2_CPU_SIZE;
	}
}

int acpi_finish_madt(struct acpi_reader *r)
{
	struct machine_irqchip *c;

	if (r->has_gicd) {
		gic_finish(r);
	}
	if (!r->has_lapic) {
		return 0;
	}
	c = machine_add_irqchip(r->m, IRQCHIP_LAPIC, r->lapic);
	if (c != NULL) {
		c->size = LAPIC_SIZE;
	}
	return 0;
}
