// SPDX-License-Identifier: Apache-2.0
/*
 * Does what makes Bulkhead take locks, all of it in every round, its own restart included: in one
 * round it is only listed, in each further one its CPU stands still in one of those locks.
 */
#include <abi/ucall.h>

#include "../../../guest/guest.h"
#include "../calls.h"

#define NOWHERE 0x20000000U
#define GICD 0x08000000U
#define UART 0x09000000U
#define SYSTEM_OFF 0x84000008U
#define SYSTEM_RESET 0x84000009U

static volatile u32 *const page = (volatile u32 *)(uintptr_t)PAGE;

/* Steps over what nobody answers. */
void guest_exception(struct guest_frame *frame, u32 vector)
{
	if (vector == GUEST_VECTOR_SYNC)
		frame->pc += 4U;
	else
		guest_irq_take();
}

static u64 ucall(u32 op, u64 a, u64 b, u64 c)
{
	u64 x[18] = { UCALL_BASE + op, a, b, c };

	guest_call(x, false);
	return op == OP_LOCKS ? x[1] : x[0];
}

static void registers(void)
{
	volatile u32 *gicd = (volatile u32 *)(uintptr_t)GICD;
	volatile u32 *uart = (volatile u32 *)(uintptr_t)UART;

	for (u32 offset = 0; offset < 0x1000U; offset += 4U) {
		if (offset < 0x500U)
			gicd[offset / 4U] = gicd[offset / 4U];
		if (offset >= 0x18U && offset != 0x30U)
			uart[offset / 4U] = uart[offset / 4U];
	}
	*(volatile u32 *)(uintptr_t)NOWHERE = 0;
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
	for (u32 n = 0; n < 0x20U; n++) {
		if (n != 2U && n != 8U && n != 9U && n != 0x12U && n != 1U)
			(void)guest_hypercall(0x84000000U + n, 0, 0, 0, 0);
	}
	(void)ucall(UCALL_OP_BELL, c.bell, 0, 0);
}

static void interrupts(void)
{
	/* All others, self. */
	__asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" ::"r"(1ULL << 40 | 2ULL << 24));
	__asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" ::"r"(2ULL << 24 | 1ULL));
}

static void everything(void)
{
	guest_printf("held: round %u\n", page[ROUND]);
	registers();
	calls();
	interrupts();
}

/* True: another round begins. */
static bool next(void)
{
	const u32 round = page[ROUND];

	page[HELD] = round + 1U;
	while (page[STEADY] != round + 1U)
		;
	page[STAGE] = 0;
	page[ROUND] = round + 1U;
	return round < (u32)(ucall(OP_LOCKS, 0, 0, 0) & 0xffU);
}

void guest_main(uintptr_t info __unused)
{
	guest_irq_init();
	if (page[STAGE] == 1U && !next()) {
		guest_printf("held: %u locks\n", (u32)ucall(OP_LOCKS, 0, 0, 0) & 0xffU);
		(void)guest_hypercall(SYSTEM_OFF, 0, 0, 0, 0);
	}
	(void)ucall(OP_ARM, page[ROUND] == 0U ? ~0U : page[ROUND] - 1U, 0, 0);
	page[READY] = page[ROUND] + 1U;
	page[STAGE] = 1;
	everything();
	(void)guest_hypercall(SYSTEM_RESET, 0, 0, 0, 0);
}
