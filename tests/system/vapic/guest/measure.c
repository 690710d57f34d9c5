// SPDX-License-Identifier: Apache-2.0
/* What the ways through the controllers cost, in ticks: instructions under instruction counting. */
#include "apic.h"

#define TURNS 100U
#define VECTOR_SELF 0x45U
#define VECTOR_TIMER 0x46U

struct cost {
	const char *name;
	u64 n, sum, min, max;
};

static void cost_add(struct cost *c, u64 ticks)
{
	if (c->n == 0U || ticks < c->min)
		c->min = ticks;
	if (ticks > c->max)
		c->max = ticks;
	c->sum += ticks;
	c->n++;
}

static void show(const struct cost *c)
{
	guest_printf("bench %s instructions %llu %llu %llu %llu\n", c->name,
		     (unsigned long long)c->n, (unsigned long long)c->min,
		     (unsigned long long)(c->sum / c->n), (unsigned long long)c->max);
}

#define MEASURE(metric, what)                               \
	do {                                                \
		struct cost c = { .name = (metric) };       \
		for (u32 i = 0; i < TURNS; i++) {           \
			const u64 from = guest_ticks();     \
			what;                               \
			cost_add(&c, guest_ticks() - from); \
		}                                           \
		show(&c);                                   \
	} while (0)

/* Of measure.S: when its handler began. */
extern volatile u64 measure_at;
volatile u64 measure_at;
void measure_entry(void);

/* Its gate goes there; offsets alone are changed (SDM volume 3, figure 6-8). */
static void handler_set(u32 vector, void (*entry)(void))
{
	const u64 to = (u64)(uintptr_t)entry;
	struct {
		u16 limit;
		u64 base;
	} __packed idt;
	volatile u16 *gate;

	__asm__ volatile("sidt %0" : "=m"(idt));
	gate = (volatile u16 *)(uintptr_t)(idt.base + 16ULL * vector);
	gate[0] = (u16)to;
	gate[3] = (u16)(to >> 16);
}

/* From the command, or from the deadline, to the handler's first instructions. */
static void measure_handler(const char *metric, bool timer)
{
	struct cost c = { .name = metric };

	handler_set(timer ? VECTOR_TIMER : VECTOR_SELF, measure_entry);
	for (u32 i = 0; i < TURNS; i++) {
		u64 from;

		measure_at = 0;
		from = guest_ticks();
		if (timer) {
			from += 3000U;
			msr_write(0x6e0, from);
		} else {
			msr_write(0x83f, VECTOR_SELF);
		}
		while (measure_at == 0U) {
		}
		cost_add(&c, measure_at - from);
	}
	show(&c);
}

void measure(void)
{
	/* The second CPU stays in its handler's way: nobody else is there to be sent to. */
	MEASURE("ipi_send_x2apic", msr_write(0x830, (u64)1 << 32 | 0x4095U));
	/* All others are that one. */
	MEASURE("ipi_broadcast_one", msr_write(0x830, 0xc4095U));
	MEASURE("pio_emulated", (void)port_read(DEVICE_PING));
	irqs_on();
	measure_handler("ipi_self", false);
	apic_write(REG_TIMER, 0x40000 | VECTOR_TIMER);
	measure_handler("timer_spin", true);
	irqs_off();
	apic_write(REG_TIMER, 0x10000);
	msr_write(0x1b, 0xfee00100);
	msr_write(0x1b, 0xfee00900);
	x2apic = false;
	page_write(REG_SVR, 0x1ff);
	page_write(REG_ICR_HIGH, 1U << 24);
	MEASURE("ipi_send_xapic", page_write(REG_ICR, 0x4095));
}
