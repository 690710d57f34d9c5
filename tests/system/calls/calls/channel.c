// SPDX-License-Identifier: Apache-2.0
#include <abi/channel.h>
#include <abi/ucall.h>
#include <bulkhead/lib/string.h>

#include "calls.h"

#define MESSAGES 500U
#define SLOW_HZ 20U
#define LATE_BELLS 10U
#define LATE_TRIES 1000U /* more than 16: a busy host may be as slow as the bells */
#define LOG_TRIES 200U

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

/* Rings them all, and waits for an answer; how long that took. */
static u64 ring_slow(const struct guest_channel *slow, u32 count)
{
	const u64 from = guest_ticks();
	const u32 before = rings;

	for (u32 i = 0; i < count; i++)
		guest_check(ucall(UCALL_OP_BELL, slow[i].bell, 0, 0, NULL) == UCALL_OK);
	while (rings == before) {
		guest_irq_wait();
		take();
	}
	return guest_ticks() - from;
}

/*
 * Two channels on which SLOW_HZ bells a second are heard, 16 at once: the peer answers each by the
 * first one, and what is rung sooner is answered when its time has come.
 */
void bells_late(void)
{
	struct guest_channel slow[2];
	u32 n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(slow); i++)
		guest_check(guest_channel_find(1U + i, &slow[i]));
	for (u32 late = 0; late < LATE_BELLS; n++) {
		guest_check(n < LATE_TRIES);
		late += ring_slow(slow, ARRAY_SIZE(slow)) >= guest_hz() / (SLOW_HZ + 1U);
	}
	guest_printf("calls: the last %u of %u bells were late\n", LATE_BELLS, n);
}

static void refused_by(u32 op)
{
	guest_check(ucall(op, 99, 0, 0, NULL) == UCALL_EINVAL);
	guest_check(ucall(op, bell, 0, 0, NULL) == UCALL_EINVAL);
	guest_check(ucall(op, managed | 1ULL << 63, 0, 0, NULL) == UCALL_EINVAL);
}

void manage_refused(void)
{
	static struct ucall_log_record record;
	u64 state, at, seq = 0;
	u32 starts;
	u32 tries = 0;

	for (u32 op = UCALL_OP_START; op <= UCALL_OP_READ_LOG; op++)
		refused_by(op);
	/* The oldest is asked for, and one that will never be. */
	(void)ucall(UCALL_OP_READ_LOG, managed, 0, (uintptr_t)&record, &seq);
	guest_check(seq != 0U);
	guest_check(ucall(UCALL_OP_READ_LOG, managed, 1ULL << 60, (uintptr_t)&record, &at) ==
		    UCALL_EAGAIN);
	/* The peer has read where nothing is: that is in the log. */
	do {
		at = seq;
		tries++;
	} while (ucall(UCALL_OP_READ_LOG, managed, at, (uintptr_t)&record, &seq) != UCALL_OK &&
		 tries < LOG_TRIES);
	guest_check(tries < LOG_TRIES && record.length != 0U);
	guest_check(ucall(UCALL_OP_READ_LOG, managed, seq - 1U, 0x09000000, NULL) == UCALL_EFAULT);
	guest_check(ucall(UCALL_OP_STATE, managed, 0, 0, &state) == UCALL_OK);
	starts = (u32)(state >> 32);
	guest_check(ucall(UCALL_OP_RESTART, managed, 0, 0, NULL) == UCALL_OK);
	while ((u32)(state >> 32) != starts + 1U || (state & 0xffU) != UCALL_STATE_RUNNING)
		guest_check(ucall(UCALL_OP_STATE, managed, 0, 0, &state) == UCALL_OK);
	guest_printf("calls: managed in none but the right way\n");
}
