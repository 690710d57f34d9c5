// SPDX-License-Identifier: Apache-2.0
/*
 * Instructions of resets, where one tick is one. The emulator's devices are reset at once, so that
 * times to wait for hardware are left out: what counts is what the partition's CPU does.
 */
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/reset.h>

#include "program.h"

static u64 steps, steps_sum, step_min, step_max;

static int step_timed(struct pcie_reset *r)
{
	u64 ticks;
	int err;

	r->until = 0;
	ticks = timer_now();
	err = pcie_reset_step(r);
	ticks = timer_now() - ticks;
	step_min = steps == 0U || ticks < step_min ? ticks : step_min;
	step_max = ticks > step_max ? ticks : step_max;
	steps_sum += ticks;
	steps++;
	return err;
}

/* One job for one function. */
static bool reset_timed(const char *name, const struct attacker *a)
{
	struct pcie_clean clean = { .f = a->f, .accept = a->no_reset };
	const u64 before = steps_sum;
	const struct pcie_host *hosts;
	struct pcie_reset r;
	int err = BH_EAGAIN;

	(void)pcie_hosts(&hosts);
	pcie_reset_init(&r, &pcie, hosts, &clean, 1);
	pcie_reset_begin(&r);
	while (err == BH_EAGAIN)
		err = step_timed(&r);
	log_info("bench pcie_reset_%s instructions 1 %lu %lu %lu", name, steps_sum - before,
		 steps_sum - before, steps_sum - before);
	return err == 0;
}

bool figures_show(void)
{
	const bool good = reset_timed("none", &attackers[0]) && reset_timed("flr", &attackers[2]) &&
			  reset_timed("memory", &attackers[1]) && reset_timed("bus", &attackers[3]);

	log_info("bench pcie_reset_step instructions %lu %lu %lu %lu", steps, step_min,
		 steps_sum / steps, step_max);
	return good;
}
