// SPDX-License-Identifier: Apache-2.0
/* Ends of interrupt that take no exit, as KVM offers them. */
#include "apic.h"

#define KVM_PV_EOI 0x4b564d04U
#define FIXED_SELF 0x4000U
#define LOW 0x6bU
#define HIGH 0x7cU

static volatile u32 word;
static volatile u32 spared;

/* What the handler of the interrupt at hand has done and seen, before its first exit. */
static volatile bool ended, seen, takes;

bool pv_eoi_end(void)
{
	const bool was = ended;

	ended = false;
	return was;
}

/* As Linux does: whoever finds the bit set need not do more. */
static void first_of_all(u32 vector)
{
	if (vector != LOW && vector != HIGH)
		return;
	seen = word == 1U;
	if (!takes)
		return;
	__asm__ volatile("btrl $0, %1\n\tsetc %0" : "=q"(ended), "+m"(word) : : "cc", "memory");
	spared += ended ? 1U : 0U;
}

static bool in_service(u32 vector)
{
	return (page_read(REG_ISR + vector / 32U * 16U) >> vector % 32U & 1U) != 0U;
}

/* Only behind the last of those that wait is there nothing to do. */
static void test_two(void)
{
	icr(0, FIXED_SELF | LOW);
	icr(0, FIXED_SELF | HIGH);
	settle();
	guest_check(taken[0][LOW] == 2U && taken[0][HIGH] == 1U);
	guest_check(spared == 2U && word == 0U);
	guest_check(!in_service(LOW) && !in_service(HIGH));
}

/* Whoever ends one at the local APIC has not taken the offer: the next exit takes it back. */
static void test_register(void)
{
	takes = false;
	seen = false;
	icr(0, FIXED_SELF | LOW);
	settle();
	guest_check(taken[0][LOW] == 3U && spared == 2U && seen && word == 0U);
	guest_check(!in_service(LOW));
	takes = true;
}

void test_pv_eoi(void)
{
	const u64 at = (u64)(uintptr_t)&word;
	u64 value;

	guest_check(msr_read_safe(KVM_PV_EOI, &value) && value == 0U);
	guest_check(!msr_write_safe(KVM_PV_EOI, at | 3U));
	guest_check(!msr_write_safe(KVM_PV_EOI, 0xfffff000U | 1U));
	guest_check(msr_write_safe(KVM_PV_EOI, at | 1U));
	guest_check(msr_read_safe(KVM_PV_EOI, &value) && value == (at | 1U));
	on_entry = first_of_all;
	takes = true;
	icr(0, FIXED_SELF | LOW);
	settle();
	guest_check(taken[0][LOW] == 1U && spared == 1U && word == 0U);
	guest_check(!in_service(LOW));
	test_two();
	test_register();
	guest_check(msr_write_safe(KVM_PV_EOI, 0));
	icr(0, FIXED_SELF | LOW);
	settle();
	guest_check(taken[0][LOW] == 4U && spared == 2U && !in_service(LOW));
	on_entry = NULL;
}
