// SPDX-License-Identifier: Apache-2.0
/* Ends of interrupt that take no exit, as KVM offers them. */
#include "apic.h"

#define KVM_PV_EOI 0x4b564d04U
#define FIXED_SELF 0x4000U
#define LOW 0x6bU
#define HIGH 0x7cU

static volatile u32 word;
static volatile u32 spared;

bool pv_eoi_end(void)
{
	bool offered;

	if (word == 0U)
		return false;
	__asm__ volatile("btrl $0, %1\n\tsetc %0" : "=q"(offered), "+m"(word) : : "cc", "memory");
	spared += offered ? 1U : 0U;
	return offered;
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

/* Whoever ends an interrupt at the local APIC has not taken the offer. */
static void register_instead(u32 vector)
{
	if (vector == LOW) {
		guest_check(word == 1U);
		guest_check(in_service(LOW));
		guest_check(word == 0U);
	}
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
	icr(0, FIXED_SELF | LOW);
	settle();
	guest_check(taken[0][LOW] == 1U && spared == 1U && word == 0U);
	guest_check(!in_service(LOW));
	test_two();
	on_interrupt = register_instead;
	icr(0, FIXED_SELF | LOW);
	settle();
	on_interrupt = NULL;
	guest_check(taken[0][LOW] == 3U && spared == 2U && !in_service(LOW));
	guest_check(msr_write_safe(KVM_PV_EOI, 0));
	icr(0, FIXED_SELF | LOW);
	settle();
	guest_check(taken[0][LOW] == 4U && spared == 2U && !in_service(LOW));
}
