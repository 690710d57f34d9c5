// SPDX-License-Identifier: Apache-2.0
/* A TSC at a rate of its own, beside the timer of the local APIC, which goes at the machine's. */
#include "apic.h"

#define FREQUENCIES 0x40000010U
#define WINDOW 400000U
#define VECTOR 0x47U

bool test_rate(void)
{
	u32 tsc, apic, ecx, edx;
	u64 from, passed, expected;
	u32 begin;

	__asm__ volatile("cpuid"
			 : "=a"(tsc), "=b"(apic), "=c"(ecx), "=d"(edx)
			 : "0"(FREQUENCIES), "2"(0));
	if (tsc == apic)
		return false;
	page_write(REG_SVR, 0x1ff);
	page_write(REG_DIVIDE, 0xb);
	page_write(REG_INITIAL, 0xffffffff);
	begin = page_read(REG_CURRENT);
	from = guest_ticks();
	while (guest_ticks() - from < WINDOW) {
	}
	passed = begin - page_read(REG_CURRENT);
	expected = (guest_ticks() - from) * apic / tsc;
	guest_printf("rate: %llu of %llu\n", (unsigned long long)passed,
		     (unsigned long long)expected);
	guest_check(passed > expected - expected / 50U && passed < expected + expected / 50U);
	/* A deadline is in the guest's own time. */
	apic_write(REG_TIMER, 0x40000 | VECTOR);
	from = guest_ticks() + WINDOW;
	msr_write(0x6e0, from);
	guest_check(msr_read(0x6e0) == from);
	await(taken[0][VECTOR] == 1U);
	guest_check(guest_ticks() >= from && guest_ticks() - from < WINDOW / 10U);
	apic_write(REG_TIMER, 0x10000);
	return true;
}
