// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/fw/machine.h>

#include "../../linked/linked.h"
#include "device.h"
#include "place.h"

#define OWNER_RAM 0x200000000ULL /* nowhere near where anything lies for the machine */
#define UART 0x09000000ULL

const struct place place = {
	.ram = { OWNER_RAM, 0x40000000 },
	.payload = PAYLOAD_LINUX,
	.unused = RAM_SIZE / 2U,
	.page = 0x240000000ULL,
	/* GICv2m frame of the owner: a message is the number of an SPI. */
	.doorbell = 0x08020040ULL,
	.message = MESSAGE_INTID,
	.forged = 0x08020040ULL,
};

static hpa_t its_doorbell(void)
{
	for (u32 i = 0; i < machine.irqchip_count; i++) {
		if (machine.irqchip[i].kind == IRQCHIP_GIC_ITS)
			return HPA(machine.irqchip[i].base.v + 0x10040U);
	}
	return machine.irqchip[0].base;
}

u32 place_targets(u64 to[PLACES_MAX], u64 offset)
{
	const u64 places[] = {
		its_doorbell().v,       machine.uart[0].base.v, OWNER_RAM - 64U, 0,
		0x40000000ULL + offset,
	};

	for (u32 i = 0; i < ARRAY_SIZE(places); i++)
		to[i] = places[i];
	return ARRAY_SIZE(places);
}

int place_console(struct partition *p)
{
	const struct mmio_range range = { UART, PAGE_SIZE, linked_uart, p };

	return mmio_map_add(&p->mmio, &range);
}
