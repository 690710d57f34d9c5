// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's PCI configuration space, every offset and width, by ECAM and by ports: both are the
 * same registers, an access reaches one word or nobody, and what can be changed is what a first
 * look found, whatever the width and the way.
 */
#include "../../../guest/config.h"
#include "attack.h"

#define ECAM 0xe0000000ULL
#define FUNCTION (1U << 15) /* of device 1 in ECAM; the ports' address is 4 bits below */
#define ADDRESS 0xcf8U
#define DATA 0xcfcU
#define ENABLE 0x80000000U

/* The data port of a byte of configuration space. */
static u16 data_port(u32 at)
{
	port_out(ADDRESS, 4, ENABLE | FUNCTION >> 4 | (at & ~3U));
	return (u16)(DATA + at % 4U);
}

static u32 port_read(u32 at, u32 size)
{
	return port_in(data_port(at), size);
}

static void port_write(u32 at, u32 size, u32 value)
{
	port_out(data_port(at), size, value);
}

/* Identity, class, header, subsystem, capabilities: nobody changes what a device is. */
static void fixed(const struct config_space *s)
{
	static const u8 word[] = { 0x00, 0x08, 0x28, 0x2c, 0x30, 0x34, 0x38 };

	for (u32 i = 0; i < ARRAY_SIZE(word); i++)
		want("bits that can be changed", word[i], s->mask[word[i] / 4U], 0);
	want("Command that can be changed", 4, s->mask[1], 0x546);
}

/* Nothing else is on the bus, and on no other. */
static void nobody(u32 rounds)
{
	for (u32 i = 0; i < rounds; i++) {
		const u32 function = 2U * 8U + (u32)rnd() % (256U - 2U * 8U);
		const u32 at = (u32)rnd() % CONFIG_BYTES & ~3U;
		const u32 bus = (u32)rnd() % 2U * (1U + (u32)rnd() % 255U);

		config_base = ECAM | (u64)function << 12;
		config_by_ecam.write(at, 4, (u32)rnd());
		want("nobody by ECAM", function, config_by_ecam.read(at, 4), ~0U);
		port_out(ADDRESS, 4, ENABLE | bus << 16 | function << 8 | at);
		port_out(DATA, 4, (u32)rnd());
		want("nobody by port", function, port_in(DATA, 4), ~0U);
		port_out(ADDRESS, 4, (u32)rnd() & ~ENABLE);
		want("address without enable", function, port_in(DATA, 4), ~0U);
	}
}

u32 attack_config(void)
{
	static const struct config_way port = { "port", port_read, port_write };
	const struct config_way ways[] = { port, config_by_ecam };
	static struct config_space space;

	config_base = ECAM | FUNCTION;
	if (config_by_ecam.read(0, 4) == ~0U)
		return 0;
	config_look(&space);
	fixed(&space);
	config_attack(ways, ARRAY_SIZE(ways), &space);
	nobody(64);
	return config_tried;
}
