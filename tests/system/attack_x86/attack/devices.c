// SPDX-License-Identifier: Apache-2.0
/* The PC around the CPU: each register of each device, by what its data sheet says. */
#include "attack.h"

#define UART 0x3f8U
#define RBR 0U
#define IER 1U
#define IIR 2U
#define LCR 3U
#define MCR 4U
#define LSR 5U
#define MSR 6U
#define SCR 7U

static u32 uart(u32 reg)
{
	return in_byte((u16)(UART + reg));
}

static void uart_set(u32 reg, u32 value)
{
	out_byte((u16)(UART + reg), value);
}

static void uart_registers(void)
{
	for (u32 v = 0; v < 256U; v += 51U) {
		uart_set(SCR, v);
		want("scratch", v, uart(SCR), v);
		uart_set(LCR, 0x83);
		uart_set(RBR, v);
		uart_set(IER, v ^ 0xffU);
		want("divisor", v, uart(RBR) | uart(IER) << 8, v | (v ^ 0xffU) << 8);
		uart_set(LCR, 0x03);
		want("LCR", v, uart(LCR), 3);
		uart_set(LSR, v);
		uart_set(MSR, v);
		want("LSR", v, uart(LSR), 0x60);
	}
	want("MSR", 0, uart(MSR) & 0xf0U, 0xb0);
	uart_set(MCR, 0xff);
	want("MCR", 0xff, uart(MCR), 0x1f);
}

/* In loopback: the interrupts by priority, at each trigger level. */
static void uart_interrupts(void)
{
	static const u8 levels[] = { 1, 4, 8, 14 };

	for (u32 i = 0; i < ARRAY_SIZE(levels); i++) {
		uart_set(IIR, 0x07U | i << 6);
		uart_set(IER, 0x05);
		for (u32 n = 1; n <= 17U; n++) {
			uart_set(RBR, n);
			want("IIR", n, uart(IIR),
			     n == 17U         ? 0xc6U
			     : n >= levels[i] ? 0xc4U
					      : 0xccU);
		}
		want("overrun", i, uart(LSR), 0x63);
		want("told", i, uart(LSR), 0x61);
		for (u32 n = 1; n <= 16U; n++)
			want("byte", n, uart(RBR), n);
		want("empty", i, uart(RBR) | uart(LSR) << 8, 0x6000);
	}
	uart_set(IIR, 0);
	uart_set(IER, 0x0f);
	want("IER", 0xf, uart(IER), 0xf);
	want("transmitter", 0, uart(IIR), 0x02);
	uart_set(IER, 0x0d);
	uart_set(MCR, 0x10);
	want("modem lines", 0, uart(IIR), 0x00);
	want("RI ended", 0, uart(MSR), 0x0f);
	uart_set(MCR, 0x14);
	want("RI began", 0, uart(MSR), 0x40);
	want("nothing", 0, uart(IIR), 0x01);
	uart_set(RBR, 0x55);
	want("one byte", 0, uart(IIR), 0x04);
	uart_set(RBR, 0x56);
	want("two", 0, uart(LSR), 0x63);
	want("the first", 0, uart(RBR), 0x55);
	uart_set(IER, 0);
	uart_set(MCR, 0);
	(void)uart(MSR);
	uart_set(IIR, 0);
}

/* ---- 8254 ---- */

static void pit_control(u32 value)
{
	out_byte(0x43, value);
}

static void pit_channels(void)
{
	for (u32 c = 0; c < 3U; c++) {
		for (u32 mode = 0; mode < 8U; mode++) {
			for (u32 access = 1; access < 4U; access++) {
				const u16 port = (u16)(0x40U + c);
				const u32 control = c << 6 | access << 4 | mode << 1;

				pit_control(control);
				pit_control(0xe0U | 2U << c);
				want("status before a count", control, in_byte(port) & 0x7fU,
				     0x40U | (control & 0x3fU));
				out_byte(port, 0x80);
				if (access == 3U)
					out_byte(port, mode == 2U ? 0 : 0x40);
				pit_control(0xe0U | 2U << c);
				pit_control(0xe0U | 2U << c);
				want("status", control, in_byte(port) & 0x7fU, control & 0x3fU);
				pit_control(c << 6);
				pit_control(c << 6);
				(void)in_byte(port);
				(void)in_byte(port);
				pit_control(0xd0U | 2U << c);
				(void)in_byte(port);
				(void)in_byte(port);
				(void)in_byte(port);
				(void)in_byte(port);
				for (u32 b = 0; b < 6U; b++) {
					out_byte(0x61, b);
					want("port B", b, in_byte(0x61) & 0xfU, b);
				}
			}
		}
	}
	want("control word", 0, in_byte(0x43), 0xff);
	pit_control(0xc0);
	/* It runs out. */
	out_byte(0x61, 1);
	for (u32 mode = 0; mode < 4U; mode++) {
		u32 seen = 0;

		pit_control(0x90U | mode << 1);
		out_byte(0x42, 20);
		for (u32 i = 0; i < 200U; i++)
			seen |= 1U << ((in_byte(0x61) >> 5) & 1U);
		want("output", mode, seen, 3);
	}
	out_byte(0x61, 0);
}

/* ---- clock ---- */

u32 rtc(u32 index)
{
	out_byte(0x70, index);
	return in_byte(0x71);
}

static void rtc_set(u32 index, u32 value)
{
	out_byte(0x70, index);
	out_byte(0x71, value);
}

static const u8 fields[] = { 0, 2, 4, 6, 7, 8, 9, 0x32 };

/* 2031-12-04 11:02:01, or what is no date, by register B @b with SET. */
static void rtc_write_time(u32 b, bool legal)
{
	static const u8 binary[] = { 1, 2, 11, 5, 4, 12, 31, 20 };
	static const u8 bcd[] = { 0x01, 0x02, 0x11, 0x05, 0x04, 0x12, 0x31, 0x20 };

	rtc_set(0xb, b | 0x80U);
	for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
		rtc_set(fields[i], (b & 4U) != 0U ? binary[i] : bcd[i]);
	if (!legal)
		rtc_set(8, 0x0d);
	rtc_set(0xb, b);
}

static void clock_registers(void)
{
	for (u32 b = 0; b < 8U; b++) {
		if ((b & 1U) != 0U)
			continue;
		rtc_write_time(b, true);
		want("month", b, rtc(8), (b & 4U) != 0U ? 12U : 0x12U);
		want("year", b, rtc(9), (b & 4U) != 0U ? 31U : 0x31U);
		want("century", b, rtc(0x32), (b & 4U) != 0U ? 20U : 0x20U);
		rtc_set(4, 0x1);
		want("hour", b, rtc(4), (b & 4U) != 0U ? 11U : 0x11U);
		for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
			(void)rtc(fields[i]);
	}
	/* In the afternoon, in 12 hours. */
	rtc_write_time(0, true);
	rtc_set(0xb, 0x80);
	rtc_set(4, 0x81);
	rtc_set(0xb, 0);
	want("afternoon", 0, rtc(4), 0x81);
	rtc_set(0xb, 2);
	want("afternoon", 2, rtc(4), 0x13);
	rtc_write_time(2, true);
	for (u32 year = 0; year < 4U; year++) {
		static const u8 bad[][2] = { { 0x32, 0x19 }, { 0x32, 0x24 }, { 8, 0 }, { 7, 0 } };

		rtc_set(0xb, 0x82);
		rtc_set(9, 0);
		rtc_set(bad[year][0], bad[year][1]);
		rtc_set(0xb, 0x02);
		want("no date", year, rtc(9), 0x31);
	}
	rtc_write_time(4, false);
	rtc_write_time(2, true);
	rtc_set(0xa, 0xff);
	want("A", 0, rtc(0xa) & 0x7fU, 0x7f);
	rtc_set(0xa, 0x26);
	rtc_set(0xc, 0xff);
	rtc_set(0xd, 0xff);
	want("C and D", 0, rtc(0xc) | rtc(0xd) << 8, 0x8000);
	rtc_set(0xb, 0xff);
	want("B", 0, rtc(0xb), 0x87);
	rtc_set(0xb, 0x02);
	for (u32 i = 0xe; i < 0x80U; i++) {
		if (i == 0x32U)
			continue;
		rtc_set(i | 0x80U, i);
		want("memory", i, rtc(i), i);
	}
	want("index", 0, in_byte(0x70), 0xff);
}

/* ---- power management, resets that are none, PCI's configuration ---- */

static u32 in_long(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static u32 in_word(u16 port)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void out_word(u16 port, u32 value)
{
	__asm__ volatile("outw %0, %1" ::"a"((u16)value), "Nd"(port));
}

static void out_long(u16 port, u32 value)
{
	__asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

/* A tick of the PM timer is longer than two reads of it. */
static bool pm_timer_goes_on(void)
{
	const u32 first = in_long(0x608);
	u32 gone = 0;

	for (u32 reads = 0; reads < 10000U && gone == 0U; reads++)
		gone = in_long(0x608) - first;
	return gone != 0U && gone < 0x80000000U;
}

static void power(void)
{
	out_word(0x600, 0xffff);
	out_word(0x602, 0xffff);
	want("PM1 status", 0, in_word(0x600), 0);
	want("PM1 enable", 0, in_word(0x602), 0x0721);
	out_word(0x602, 0);
	want("PM1 enable", 1, in_long(0x600), 0);
	out_word(0x604, 0x1c02);
	want("PM1 control", 0, in_word(0x604), 0x1c03);
	out_word(0x604, 0);
	want("PM1 control", 1, in_word(0x604), 1);
	out_long(0x608, 0);
	want("PM timer goes on", 0, pm_timer_goes_on(), 1);
	(void)in_word(0x60a);
	out_byte(0x64, 0xfd);
	(void)in_byte(0x64);
	out_byte(0x92, 2);
	want("A20", 0, in_byte(0x92), 2);
	out_byte(0xcf9, 0x02);
	want("reset control", 0, in_byte(0xcf9), 2);
	out_long(0xcf8, 0xffffffff);
	want("configuration", 0, in_long(0xcf8), 0x80fffffc);
	out_word(0xcf8, 0);
	want("configuration by words", 0, in_word(0xcfa), 0xffff);
	want("configuration, unmoved", 0, in_long(0xcf8), 0x80fffffc);
	want("configuration data", 0, in_long(0xcfc), 0xffffffff);
	out_long(0xcf8, 0);
}

void attack_devices(void)
{
	uart_registers();
	uart_interrupts();
	pit_channels();
	clock_registers();
	power();
}

/* ---- ways to reset ---- */

#define FIRST_YEAR 0x50U /* BCD */

bool reset_done(void)
{
	return rtc(9) >= FIRST_YEAR;
}

void reset_next(void)
{
	const u32 year = rtc(9) < FIRST_YEAR ? FIRST_YEAR : rtc(9) + 1U;

	rtc_set(0xb, 0x82);
	rtc_set(9, year);
	rtc_set(0xb, 0x02);
	guest_printf("attack: reset %u\n", year - FIRST_YEAR);
	switch (year - FIRST_YEAR) {
	case 0:
		out_byte(0x64, 0xfe);
		break;
	case 1:
		out_byte(0x92, 1);
		break;
	case 2:
		out_byte(0xcf9, 6);
		break;
	default:
		guest_exit(0);
	}
	for (;;)
		__asm__ volatile("hlt");
}
