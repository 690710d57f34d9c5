// SPDX-License-Identifier: Apache-2.0
/*
 * Does what makes Bulkhead take locks, all of it in every round, its own restart included: in one
 * round it is only listed, in each further one its CPU stands still in one of those locks.
 */
#include "../calls.h"
#include "../machine.h"

static volatile u32 *const page = (volatile u32 *)(uintptr_t)PAGE;

void guest_exception(struct guest_frame *frame, u32 vector)
{
	machine_exception(frame, vector);
}

static u64 ucall(u32 op, u64 a, u64 b, u64 c)
{
	u64 second;
	const u64 first = guest_hypercall_two(UCALL_BASE + op, a, b, c, &second);

	return op == OP_LOCKS ? second : first;
}

static u32 locks(void)
{
	return (u32)ucall(OP_LOCKS, 0, 0, 0) & 0xffU;
}

static void calls(void)
{
	static u8 record[sizeof(struct ucall_log_record)];
	struct guest_channel c;

	guest_check(guest_channel_find(0, &c));
	for (u32 op = 0; op < OP_ARM; op++) {
		if (op != UCALL_OP_STOP && op != UCALL_OP_RESTART)
			(void)ucall(op, c.bell + 1U, 1, (uintptr_t)record);
	}
	(void)ucall(UCALL_OP_BELL, c.bell, 0, 0);
}

static void everything(void)
{
	guest_printf("held: round %u\n", page[ROUND]);
	machine_touch_all();
	machine_miss();
	calls();
	machine_send_all();
}

/* True: another round begins. */
static bool next(void)
{
	const u32 round = page[ROUND];

	page[HELD] = round + 1U;
	while (page[STEADY] != round + 1U)
		guest_relax();
	page[STAGE] = 0;
	page[ROUND] = round + 1U;
	return round < locks();
}

void guest_main(uintptr_t info __unused)
{
	guest_irq_init();
	if (page[STAGE] == 1U && !next()) {
		guest_printf("held: %u locks\n", locks());
		machine_off();
	}
	(void)ucall(OP_ARM, page[ROUND] == 0U ? ~0U : page[ROUND] - 1U, 0, 0);
	page[READY] = page[ROUND] + 1U;
	page[STAGE] = 1;
	everything();
	machine_reset();
}
