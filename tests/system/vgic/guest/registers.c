// SPDX-License-Identifier: Apache-2.0
/* Every row of the register table, at every width, before anything else has touched it. */
#include "gic.h"

enum { KIND_RO, KIND_RW, KIND_SET, KIND_CLEAR, KIND_WO };

struct row {
	u64 base, kind, width, sizes, count, reset, read_only;
	bool computed;
	bool version2;
	bool private;
};

/* Of the frames: a redistributor's, GICv2's distributor. */
#define FRAME_RD 1U
#define FRAME_SGI 2U
#define FRAME_VERSION2 3U

static u64 field(u32 n)
{
	return read64(DEVICE_BASE + DEVICE_FIELD + 8U * n);
}

/* @vcpu: whose redistributor. */
static void row_get(u32 n, u32 vcpu, struct row *r)
{
	const u64 frames[] = { GICD, GICR(vcpu), GICR_SGI(vcpu), GICD };

	write32(DEVICE_BASE + DEVICE_ROW, n);
	r->version2 = field(FIELD_FRAME) == FRAME_VERSION2;
	r->private = field(FIELD_FRAME) == FRAME_RD || field(FIELD_FRAME) == FRAME_SGI;
	r->base = frames[field(FIELD_FRAME)] + field(FIELD_OFFSET);
	r->kind = field(FIELD_KIND);
	r->width = field(FIELD_WIDTH);
	r->sizes = field(FIELD_SIZES);
	r->count = field(FIELD_COUNT);
	r->reset = field(FIELD_RESET);
	r->read_only = field(FIELD_READ_ONLY);
	r->computed = field(FIELD_COMPUTED) != 0U;
}

static u64 mask_of(u64 size)
{
	return ~0ULL >> (64U - 8U * size);
}

static u64 read_at(u64 at, u64 size)
{
	switch (size) {
	case 1:
		return read8(at);
	case 2:
		return read16(at);
	case 4:
		return read32(at);
	default:
		return read64(at);
	}
}

static void write_at(u64 at, u64 size, u64 value)
{
	switch (size) {
	case 1:
		write8(at, (u32)value);
		break;
	case 2:
		write16(at, (u32)value);
		break;
	case 4:
		write32(at, (u32)value);
		break;
	default:
		write64(at, value);
		break;
	}
}

static void check(u64 at, u64 size, const char *what, u64 found, u64 expected)
{
	if (found == expected)
		return;
	guest_printf("register 0x%llx, %u bytes: %s: 0x%llx, expected 0x%llx\n",
		     (unsigned long long)at, (u32)size, what, (unsigned long long)found,
		     (unsigned long long)expected);
	guest_exit(1);
}

static bool has_size(const struct row *r, u64 size)
{
	return (r->sizes & 1ULL << size) != 0U;
}

/* What a register reads once ones were written to all of it. */
static u64 after_ones(const struct row *r)
{
	const u64 fixed = r->reset & r->read_only;

	switch (r->kind) {
	case KIND_RO:
	case KIND_WO:
		return r->reset;
	case KIND_CLEAR:
		return fixed;
	default:
		return fixed | (~r->read_only & mask_of(r->width));
	}
}

/* One register at one size: reset, ones, zeros or the counterpart of a set, and back. */
static void try_register(const struct row *r, u64 at, u64 size)
{
	const u64 clear = (at & 0xf00U) == 0xf00U ? at - 0x10U : at + 0x80U;
	const u64 undo = r->kind == KIND_SET ? clear : at;

	for (u64 i = 0; i < r->width; i += size) {
		const u64 reset = r->reset >> (8U * i) & mask_of(size);
		const u64 ones = after_ones(r) >> (8U * i) & mask_of(size);

		if (!has_size(r, size)) {
			check(at + i, size, "of no such size", read_at(at + i, size), 0);
			write_at(at + i, size, ~0ULL);
			continue;
		}
		if (!r->computed)
			check(at + i, size, "at reset", read_at(at + i, size), reset);
		write_at(at + i, size, ~0ULL);
		/* The state of GICR_WAKER's children follows it. */
		if (!r->computed && at != GICR(0) + 0x14U && at != GICR(1) + 0x14U)
			check(at + i, size, "after ones", read_at(at + i, size), ones);
		write_at(undo + i, size, r->kind == KIND_SET ? ~0ULL : r->reset >> (8U * i));
		if (!r->computed)
			check(at + i, size, "set back", read_at(at + i, size), reset);
	}
}

/* At 1, 2, 4 and 8 bytes, whatever its width is. */
static u32 try_row(const struct row *r)
{
	for (u64 i = 0; i < r->count; i++) {
		const u64 at = r->base + i * r->width;

		for (u64 size = 1; size <= 8U; size *= 2U) {
			if ((at & (size - 1U)) == 0U)
				try_register(r, at, size);
		}
	}
	return (u32)r->count;
}

/* A range between rows. */
static void try_hole(u64 at)
{
	for (u64 size = 1; size <= 8U; size *= 2U) {
		write_at(at & ~(size - 1U), size, ~0ULL);
		check(at, size, "where there is no register", read_at(at & ~(size - 1U), size), 0);
	}
}

void test_registers(void)
{
	const u32 rows = read32(DEVICE_BASE + DEVICE_ROW);
	u32 tried = 0;
	struct row r;

	for (u32 n = 0; n < rows; n++) {
		row_get(n, 0, &r);
		if (r.version2 != version2)
			continue;
		tried += try_row(&r);
		if (!r.private)
			continue;
		row_get(n, 1, &r);
		tried += try_row(&r);
	}
	try_hole(GICD + 0x20U);
	try_hole(GICD + 0x5000U);
	guest_printf("registers: %u tried\n", tried);
	if (version2)
		return;
	try_hole(GICD + 0xffc8U);
	try_hole(GICR(0) + 0x200U);
	try_hole(GICR_SGI(0) + 0xf00U);
	guest_check(read64(GICR(0) + 8U) == 0U);
	guest_check((read64(GICR(1) + 8U) & ~(1ULL << 4)) == (1ULL << 32 | 1ULL << 8));
	guest_check(read32(GICR(1) + 12U) == 1U);
	guest_check(read32(GICD + 0xffe8U) == 0x3bU && read32(GICR(1) + 0xffe8U) == 0x3bU);
}
