// SPDX-License-Identifier: Apache-2.0
/*
 * Measures its own windows: it masks everything and never waits, reads the counter without end,
 * and takes a stretch in which it did not run for the time between two windows. What it saw last
 * it leaves in the region that it shares with the other, who takes the cost of a switch from it.
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
	const u32 node = guest_node("bulkhead,channel", 0);
	const u64 us = guest_hz() / 1000000U;
	struct figure length = { 0 }, start = { 0 }, turn = { 0 };
	volatile u64 *seen;
	u64 base = 0, size = 0;
	u64 first = 0, begin = 0, last;
	u32 end;
	u32 n;

	guest_check(guest_reg(node, 0, &base, &size));
	end = guest_be32(guest_property(node, "bulkhead,end", &n), 0);
	seen = (volatile u64 *)(uintptr_t)base;
	n = 0;
	last = guest_ticks();
	while (n < WINDOWS) {
		const u64 now = guest_ticks();

		if (now - last > GAP_US * us) {
			const u64 left = now - seen[1U - end];

			if (n == 0U)
				first = now;
			else
				add(&length, last - begin);
			add(&start, now - first - n * FRAME_US * us + GAP_US * us);
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
