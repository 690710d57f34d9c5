// SPDX-License-Identifier: Apache-2.0
/* Two CPUs: INIT and SIPI, commands to one and to all, ping-pong, NMI, and the way they went. */
#include "apic.h"

/* If it is told no number. */
#define PINGS 200U
/* A moment that no ping takes, in ticks. */
#define RESCUE 1000000U
#define VECTOR_RESCUE 0x33U
#define STORM 2000U

static volatile u32 alive;
static volatile bool halts;
/* The ping that is under way, the last that was answered, and the last whose answer came. */
static volatile u32 asked, answered, heard;
/* Interrupts that came once more: QEMU's SVM does that. */
static u32 twice;

static void pong(u32 vector)
{
	const bool there = vector == 0x90U && apic_read(REG_ID) == 1U;

	if (there && answered != asked) {
		answered = asked;
		icr(0, 0x4091);
	} else if (vector == 0x91U && heard != asked) {
		heard = asked;
	} else if (there || vector == 0x91U) {
		__atomic_fetch_add(&twice, 1U, __ATOMIC_RELAXED);
	}
}

static void second_main(void)
{
	msr_write(0x1b, 0xfee00c00);
	apic_write(REG_SVR, 0x1ff);
	alive = alive + 1U;
	for (;;) {
		if (halts)
			__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
		else
			__asm__ volatile("sti\n\tpause\n\tcli" ::: "memory");
	}
}

static void startup(void)
{
	const u32 before = alive;

	icr(1, 0x4500);
	icr(1, 0x4600U | GUEST_SECOND >> 12);
	await(alive == before + 1U);
}

void second_start(void)
{
	guest_second_prepare(second_main);
	startup();
	/* One that runs takes no notice of SIPI; INIT stops it, and it starts again. */
	icr(1, 0x4600U | GUEST_SECOND >> 12);
	settle();
	guest_check(alive == 1U);
	startup();
}

/*
 * Halts until the answer has come. The timer is for QEMU, which may deliver an interrupt between
 * STI and HLT, and sleeps then.
 */
static void await_asleep(void)
{
	const u64 from = guest_ticks();

	apic_write(REG_TIMER, VECTOR_RESCUE);
	while (heard != asked) {
		guest_check(guest_ticks() - from < AWAIT_TICKS);
		apic_write(REG_INITIAL, RESCUE);
		__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
	}
	apic_write(REG_INITIAL, 0);
	apic_write(REG_TIMER, 0x10000);
}

/* There and back. @asleep: who waits halts, on both sides. */
static void ping(u32 count, bool asleep)
{
	on_interrupt = pong;
	halts = asleep;
	for (u32 i = 0; i < count; i++) {
		asked = asked + 1U;
		icr(1, 0x4090);
		if (asleep)
			await_asleep();
		else
			await(heard == asked);
		guest_check(answered == asked);
	}
	on_interrupt = NULL;
}

static u32 sent(u32 which)
{
	port_write(DEVICE_SENT, which);
	return port_read(DEVICE_SENT);
}

static void test_paths(void)
{
	const u32 fast = sent(0);
	const u32 slow = sent(1);

	icr(1, 0x40a0);
	await(taken[1][0xa0] == 1U);
	guest_check(sent(0) == fast + 1U && sent(1) == slow);
	icr(0, 0xc40a0);
	await(taken[1][0xa0] == 2U);
	guest_check(sent(0) == fast + 1U && sent(1) == slow + 1U);
}

/* Illegal vectors among them; modes other than INIT and SIPI, to anybody. */
static void storm_one(u32 random)
{
	static const u32 modes[] = { 0, 0, 0, 1, 2, 3, 4, 7 };
	const u32 vector = random & 0xffU;
	const u32 mode = modes[random >> 8 & 7U];
	const u32 shorthand = random >> 11 & 3U;
	const bool illegal = vector < 16U;

	/* The guest ends no spurious interrupt, which is FFh. */
	if (illegal || (vector >= 32U && vector != 0xffU))
		icr(random >> 13 & 3U, 0x4000U | shorthand << 18 | mode << 8 | vector);
}

/* A timer that always is due, and commands as fast as they can be sent: work is still done. */
static void test_storm(void)
{
	u32 random = 1;

	apic_write(REG_TIMER, 0x20034);
	apic_write(REG_INITIAL, 1);
	irqs_on();
	for (u32 i = 0; i < STORM; i++) {
		random = random * 1664525U + 1013904223U;
		storm_one(random >> 8);
	}
	irqs_off();
	apic_write(REG_INITIAL, 0);
	apic_write(REG_TIMER, 0x10000);
	settle();
	for (u32 v = 0; v < 16U; v++)
		guest_check(v == VECTOR_NMI || (taken[0][v] == 0U && taken[1][v] == 0U));
	guest_check(taken[0][0x34] > 10U);
	ping(PINGS, false);
	for (u32 v = 0; v < 256U; v++) {
		taken[0][v] = 0;
		taken[1][v] = 0;
	}
}

void test_second(void)
{
	const u32 told = guest_number(guest_bootargs());
	const u32 pings = told != 0U ? told : PINGS;

	ping(PINGS, false);
	test_storm();
	ping(pings, false);
	ping(pings, true);
	guest_printf("pings: %u awake, %u asleep, none lost, %u twice\n", pings, pings, twice);
	icr(0, 0x840a1);
	await(taken[1][0xa1] == 1U && taken[0][0xa1] == 1U);
	icr(1, 0x4400);
	await(taken[1][VECTOR_NMI] == 1U);
	/* Logical: cluster 0, member 1. */
	icr(2, 0x48a2);
	await(taken[1][0xa2] == 1U);
	/* To nobody, and with a vector that is none. */
	icr(7, 0x40a3);
	icr(1, 0x400f);
	settle();
	guest_check(taken[0][0xa3] == 0U && taken[1][0xa3] == 0U && taken[1][0x0f] == 0U);
	test_paths();
	halts = false;
}
