// SPDX-License-Identifier: Apache-2.0
/* The same work in every round, a phase a kind, while the other one stands still in a lock. */
#include <abi/ucall.h>

#include "../../../guest/guest.h"
#include "../calls.h"

#define NOWHERE 0x20000000U
#define GICD 0x08000000U
#define GICD_TYPER 0x4U
#define GICD_ISENABLER1 0x104U
#define PSCI_VERSION 0x84000000U
#define CPU_SUSPEND 0x84000001U
#define SYSTEM_OFF 0x84000008U
#define SGI 1U
#define TURNS 50U

static volatile u32 *const page = (volatile u32 *)(uintptr_t)PAGE;
static volatile u32 taken;
static struct guest_channel channel;

void guest_exception(struct guest_frame *frame, u32 vector)
{
	if (vector == GUEST_VECTOR_SYNC)
		frame->pc += 4U;
	else
		guest_irq_take();
}

static void on_timer(u32 intid __unused)
{
	guest_timer_stop();
	taken++;
}

static void on_sgi(u32 intid __unused)
{
	taken++;
}

static void on_bell(u32 intid __unused)
{
}

static u64 ucall(u32 op, u64 a)
{
	u64 x[18] = { UCALL_BASE + op, a };

	guest_call(x, false);
	return x[1];
}

static void work_calls(void)
{
	for (u32 i = 0; i < TURNS; i++) {
		(void)ucall(UCALL_OP_FEATURES, 0);
		(void)ucall(27, 0);
		(void)guest_hypercall(PSCI_VERSION, 0, 0, 0, 0);
	}
}

static void work_registers(void)
{
	volatile u32 *gicd = (volatile u32 *)(uintptr_t)GICD;

	for (u32 i = 0; i < TURNS; i++) {
		(void)gicd[GICD_TYPER / 4U];
		gicd[GICD_ISENABLER1 / 4U] = 0;
	}
}

static void work_timer(void)
{
	for (u32 i = 0; i < TURNS; i++) {
		const u32 before = taken;

		guest_timer_set(0);
		guest_irq_on();
		while (taken == before)
			;
		guest_irq_off();
	}
}

static void work_sgi(void)
{
	for (u32 i = 0; i < TURNS; i++) {
		const u32 before = taken;

		__asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" ::"r"((u64)SGI << 24 | 1U));
		guest_irq_on();
		while (taken == before)
			;
		guest_irq_off();
	}
}

static void work_bell(void)
{
	for (u32 i = 0; i < TURNS; i++)
		(void)ucall(UCALL_OP_BELL, channel.bell);
}

static void work_fault(void)
{
	*(volatile u32 *)(uintptr_t)NOWHERE = 0;
}

static void work_console(void)
{
	guest_printf("one line that says nothing\n");
}

/*
 * The same before each round: what Bulkhead could not say it says before this CPU sleeps, and every
 * interrupt that came is taken.
 */
static void settle(void)
{
	const u32 before = taken;

	guest_timer_set(0);
	(void)guest_hypercall(CPU_SUSPEND, 0, 0, 0, 0);
	guest_irq_on();
	while (taken == before)
		;
	guest_irq_off();
}

static void measure(void)
{
	static void (*const work[])(void) = {
		work_calls, work_registers, work_timer,   work_sgi,
		work_bell,  work_fault,     work_console,
	};

	settle();
	for (u32 i = 0; i < ARRAY_SIZE(work); i++) {
		(void)ucall(OP_PHASE, 0);
		work[i]();
	}
	(void)ucall(OP_PHASE, 0);
}

/* False: it never took that lock. */
static bool held(u32 round)
{
	while (ucall(OP_STANDS, 0) == 0U) {
		if (page[HELD] == round + 1U)
			return false;
	}
	return true;
}

static void turn(u32 round)
{
	while (page[READY] != round + 1U)
		;
	if (round == 0U) {
		while (page[HELD] != 1U)
			;
		measure();
	} else if (held(round)) {
		measure();
		(void)ucall(OP_ARM, ~0U);
		while (page[HELD] != round + 1U)
			;
		settle();
		guest_printf("round %u: lock of class %u\n", round,
			     (u32)ucall(OP_LOCKS, round - 1U) >> 8);
	} else {
		guest_printf("round %u: not taken\n", round);
	}
	page[STEADY] = round + 1U;
}

void guest_main(uintptr_t info __unused)
{
	guest_irq_init();
	guest_irq_enable(GUEST_TIMER_INTID, false, on_timer);
	guest_irq_enable(SGI, true, on_sgi);
	guest_check(guest_channel_find(0, &channel));
	guest_irq_enable(channel.intid, true, on_bell);
	/* The first of each costs what none does later. */
	work_registers();
	work_fault();
	work_console();
	for (u32 round = 0; round == 0U || round <= (u32)(ucall(OP_LOCKS, 0) & 0xffU); round++)
		turn(round);
	guest_printf("steady: done\n");
	(void)guest_hypercall(SYSTEM_OFF, 0, 0, 0, 0);
}
