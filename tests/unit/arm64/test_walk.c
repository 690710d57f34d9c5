// SPDX-License-Identifier: Apache-2.0
/* Walks of guests through tables that end somewhere: at which level. */
#include <asm/virt.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

/* Four tables, each at a page of its own; behind them nothing can be read. */
#define TABLES 4U
#define AT(n) (0x40000000ULL + (u64)(n) * KIB(64))

static u64 entries[TABLES][KIB(64) / 8U];

static int read_entry(void *ctx, gpa_t at, u64 *value)
{
	const u64 offset = at.v - AT(0);

	(void)ctx;
	if (at.v < AT(0) || offset >= sizeof(entries))
		return BH_EFAULT;
	memcpy(value, (const u8 *)entries + offset, sizeof(*value));
	return 0;
}

static s32 level(u64 tcr, u64 low, u64 high, u64 gva, bool big_endian)
{
	const struct walk w = {
		.tcr = tcr, .ttbr = { low, high }, .big_endian = big_endian, .read = read_entry
	};

	return walk_level(&w, gva);
}

#define GVA 0x0000123456789000ULL
#define T0SZ(n) ((u64)(n))
#define T1SZ(n) ((u64)(n) << 16)
#define TG0(n) ((u64)(n) << 14)
#define TG1(n) ((u64)(n) << 30)

TEST(a_walk_begins_where_its_size_and_granule_say)
{
	static const struct {
		u64 tcr;
		s32 level;
	} table[] = {
		{ T0SZ(12), -1 },         { T0SZ(16), 0 },          { T0SZ(25), 1 },
		{ T0SZ(34), 2 },          { T0SZ(43), 3 },          { T0SZ(63), 3 },
		{ T0SZ(16) | TG0(1), 1 }, { T0SZ(22) | TG0(1), 2 }, { T0SZ(35) | TG0(1), 3 },
		{ T0SZ(16) | TG0(2), 0 }, { T0SZ(17) | TG0(2), 1 }, { T0SZ(28) | TG0(2), 2 },
		{ T0SZ(0), -1 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(level(table[i].tcr, 0x1000, 0, GVA, false), table[i].level);
	/* The other half has a size, a granule and a root of its own. */
	assert_int_equal(level(T0SZ(16) | T1SZ(25) | TG1(2), 0, 0x1000, ~0ULL, false), 1);
	assert_int_equal(level(T0SZ(16) | T1SZ(16) | TG1(3), 0, 0x1000, ~0ULL, false), 1);
	assert_int_equal(level(T0SZ(16) | T1SZ(28) | TG1(1), 0, 0x1000, ~0ULL, false), 2);
}

/* Entries of @gva in @tables tables, of which the last one leads to nowhere. */
static void chain(u64 gva, u32 shift, u32 bits, u32 tables)
{
	memset(entries, 0, sizeof(entries));
	for (u32 i = 0; i < tables; i++) {
		const u32 low = bits - (i + 1U) * (shift - 3U);
		const u64 index = gva >> low & (BIT(shift - 3U) - 1U);

		entries[i][index] = (i + 1U < tables ? AT(i + 1U) : 0x1000000ULL) | 3U;
	}
}

TEST(it_ends_at_the_first_table_that_cannot_be_read)
{
	const u64 low = GVA & (BIT(39) - 1U);

	for (u32 n = 1; n < TABLES; n++) {
		chain(GVA, 12, 48, n);
		assert_int_equal(level(T0SZ(16), AT(0) | 1U, 0, GVA, false), n);
	}
	for (u32 n = 1; n < 3U; n++) {
		chain(low, 12, 39, n);
		assert_int_equal(level(T0SZ(25), AT(0), 0, low, false), 1U + n);
	}
	/* 64 KiB: 48 bits are 6, 13 and 13 above 16. */
	chain(GVA, 16, 55, 2);
	assert_int_equal(level(T0SZ(16) | TG0(1), AT(0), 0, GVA, false), 3);
	/* What no translation uses is not looked at. */
	chain(GVA, 12, 48, 2);
	assert_int_equal(level(T0SZ(16), AT(0), 0, GVA | 0x5aULL << 56, false), 2);
}

TEST(it_ends_where_an_entry_has_no_table)
{
	chain(GVA, 12, 48, 3);
	entries[1][GVA >> 30 & 511U] = 0;
	assert_int_equal(level(T0SZ(16), AT(0), 0, GVA, false), 1);
	entries[1][GVA >> 30 & 511U] = 0x40000401; /* a block */
	assert_int_equal(level(T0SZ(16), AT(0), 0, GVA, false), 1);
}

TEST(entries_have_the_byte_order_of_el1)
{
	chain(GVA, 12, 48, 2);
	assert_int_equal(level(T0SZ(16), AT(0), 0, GVA, true), 0);
	for (u32 i = 0; i < 2U; i++) {
		for (u32 k = 0; k < 512U; k++)
			entries[i][k] = __builtin_bswap64(entries[i][k]);
	}
	assert_int_equal(level(T0SZ(16), AT(0), 0, GVA, true), 2);
}

UNIT_TESTS(UNIT(a_walk_begins_where_its_size_and_granule_say),
	   UNIT(it_ends_at_the_first_table_that_cannot_be_read),
	   UNIT(it_ends_where_an_entry_has_no_table), UNIT(entries_have_the_byte_order_of_el1));
