// SPDX-License-Identifier: Apache-2.0
/*
 * Measures its own windows: it masks everything and never waits, reads the counter without end,
 * and takes a stretch in which it did not run for the time between two windows. The first does not
 * count, for the log still tells who has started. What it saw last it leaves in the region that it
 * shares with the other, who takes the cost of a switch from it.
 */
#include "../../../guest/guest.h"

#define FRAME_US 3000U /* of windows.dts in test_windows.py */
#define GAP_US 50U
#define FRESH_US 100U
#define WINDOWS 30U

struct figure {
	u64 n, least, most, sum;
};

static void add(struct figure *f, u64 value)
{
	f->least = f->n == 0U || value < f->least ? value : f->least;
	f->most = value > f->most ? value : f->most;
	f->sum += value;
	f->n++;
}

static void show(const char *what, const struct figure *f)
{
	guest_printf("window: %s %llu %llu %llu %llu\n", what, (unsigned long long)f->n,
		     (unsigned long long)f->least,
		     (unsigned long long)(f->n != 0U ? f->sum / f->n : 0U),
		     (unsigned long long)f->most);
}

void guest_main(uintptr_t info __unused)
{
	const u64 hz = guest_hz();
	const u64 us = hz / 1000000U;
	const u64 frame = FRAME_US * hz / 1000000U;
	struct figure length = { 0 }, start = { 0 }, turn = { 0 };
	struct guest_channel channel;
	volatile u64 *seen;
	u64 first = 0, begin = 0, last;
	u32 end;
	u32 n = 0;

	guest_check(guest_channel_find(0, &channel));
	end = channel.end;
	seen = (volatile u64 *)(uintptr_t)channel.base;
	last = guest_ticks();
	while (n < WINDOWS) {
		const u64 now = guest_ticks();

		if (now - last > GAP_US * us) {
			const u64 left = now - seen[1U - end];

			if (n == 1U)
				first = now;
			if (n > 1U)
				add(&length, last - begin);
			if (n != 0U)
				add(&start, now - first - (n - 1U) * frame + GAP_US * us);
			if (left < FRESH_US * us)
				add(&turn, left);
			begin = now;
			n++;
		}
		last = now;
		seen[end] = now;
	}
	show("length", &length);
	show("start", &start);
	show("switch", &turn);
	guest_exit(0);
}
