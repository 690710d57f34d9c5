// SPDX-License-Identifier: Apache-2.0
/* Entry, interrupt handler and bookkeeping of the test guest. */
#include "gic.h"

void (*on_irq)(u32 intid);
volatile u32 taken_count;
volatile u32 taken[TAKEN_MAX];

void guest_exception(struct guest_frame *frame, u32 vector)
{
	u32 intid;

	if (vector != GUEST_VECTOR_IRQ) {
		guest_printf("exception %u at 0x%llx, ESR 0x%llx FAR 0x%llx\n", vector,
			     (unsigned long long)frame->pc, (unsigned long long)frame->esr,
			     (unsigned long long)frame->far);
		write32(DEVICE_BASE + DEVICE_END, 1);
	}
	intid = (u32)reg_read(ICC_IAR1);
	if (intid == SPURIOUS)
		return;
	if (taken_count < TAKEN_MAX)
		taken[taken_count] = intid;
	taken_count = taken_count + 1U;
	if (on_irq != NULL)
		on_irq(intid);
	reg_write(ICC_EOIR1, intid);
}

void taken_none(void)
{
	taken_count = 0;
}

void expect_taken(const char *what, u32 line, const u32 *list, u32 count)
{
	bool good = taken_count == count;

	for (u32 i = 0; i < count && good; i++)
		good = taken[i] == list[i];
	if (!good) {
		guest_printf("%s, line %u: took %u interrupts, expected %u:\n", what, line,
			     taken_count, count);
		for (u32 i = 0; i < taken_count && i < TAKEN_MAX; i++)
			guest_printf("  %u, expected %u\n", taken[i], i < count ? list[i] : 0U);
		write32(DEVICE_BASE + DEVICE_END, 1);
	}
	taken_none();
}

void setup(u32 intid, u32 priority)
{
	const u64 config = (intid < 32U ? GICR_SGI(0) : GICD) + REG_ICFGR + intid / 16U * 4U;

	if (intid >= 16U)
		write32(config, read32(config) | 2U << (2U * (intid % 16U)));
	gic_priority(intid, priority);
	gic_set(REG_ISENABLER, intid);
}

void settle(void)
{
	irqs_on();
	for (volatile u32 i = 0; i < 20U; i++) {
	}
	irqs_off();
}

void await(u32 count)
{
	const u64 from = guest_ticks();

	irqs_on();
	while (taken_count < count && guest_ticks() - from < LONG_TIME)
		__asm__ volatile("yield");
	irqs_off();
}

void guest_main(uintptr_t info __unused)
{
	test_registers();
	/* GICR_WAKER, the CPU interface, then the distributor. */
	write32(GICR(0) + 0x14U, 0);
	reg_write(ICC_PMR, 0xf0);
	reg_write(ICC_IGRPEN1, 1);
	write32(GICD + GICD_CTLR, 0x12);
	guest_check(reg_read(ICC_SRE) == 7U);
	test_interrupts();
	second_start();
	test_second();
	measure();
	write32(DEVICE_BASE + DEVICE_END, 0);
}
