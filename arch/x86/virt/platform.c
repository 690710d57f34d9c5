// SPDX-License-Identifier: Apache-2.0
/* Where an x86 guest finds things, in numbers; the host's manifest checker is built with them. */
#include <bulkhead/arch/vplat.h>

const struct vplat vplat = {
	.intc = { 0xfec00000 }, /* I/O and local APIC */
	.intc_size = 0x00201000,
	.uart_port = 0x3f8,
	.uart_intid = 4,
	.bell_intid = 16, /* the pins of the I/O APIC behind the 16 of ISA */
	.bell_count = 8,
	.gpa_bits = 40,
	.payload_types = 1U << PAYLOAD_RAW,
};
