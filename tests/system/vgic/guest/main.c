// SPDX-License-Identifier: Apache-2.0
/* Entry, interrupt handler and bookkeeping of the test guest. */
#include "gic.h"

bool version2;
void (*on_irq)(u32 intid);
volatile u32 taken_count;
volatile u32 taken[TAKEN_MAX];

void guest_exception(struct guest_frame *frame, u32 vector)
{
	u32 intid;
	u32 iar;

	if (vector != GUEST_VECTOR_IRQ) {
		guest_printf("exception %u at 0x%llx, ESR 0x%llx FAR 0x%llx\n", vector,
			     (unsigned long long)frame->pc, (unsigned long long)frame->esr,
			     (unsigned long long)frame->far);
		write32(DEVICE_BASE + DEVICE_END, 1);
	}
	iar = icc_iar();
	intid = iar & 0x3ffU;
	if (intid == SPURIOUS)
		return;
	if (taken_count < TAKEN_MAX)
		taken[taken_count] = intid;
	taken_count = taken_count + 1U;
	if (on_irq != NULL)
		on_irq(intid);
	icc_eoir(iar);
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
	const u64 config = private_base(intid) + REG_ICFGR + intid / 16U * 4U;

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
	/* GICD_ICPIDR2: where GICv3 has nothing. */
	version2 = read32(GICD + 0xfe8U) == 0x2bU;
	test_registers();
	if (!version2) {
		write32(GICR(0) + 0x14U, 0); /* GICR_WAKER */
		reg_write(ICC_IGRPEN1, 1);
		guest_check(reg_read(ICC_SRE) == 7U);
	}
	icc_pmr(0xf0);
	icc_split(false);
	write32(GICD + GICD_CTLR, version2 ? 1U : 0x12U);
	for (u32 i = SPI; i < SPI + 32U; i++)
		gic_route(i, 0);
	test_interrupts();
	second_start();
	test_second();
	if (!version2)
		test_others();
	/* More would share the clock that is to count instructions, or run on threads. */
	if (version2 || vcpus() == 2U)
		measure();
	write32(DEVICE_BASE + DEVICE_END, 0);
}
