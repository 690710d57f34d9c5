// SPDX-License-Identifier: Apache-2.0
/* Where an arm64 guest finds things, in numbers; the host's manifest checker is built with them. */
#include <asm/vplat.h>
#include <bulkhead/arch/vplat.h>

const struct vplat vplat = {
	.ram = { VPLAT_RAM_BASE },
	.uart = { VPLAT_UART_BASE },
	.uart_intid = VPLAT_UART_INTID,
	.intc = { VPLAT_GICD_BASE },
	.intc_size = VPLAT_UART_BASE - VPLAT_GICD_BASE,
	.bell_intid = VPLAT_BELL_INTID,
	.bell_count = VPLAT_BELL_COUNT,
	.description_size = KIB(16),
	.gpa_bits = 40,
	.pci = { .config = { VPLAT_PCI_CONFIG },
		 .config_size = VPLAT_PCI_CONFIG_SIZE,
		 .window = { VPLAT_PCI_WINDOW },
		 .window_size = VPLAT_PCI_WINDOW_SIZE,
		 .window64 = { VPLAT_PCI_WINDOW64 },
		 .window64_size = VPLAT_PCI_WINDOW64_SIZE },
	.payload_types = 1U << PAYLOAD_RAW | 1U << PAYLOAD_ELF | 1U << PAYLOAD_LINUX,
	.elf_machine = 183, /* EM_AARCH64 */
};
