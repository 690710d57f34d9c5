// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/string.h>

#include "calls.h"

#define RACES 200U

#define EC(esr) ((esr) >> 26 & 0x3fU)
#define EC_FETCH 0x21U
#define EC_DATA 0x25U
#define EXTERNAL 0x10U

volatile u64 fault_esr, fault_far;

/* A fetch from nowhere goes back to its caller, anything else on behind the instruction. */
void guest_exception(struct guest_frame *frame, u32 vector)
{
	if (vector == GUEST_VECTOR_IRQ) {
		guest_irq_take();
		return;
	}
	fault_esr = frame->esr;
	fault_far = frame->far;
	frame->pc = EC(frame->esr) == EC_FETCH ? frame->x[30] : frame->pc + 4U;
}

void nowhere(void)
{
	static const u64 places[] = { 0,          0x07fff000,   0x09001000,  0x0a000000,
				      0x50000000, 0x7ffffffff8, 0xfffffffff8 };

	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		volatile u32 *p = (volatile u32 *)(uintptr_t)places[i];

		fault_esr = 0;
		(void)*p;
		guest_check(EC(fault_esr) == EC_DATA && (fault_esr & 0x3fU) == EXTERNAL);
		guest_check(fault_far == places[i]);
		fault_esr = 0;
		*p = 1;
		guest_check(EC(fault_esr) == EC_DATA && (fault_esr & 0x3fU) == EXTERNAL);
		fault_esr = 0;
		((void (*)(void))(uintptr_t)places[i])();
		guest_check(EC(fault_esr) == EC_FETCH && (fault_esr & 0x3fU) == EXTERNAL);
		guest_check(fault_far == places[i]);
	}
	guest_printf("calls: nowhere is an external abort\n");
}

/* How many random calls, from the command line. */
static u32 count(void)
{
	const char *args = guest_bootargs();
	u32 n = 0;

	guest_check(args != NULL);
	for (; *args >= '0' && *args <= '9'; args++)
		n = 10U * n + (u32)(*args - '0');
	return n;
}

/* The word behind the number. */
static bool someone_types(void)
{
	const char *args = guest_bootargs();

	while (*args >= '0' && *args <= '9')
		args++;
	return strcmp(args, " type") == 0;
}

void guest_main(uintptr_t info)
{
	(void)info;
	guest_irq_init();
	calls_directed();
	calls_measure();
	calls_random(count());
	uart_table();
	uart_loop();
	if (someone_types())
		uart_typed();
	nowhere();
	channel_talk();
	bells_late();
	manage_peer();
	manage_refused();
	calls_race(RACES);
	guest_exit(0);
}
