// SPDX-License-Identifier: Apache-2.0
/*
 * A real-time guest: its timer fires a hundred times a second, it measures how late that was, and
 * says so each second, and every five seconds how late that has been since it began. Over its
 * channel it tells the other side, and shows what that has to say.
 */
#include <abi/channel.h>
#include <abi/ucall.h>
#include <bulkhead/lib/printf.h>

#include "../../../tests/guest/guest.h"

#define TICKS_A_SECOND 100U
#define MESSAGE_MAX 96U
#define HISTOGRAM_SECONDS 5U

/* Of one second, in ticks of the counter. */
static struct latency {
	u64 min, max, sum;
	u32 count;
} latency;

/* Ticks since it began, each under the first step that it is below. */
static struct {
	const char *name;
	u64 below; /* nanoseconds */
	u32 count;
} histogram[] = {
	{ "<10 us", 10000U, 0 },    { "<100 us", 100000U, 0 }, { "<1 ms", 1000000U, 0 },
	{ "<10 ms", 10000000U, 0 }, { "more", ~0ULL, 0 },
};

static u64 period, deadline, next_report;
static u32 seconds, taken, missed;

/* What the channel is called by; NONE: there is none. */
#define NONE (~0U)
static struct channel channel;
static u32 bell = NONE;
static volatile bool rung;

static u64 nanoseconds(u64 ticks)
{
	return ticks * 1000000000U / guest_hz();
}

static void latency_reset(void)
{
	latency = (struct latency){ .min = ~0ULL };
}

static void histogram_add(u64 late)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(histogram) - 1U && late >= histogram[i].below)
		i++;
	histogram[i].count++;
}

static void histogram_report(void)
{
	guest_printf("rt: in all %u ticks, %u missed; late", taken, missed);
	for (u32 i = 0; i < ARRAY_SIZE(histogram); i++)
		guest_printf("%s %s %u", i == 0U ? "" : ",", histogram[i].name, histogram[i].count);
	guest_printf(" (simulator time)\n");
}

static void tick(u32 intid)
{
	const u64 late = guest_ticks() - deadline;

	(void)intid;
	latency.min = late < latency.min ? late : latency.min;
	latency.max = late > latency.max ? late : latency.max;
	latency.sum += late;
	latency.count++;
	histogram_add(nanoseconds(late));
	taken++;
	/* What was missed is not caught up with: each tick is measured against its own deadline. */
	missed += (u32)(late / period);
	deadline += period * (late / period + 1U);
	guest_timer_set(deadline);
}

static void on_bell(u32 intid)
{
	(void)intid;
	rung = true;
}

static void channel_find(void)
{
	struct guest_channel c;

	if (!guest_channel_find(0, &c))
		return;
	channel_open(&channel, (void *)(uintptr_t)c.base, c.size, c.end);
	bell = c.bell;
	guest_irq_enable(c.intid, true, on_bell);
	guest_printf("rt: channel with %s at 0x%llx\n", c.peer, (unsigned long long)c.base);
}

static void say(const char *text, u32 length)
{
	if (channel_send(&channel, text, length) == 0)
		(void)guest_hypercall(UCALL_BASE + UCALL_OP_BELL, bell, 0, 0, 0);
}

/* Who cannot ring is heard once a second. */
static void listen(void)
{
	char text[MESSAGE_MAX + 1U];
	int n = 0;

	rung = false;
	for (u32 i = 0; i < 8U && n != CHANNEL_NONE; i++) {
		n = channel_receive(&channel, text, MESSAGE_MAX);
		if (n < 0)
			continue;
		text[n] = '\0';
		guest_printf("rt: received: %s\n", text);
	}
}

static void report(void)
{
	char text[MESSAGE_MAX];
	const u64 average = latency.count != 0U ? latency.sum / latency.count : 0U;
	int n;

	seconds++;
	guest_printf(
		"rt: second %u, %u ticks, latency %llu/%llu/%llu ns min/avg/max (simulator time)\n",
		seconds, latency.count, (unsigned long long)nanoseconds(latency.min),
		(unsigned long long)nanoseconds(average),
		(unsigned long long)nanoseconds(latency.max));
	if (seconds % HISTOGRAM_SECONDS == 0U)
		histogram_report();
	n = bh_snprintf(text, sizeof(text), "second %u, at most %llu ns late", seconds,
			(unsigned long long)nanoseconds(latency.max));
	latency_reset();
	next_report += guest_hz();
	if (bell == NONE)
		return;
	say(text, (u32)n);
	listen();
}

void guest_main(uintptr_t info)
{
	(void)info;
	guest_irq_init();
	channel_find();
	period = guest_hz() / TICKS_A_SECOND;
	latency_reset();
	deadline = guest_ticks() + period;
	next_report = deadline + guest_hz();
	guest_irq_enable(GUEST_TIMER_INTID, false, tick);
	guest_timer_set(deadline);
	for (;;) {
		guest_irq_wait();
		guest_irq_on();
		guest_irq_off();
		if (rung)
			listen();
		if (deadline >= next_report)
			report();
	}
}
