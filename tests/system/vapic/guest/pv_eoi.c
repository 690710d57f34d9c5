// SPDX-License-Identifier: Apache-2.0
/* Ends of interrupt that take no exit, as KVM offers them. */
#include "apic.h"

#define KVM_PV_EOI 0x4b564d04U
#define FIXED_SELF 0x4000U
#define LOW 0x6bU
#define HIGH 0x7cU
#define PIN 6U
#define DEADLINE 0x6e0U
#define SEND_IPI 10U
#define SOON 20000U
#define TIMER 0x6eU
#define GENU 0x756e6547U /* a vendor that has VMX */

static volatile u32 word;
static volatile u32 spared;

/* What the handler of the interrupt at hand has done and seen, before its first exit. */
static volatile bool ended, seen, takes;
/* What exits first, if set. */
static void (*volatile first_exit)(void);

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
	if (first_exit != NULL)
		first_exit();
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

static bool vmx;

static bool is_vmx(void)
{
	u32 eax = 0, ebx, ecx = 0, edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return ebx == GENU;
}

static void by_port(void)
{
	(void)port_read(DEVICE_ROW);
}

static void by_msr(void)
{
	msr_write(DEADLINE, 0);
}

static void by_msr_read(void)
{
	(void)msr_read(DEADLINE);
}

/* Not by guest_hypercall(): that looks for the CPU's vendor first, which is an exit. */
static void by_call(void)
{
	u64 rax = SEND_IPI;

	if (vmx)
		__asm__ volatile("vmcall" : "+a"(rax) : "b"(0), "c"(0), "d"(0), "S"(LOW));
	else
		__asm__ volatile("vmmcall" : "+a"(rax) : "b"(0), "c"(0), "d"(0), "S"(LOW));
	guest_check(rax == 0U);
}

/* By one that is Bulkhead's own: the timer, which was set before. */
static void by_interrupt(void)
{
	const u64 from = guest_ticks();

	while (word != 0U && guest_ticks() - from < 100U * SOON)
		__asm__ volatile("pause");
}

/* Every kind of exit takes the offer back, and ends nothing that its handler has not. */
static void test_exits(void)
{
	static void (*const exits[])(void) = { by_port, by_msr, by_msr_read, by_call,
					       by_interrupt };

	vmx = is_vmx();
	takes = false;
	apic_write(REG_TIMER, 0x40000U | TIMER);
	for (u32 i = 0; i < ARRAY_SIZE(exits); i++) {
		const u32 before = taken[0][LOW];

		first_exit = exits[i];
		seen = false;
		if (exits[i] == by_interrupt)
			msr_write(DEADLINE, guest_ticks() + SOON);
		icr(0, FIXED_SELF | LOW);
		settle();
		guest_check(taken[0][LOW] == before + 1U && seen);
		guest_check(word == 0U && !in_service(LOW));
	}
	apic_write(REG_TIMER, 0x10000);
	first_exit = NULL;
	takes = true;
}

/* With interrupts let in the command itself delivers, and offers. */
static void test_at_once(void)
{
	const u32 before = taken[0][LOW];

	seen = false;
	irqs_on();
	icr(0, FIXED_SELF | LOW);
	irqs_off();
	guest_check(taken[0][LOW] == before + 1U && seen && word == 0U && !in_service(LOW));
}

static void lower(u32 vector)
{
	if (vector == HIGH)
		port_write(DEVICE_LOW, PIN);
}

/* A level's end is the I/O APIC's business as well. */
static void test_level(void)
{
	const u32 before = taken[0][HIGH];

	seen = true;
	on_interrupt = lower;
	*(volatile u32 *)IOAPIC = 0x10U + 2U * PIN;
	*(volatile u32 *)(IOAPIC + 0x10U) = 0x8000U | HIGH;
	port_write(DEVICE_HIGH, PIN);
	settle();
	guest_check(taken[0][HIGH] == before + 1U && !seen && word == 0U && !in_service(HIGH));
	*(volatile u32 *)(IOAPIC + 0x10U) = 0x10000U;
	on_interrupt = NULL;
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
	test_exits();
	test_at_once();
	test_level();
	guest_check(msr_write_safe(KVM_PV_EOI, 0));
	taken[0][LOW] = 0;
	spared = 0;
	icr(0, FIXED_SELF | LOW);
	settle();
	guest_check(taken[0][LOW] == 1U && spared == 0U && !in_service(LOW));
	on_entry = NULL;
}
