// SPDX-License-Identifier: Apache-2.0
#include <abi/channel.h>
#include <abi/ucall.h>
#include <bulkhead/lib/string.h>

#include "calls.h"

#define MESSAGES 500U
#define PATIENCE 2000000000ULL

static struct channel channel;
static u32 bell, managed;
static volatile u32 rings;

static void on_bell(u32 intid)
{
	(void)intid;
	rings++;
}

static s64 ucall(u32 op, u64 a, u64 b, u64 c, u64 *second)
{
	u64 x[18] = { UCALL_BASE + op, a, b, c };

	guest_call(x, false);
	if (second != NULL)
		*second = x[1];
	return (s64)x[0];
}

static void take(void)
{
	guest_irq_on();
	guest_irq_off();
}

static void wait_state(u64 state)
{
	u64 now = ~0ULL;

	do {
		guest_check(ucall(UCALL_OP_STATE, managed, 0, 0, &now) == UCALL_OK);
		__asm__ volatile("yield");
	} while ((now & 0xffU) != state);
}

static void talk(u32 value)
{
	u32 out[8];
	int n = CHANNEL_NONE;

	for (u32 i = 0; i < ARRAY_SIZE(out); i++)
		out[i] = value + i;
	guest_check(channel_send(&channel, out, 4U * (value % 8U + 1U)) == 0);
	guest_check(ucall(UCALL_OP_BELL, bell, 0, 0, NULL) == UCALL_OK);
	memset(out, 0, sizeof(out));
	while (n == CHANNEL_NONE) {
		take();
		__asm__ volatile("yield");
		n = channel_receive(&channel, out, sizeof(out));
	}
	guest_check(n == (int)(4U * (value % 8U + 1U)));
	for (u32 i = 0; i < (u32)n / 4U; i++)
		guest_check(out[i] == value + i);
}

void channel_talk(void)
{
	const u32 node = guest_node("bulkhead,channel", 0);
	u32 length;
	u64 base, size;

	guest_check(guest_reg(node, 0, &base, &size));
	channel_open(&channel, (void *)(uintptr_t)base, size,
		     guest_be32(guest_property(node, "bulkhead,end", &length), 0));
	bell = guest_be32(guest_property(node, "bulkhead,bell", &length), 0);
	managed = guest_be32(
		guest_property(guest_node("bulkhead,partition", 0), "bulkhead,handle", &length), 0);
	guest_irq_enable(guest_intid(node), true, on_bell);
	wait_state(UCALL_STATE_RUNNING);
	for (u32 i = 0; i < MESSAGES; i++)
		talk(i);
	guest_check(rings != 0U);
	guest_printf("calls: %u messages came back\n", MESSAGES);
}

void manage_peer(void)
{
	static struct ucall_log_record record;
	u64 state, seq = 1;
	u32 starts, records = 0;

	guest_check(ucall(UCALL_OP_STATE, managed, 0, 0, &state) == UCALL_OK);
	starts = (u32)(state >> 32);
	guest_check(ucall(UCALL_OP_STOP, managed, 0, 0, NULL) == UCALL_OK);
	wait_state(UCALL_STATE_OFF);
	guest_check(ucall(UCALL_OP_BELL, bell, 0, 0, NULL) == UCALL_EPIPE);
	guest_check(ucall(UCALL_OP_START, managed, 0, 0, NULL) == UCALL_OK);
	wait_state(UCALL_STATE_RUNNING);
	guest_check(ucall(UCALL_OP_STATE, managed, 0, 0, &state) == UCALL_OK);
	guest_check((u32)(state >> 32) == starts + 1U);
	talk(7);
	guest_check(ucall(UCALL_OP_MARK_GOOD, managed, 0, 0, NULL) == UCALL_OK);
	guest_check(ucall(UCALL_OP_HEALTH, managed, UCALL_HEALTH_STOP, 0, &state) == UCALL_OK);
	guest_check(state == 0U);
	guest_check(ucall(UCALL_OP_HEALTH, managed, ~0ULL, 0, NULL) == UCALL_EINVAL);
	guest_check(ucall(UCALL_OP_STOP, bell, 0, 0, NULL) == UCALL_EINVAL);
	guest_check(ucall(UCALL_OP_BELL, managed, 0, 0, NULL) == UCALL_EINVAL);
	for (u32 i = 0; i < 200U; i++)
		records += ucall(UCALL_OP_READ_LOG, managed, seq, (uintptr_t)&record, &seq) ==
			   UCALL_OK;
	guest_check(ucall(UCALL_OP_READ_LOG, managed, 1, 0x09000000, NULL) != UCALL_OK);
	guest_printf("calls: the peer was stopped and started, %u records of it\n", records);
}
