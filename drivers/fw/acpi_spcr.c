// SPDX-License-Identifier: Apache-2.0
/* Serial Port Console Redirection table, revision 1.10. */
#include <bulkhead/lib/error.h>

#include "acpi_table.h"
#include "machine_build.h"

#define SPCR_TYPE 36U
#define SPCR_SPACE 40U
#define SPCR_ACCESS 43U
#define SPCR_ADDRESS 44U
#define SPCR_IRQ_TYPE 52U
#define SPCR_IRQ 53U
#define SPCR_GSI 54U
#define SPCR_CLOCK 76U

#define IRQ_TYPE_8259 BIT(0)

/* Interface types of the Debug Port Table 2 (its table 3), with the registers' spacing. */
struct spcr_kind {
	u8 type;
	enum uart_kind mmio;
	bool ports; /* may be in I/O space */
	u64 size;
};

static const struct spcr_kind kinds[] = {
	{ 0x00, UART_16550_MMIO, true, 8 },     /* 16550 */
	{ 0x01, UART_16550_MMIO, true, 8 },     /* 16450 and the like */
	{ 0x03, UART_PL011, false, KIB(4) },    /* PL011 */
	{ 0x0d, UART_PL011, false, KIB(4) },    /* SBSA 32-bit only */
	{ 0x0e, UART_PL011, false, KIB(4) },    /* SBSA generic */
	{ 0x10, UART_BCM_MINI, false, KIB(4) }, /* BCM2835 */
	{ 0x12, UART_16550_MMIO, true, 8 },     /* 16550 with its own access size */
};

static const struct spcr_kind *kind_find(u8 type)
{
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].type == type) {
			return &kinds[i];
		}
	}
	return NULL;
}

/* Access size 3 (dword) means registers 4 bytes apart, as everybody who writes this table does. */
static u8 width_log2(const struct acpi_table *t, const struct spcr_kind *k)
{
	u8 access = acpi_u8(t, SPCR_ACCESS);

	if (k->mmio != UART_16550_MMIO) {
		return 2;
	}
	return access >= 1U && access <= 3U ? (u8)(access - 1U) : 0U;
}

int acpi_read_spcr(struct acpi_reader *r, const struct acpi_table *t)
{
	const struct spcr_kind *k = kind_find(acpi_u8(t, SPCR_TYPE));
	u64 base = acpi_u64(t, SPCR_ADDRESS);
	u8 space = acpi_u8(t, SPCR_SPACE);
	struct machine_uart *u;

	if (base == 0U || k == NULL) {
		return 0; /* redirection is off, or to a port nobody here drives */
	}
	if (space != ACPI_SPACE_MEMORY && !(space == ACPI_SPACE_IO && k->ports)) {
		return acpi_bad(t, SPCR_SPACE, "UART type 0x%x in address space %u",
				acpi_u8(t, SPCR_TYPE), space);
	}
	if (space == ACPI_SPACE_IO && base > 0xfff8U) {
		return acpi_bad(t, SPCR_ADDRESS, "port 0x%lx, expected 0 to 0xfff8", base);
	}
	u = machine_add_uart(r->m, space == ACPI_SPACE_IO ? UART_16550_PORT : k->mmio, base);
	if (u == NULL) {
		return 0;
	}
	u->reg_shift = space == ACPI_SPACE_IO ? 0U : width_log2(t, k);
	u->reg_width = (u8)(1U << u->reg_shift);
	u->size = k->mmio == UART_16550_MMIO ? k->size << u->reg_shift : k->size;
	u->irq = (acpi_u8(t, SPCR_IRQ_TYPE) & IRQ_TYPE_8259) != 0U ? acpi_u8(t, SPCR_IRQ)
								   : acpi_u32(t, SPCR_GSI);
	u->clock_hz = t->revision >= 3U ? acpi_u32(t, SPCR_CLOCK) : 0U;
	u->console = true;
	return 0;
}
