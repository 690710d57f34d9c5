// SPDX-License-Identifier: Apache-2.0
/* One CPU: priorities, TPR and CR8, errors, timer, I/O APIC, messages, HLT, NMI. */
#include "apic.h"

static u32 order[8];
static u32 count;

static void note(u32 vector)
{
	if (count < 8U)
		order[count] = vector;
	count++;
}

static void send_self(u32 vector)
{
	icr(0, 0x40000U | vector);
}

static u64 cr8_read(void)
{
	u64 v;

	__asm__ volatile("movq %%cr8, %0" : "=r"(v));
	return v;
}

static void cr8_write(u64 v)
{
	__asm__ volatile("movq %0, %%cr8" ::"r"(v) : "memory");
}

static void test_priority(void)
{
	count = 0;
	on_interrupt = note;
	send_self(0x41);
	send_self(0x82);
	send_self(0x43);
	guest_check(apic_read(REG_IRR + 0x20U) == 0xaU && apic_read(REG_IRR + 0x40U) == 4U);
	settle();
	guest_check(count == 3U && order[0] == 0x82U && order[1] == 0x43U && order[2] == 0x41U);
	on_interrupt = NULL;
}

static void test_tpr(void)
{
	cr8_write(9);
	guest_check(apic_read(REG_TPR) == 0x90U);
	apic_write(REG_TPR, 0x55);
	guest_check(cr8_read() == 5U);
	taken[0][0x5f] = 0;
	irqs_on();
	send_self(0x5f);
	guest_check(taken[0][0x5f] == 0U);
	guest_check(apic_read(REG_PPR) == 0x55U);
	/* Lowered by either, it comes at once. */
	cr8_write(4);
	settle();
	guest_check(taken[0][0x5f] == 1U);
	apic_write(REG_TPR, 0x50);
	irqs_on();
	send_self(0x5e);
	guest_check(taken[0][0x5e] == 0U);
	apic_write(REG_TPR, 0);
	settle();
	guest_check(taken[0][0x5e] == 1U && cr8_read() == 0U);
}

static void test_errors(void)
{
	apic_write(REG_ERROR, 0xfe);
	send_self(0x0f);
	settle();
	guest_check(taken[0][0xfe] == 1U);
	apic_write(REG_ESR, 0);
	guest_check(apic_read(REG_ESR) == 0x20U);
	apic_write(REG_ESR, 0);
	guest_check(apic_read(REG_ESR) == 0U);
	apic_write(REG_ERROR, 0x10000);
}

static void test_timer(void)
{
	u64 from;

	apic_write(REG_DIVIDE, 0xb);
	apic_write(REG_TIMER, 0x30);
	from = guest_ticks();
	apic_write(REG_INITIAL, 50000);
	guest_check(apic_read(REG_CURRENT) <= 50000U);
	await(taken[0][0x30] == 1U);
	guest_check(guest_ticks() - from >= 50000U);
	apic_write(REG_TIMER, 0x20031);
	apic_write(REG_INITIAL, 20000);
	await(taken[0][0x31] == 3U);
	apic_write(REG_INITIAL, 0);
	apic_write(REG_TIMER, 0x40032);
	msr_write(0x6e0, guest_ticks() + 30000U);
	await(taken[0][0x32] == 1U);
	guest_check(msr_read(0x6e0) == 0U);
	apic_write(REG_TIMER, 0x10000);
}

static void io_write(u32 reg, u32 value)
{
	*(volatile u32 *)IOAPIC = reg;
	*(volatile u32 *)(IOAPIC + 0x10U) = value;
}

static u32 io_read(u32 reg)
{
	*(volatile u32 *)IOAPIC = reg;
	return *(volatile u32 *)(IOAPIC + 0x10U);
}

static void lower(u32 vector)
{
	if (taken[0][vector] == 2U)
		port_write(DEVICE_LOW, 5);
}

static void test_io_apic(void)
{
	guest_check(io_read(1) == 0x170020U);
	io_write(0x18, 0x61);
	port_write(DEVICE_PEND, 4);
	settle();
	guest_check(taken[0][0x61] == 1U);
	/* A level comes again until it is gone. */
	on_interrupt = lower;
	io_write(0x1a, 0x8062);
	port_write(DEVICE_HIGH, 5);
	port_write(DEVICE_HIGH, 5);
	settle();
	guest_check(taken[0][0x62] == 2U);
	guest_check((io_read(0x1a) & 0x4000U) == 0U);
	on_interrupt = NULL;
	/* An edge does not: it is high already. */
	io_write(0x1a, 0x62);
	for (u32 i = 0; i < 2U; i++) {
		port_write(DEVICE_HIGH, 5);
		settle();
		guest_check(taken[0][0x62] == 3U);
	}
	port_write(DEVICE_LOW, 5);
	port_write(DEVICE_MESSAGE, 0x63);
	settle();
	guest_check(taken[0][0x63] == 1U);
}

static void out8(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

/* Virtual wire: the 8259 through LINT0. Its interrupt is ended there; the APIC has none to end. */
static void test_pic(void)
{
	static const u8 first[] = { 0x70, 0x04, 0x03 };

	out8(0x20, 0x11);
	for (u32 i = 0; i < 3U; i++)
		out8(0x21, first[i]);
	out8(0x21, 0);
	port_write(DEVICE_PEND, 3);
	settle();
	guest_check(taken[0][0x73] == 0U);
	apic_write(REG_LINT0, 0x700);
	port_write(DEVICE_PEND, 3);
	settle();
	guest_check(taken[0][0x73] == 1U);
	out8(0x21, 0xff);
	apic_write(REG_LINT0, 0x10000);
}

static void send_nmi(u32 vector)
{
	if (vector == VECTOR_NMI && taken[0][VECTOR_NMI] < 3U) {
		icr(0, 0x4400);
		/* Blocked until IRET. */
		guest_check(taken[0][VECTOR_NMI] < 3U);
		count++;
	}
}

static void test_nmi(void)
{
	count = 0;
	on_interrupt = send_nmi;
	icr(0, 0x4400);
	settle();
	guest_check(taken[0][VECTOR_NMI] == 3U && count == 2U);
	on_interrupt = NULL;
}

static void test_halt(void)
{
	taken[0][0x33] = 0;
	apic_write(REG_TIMER, 0x33);
	for (u32 i = 1; i <= 3U; i++) {
		apic_write(REG_INITIAL, 40000);
		__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
		guest_check(taken[0][0x33] == i);
	}
	apic_write(REG_TIMER, 0x10000);
}

static void each(void)
{
	for (u32 v = 0; v < 256U; v++)
		taken[0][v] = 0;
	test_priority();
	test_tpr();
	test_errors();
	test_timer();
	test_io_apic();
	test_pic();
	test_nmi();
	test_halt();
}

void test_interrupts(void)
{
	each();
	msr_write(0x1b, 0xfee00d00);
	x2apic = true;
	each();
	msr_write(0x83f, 0x44);
	settle();
	guest_check(taken[0][0x44] == 1U);
}
