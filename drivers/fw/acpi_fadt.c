// SPDX-License-Identifier: Apache-2.0
/* Fixed ACPI Description Table: PM timer, power off, reset, PSCI (ACPI 6.5, 5.2.9). */
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "acpi_table.h"
#include "machine_build.h"

/* Offsets; what begins with X is there from revision 3 on and wins when it is not 0. */
#define FADT_DSDT 40U
#define FADT_PM1A_CNT 64U
#define FADT_PM1B_CNT 68U
#define FADT_PM_TMR 76U
#define FADT_PM_TMR_LEN 91U
#define FADT_FLAGS 112U
#define FADT_RESET_REG 116U
#define FADT_RESET_VALUE 128U
#define FADT_ARM_BOOT_ARCH 129U
#define FADT_X_DSDT 140U
#define FADT_X_PM1A_CNT 172U
#define FADT_X_PM1B_CNT 184U
#define FADT_X_PM_TMR 208U
#define GAS_SIZE 12U

#define FLAG_TMR_VAL_EXT BIT(8)
#define FLAG_RESET_REG_SUP BIT(10)
#define FLAG_HW_REDUCED BIT(20)
#define ARM_PSCI_COMPLIANT BIT(0)
#define ARM_PSCI_USE_HVC BIT(1)

/* Generic Address Structure (5.2.3.2): space, width in bits, bit offset, access size, address. */
struct gas {
	u8 space;
	u8 width;
	u8 offset;
	u64 address;
};

/* One that lies beyond the table's end is one that is not there. */
static struct gas gas_read(const struct acpi_table *t, u32 at)
{
	return (struct gas){
		.space = acpi_u8(t, at),
		.width = acpi_u8(t, at + 1U),
		.offset = acpi_u8(t, at + 2U),
		.address = range_inside(at, GAS_SIZE, 0, t->size) ? acpi_u64(t, at + 4U) : 0U,
	};
}

static int port_read(const struct acpi_table *t, u32 at, u32 x_at, u16 *port)
{
	struct gas x = gas_read(t, x_at);
	u64 v = acpi_u32(t, at);

	if (x.address != 0U && x.space == ACPI_SPACE_IO) {
		at = x_at;
		v = x.address;
	}
	if (v > 0xffffU) {
		return acpi_bad(t, at, "port 0x%lx, expected 0 to 0xffff", v);
	}
	*port = (u16)v;
	return 0;
}

static int pm_ports(struct acpi_reader *r, const struct acpi_table *t, u32 flags)
{
	struct machine_power *p = &r->m->power;
	int err;

	if ((flags & FLAG_HW_REDUCED) != 0U) {
		return 0;
	}
	err = port_read(t, FADT_PM1A_CNT, FADT_X_PM1A_CNT, &p->pm1a_cnt);
	if (err == 0) {
		err = port_read(t, FADT_PM1B_CNT, FADT_X_PM1B_CNT, &p->pm1b_cnt);
	}
	if (err == 0 && acpi_u8(t, FADT_PM_TMR_LEN) == 4U) {
		err = port_read(t, FADT_PM_TMR, FADT_X_PM_TMR, &p->pm_timer_port);
		p->pm_timer_32 = (flags & FLAG_TMR_VAL_EXT) != 0U;
	}
	return err;
}

/* A reset register in PCI configuration space is valid and not used: what is known suffices. */
static void reset_read(struct acpi_reader *r, const struct acpi_table *t, u32 flags)
{
	struct machine_power *p = &r->m->power;
	struct gas g = gas_read(t, FADT_RESET_REG);

	if ((flags & FLAG_RESET_REG_SUP) == 0U || t->size <= FADT_RESET_VALUE ||
	    g.space > ACPI_SPACE_IO || g.width != 8U || g.offset != 0U || g.address == 0U ||
	    (g.space == ACPI_SPACE_IO && g.address > 0xffffU)) {
		return;
	}
	p->reset_known = true;
	p->reset_space = g.space;
	p->reset_reg = HPA(g.address);
	p->reset_value = acpi_u8(t, FADT_RESET_VALUE);
}

static void psci_read(struct acpi_reader *r, const struct acpi_table *t)
{
	u16 boot = acpi_u16(t, FADT_ARM_BOOT_ARCH);

	if ((boot & ARM_PSCI_COMPLIANT) != 0U) {
		r->m->power.psci = (boot & ARM_PSCI_USE_HVC) != 0U ? PSCI_HVC : PSCI_SMC;
	}
}

/* The table's author names the machine: OEMID and OEM Table ID of the header. */
static void model_read(struct acpi_reader *r, const struct acpi_table *t)
{
	char *model = r->m->model;
	size_t len;

	(void)text_copy(model, sizeof(r->m->model), (const char *)t->data + 10, 6);
	len = strlen(model);
	while (len > 0U && model[len - 1U] == ' ') {
		len--;
	}
	if (len != 0U) {
		model[len++] = ' ';
	}
	(void)text_copy(model + len, sizeof(r->m->model) - len, (const char *)t->data + 16, 8);
	for (len = strlen(model); len > 0U && model[len - 1U] == ' '; len--) {
		model[len - 1U] = '\0';
	}
}

int acpi_read_fadt(struct acpi_reader *r, const struct acpi_table *t)
{
	u32 flags = acpi_u32(t, FADT_FLAGS);
	u64 x_dsdt = acpi_u64(t, FADT_X_DSDT);

	r->dsdt = x_dsdt != 0U ? x_dsdt : acpi_u32(t, FADT_DSDT);
	model_read(r, t);
	reset_read(r, t, flags);
	psci_read(r, t);
	return pm_ports(r, t, flags);
}
