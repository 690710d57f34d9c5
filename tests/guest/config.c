// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#define ECAM_BYTES 4096U

u64 config_base;
u32 config_tried;

void config_want(const char *what, u32 at, u32 size, u64 found, u64 expected)
{
	config_tried++;
	if (found == expected)
		return;
	guest_printf("config: %s at 0x%x, %u bytes: found 0x%llx, expected 0x%llx\n", what, at,
		     size, (unsigned long long)found, (unsigned long long)expected);
	guest_exit(1);
}

static u32 ecam_read(u32 at, u32 size)
{
	const uintptr_t a = (uintptr_t)config_base + at;

	switch (size) {
	case 1:
		return *(volatile u8 *)a;
	case 2:
		return *(volatile u16 *)a;
	default:
		return *(volatile u32 *)a;
	}
}

static void ecam_write(u32 at, u32 size, u32 value)
{
	const uintptr_t a = (uintptr_t)config_base + at;

	switch (size) {
	case 1:
		*(volatile u8 *)a = (u8)value;
		break;
	case 2:
		*(volatile u16 *)a = (u16)value;
		break;
	default:
		*(volatile u32 *)a = value;
		break;
	}
}

const struct config_way config_by_ecam = { "ECAM", ecam_read, ecam_write };

/* The same sequence each time. */
static u32 rnd(void)
{
	static u64 x = 0x9e3779b97f4a7c15ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (u32)x;
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

void config_look(struct config_space *s)
{
	for (u32 i = 0; i < CONFIG_WORDS; i++)
		s->first[i] = ecam_read(i * 4U, 4);
	for (u32 i = 0; i < CONFIG_WORDS; i++) {
		ecam_write(i * 4U, 4, ~0U);
		s->mask[i] = ecam_read(i * 4U, 4) ^ s->first[i];
		ecam_write(i * 4U, 4, 0);
		s->mask[i] |= ecam_read(i * 4U, 4) ^ s->first[i];
		ecam_write(i * 4U, 4, s->first[i]);
		config_want("word put back", i * 4U, 4, ecam_read(i * 4U, 4), s->first[i]);
	}
}

static void write_one(const struct config_way *ways, u32 count, u32 by, u32 at, u32 size,
		      const struct config_space *s)
{
	const u32 word = at / 4U, value = rnd();
	const bool inside = at % 4U + size <= 4U;
	const u32 lanes = inside ? (ones(size) << 8U * (at % 4U)) & s->mask[word] : 0U;
	const u32 expected = (s->first[word] & ~lanes) | (value << 8U * (at % 4U) & lanes);

	ways[by].write(at, size, value);
	config_want(ways[by].name, at, size, ecam_read(word * 4U, 4), expected);
	for (u32 i = 0; i < count; i++)
		config_want(ways[i].name, at, size, ways[i].read(at, size),
			    part(expected, at, size));
	ecam_write(word * 4U, 4, s->first[word]);
}

void config_attack(const struct config_way *ways, u32 count, const struct config_space *s)
{
	for (u32 at = 0; at < CONFIG_BYTES; at++) {
		for (u32 size = 1; size <= 4U; size *= 2U) {
			for (u32 i = 0; i < count; i++)
				write_one(ways, count, i, at, size, s);
		}
	}
	for (u32 at = CONFIG_BYTES; at < ECAM_BYTES; at += 4U) {
		ecam_write(at, 4, rnd());
		config_want("extended space", at, 4, ecam_read(at, 4), 0);
	}
	for (u32 i = 0; i < CONFIG_WORDS; i++)
		config_want("word behind it all", i * 4U, 4, ecam_read(i * 4U, 4), s->first[i]);
}
