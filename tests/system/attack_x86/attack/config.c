// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's PCI configuration space, every offset and width, by ECAM and by ports: both are the
 * same registers, an access reaches one word or nobody, and what can be changed is what a first
 * look found, whatever the width and the way.
 */
#include "attack.h"

#define ECAM 0xe0000000ULL
#define FUNCTION (1U << 15) /* of device 1 in ECAM; the ports' address is 4 bits below */
#define CONFIG_BYTES 256U
#define ECAM_BYTES 4096U
#define ADDRESS 0xcf8U
#define DATA 0xcfcU
#define ENABLE 0x80000000U
#define WORDS (CONFIG_BYTES / 4U)

static u32 first[WORDS], mask[WORDS];
static u32 tried;

static u32 ecam_read(u64 at, u32 size)
{
	const u64 a = ECAM + at;

	tried++;
	switch (size) {
	case 1:
		return *(volatile u8 *)(uintptr_t)a;
	case 2:
		return *(volatile u16 *)(uintptr_t)a;
	default:
		return *(volatile u32 *)(uintptr_t)a;
	}
}

static void ecam_write(u64 at, u32 size, u32 value)
{
	const u64 a = ECAM + at;

	tried++;
	switch (size) {
	case 1:
		*(volatile u8 *)(uintptr_t)a = (u8)value;
		break;
	case 2:
		*(volatile u16 *)(uintptr_t)a = (u16)value;
		break;
	default:
		*(volatile u32 *)(uintptr_t)a = value;
		break;
	}
}

/* The data port of a byte of configuration space. */
static u16 data_port(u32 at)
{
	port_out(ADDRESS, 4, ENABLE | FUNCTION >> 4 | (at & ~3U));
	tried++;
	return (u16)(DATA + at % 4U);
}

static u32 ones(u32 size)
{
	return ~0U >> (32U - 8U * size);
}

/* What an access finds where the word holds @word. */
static u32 part(u32 word, u32 at, u32 size)
{
	return at % 4U + size > 4U ? ones(size) : word >> 8U * (at % 4U) & ones(size);
}

static void put_back(u32 word)
{
	ecam_write(FUNCTION + word * 4U, 4, first[word]);
}

/* Which bits of each word a guest can change. */
static void look(void)
{
	for (u32 i = 0; i < WORDS; i++)
		first[i] = ecam_read(FUNCTION + i * 4U, 4);
	for (u32 i = 0; i < WORDS; i++) {
		ecam_write(FUNCTION + i * 4U, 4, ~0U);
		mask[i] = ecam_read(FUNCTION + i * 4U, 4) ^ first[i];
		ecam_write(FUNCTION + i * 4U, 4, 0);
		mask[i] |= ecam_read(FUNCTION + i * 4U, 4) ^ first[i];
		put_back(i);
		want("configuration space put back", i * 4U, ecam_read(FUNCTION + i * 4U, 4),
		     first[i]);
	}
}

/* Identity, class, header, subsystem, capabilities: nobody changes what a device is. */
static void fixed(void)
{
	static const u8 word[] = { 0x00, 0x08, 0x28, 0x2c, 0x30, 0x34, 0x38 };

	for (u32 i = 0; i < ARRAY_SIZE(word); i++)
		want("bits that can be changed", word[i], mask[word[i] / 4U], 0);
	want("Command that can be changed", 4, mask[1], 0x546);
}

static void write_one(u32 at, u32 size, bool by_port)
{
	const u32 word = at / 4U, value = (u32)rnd();
	const bool inside = at % 4U + size <= 4U;
	const u32 lanes = inside ? (ones(size) << 8U * (at % 4U)) & mask[word] : 0U;
	const u32 expected = (first[word] & ~lanes) | (value << 8U * (at % 4U) & lanes);

	if (by_port)
		port_out(data_port(at), size, value);
	else
		ecam_write(FUNCTION + at, size, value);
	want(by_port ? "write by port" : "write by ECAM", at << 4 | size,
	     ecam_read(FUNCTION + word * 4U, 4), expected);
	want("read by port", at << 4 | size, port_in(data_port(at), size),
	     part(expected, at, size));
	want("read by ECAM", at << 4 | size, ecam_read(FUNCTION + at, size),
	     part(expected, at, size));
	put_back(word);
}

/* Nothing else is on the bus, and on no other. */
static void nobody(u32 rounds)
{
	for (u32 i = 0; i < rounds; i++) {
		const u32 function = 2U * 8U + (u32)rnd() % (256U - 2U * 8U);
		const u32 at = (u32)rnd() % CONFIG_BYTES & ~3U;
		const u32 bus = (u32)rnd() % 2U * (1U + (u32)rnd() % 255U);

		ecam_write((u64)function << 12 | at, 4, (u32)rnd());
		want("nobody by ECAM", function, ecam_read((u64)function << 12 | at, 4), ~0U);
		port_out(ADDRESS, 4, ENABLE | bus << 16 | function << 8 | at);
		port_out(DATA, 4, (u32)rnd());
		want("nobody by port", function, port_in(DATA, 4), ~0U);
		port_out(ADDRESS, 4, (u32)rnd() & ~ENABLE);
		want("address without enable", function, port_in(DATA, 4), ~0U);
		tried += 3U;
	}
}

u32 attack_config(void)
{
	if (ecam_read(FUNCTION, 4) == ~0U)
		return 0;
	look();
	fixed();
	for (u32 at = 0; at < CONFIG_BYTES; at++) {
		for (u32 size = 1; size <= 4U; size *= 2U) {
			write_one(at, size, true);
			write_one(at, size, false);
		}
	}
	for (u32 at = CONFIG_BYTES; at < ECAM_BYTES; at += 4U) {
		ecam_write(FUNCTION + at, 4, (u32)rnd());
		want("extended space", at, ecam_read(FUNCTION + at, 4), 0);
	}
	nobody(64);
	for (u32 i = 0; i < WORDS; i++)
		want("configuration space behind it", i * 4U, ecam_read(FUNCTION + i * 4U, 4),
		     first[i]);
	return tried;
}
