// SPDX-License-Identifier: Apache-2.0
/* What the ways through the controller cost, in ticks: instructions under instruction counting. */
#include "gic.h"

#define TURNS 100U
#define CROSS_TURNS 20U
/* Until all is as it stays. */
#define WARM 4U
#define SGI 1U
#define SGI1R(intid, targets) ((u64)(intid) << 24 | (targets))
#define TIMER_TICKS 2000U
/* The other vcpu is in its loop, or asleep. */
#define ASLEEP_TICKS 20000U
/* What it was told before has come to its end, its last timer included: the clock counts both. */
#define QUIET_TICKS 2000000U

struct both {
	u64 to, back;
};

struct both measure_sgi(u64 sgi);
u64 measure_timer_spin(u64 ticks);
u64 measure_timer_wfi(u64 ticks);

struct cost {
	u64 n, min, max, sum;
};

static void cost_add(struct cost *c, u32 turn, u64 ticks)
{
	if (turn < WARM)
		return;
	if (c->n == 0U || ticks < c->min)
		c->min = ticks;
	if (ticks > c->max)
		c->max = ticks;
	c->n++;
	c->sum += ticks;
}

static void show(const char *what, const struct cost *c)
{
	const u64 hundredths = c->sum * 100U / c->n;

	guest_printf("bench %s instructions %llu %llu %llu.%02llu %llu\n", what,
		     (unsigned long long)c->n, (unsigned long long)c->min,
		     (unsigned long long)hundredths / 100U, (unsigned long long)hundredths % 100U,
		     (unsigned long long)c->max);
}

static void cost_read(const char *what, u64 at)
{
	struct cost c = { 0, 0, 0, 0 };

	for (u32 i = 0; i < TURNS + WARM; i++) {
		const u64 from = reg_read(cntvct_el0);

		(void)read32(at);
		cost_add(&c, i, reg_read(cntvct_el0) - from);
	}
	show(what, &c);
}

static void cost_write(const char *what, u64 at)
{
	struct cost c = { 0, 0, 0, 0 };

	for (u32 i = 0; i < TURNS + WARM; i++) {
		const u64 from = reg_read(cntvct_el0);

		write32(at, 0);
		cost_add(&c, i, reg_read(cntvct_el0) - from);
	}
	show(what, &c);
}

static void cost_self(void)
{
	struct cost to = { 0, 0, 0, 0 };
	struct cost back = { 0, 0, 0, 0 };

	for (u32 i = 0; i < TURNS + WARM; i++) {
		const struct both took = measure_sgi(SGI1R(SGI, 1));

		cost_add(&to, i, took.to);
		cost_add(&back, i, took.back);
	}
	show("sgi_self", &to);
	show("sgi_self_rt", &back);
}

static void cost_timer(const char *what, u64 (*fn)(u64 ticks))
{
	struct cost c = { 0, 0, 0, 0 };

	for (u32 i = 0; i < TURNS + WARM; i++)
		cost_add(&c, i, fn(TIMER_TICKS));
	show(what, &c);
}

static void cost_cross(const char *what, enum task task)
{
	struct cost c = { 0, 0, 0, 0 };

	for (u32 i = 0; i < CROSS_TURNS + WARM; i++) {
		volatile u64 there = 0;
		u64 from;
		u64 at;

		second_tell(task, (u64)(uintptr_t)&there);
		while (there == 0U)
			__asm__ volatile("yield");
		at = reg_read(cntvct_el0);
		while (reg_read(cntvct_el0) - at < ASLEEP_TICKS)
			__asm__ volatile("yield");
		from = reg_read(cntvct_el0);
		icc_sgi(SGI1R(SGI, 2));
		cost_add(&c, i, second_do(TASK_NONE, 0) - from);
	}
	show(what, &c);
}

/* To vcpu 1, by its number or as all others; it has taken it when the next is sent. */
static void cost_send(const char *what, u64 sgi)
{
	struct cost c = { 0, 0, 0, 0 };

	for (u32 i = 0; i < CROSS_TURNS + WARM; i++) {
		const u32 before = second_total;
		const u64 from = reg_read(cntvct_el0);

		icc_sgi(sgi);
		cost_add(&c, i, reg_read(cntvct_el0) - from);
		while (second_total == before)
			__asm__ volatile("yield");
	}
	show(what, &c);
}

void measure(void)
{
	const u64 from = reg_read(cntvct_el0);

	while (reg_read(cntvct_el0) - from < QUIET_TICKS)
		__asm__ volatile("yield");
	cost_read("gicd_read", GICD + GICD_TYPER);
	cost_write("gicd_write", GICD + REG_ISENABLER + 4U);
	if (version2)
		return;
	cost_read("gicr_read", GICR(0) + 8U);
	cost_self();
	cost_timer("timer_spin", measure_timer_spin);
	cost_timer("timer_wfi", measure_timer_wfi);
	cost_cross("sgi_cross_spin", TASK_MEASURE_SPIN);
	cost_cross("sgi_cross_wfi", TASK_MEASURE_WFI);
	cost_send("sgi_send", SGI1R(SGI, 2));
	cost_send("sgi_broadcast_one", SGI1R(SGI, 1ULL << 40));
}
