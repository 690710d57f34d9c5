// SPDX-License-Identifier: Apache-2.0
#include "vacpi.h"

#include <abi/machine.h>
#include <asm/vdev.h>
#include <asm/vplat.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "aml.h"

#define RSDP_SIZE 36U
#define RSDP_SIZE_1 20U /* what the first checksum covers */
#define FACS_SIZE 64U
#define FACS_ALIGN 64U
#define HEADER_SIZE 36U
#define TABLE_ALIGN 16U
#define HEADER_LENGTH 4U
#define HEADER_CHECKSUM 9U

/* FADT (5.2.9). */
#define FADT_REVISION 6U
#define FADT_SIZE 276U
#define FADT_FIRMWARE_CTRL 36U
#define FADT_DSDT 40U
#define FADT_SCI_INT 46U
#define FADT_PM1A_EVT 56U
#define FADT_PM1A_CNT 64U
#define FADT_PM_TMR 76U
#define FADT_PM1_EVT_LEN 88U
#define FADT_PM1_CNT_LEN 89U
#define FADT_PM_TMR_LEN 91U
#define FADT_P_LVL2_LAT 96U
#define FADT_P_LVL3_LAT 98U
#define FADT_CENTURY 108U
#define FADT_BOOT_ARCH 109U
#define FADT_FLAGS 112U
#define FADT_RESET_REG 116U
#define FADT_RESET_VALUE 128U
#define FADT_X_DSDT 140U
#define FADT_X_PM1A_EVT 148U
#define FADT_X_PM1A_CNT 172U
#define FADT_X_PM_TMR 208U
#define LATENCY_NONE 0xffffU /* the state does not exist */

#define BOOT_ARCH_LEGACY BIT(0)
#define BOOT_ARCH_NO_VGA BIT(2)

#define FLAG_WBINVD BIT(0)
#define FLAG_C1 BIT(2)
#define FLAG_PWR_BUTTON BIT(4) /* set: there is no fixed one */
#define FLAG_SLP_BUTTON BIT(5)
#define FLAG_TMR_32 BIT(8)
#define FLAG_RESET_REG BIT(10)

#define SPACE_IO 1U
#define ACCESS_BYTE 1U
#define ACCESS_WORD 2U
#define ACCESS_DWORD 3U

/* MADT (5.2.12). */
#define MADT_REVISION 4U
#define MADT_PCAT_COMPAT 1U
#define MADT_LAPIC 0U
#define MADT_IOAPIC 1U
#define MADT_OVERRIDE 2U
#define MADT_NMI 4U
#define MADT_ENABLED 1U
#define MADT_ALL_CPUS 0xffU
#define MADT_LINT1 1U
#define MADT_LEVEL_HIGH 0x000dU

#define DSDT_REVISION 2U
#define OWN_REVISION 1U
#define PM1_EVENT_SIZE 4U
#define PM1_CONTROL_SIZE 2U
#define PM_TIMER_SIZE 4U
#define PRT_ANY_FUNCTION 0xffffU
#define RTC_PORT 0x70U
#define RTC_SIZE 2U

struct tables {
	struct aml out;
	gpa_t at;
	size_t xsdt[4]; /* places of what it lists */
	u32 listed;
};

static void put(struct tables *t, u64 value, u32 size)
{
	for (u32 i = 0; i < size; i++)
		aml_byte(&t->out, (u8)(value >> (8U * i)));
}

static void zeros(struct tables *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		aml_byte(&t->out, 0);
}

static void align(struct tables *t, size_t to)
{
	zeros(t, ALIGN_UP(t->out.used, to) - t->out.used);
}

/* A field of what was written. */
static void patch(struct tables *t, size_t at, u64 value, u32 size)
{
	for (u32 i = 0; i < size && !t->out.full; i++)
		t->out.p[at + i] = (u8)(value >> (8U * i));
}

/* Makes the sum of [@at, @at + @n) zero. */
static void checksum(struct tables *t, size_t at, size_t n, size_t field)
{
	u8 sum = 0;

	if (t->out.full)
		return;
	t->out.p[field] = 0;
	for (size_t i = 0; i < n; i++)
		sum = (u8)(sum + t->out.p[at + i]);
	t->out.p[field] = (u8)(0U - sum);
}

static u64 address(const struct tables *t, size_t at)
{
	return t->at.v + at;
}

static size_t begin(struct tables *t, const char signature[5], u8 revision)
{
	size_t at;

	align(t, TABLE_ALIGN);
	at = t->out.used;
	aml_bytes(&t->out, signature, 4);
	put(t, 0, 4);
	put(t, revision, 1);
	put(t, 0, 1);
	aml_bytes(&t->out, "BULKHDBULKHEAD", 14);
	put(t, 1, 4);
	aml_bytes(&t->out, "BLKH", 4);
	put(t, 1, 4);
	return at;
}

static void end(struct tables *t, size_t at)
{
	patch(t, at + HEADER_LENGTH, t->out.used - at, 4);
	checksum(t, at, t->out.used - at, at + HEADER_CHECKSUM);
}

static void list(struct tables *t, size_t at)
{
	t->xsdt[t->listed] = at;
	t->listed++;
}

/* ---- DSDT ---- */

static void device_names(struct aml *a, const char *hid, u32 uid)
{
	aml_name(a, "_HID");
	if (strncmp(hid, "PNP", 3) == 0)
		aml_eisa_id(a, hid);
	else
		aml_string(a, hid);
	aml_name(a, "_UID");
	aml_number(a, uid);
}

static void cpus(struct aml *a, u32 count)
{
	static const char digits[] = "0123456789ABCDEF";

	for (u32 i = 0; i < count; i++) {
		const char name[5] = { 'C', digits[i >> 8 & 0xfU], digits[i >> 4 & 0xfU],
				       digits[i & 0xfU] };
		const struct aml_open o = aml_device(a, name);

		device_names(a, "ACPI0007", i);
		aml_end(a, o);
	}
}

static void isa_device(struct aml *a, const char name[5], const char *hid, u16 port, u8 ports,
		       u32 gsi)
{
	const struct aml_open o = aml_device(a, name);
	struct aml_open r;

	device_names(a, hid, 0);
	aml_name(a, "_CRS");
	r = aml_resources(a);
	aml_resource_ports(a, port, ports);
	if (gsi != 0U)
		aml_resource_irq(a, gsi, false);
	aml_resources_end(a, r);
	aml_end(a, o);
}

static void pair_string(struct aml *a, const char *key, const char *value)
{
	const struct aml_open o = aml_package(a, 2);

	aml_string(a, key);
	aml_string(a, value);
	aml_end(a, o);
}

static void pair_number(struct aml *a, const char *key, u32 value)
{
	const struct aml_open o = aml_package(a, 2);

	aml_string(a, key);
	aml_number(a, value);
	aml_end(a, o);
}

#define KEY_MAX 32U

/* What a devicetree would say, for drivers that are found by "compatible" (_DSD guide, 3). */
static void properties(struct aml *a, const struct vplat_node *n)
{
	/* daffd814-6eba-4d8c-8a91-bc9bbf4aa301: device properties */
	static const u8 uuid[] = { 0x11, 0x13, 0x0a, 0x10, 0x14, 0xd8, 0xff, 0xda, 0xba, 0x6e,
				   0x8c, 0x4d, 0x8a, 0x91, 0xbc, 0x9b, 0xbf, 0x4a, 0xa3, 0x01 };
	char key[KEY_MAX];
	u8 numbers = 0;
	struct aml_open outer, all;

	while (numbers < VPLAT_NODE_NUMBERS && n->number[numbers].name != NULL)
		numbers++;
	aml_name(a, "_DSD");
	outer = aml_package(a, 2);
	aml_bytes(a, uuid, sizeof(uuid));
	all = aml_package(a, (u8)(2U + numbers + (n->peer != NULL ? 1U : 0U)));
	(void)bh_snprintf(key, sizeof(key), "bulkhead,%s", n->kind);
	pair_string(a, "compatible", key);
	pair_string(a, "label", n->label);
	for (u32 i = 0; i < numbers; i++) {
		(void)bh_snprintf(key, sizeof(key), "bulkhead,%s", n->number[i].name);
		pair_number(a, key, n->number[i].value);
	}
	if (n->peer != NULL)
		pair_string(a, "bulkhead,peer", n->peer);
	aml_end(a, all);
	aml_end(a, outer);
}

static void node_device(struct aml *a, const struct vplat_node *n, u32 i)
{
	char name[5];
	struct aml_open o, r;

	(void)bh_snprintf(name, sizeof(name), "BH%02u", i);
	o = aml_device(a, name);
	device_names(a, "PRP0001", i);
	if (n->size != 0U || n->intid != 0U) {
		aml_name(a, "_CRS");
		r = aml_resources(a);
		if (n->size != 0U)
			aml_resource_memory(a, n->base, n->size);
		if (n->intid != 0U)
			aml_resource_irq(a, n->intid, false);
		aml_resources_end(a, r);
	}
	properties(a, n);
	aml_end(a, o);
}

/* Pin A of each function that has a line: straight to a GSI, a level, active low (6.2.13). */
static void pci_lines(struct aml *a, const struct vplat_pci *p)
{
	struct aml_open all, one;
	u8 lines = 0;

	for (u32 i = 0; i < p->count; i++)
		lines = (u8)(lines + (p->intid[i] != 0U ? 1U : 0U));
	if (lines == 0U)
		return;
	aml_name(a, "_PRT");
	all = aml_package(a, lines);
	for (u32 i = 0; i < p->count; i++) {
		if (p->intid[i] == 0U)
			continue;
		one = aml_package(a, 4);
		aml_number(a, i << 16 | PRT_ANY_FUNCTION);
		aml_number(a, 0);
		aml_number(a, 0);
		aml_number(a, p->intid[i]);
		aml_end(a, one);
	}
	aml_end(a, all);
}

/* The bus of the partition's functions, and the configuration space that the MCFG names. */
static void pci_host(struct aml *a, const struct vplat_pci *p)
{
	struct aml_open o = aml_device(a, "PCI0"), r;

	device_names(a, "PNP0A08", 0);
	aml_name(a, "_CID");
	aml_eisa_id(a, "PNP0A03");
	aml_name(a, "_BBN");
	aml_number(a, 0);
	aml_name(a, "_CRS");
	r = aml_resources(a);
	aml_window_buses(a, 0, 0);
	aml_window_memory(a, VPLAT_PCI_WINDOW, VPLAT_PCI_WINDOW_SIZE, false);
	aml_window_memory(a, VPLAT_PCI_WINDOW64, VPLAT_PCI_WINDOW64_SIZE, true);
	aml_resources_end(a, r);
	pci_lines(a, p);
	aml_end(a, o);
	o = aml_device(a, "PCIC");
	device_names(a, "PNP0C02", 0);
	aml_name(a, "_CRS");
	r = aml_resources(a);
	aml_resource_memory(a, VPLAT_PCI_CONFIG, VPLAT_PCI_CONFIG_SIZE);
	aml_resources_end(a, r);
	aml_end(a, o);
}

static size_t dsdt(struct tables *t, const struct vplat_guest *g)
{
	const size_t at = begin(t, "DSDT", DSDT_REVISION);
	struct aml *a = &t->out;
	struct aml_open o;

	aml_name(a, "_S5_");
	o = aml_package(a, 4);
	aml_number(a, VPLAT_SLP_TYP_S5);
	aml_number(a, VPLAT_SLP_TYP_S5);
	aml_number(a, 0);
	aml_number(a, 0);
	aml_end(a, o);
	o = aml_scope(a, "_SB_");
	cpus(a, g->vcpus);
	isa_device(a, "RTC_", "PNP0B00", RTC_PORT, RTC_SIZE, 0);
	if (g->console)
		isa_device(a, "COM1", "PNP0501", VPLAT_COM1, VPLAT_COM1_SIZE, VPLAT_COM1_GSI);
	for (u32 i = 0; i < g->node_count; i++)
		node_device(a, &g->node[i], i);
	if (g->pci != NULL)
		pci_host(a, g->pci);
	aml_end(a, o);
	end(t, at);
	return at;
}

/* ---- the others ---- */

/* A generic address of @size bytes of ports (5.2.3.2). */
static void patch_ports(struct tables *t, size_t at, u32 port, u32 size, u32 access)
{
	patch(t, at, SPACE_IO, 1);
	patch(t, at + 1U, 8ULL * size, 1);
	patch(t, at + 3U, access, 1);
	patch(t, at + 4U, port, 8);
}

static void fadt(struct tables *t, size_t facs, size_t dsdt_at)
{
	const size_t at = begin(t, "FACP", FADT_REVISION);

	zeros(t, FADT_SIZE - HEADER_SIZE);
	patch(t, at + FADT_FIRMWARE_CTRL, address(t, facs), 4);
	patch(t, at + FADT_DSDT, address(t, dsdt_at), 4);
	patch(t, at + FADT_X_DSDT, address(t, dsdt_at), 8);
	patch(t, at + FADT_SCI_INT, VPLAT_SCI_GSI, 2);
	patch(t, at + FADT_PM1A_EVT, VPM_EVENT, 4);
	patch(t, at + FADT_PM1A_CNT, VPM_CONTROL, 4);
	patch(t, at + FADT_PM_TMR, VPM_TIMER, 4);
	patch(t, at + FADT_PM1_EVT_LEN, PM1_EVENT_SIZE, 1);
	patch(t, at + FADT_PM1_CNT_LEN, PM1_CONTROL_SIZE, 1);
	patch(t, at + FADT_PM_TMR_LEN, PM_TIMER_SIZE, 1);
	patch(t, at + FADT_P_LVL2_LAT, LATENCY_NONE, 2);
	patch(t, at + FADT_P_LVL3_LAT, LATENCY_NONE, 2);
	patch(t, at + FADT_CENTURY, VRTC_CENTURY, 1);
	patch(t, at + FADT_BOOT_ARCH, BOOT_ARCH_LEGACY | BOOT_ARCH_NO_VGA, 2);
	patch(t, at + FADT_FLAGS,
	      FLAG_WBINVD | FLAG_C1 | FLAG_PWR_BUTTON | FLAG_SLP_BUTTON | FLAG_TMR_32 |
		      FLAG_RESET_REG,
	      4);
	patch_ports(t, at + FADT_RESET_REG, VRESET_PORT, 1, ACCESS_BYTE);
	patch(t, at + FADT_RESET_VALUE, VRESET_VALUE, 1);
	patch_ports(t, at + FADT_X_PM1A_EVT, VPM_EVENT, PM1_EVENT_SIZE, ACCESS_WORD);
	patch_ports(t, at + FADT_X_PM1A_CNT, VPM_CONTROL, PM1_CONTROL_SIZE, ACCESS_WORD);
	patch_ports(t, at + FADT_X_PM_TMR, VPM_TIMER, PM_TIMER_SIZE, ACCESS_DWORD);
	end(t, at);
	list(t, at);
}

static void madt(struct tables *t, u32 vcpus)
{
	const size_t at = begin(t, "APIC", MADT_REVISION);

	put(t, VPLAT_LAPIC_BASE, 4);
	put(t, MADT_PCAT_COMPAT, 4);
	for (u32 i = 0; i < vcpus; i++) {
		put(t, MADT_LAPIC, 1);
		put(t, 8, 1);
		put(t, i, 1);
		put(t, i, 1);
		put(t, MADT_ENABLED, 4);
	}
	put(t, MADT_IOAPIC, 1);
	put(t, 12, 1);
	put(t, vcpus, 1);
	put(t, 0, 1);
	put(t, VPLAT_IOAPIC_BASE, 4);
	put(t, 0, 4);
	put(t, MADT_OVERRIDE, 1);
	put(t, 10, 1);
	put(t, 0, 1);
	put(t, VPLAT_SCI_GSI, 1);
	put(t, VPLAT_SCI_GSI, 4);
	put(t, MADT_LEVEL_HIGH, 2);
	put(t, MADT_NMI, 1);
	put(t, 6, 1);
	put(t, MADT_ALL_CPUS, 1);
	put(t, 0, 2);
	put(t, MADT_LINT1, 1);
	end(t, at);
	list(t, at);
}

/* PCI Firmware Specification 3.3, 4.1.2. */
static void mcfg(struct tables *t)
{
	const size_t at = begin(t, "MCFG", 1);

	put(t, 0, 8);
	put(t, VPLAT_PCI_CONFIG, 8);
	put(t, 0, 2); /* segment, first and last bus */
	put(t, 0, 1);
	put(t, 0, 1);
	put(t, 0, 4);
	end(t, at);
	list(t, at);
}

static void own_name(struct tables *t, const char *name)
{
	char field[MACHINE_NAME] = { 0 };

	if (name != NULL)
		(void)bh_snprintf(field, sizeof(field), "%s", name);
	aml_bytes(&t->out, field, sizeof(field));
}

static void own(struct tables *t, const struct vplat_guest *g)
{
	const size_t at = begin(t, MACHINE_TABLE, OWN_REVISION);

	zeros(t, MACHINE_TABLE_HEADER - HEADER_SIZE);
	for (u32 i = 0; i < g->node_count; i++) {
		const struct vplat_node *n = &g->node[i];

		own_name(t, n->kind);
		own_name(t, n->label);
		own_name(t, n->peer);
		put(t, n->base, 8);
		put(t, n->size, 8);
		put(t, n->intid, 4);
		put(t, n->number[0].value, 4);
		put(t, n->number[1].value, 4);
		put(t, 0, 4);
	}
	end(t, at);
	list(t, at);
}

static size_t xsdt(struct tables *t)
{
	const size_t at = begin(t, "XSDT", 1);

	for (u32 i = 0; i < t->listed; i++)
		put(t, address(t, t->xsdt[i]), 8);
	end(t, at);
	return at;
}

/* Nothing ever sleeps here, but a driver wants one. */
static size_t facs(struct tables *t)
{
	size_t at;

	align(t, FACS_ALIGN);
	at = t->out.used;
	aml_bytes(&t->out, "FACS", 4);
	put(t, FACS_SIZE, 4);
	zeros(t, FACS_SIZE - 8U);
	patch(t, at + 32U, 2, 1);
	return at;
}

static void rsdp(struct tables *t, size_t xsdt_at)
{
	patch(t, 16, 0, 4);
	patch(t, 15, 2, 1);
	patch(t, 20, RSDP_SIZE, 4);
	patch(t, 24, address(t, xsdt_at), 8);
	for (u32 i = 0; i < 8U; i++)
		patch(t, i, (u8) "RSD PTR "[i], 1);
	for (u32 i = 0; i < 6U; i++)
		patch(t, 9U + i, (u8) "BULKHD"[i], 1);
	checksum(t, 0, RSDP_SIZE_1, 8);
	checksum(t, 0, RSDP_SIZE, 32);
}

_Static_assert(sizeof(struct machine_entry) == 3U * MACHINE_NAME + 32U, "abi/machine.h");

size_t vacpi_write(const struct vplat_guest *g, u8 *p, size_t room, gpa_t at)
{
	struct tables t = { .out = { .p = p, .room = room }, .at = at };
	size_t facs_at, dsdt_at, xsdt_at;

	zeros(&t, RSDP_SIZE);
	facs_at = facs(&t);
	dsdt_at = dsdt(&t, g);
	fadt(&t, facs_at, dsdt_at);
	madt(&t, g->vcpus);
	if (g->pci != NULL)
		mcfg(&t);
	if (g->node_count != 0U)
		own(&t, g);
	xsdt_at = xsdt(&t);
	rsdp(&t, xsdt_at);
	return t.out.full ? 0U : t.out.used;
}
