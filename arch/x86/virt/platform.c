// SPDX-License-Identifier: Apache-2.0
/* Where an x86 guest finds things, in numbers; the host's manifest checker is built with them. */
#include <asm/guest_features.h>
#include <asm/vplat.h>
#include <bulkhead/arch/vplat.h>

/*
 * What PCs have had at fixed places, DMA controllers among it (ISA); the virtual console; what
 * vdev_ports[] has of ACPI; PCI's configuration.
 */
static const struct vplat_ports own[] = {
	{ 0x000, 0x0ef }, { VPLAT_COM1, VPLAT_COM1 + VPLAT_COM1_SIZE - 1U },
	{ 0x4d0, 0x4d1 }, { VPLAT_PM_BASE, VPLAT_PM_BASE + VPLAT_PM_SIZE - 1U },
	{ 0xcf8, 0xcff },
};

static const char *const features[] = {
#define FEATURE_NAME(id, name, leaf, reg, bit, source, shown, needs, text) [GUEST_##id] = (name),
	GUEST_FEATURES(FEATURE_NAME)
#undef FEATURE_NAME
};

const struct vplat vplat = {
	.intc = { VPLAT_IOAPIC_BASE }, /* and the local APICs */
	.intc_size = VPLAT_LAPIC_BASE + VPLAT_LAPIC_SIZE - VPLAT_IOAPIC_BASE,
	.uart_port = VPLAT_COM1,
	.uart_intid = VPLAT_COM1_GSI,
	.bell_intid = 16, /* the pins of the I/O APIC behind the 16 of ISA */
	.bell_count = 8,
	.description = { VPLAT_DESCRIPTION_BASE },
	.description_size = VPLAT_DESCRIPTION_SIZE,
	.gpa_bits = 40,
	.floats = true,
	.pci = { .config = { VPLAT_PCI_CONFIG },
		 .config_size = VPLAT_PCI_CONFIG_SIZE,
		 .window = { VPLAT_PCI_WINDOW },
		 .window_size = VPLAT_PCI_WINDOW_SIZE,
		 .window64 = { VPLAT_PCI_WINDOW64 },
		 .window64_size = VPLAT_PCI_WINDOW64_SIZE },
	.payload_types = 1U << PAYLOAD_RAW | 1U << PAYLOAD_ELF | 1U << PAYLOAD_LINUX |
			 1U << PAYLOAD_PVH | 1U << PAYLOAD_MULTIBOOT | 1U << PAYLOAD_REAL,
	.elf_machine = 62, /* EM_X86_64 */
	.lines_named = true,
	.port_own = own,
	.port_own_count = ARRAY_SIZE(own),
	.cpu_feature = features,
	.cpu_feature_count = ARRAY_SIZE(features),
};
