// SPDX-License-Identifier: Apache-2.0
/* The same work in every round, a phase a kind, while the other one stands still in a lock. */
#include "../calls.h"
#include "../machine.h"

#define SOME_OP 27U /* nobody has it */
#define TURNS 50U
#define SETTLE 1000U /* of a second */

static volatile u32 *const page = (volatile u32 *)(uintptr_t)PAGE;
static volatile u32 taken;
static struct guest_channel channel;

void guest_exception(struct guest_frame *frame, u32 vector)
{
	machine_exception(frame, vector);
}

static void on_timer(u32 intid __unused)
{
	guest_timer_stop();
	taken++;
}

static void on_sent(u32 intid __unused)
{
	taken++;
}

static void on_bell(u32 intid __unused)
{
}

static u64 ucall(u32 op, u64 a)
{
	u64 second;

	(void)guest_hypercall_two(UCALL_BASE + op, a, 0, 0, &second);
	return second;
}

static void work_calls(void)
{
	for (u32 i = 0; i < TURNS; i++) {
		(void)ucall(UCALL_OP_FEATURES, 0);
		(void)ucall(SOME_OP, 0);
		machine_call();
	}
}

static void work_registers(void)
{
	for (u32 i = 0; i < TURNS; i++)
		machine_touch();
}

/* Until it has come. */
static void take(u32 before)
{
	guest_irq_on();
	while (taken == before)
		;
	guest_irq_off();
}

static void work_timer(void)
{
	for (u32 i = 0; i < TURNS; i++) {
		const u32 before = taken;

		machine_timer(0);
		take(before);
	}
}

static void work_sent(void)
{
	for (u32 i = 0; i < TURNS; i++) {
		const u32 before = taken;

		machine_send();
		take(before);
	}
}

static void work_bell(void)
{
	for (u32 i = 0; i < TURNS; i++)
		(void)ucall(UCALL_OP_BELL, channel.bell);
}

static void work_fault(void)
{
	machine_miss();
}

static void work_console(void)
{
	guest_printf("one line that says nothing\n");
}

/*
 * The same before each round: what Bulkhead could not say it says before this CPU sleeps, and every
 * interrupt that came is taken. Its own comes when it sleeps for sure.
 */
static void settle(void)
{
	const u32 before = taken;

	machine_timer(guest_ticks() + guest_hz() / SETTLE);
	machine_sleep();
	take(before);
}

static void measure(void)
{
	static void (*const work[])(void) = {
		work_calls, work_registers, work_timer,   work_sent,
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
		guest_relax();
	if (round == 0U) {
		while (page[HELD] != 1U)
			guest_relax();
		measure();
	} else if (held(round)) {
		measure();
		(void)ucall(OP_ARM, ~0U);
		while (page[HELD] != round + 1U)
			guest_relax();
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
	machine_timer_init(on_timer);
	machine_send_init(on_sent);
	guest_check(guest_channel_find(0, &channel));
	guest_irq_enable(channel.intid, true, on_bell);
	/* The first of each costs what none does later. */
	work_registers();
	work_fault();
	work_console();
	for (u32 round = 0; round == 0U || round <= (u32)(ucall(OP_LOCKS, 0) & 0xffU); round++)
		turn(round);
	guest_printf("steady: done\n");
	machine_off();
}
