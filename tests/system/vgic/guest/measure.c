// SPDX-License-Identifier: Apache-2.0
/* What the ways through the controller cost, in ticks: instructions under instruction counting. */
#include "gic.h"

#define TURNS 100U
#define SGI1R(intid, targets) ((u64)(intid) << 24 | (targets))

struct cost {
	u64 min, max;
};

static void cost_add(struct cost *c, u64 ticks)
{
	if (c->max == 0U || ticks < c->min)
		c->min = ticks;
	if (ticks > c->max)
		c->max = ticks;
}

static void show(const char *what, const struct cost *c)
{
	guest_printf("cost: %s %llu %llu\n", what, (unsigned long long)c->min,
		     (unsigned long long)c->max);
}

static void cost_read(const char *what, u64 at)
{
	struct cost c = { 0, 0 };

	for (u32 i = 0; i < TURNS; i++) {
		const u64 from = reg_read(cntvct_el0);

		(void)read32(at);
		cost_add(&c, reg_read(cntvct_el0) - from);
	}
	show(what, &c);
}

static void cost_write(const char *what, u64 at)
{
	struct cost c = { 0, 0 };

	for (u32 i = 0; i < TURNS; i++) {
		const u64 from = reg_read(cntvct_el0);

		write32(at, 0);
		cost_add(&c, reg_read(cntvct_el0) - from);
	}
	show(what, &c);
}

/* With the interrupt taken by polling: its way in and out, not the guest's vectors. */
static void cost_self(void)
{
	struct cost c = { 0, 0 };

	for (u32 i = 0; i < TURNS; i++) {
		u64 from, to;
		u64 isr;

		from = reg_read(cntvct_el0);
		icc_sgi(SGI1R(1, 1));
		do {
			__asm__ volatile("mrs %0, isr_el1" : "=r"(isr));
		} while (isr == 0U);
		to = reg_read(cntvct_el0);
		icc_eoir(icc_iar());
		cost_add(&c, to - from);
	}
	show("sgi_self", &c);
}

static void cost_timer(void)
{
	struct cost c = { 0, 0 };

	for (u32 i = 0; i < TURNS; i++) {
		u64 isr;
		const u64 at = reg_read(cntvct_el0) + 1000U;

		reg_write(cntv_cval_el0, at);
		reg_write(cntv_ctl_el0, 1);
		do {
			__asm__ volatile("mrs %0, isr_el1" : "=r"(isr));
		} while (isr == 0U);
		cost_add(&c, reg_read(cntvct_el0) - at);
		reg_write(cntv_ctl_el0, 0);
		icc_eoir(icc_iar());
	}
	show("timer_spin", &c);
}

void measure(void)
{
	cost_read("gicd_read", GICD + GICD_TYPER);
	if (!version2)
		cost_read("gicr_read", GICR(0) + 8U);
	cost_write("gicd_write", GICD + REG_ISENABLER + 4U);
	cost_self();
	cost_timer();
}
