// SPDX-License-Identifier: Apache-2.0
/* Interrupts on one vcpu: edges, levels, timers, priorities, more than there are list registers. */
#include "gic.h"

#define SGI1R(intid, targets) ((u64)(intid) << 24 | (targets))
#define MANY 24U

static void pend(u32 intid)
{
	write32(DEVICE_BASE + DEVICE_PEND, intid);
}

/* All but self, another cluster, another range, groups there are not. */
static void sgis_to_nobody(void)
{
	icc_sgi(SGI1R(1, 2));
	icc_sgi(SGI1R(1, 0) | 1ULL << 40);
	icc_sgi(SGI1R(1, 1) | 1ULL << 16);
	icc_sgi(SGI1R(1, 1) | 1ULL << 32);
	icc_sgi(SGI1R(1, 1) | 1ULL << 48);
	icc_sgi(SGI1R(1, 1) | 1ULL << 44);
	icc_sgi(SGI1R(1, 0));
	reg_write(ICC_SGI0R, SGI1R(1, 1));
	reg_write(ICC_ASGI1R, SGI1R(1, 1));
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
}

static void test_sgi(void)
{
	for (u32 i = 0; i < 16U; i++)
		setup(i, 0x80);
	icc_sgi(SGI1R(3, 1));
	guest_check(gic_state(REG_ISPENDR, 3) == 1U);
	settle();
	expect(3);
	guest_check(gic_state(REG_ISPENDR, 3) == 0U && gic_state(REG_ISACTIVER, 3) == 0U);
	/* Twice while pending is once. */
	icc_sgi(SGI1R(7, 1));
	icc_sgi(SGI1R(7, 1));
	icc_sgi(SGI1R(15, 1));
	settle();
	expect(7, 15);
	if (!version2)
		sgis_to_nobody();
	/* Disabled: waits. */
	gic_set(REG_ICENABLER, 5);
	icc_sgi(SGI1R(5, 1));
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	gic_set(REG_ISENABLER, 5);
	settle();
	expect(5);
}

/* Each in a list register of its own, sent again when that is done with, and before. */
static void test_sgis_again(void)
{
	for (u32 i = 0; i < 4U; i++) {
		icc_sgi(SGI1R(3, 1));
		icc_sgi(SGI1R(7, 1));
		icc_sgi(SGI1R(15, 1));
		icc_sgi(SGI1R(3, 1));
		icc_sgi(SGI1R(7, 1));
		icc_sgi(SGI1R(15, 1));
		settle();
		expect(3, 7, 15);
	}
	for (u32 i = 0; i < 16U; i++)
		icc_sgi(SGI1R(15 - i, 1));
	settle();
	settle();
	expect(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* GICD_SETSPI_NSR, GICD_CLRSPI_NSR; an edge stays pending when its message is taken back. */
static void test_messages(void)
{
	write32(GICD + 0x40U, SPI);
	write32(GICD + 0x48U, SPI);
	write32(GICD + 0x40U, 5);
	write32(GICD + 0x40U, 1000);
	write32(GICD + 0x48U, 5);
	settle();
	expect(SPI);
}

static void test_edge(void)
{
	setup(SPI, 0x80);
	pend(SPI);
	pend(SPI);
	guest_check(gic_state(REG_ISPENDR, SPI) == 1U);
	settle();
	expect(SPI);
	/* Pended and taken back. */
	pend(SPI);
	gic_set(REG_ICPENDR, SPI);
	guest_check(gic_state(REG_ISPENDR, SPI) == 0U);
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	/* By register, by message. */
	gic_set(REG_ISPENDR, SPI);
	settle();
	expect(SPI);
	if (!version2)
		test_messages();
	/* The group, and the distributor. */
	write32(GICD + GICD_CTLR, 0);
	pend(SPI);
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	write32(GICD + GICD_CTLR, version2 ? 1U : 2U);
	settle();
	expect(SPI);
}

static void edge_again(u32 intid)
{
	if (taken_count == 1U) {
		pend(intid);
		guest_check(gic_state(REG_ISPENDR, intid) == 1U);
		guest_check(gic_state(REG_ISACTIVER, intid) == 1U);
	}
}

/* An edge that comes while the one before is being handled is not lost. */
static void test_edge_while_active(void)
{
	on_irq = edge_again;
	pend(SPI);
	settle();
	on_irq = NULL;
	expect(SPI, SPI);
}

static void lower_third(u32 intid)
{
	if (taken_count == 3U)
		write32(DEVICE_BASE + DEVICE_LOW, intid);
}

static void test_level(void)
{
	const u32 intid = SPI + 1U;
	const u64 config = GICD + REG_ICFGR + intid / 16U * 4U;

	setup(intid, 0x80);
	write32(config, read32(config) & ~(2U << (2U * (intid % 16U))));
	on_irq = lower_third;
	write32(DEVICE_BASE + DEVICE_HIGH, intid);
	write32(DEVICE_BASE + DEVICE_HIGH, intid);
	settle();
	on_irq = NULL;
	expect(intid, intid, intid);
	/* High and low again while masked: nothing. */
	write32(DEVICE_BASE + DEVICE_HIGH, intid);
	guest_check(gic_state(REG_ISPENDR, intid) == 1U);
	gic_set(REG_ICPENDR, intid);
	guest_check(gic_state(REG_ISPENDR, intid) == 1U);
	write32(DEVICE_BASE + DEVICE_LOW, intid);
	guest_check(gic_state(REG_ISPENDR, intid) == 0U);
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	/* A write makes even a level pending, once. */
	gic_set(REG_ISPENDR, intid);
	settle();
	expect(intid);
}

static void timer_stop(u32 intid)
{
	if (intid == VTIMER)
		reg_write(cntv_ctl_el0, 0);
	else
		reg_write(cntp_ctl_el0, 0);
}

static void timer_once(u32 intid)
{
	const u64 config = private_base(intid) + REG_ICFGR + 4U;
	u64 until;

	write32(config, 0);
	gic_priority(intid, 0x80);
	gic_set(REG_ISENABLER, intid);
	on_irq = timer_stop;
	if (intid == VTIMER) {
		until = reg_read(cntvct_el0) + 2000U;
		reg_write(cntv_cval_el0, until);
		reg_write(cntv_ctl_el0, 1);
	} else {
		until = reg_read(cntpct_el0) + 2000U;
		reg_write(cntp_cval_el0, until);
		reg_write(cntp_ctl_el0, 1);
	}
	irqs_on();
	while (taken_count == 0U)
		__asm__ volatile("wfi");
	irqs_off();
	guest_check(reg_read(cntvct_el0) >= until);
	on_irq = NULL;
	expect_taken(__func__, __LINE__, &intid, 1);
}

/* Runs out once more before its handler is done: the line stays high over the end. */
static void timer_again(u32 intid)
{
	if (taken_count > 1U)
		timer_stop(intid);
}

static void timer_twice(u32 intid)
{
	const u32 both[] = { intid, intid };
	const u64 until = reg_read(cntvct_el0) + 2000000U;

	gic_set(REG_ISENABLER, intid);
	on_irq = timer_again;
	if (intid == VTIMER) {
		reg_write(cntv_cval_el0, reg_read(cntvct_el0));
		reg_write(cntv_ctl_el0, 1);
	} else {
		reg_write(cntp_cval_el0, reg_read(cntpct_el0));
		reg_write(cntp_ctl_el0, 1);
	}
	irqs_on();
	while (taken_count < 2U && reg_read(cntvct_el0) < until)
		__asm__ volatile("yield");
	irqs_off();
	timer_stop(intid);
	on_irq = NULL;
	expect_taken(__func__, __LINE__, both, 2);
}

static void test_timer(void)
{
	timer_twice(VTIMER);
	timer_twice(PTIMER);
	timer_once(VTIMER);
	timer_once(PTIMER);
	timer_once(VTIMER);
	/* Disabled here, run out there: pending until the timer is set anew. */
	gic_set(REG_ICENABLER, VTIMER);
	reg_write(cntv_cval_el0, reg_read(cntvct_el0));
	reg_write(cntv_ctl_el0, 1);
	settle();
	guest_check(gic_state(REG_ISPENDR, VTIMER) == 1U);
	reg_write(cntv_ctl_el0, 0);
	guest_check(gic_state(REG_ISPENDR, VTIMER) == 0U);
	gic_set(REG_ISENABLER, VTIMER);
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	timer_once(VTIMER);
}

static void preempt(u32 intid)
{
	/* Each handler raises one that is more urgent, and one that is less. */
	if (intid > SPI && intid < SPI + 8U) {
		pend(intid - 1U);
		pend(SPI + MANY);
	}
	settle();
}

/* Eight deep: more active interrupts than there are list registers. */
static void test_preemption(void)
{
	for (u32 i = 0; i < 8U; i++)
		setup(SPI + i, 0x40U + 8U * i);
	setup(SPI + MANY, 0xe0);
	icc_bpr(0);
	on_irq = preempt;
	pend(SPI + 7U);
	settle();
	on_irq = NULL;
	expect(SPI + 7U, SPI + 6U, SPI + 5U, SPI + 4U, SPI + 3U, SPI + 2U, SPI + 1U, SPI,
	       SPI + MANY);
	for (u32 i = 0; i < 8U; i++)
		guest_check(gic_state(REG_ISACTIVER, SPI + i) == 0U);
}

static void test_priorities(void)
{
	u32 list[MANY];

	/* Pended in one order, taken by priority, then by number. */
	for (u32 i = 0; i < MANY; i++) {
		setup(SPI + i, 0x20U + 8U * ((i * 7U) % MANY));
		list[(i * 7U) % MANY] = SPI + i;
	}
	for (u32 i = 0; i < MANY; i++)
		pend(SPI + i);
	settle();
	settle();
	expect_taken(__func__, __LINE__, list, MANY);
	/* The mask. */
	icc_pmr(0x40);
	setup(SPI, 0x38);
	setup(SPI + 1U, 0x40);
	pend(SPI);
	pend(SPI + 1U);
	settle();
	expect(SPI);
	icc_pmr(0xf0);
	settle();
	expect(SPI + 1U);
	/* Raised while it is pending. */
	setup(SPI, 0x80);
	setup(SPI + 1U, 0x90);
	pend(SPI);
	pend(SPI + 1U);
	gic_priority(SPI + 1U, 0x10);
	settle();
	expect(SPI + 1U, SPI);
}

/*
 * EOImode 1: priority drops at once, the interrupts are ended in any order, later. GICv2 does not
 * trap that, so there no more than there are list registers.
 */
static void test_split(void)
{
	const u32 count = version2 ? 3U : 8U;
	u32 list[8];

	icc_split(true);
	for (u32 i = 0; i < count; i++) {
		list[i] = SPI + i;
		setup(SPI + i, 0x80);
		pend(SPI + i);
	}
	settle();
	expect_taken(__func__, __LINE__, list, count);
	for (u32 i = 0; i < count; i++) {
		const u32 intid = SPI + (i * 5U) % count;

		guest_check(gic_state(REG_ISACTIVER, intid) == 1U);
		pend(intid);
		settle();
		expect_taken(__func__, __LINE__, NULL, 0);
		icc_dir(intid);
		settle();
		expect_taken(__func__, __LINE__, &intid, 1);
		icc_dir(intid);
		guest_check(gic_state(REG_ISACTIVER, intid) == 0U);
	}
	/* There is no such interrupt; and without EOImode it ends nothing. */
	icc_dir(1000);
	icc_split(false);
	if (!version2)
		icc_dir(SPI);
	settle();
}

/* Active by a write: held back until it is cleared. */
static void test_active_by_write(void)
{
	gic_set(REG_ISACTIVER, SPI);
	pend(SPI);
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	guest_check(gic_state(REG_ISACTIVER, SPI) == 1U);
	gic_set(REG_ICACTIVER, SPI);
	settle();
	expect(SPI);
}

/* ---- physical interrupts that are the guest's ---- */

#define RTC_DR 0x00U
#define RTC_MR 0x04U
#define RTC_IMSC 0x10U
#define RTC_ICR 0x1cU

/* Its match register is the time that it is: its line goes high at once. */
static void alarm(void)
{
	write32(ALARM_BASE + RTC_IMSC, 1);
	write32(ALARM_BASE + RTC_MR, read32(ALARM_BASE + RTC_DR));
}

static void alarm_third(u32 intid)
{
	(void)intid;
	if (taken_count == 3U)
		write32(ALARM_BASE + RTC_ICR, 1);
}

/* As long as its line is high it comes again, as soon as it is ended. */
static void test_bound_level(void)
{
	const u64 config = GICD + REG_ICFGR + ALARM_INTID / 16U * 4U;

	setup(ALARM_INTID, 0x80);
	write32(config, read32(config) & ~(2U << (2U * (ALARM_INTID % 16U))));
	gic_route(ALARM_INTID, 0);
	on_irq = alarm_third;
	alarm();
	await(3);
	on_irq = NULL;
	settle();
	expect(ALARM_INTID, ALARM_INTID, ALARM_INTID);
	/* Off here is off there. */
	gic_set(REG_ICENABLER, ALARM_INTID);
	alarm();
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	taken_none();
	on_irq = alarm_third;
	gic_set(REG_ISENABLER, ALARM_INTID);
	await(3);
	on_irq = NULL;
	settle();
	expect(ALARM_INTID, ALARM_INTID, ALARM_INTID);
}

static void test_bound_edge(void)
{
	setup(EDGE_INTID, 0x80);
	gic_route(EDGE_INTID, 0);
	for (u32 i = 0; i < 3U; i++) {
		write32(DEVICE_BASE + DEVICE_EDGE, EDGE_INTID);
		await(1);
		settle();
		expect(EDGE_INTID);
	}
	/* Before other interrupts, if it is more urgent; ended in two steps. */
	gic_priority(EDGE_INTID, 0x20);
	setup(SPI, 0x40);
	write32(DEVICE_BASE + DEVICE_PEND, SPI);
	write32(DEVICE_BASE + DEVICE_EDGE, EDGE_INTID);
	await(2);
	expect(EDGE_INTID, SPI);
}

void test_interrupts(void)
{
	test_sgi();
	test_sgis_again();
	test_edge();
	test_edge_while_active();
	test_level();
	test_timer();
	test_priorities();
	test_preemption();
	test_split();
	test_active_by_write();
	test_bound_level();
	test_bound_edge();
	guest_printf("interrupts of one vcpu: good\n");
}
