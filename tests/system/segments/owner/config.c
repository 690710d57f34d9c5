// SPDX-License-Identifier: Apache-2.0
/*
 * Configuration space, BARs and what lies beside them: what a guest of Bulkhead finds, to the bit
 * (docs/pcie-guest.md), and cannot change.
 */
#include <bulkhead/pcie/regs.h>

#include "owner.h"

#define DEVICES 32U
#define FUNCTIONS 8U
#define ECAM_SIZE 0x100000ULL
#define HOST_BRIDGE_CLASS 0x0600U

#define RAM 0x40000000U
#define GICD 0x08000000U
#define WINDOW 0x10000000U
#define FREE 0x30000000U /* in the window, and of nobody */
#define WINDOW_END 0x3eff0000U

/* A word. Those in no line read zero and cannot be changed; of a BAR @first is without address. */
struct row {
	u16 at;
	u32 first, mask;
};

static const struct row edu[] = {
	{ 0x00, 0x11e81234, 0x00000000 },
	{ 0x04, 0x00100006, 0x00000546 },
	{ 0x08, 0x00ff0010, 0x00000000 },
	{ 0x0c, 0x00000000, 0x000000ff },
	{ 0x10, 0x00000000, 0xfff00000 },
	{ 0x2c, 0x11001af4, 0x00000000 },
	{ 0x34, 0x00000040, 0x00000000 },
	{ 0x3c, 0x00000100, 0x000000ff },
	/* MSI: 64 bits, one vector */
	{ 0x40, 0x00800005, 0x00010000 },
	{ 0x44, 0x00000000, 0xfffffffc },
	{ 0x48, 0x00000000, 0xffffffff },
	{ 0x4c, 0x00000000, 0x0000ffff },
};

static const struct row nvme[] = {
	{ 0x00, 0x00101b36, 0x00000000 },
	{ 0x04, 0x00100006, 0x00000546 },
	{ 0x08, 0x01080202, 0x00000000 },
	{ 0x0c, 0x00000000, 0x000000ff },
	{ 0x10, 0x00000004, 0xffffc000 },
	{ 0x14, 0x00000000, 0xffffffff },
	{ 0x2c, 0x11001af4, 0x00000000 },
	{ 0x34, 0x00000040, 0x00000000 },
	{ 0x3c, 0x00000100, 0x000000ff },
	/* MSI-X: 64 of its 65 entries; power management; PCI Express */
	{ 0x40, 0x003f8011, 0xc0000000 },
	{ 0x44, 0x00002000, 0x00000000 },
	{ 0x48, 0x00003000, 0x00000000 },
	{ 0x60, 0x00030001, 0x00000000 },
	{ 0x64, 0x00000008, 0x00000003 },
	{ 0x80, 0x00926010, 0x00000000 },
	{ 0x84, 0x00008020, 0x00000000 },
	{ 0x88, 0x00000000, 0x000079ff },
	{ 0xa8, 0x00000000, 0x0000001f },
};

static const struct row e1000e[] = {
	{ 0x00, 0x10d38086, 0x00000000 },
	{ 0x04, 0x00100006, 0x00000546 },
	{ 0x08, 0x02000000, 0x00000000 },
	{ 0x0c, 0x00000000, 0x000000ff },
	{ 0x10, 0x00000000, 0xfffe0000 },
	{ 0x14, 0x00000000, 0xfffe0000 },
	{ 0x1c, 0x00000000, 0xffffc000 },
	{ 0x2c, 0x00008086, 0x00000000 },
	{ 0x34, 0x000000c8, 0x00000000 },
	{ 0x3c, 0x00000000, 0x000000ff },
	/* Not its MSI at d0h: MSI-X; power management; PCI Express */
	{ 0xa0, 0x00040011, 0xc0000000 },
	{ 0xa4, 0x00000003, 0x00000000 },
	{ 0xa8, 0x00002003, 0x00000000 },
	{ 0xc8, 0x0002e001, 0x00000000 },
	{ 0xcc, 0x00000008, 0x00000003 },
	{ 0xe0, 0x0091a010, 0x00000000 },
	{ 0xe4, 0x00008020, 0x00000000 },
	{ 0xe8, 0x00000000, 0x000079ff },
};

static const struct table {
	const struct row *row;
	u32 count;
} tables[] = {
	{ edu, ARRAY_SIZE(edu) },
	{ nvme, ARRAY_SIZE(nvme) },
	{ e1000e, ARRAY_SIZE(e1000e) },
};

static struct config_space space;

static bool is_bar(u32 at)
{
	return at >= PCI_BAR0 && at < PCI_BAR0 + 24U;
}

static const struct table *table_of(u32 id)
{
	for (u32 i = 0; i < ARRAY_SIZE(tables); i++) {
		if (tables[i].row[0].first == id)
			return &tables[i];
	}
	guest_printf("owner: 0x%x is in no table\n", id);
	guest_exit(1);
}

static void hold_against(const struct table *t)
{
	u32 next = 0;

	for (u32 at = 0; at < CONFIG_BYTES; at += 4U) {
		static const struct row nothing;
		const bool listed = next < t->count && t->row[next].at == at;
		const struct row *r = listed ? &t->row[next] : &nothing;
		const u32 address = is_bar(at) ? r->mask : 0U;

		config_want("first value", at, 4, space.first[at / 4U] & ~address, r->first);
		config_want("bits that can be changed", at, 4, space.mask[at / 4U], r->mask);
		next += listed ? 1U : 0U;
	}
}

/* Accesses of 8 bytes are to two words: nobody's. */
static void attack_doublewords(void)
{
	for (u32 at = 0; at + 8U <= CONFIG_BYTES; at++) {
		volatile u64 *d = (volatile u64 *)((uintptr_t)config_base + at);

		*d = 0x0123456789abcdefULL;
		config_want("double word", at, 8, *d, ~0ULL);
		config_want("word of a double word", at & ~3U, 4, read32(config_base + (at & ~3U)),
			    space.first[at / 4U]);
	}
}

static void bar_put(u32 at, bool wide, u64 address)
{
	write32(config_base + at, (u32)address);
	if (wide)
		write32(config_base + at + 4U, (u32)(address >> 32));
}

/*
 * Its registers follow a BAR in the window, and leave nothing behind; over memory, registers of
 * others and configuration space it gets nothing.
 */
static void attack_bar(u32 at, u32 sentinel)
{
	static const u64 places[] = { RAM, GICD,        GUEST_UART_BASE, ECAM,
				      0,   0xfff00000U, WINDOW_END,      0xffULL << 32 };
	const bool wide = (space.first[at / 4U] & PCI_BAR_TYPE) == PCI_BAR_TYPE_64;
	const u64 old = space.first[at / 4U] | (wide ? (u64)space.first[at / 4U + 1U] << 32 : 0U);
	const u32 gicd = read32(GICD + 4U);
	u32 word;

	bar_put(at, wide, FREE);
	word = read32(FREE);
	guest_check(word != ~0U);
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		bar_put(at, wide, places[i]);
		config_want("where a BAR was", at, 4, read32(FREE), ~0U);
		config_want("memory under a BAR", at, 4, read32(RAM), sentinel);
		config_want("registers under a BAR", at, 4, read32(GICD + 4U), gicd);
		config_want("configuration space under a BAR", at, 4, read32(config_base),
			    space.first[0]);
		bar_put(at, wide, FREE);
		config_want("a BAR that is back", at, 4, read32(FREE), word);
	}
	bar_put(at, wide, old);
}

void attack_function(u32 device)
{
	const u32 sentinel = read32(RAM);

	config_base = FUNCTION(device);
	config_look(&space);
	hold_against(table_of(space.first[0]));
	config_attack(&config_by_ecam, 1, &space);
	attack_doublewords();
	attack_bar(PCI_BAR0, sentinel);
	hold_against(table_of(read32(config_base)));
}

/* Others of the bus, the host bridge, and behind the last bus. */
void attack_neighbours(void)
{
	const u64 host = FUNCTION(0);
	const u32 id = read32(host), before = aborts;

	config_want("class of the host bridge", PCI_CLASS_REVISION, 4,
		    read32(host + PCI_CLASS_REVISION) >> 16, HOST_BRIDGE_CLASS);
	for (u32 at = 0; at < CONFIG_BYTES; at += 4U)
		write32(host + at, ~0U);
	config_want("host bridge", 0, 4, read32(host), id);
	config_want("BAR of the host bridge", PCI_BAR0, 4, read32(host + PCI_BAR0), 0);
	for (u32 f = 1; f < DEVICES * FUNCTIONS; f++) {
		if (f % FUNCTIONS == 0U && f / FUNCTIONS <= 2U)
			continue;
		write32(ECAM + ((u64)f << 12), 0);
		config_want("nobody", f, 4, read32(ECAM + ((u64)f << 12)), ~0U);
	}
	for (u64 at = ECAM + ECAM_SIZE; at < ECAM + 16U * ECAM_SIZE; at += ECAM_SIZE) {
		(void)read32(at);
		write32(at, 0);
	}
	(void)read32(ECAM - 4U);
	config_want("accesses to other buses that abort", 0, 4, aborts - before, 31);
}
