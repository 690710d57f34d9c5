// SPDX-License-Identifier: Apache-2.0
#include "calls.h"

#define WINDOW 0x1000U
#define UARTDR 0x00U
#define UARTRSR 0x04U
#define UARTFR 0x18U
#define UARTLCR_H 0x2cU
#define UARTCR 0x30U
#define UARTIFLS 0x34U
#define UARTIMSC 0x38U
#define UARTRIS 0x3cU
#define UARTMIS 0x40U
#define UARTICR 0x44U

#define FR_RXFE 0x10U
#define FR_RXFF 0x40U
#define FR_TXFE 0x80U
#define LCR_H_FEN 0x10U
#define CR_ON 0x301U
#define CR_LBE 0x80U
#define INT_RX 0x10U
#define INT_TX 0x20U
#define INT_RT 0x40U
#define INT_OE 0x400U
#define OVERRUN 0x800U /* of UARTDR; in UARTRSR bit 3 */
#define FIFO 32U
#define TYPED 3U
#define OFF_TICKS 10000000U

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

/* ---- what is sent comes back ---- */

static void raw(u32 wanted)
{
	const u32 ris = (u32)rd(UARTRIS, 4) & (INT_RX | INT_RT | INT_OE);

	if (ris == wanted)
		return;
	wr(UARTCR, 4, CR_ON);
	guest_printf("calls: UARTRIS is 0x%x, expected 0x%x\n", ris, wanted);
	guest_exit(1);
}

/* Bytes up to the trigger level, to the FIFO's end and one too many; then out again. */
static void loop_fifo(u32 select, u32 level)
{
	wr(UARTIFLS, 4, select << 3);
	for (u32 i = 1; i <= FIFO; i++) {
		wr(UARTDR, 4, 'a' + i);
		raw(INT_RT | (i >= level ? INT_RX : 0U));
	}
	guest_check(rd(UARTFR, 4) == (FR_RXFF | FR_TXFE));
	wr(UARTDR, 4, 'z');
	raw(INT_RT | INT_RX | INT_OE);
	guest_check(rd(UARTDR, 4) == (OVERRUN | ('a' + 1U)) && rd(UARTRSR, 4) == 8U);
	for (u32 i = 2; i <= FIFO; i++) {
		guest_check(rd(UARTDR, 4) == 'a' + i && rd(UARTRSR, 4) == 0U);
		raw(INT_OE | (i < FIFO ? INT_RT : 0U) | (FIFO - i >= level ? INT_RX : 0U));
	}
	wr(UARTICR, 4, INT_OE);
	wr(UARTRSR, 4, 0);
	guest_check(rd(UARTDR, 4) == 0U && rd(UARTFR, 4) == (FR_RXFE | FR_TXFE));
}

/* Without the FIFO there is room for one; switching it off or on empties it. */
static void loop_one(void)
{
	wr(UARTDR, 4, 'x');
	wr(UARTLCR_H, 4, 0);
	guest_check(rd(UARTFR, 4) == (FR_RXFE | FR_TXFE));
	wr(UARTDR, 4, 'y');
	raw(INT_RX);
	guest_check(rd(UARTFR, 4) == (FR_RXFF | FR_TXFE));
	wr(UARTDR, 4, 'z');
	raw(INT_RX | INT_OE);
	guest_check(rd(UARTDR, 4) == (OVERRUN | 'y'));
	wr(UARTICR, 4, INT_OE | INT_TX);
	raw(0);
}

static volatile u32 typed[TYPED + 1U], typed_count;

static void on_byte(u32 intid)
{
	(void)intid;
	guest_check((rd(UARTMIS, 4) & (INT_RX | INT_RT)) != 0U);
	while ((rd(UARTFR, 4) & FR_RXFE) == 0U && typed_count < ARRAY_SIZE(typed))
		typed[typed_count++] = (u32)rd(UARTDR, 4);
}

void uart_loop(void)
{
	static const u32 levels[] = { 4, 8, 16, 24, 28, 28, 28, 28 };

	wr(UARTLCR_H, 4, LCR_H_FEN);
	wr(UARTICR, 4, 0x7ff);
	wr(UARTCR, 4, CR_ON | CR_LBE);
	for (u32 i = 0; i < ARRAY_SIZE(levels); i++)
		loop_fifo(i, levels[i]);
	loop_one();
	wr(UARTCR, 4, CR_ON);
	guest_printf("calls: the UART gives back what it is sent\n");
}

/* The user types three letters; and perhaps more while the UART is off, which are lost. */
void uart_typed(void)
{
	const u32 intid = guest_intid(guest_node("arm,pl011", 0));

	guest_irq_enable(intid, false, on_byte);
	wr(UARTLCR_H, 4, LCR_H_FEN);
	wr(UARTIMSC, 4, INT_RX | INT_RT);
	guest_printf("calls: type abc\n");
	while (typed_count < TYPED) {
		guest_irq_on();
		guest_irq_off();
		__asm__ volatile("yield");
	}
	guest_check(typed_count == TYPED && typed[0] == 'a' && typed[1] == 'b' && typed[2] == 'c');
	wr(UARTIMSC, 4, 0);
	wr(UARTCR, 4, 0);
	guest_printf("calls: abc was typed\n");
	for (const u64 from = guest_ticks(); guest_ticks() - from < OFF_TICKS;)
		__asm__ volatile("yield");
	wr(UARTCR, 4, CR_ON);
	guest_check((rd(UARTFR, 4) & FR_RXFE) != 0U);
}
