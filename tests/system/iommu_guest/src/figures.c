// SPDX-License-Identifier: Apache-2.0
/*
 * Instructions of resets and of messages, where one tick is one. The emulator's devices are reset
 * at once, so that times to wait for hardware are left out: what counts is what the partition's
 * CPU does.
 */
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/irqchip/message.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/reset.h>

#include "program.h"

#define MESSAGE_TURNS 16U

static u64 steps, steps_sum, step_min, step_max;

/* Of the port above the NVMe controller, which has none otherwise. */
static struct message_source message_source;

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

bool figures_open(void)
{
	const struct pcie_function *f = attackers[1].f;
	const u32 rid = f->sbdf.v & 0xffffU;
	u32 port;

	if (message_controller() == NULL || f->parent == PCIE_NONE)
		return true;
	port = pcie.fn[f->parent].sbdf.v & 0xffffU;
	message_source = f->its != PCIE_NONE
				 ? (struct message_source){ f->its, f->msi_id - rid + port }
				 : (struct message_source){ f->iommu, port };
	return message_open(&message_source, 1) == 0;
}

static void message_taken(void *ctx __unused)
{
}

struct span {
	u64 sum, min, max;
};

static void span_add(struct span *s, u64 ticks)
{
	s->min = s->sum == 0U || ticks < s->min ? ticks : s->min;
	s->max = ticks > s->max ? ticks : s->max;
	s->sum += ticks;
}

static void span_show(const char *name, const struct span *s)
{
	log_info("bench %s instructions %u %lu %lu %lu", name, MESSAGE_TURNS, s->min,
		 s->sum / MESSAGE_TURNS, s->max);
}

/* Bound: its CPU takes it from then on. Not any more: nobody does, and it may be another's. */
static bool messages_timed(void)
{
	struct span bind = { 0 }, unbind = { 0 };
	int err = 0;

	for (u32 i = 0; i < MESSAGE_TURNS && err == 0; i++) {
		struct message_irq m = { .source = message_source, .fn = message_taken };
		u64 from = timer_now();

		err = message_take(&m);
		err = err == 0 ? message_enable(&m, true) : err;
		span_add(&bind, timer_now() - from);
		from = timer_now();
		err = err == 0 ? message_release(&m) : err;
		span_add(&unbind, timer_now() - from);
	}
	span_show("message_bind", &bind);
	span_show("message_unbind", &unbind);
	return err == 0;
}

bool figures_show(void)
{
	const bool good = reset_timed("none", &attackers[0]) && reset_timed("flr", &attackers[2]) &&
			  reset_timed("memory", &attackers[1]) &&
			  reset_timed("bus", &attackers[3]) && messages_timed();

	log_info("bench pcie_reset_step instructions %lu %lu %lu %lu", steps, step_min,
		 steps_sum / steps, step_max);
	return good;
}
