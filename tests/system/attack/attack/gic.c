// SPDX-License-Identifier: Apache-2.0
/*
 * Every register of the distributor and of this CPU's redistributor, at every width, read and
 * written: that Bulkhead is still there is what counts. Their values: tests/system/vgic.
 */
#include <bulkhead/lib/types.h>

#include "attack.h"

/* Where registers are; between them nothing changes. */
static const struct window {
	u64 base, size;
} windows[] = {
	{ 0x08000000, 0x1000 }, { 0x08006000, 0x200 }, { 0x0800ff00, 0x100 }, /* GICD */
	{ 0x080a0000, 0x200 },  { 0x080affd0, 0x30 },                         /* GICR, control */
	{ 0x080b0000, 0x1000 }, { 0x080bffd0, 0x30 }, /* GICR, SGI and PPI */
};

static void touch(u64 at, u32 size, u64 value)
{
	switch (size) {
	case 1:
		(void)*(volatile u8 *)at;
		*(volatile u8 *)at = (u8)value;
		break;
	case 2:
		(void)*(volatile u16 *)at;
		*(volatile u16 *)at = (u16)value;
		break;
	case 4:
		(void)*(volatile u32 *)at;
		*(volatile u32 *)at = (u32)value;
		break;
	default:
		(void)*(volatile u64 *)at;
		*(volatile u64 *)at = value;
		break;
	}
}

static void sweep(const struct window *w, u64 value)
{
	for (u32 size = 1; size <= 8U; size *= 2U) {
		for (u64 offset = 0; offset < w->size; offset += size)
			touch(w->base + offset, size, value);
	}
}

void gic_sweep(void)
{
	static const u64 values[] = { ~0ULL, 0x5555555555555555ULL, 0, ~0ULL, 0 };

	taken.count = 0;
	for (u32 v = 0; v < ARRAY_SIZE(values); v++) {
		for (u32 i = 0; i < ARRAY_SIZE(windows); i++)
			sweep(&windows[i], values[v]);
	}
	/* Nothing on, nothing pending or active. */
	for (u64 at = 0x080b0180; at <= 0x080b0380; at += 0x100)
		*(volatile u32 *)at = ~0U;
	for (u64 at = 0x08000180; at <= 0x08000380; at += 0x100) {
		for (u64 n = 0; n < 0x80U; n += 4U)
			*(volatile u32 *)(at + n) = ~0U;
	}
	guest_printf("gic | %u aborts\n", taken.count);
}
