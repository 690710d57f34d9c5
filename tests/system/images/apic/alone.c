// SPDX-License-Identifier: Apache-2.0
/* Commands to oneself: priorities, nesting, shorthands, NMI; and the timer. */
#include "apic.h"

#define TSC_DEADLINE 0x6e0U
#define SOON 100000U

static void test_self(void)
{
	icr(0, ICR_ASSERT | ICR_SELF | 0x41U);
	CHECK("nothing comes while interrupts are off", taken[0][0x41] == 0U);
	CHECK("it waits in the IRR", (apic_read(REG_IRR + 0x20U) & 2U) != 0U);
	CHECK("a command to oneself by shorthand", comes(taken[0][0x41] == 1U));
	icr(apic_read(REG_ID) >> 24, ICR_ASSERT | 0x42U);
	CHECK("a command to oneself by id", comes(taken[0][0x42] == 1U));
	icr(0, ICR_ASSERT | ICR_ALL | 0x43U);
	CHECK("a command to all", comes(taken[0][0x43] == 1U));
	icr(0, ICR_ASSERT | ICR_OTHERS | 0x44U);
	settle();
	CHECK("a command to all others is not for oneself", taken[0][0x44] == 0U);
	icr(9, ICR_ASSERT | 0x45U);
	settle();
	CHECK("a command to nobody goes nowhere", taken[0][0x45] == 0U);
	apic_write(REG_DFR, 0xffffffff);
	apic_write(REG_LDR, 0x04000000);
	icr(0x0c, ICR_ASSERT | ICR_LOGICAL | 0x46U);
	CHECK("a command by logical address", comes(taken[0][0x46] == 1U));
	icr(0x08, ICR_ASSERT | ICR_LOGICAL | 0x46U);
	settle();
	CHECK("a command to another logical address", taken[0][0x46] == 1U);
}

static void test_priority(void)
{
	apic_write(REG_TPR, 0x50);
	icr(0, ICR_ASSERT | ICR_SELF | 0x51U);
	settle();
	CHECK("TPR holds its class back", taken[0][0x51] == 0U);
	icr(0, ICR_ASSERT | ICR_SELF | 0x61U);
	CHECK("TPR lets a higher class through", comes(taken[0][0x61] == 1U));
	apic_write(REG_TPR, 0);
	CHECK("lowering TPR lets it come", comes(taken[0][0x51] == 1U));
	icr(0, ICR_ASSERT | ICR_SELF | 0x52U);
	icr(0, ICR_ASSERT | ICR_SELF | 0x93U);
	settle();
	CHECK("of two the higher comes first", last[0] == 0x93U && last[1] == 0x52U);
	__asm__ volatile("mov %0, %%cr8" : : "r"(7ULL));
	CHECK("CR8 is the TPR", apic_read(REG_TPR) == 0x70U);
	__asm__ volatile("mov %0, %%cr8" : : "r"(0ULL));
}

static volatile u32 depth, deepest;
static volatile bool in_service;

static void nest(u32 vector)
{
	depth++;
	deepest = depth > deepest ? depth : deepest;
	if (vector == 0x71U) {
		in_service = (apic_read(REG_ISR + 0x30U) & BIT(0x11)) != 0U;
		icr(0, ICR_ASSERT | ICR_SELF | 0x72U); /* the same class waits */
		icr(0, ICR_ASSERT | ICR_SELF | 0x82U); /* a higher one does not */
		settle();
	}
	depth--;
}

static void test_nesting(void)
{
	on_interrupt = nest;
	icr(0, ICR_ASSERT | ICR_SELF | 0x71U);
	CHECK("nested interrupts", comes(taken[0][0x72] == 1U) && taken[0][0x82] == 1U);
	CHECK("a higher class nests, its own does not", deepest == 2U && last[1] == 0x72U);
	CHECK("it is in the ISR meanwhile", in_service);
	on_interrupt = NULL;
}

static void test_nmi(void)
{
	icr(apic_read(REG_ID) >> 24, ICR_ASSERT | ICR_NMI);
	CHECK("NMI comes while interrupts are off", comes(taken[0][VECTOR_NMI] == 1U));
}

void test_alone(void)
{
	test_self();
	test_priority();
	test_nesting();
	test_nmi();
}

static void timer(u32 mode, u32 count)
{
	apic_write(REG_TIMER, mode | 0xa1U);
	apic_write(REG_INITIAL, count);
}

void test_timer(void)
{
	timer(TIMER_ONCE, SOON);
	CHECK("the timer counts", apic_read(REG_CURRENT) <= SOON);
	CHECK("the timer comes", comes(taken[0][0xa1] == 1U));
	settle();
	CHECK("one shot is one", taken[0][0xa1] == 1U && apic_read(REG_CURRENT) == 0U);
	timer(TIMER_PERIODIC, SOON);
	CHECK("a periodic one comes again", comes(taken[0][0xa1] >= 5U));
	timer(TIMER_MASKED, SOON);
	settle();
	taken[0][0xa1] = 0;
	settle();
	CHECK("a masked one does not come", taken[0][0xa1] == 0U);
	timer(TIMER_ONCE, SOON);
	while (taken[0][0xa1] == 0U)
		guest_irq_wait();
	PASS("HLT ends when the timer comes");
	apic_write(REG_INITIAL, 0);
	if (!has(1, 2, 24)) {
		SKIP("TSC deadline");
		return;
	}
	taken[0][0xa1] = 0;
	apic_write(REG_TIMER, TIMER_DEADLINE | 0xa1U);
	__asm__ volatile("mfence" ::: "memory");
	msr_write(TSC_DEADLINE, guest_ticks() + SOON);
	CHECK("TSC deadline", comes(taken[0][0xa1] == 1U));
	apic_write(REG_TIMER, TIMER_MASKED);
}
