// SPDX-License-Identifier: Apache-2.0
#include "calls.h"

#define WINDOW 0x1000U
#define UARTDR 0x00U

/* What reads otherwise than zero after reset, and the bits that can be written. */
static const struct {
	u32 offset, reset, mask;
} table[] = {
	{ 0x18, 0x90, 0 },  { 0x20, 0, 0xff },       { 0x24, 0, 0xffff },  { 0x28, 0, 0x3f },
	{ 0x2c, 0, 0xff },  { 0x30, 0x301, 0xff87 }, { 0x34, 0x12, 0x3f }, { 0x38, 0, 0x7ff },
	{ 0x48, 0, 0x7 },   { 0xfe0, 0x11, 0 },      { 0xfe4, 0x10, 0 },   { 0xfe8, 0x34, 0 },
	{ 0xff0, 0x0d, 0 }, { 0xff4, 0xf0, 0 },      { 0xff8, 0x05, 0 },   { 0xffc, 0xb1, 0 },
};

static u64 width_mask(u32 size)
{
	return ~0ULL >> (64U - 8U * size);
}

static u64 rd(u32 offset, u32 size)
{
	const uintptr_t at = (uintptr_t)GUEST_UART_BASE + offset;

	switch (size) {
	case 1:
		return *(volatile u8 *)at;
	case 2:
		return *(volatile u16 *)at;
	case 4:
		return *(volatile u32 *)at;
	default:
		return *(volatile u64 *)at;
	}
}

static void wr(u32 offset, u32 size, u64 value)
{
	const uintptr_t at = (uintptr_t)GUEST_UART_BASE + offset;

	switch (size) {
	case 1:
		*(volatile u8 *)at = (u8)value;
		break;
	case 2:
		*(volatile u16 *)at = (u16)value;
		break;
	case 4:
		*(volatile u32 *)at = (u32)value;
		break;
	default:
		*(volatile u64 *)at = value;
		break;
	}
}

static void place(u32 offset, u32 size)
{
	u32 i = 0;
	u32 reset, mask;

	while (i < ARRAY_SIZE(table) && table[i].offset != offset)
		i++;
	reset = i < ARRAY_SIZE(table) ? table[i].reset : 0U;
	mask = i < ARRAY_SIZE(table) ? table[i].mask : 0U;
	guest_check(rd(offset, size) == (reset & width_mask(size)));
	if (mask == 0U) {
		wr(offset, size, ~0ULL);
		guest_check(rd(offset, size) == (reset & width_mask(size)));
		return;
	}
	wr(offset, size, ~0ULL);
	guest_check(rd(offset, 4) == (mask & width_mask(size)));
	wr(offset, 4, reset);
}

void uart_table(void)
{
	u32 places = 0;

	wr(0x44, 4, 0x7ff);
	for (u32 offset = UARTDR + 4U; offset < WINDOW; offset++) {
		for (u32 size = 1; size <= 8U; size *= 2U) {
			if (offset % size != 0U || offset + size > WINDOW)
				continue;
			place(offset, size);
			places++;
		}
	}
	/* Nothing was received. */
	guest_check(rd(UARTDR, 4) == 0U && rd(0x3c, 4) == 0U && rd(0x40, 4) == 0U);
	guest_printf("calls: %u places of the UART are as the table says\n", places);
}
