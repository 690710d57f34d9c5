// SPDX-License-Identifier: Apache-2.0
/*
 * Storms of interrupts, one kind after the other, each as fast as the CPU takes them: SGIs to
 * itself, between two vcpus, to several and to nobody; a timer that is always due; more SPIs than
 * there are list registers, whose ends the controller has to be told; registers written meanwhile.
 */
#include "../../../guest/guest.h"
#include "../storm.h"

#define ROUNDS 400U
#define SGIS 16U
#define SPI_FIRST 64U
#define SPIS 32U
#define VTIMER 27U

#define ALL_OTHERS (1ULL << 40)
#define SGI1R(intid, targets) ((u64)(intid) << 24 | (targets))

static volatile u32 taken, timer_left;
static volatile u32 second_is_up, second_taken, over;
static uintptr_t dist;

static void send(u64 value)
{
	__asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" ::"r"(value) : "memory");
}

static void on_any(u32 intid)
{
	u64 id;

	(void)intid;
	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(id));
	if ((id & 0xffU) == 0U)
		taken = taken + 1U;
	else
		second_taken = second_taken + 1U;
}

/* It stays due until it has come often enough. */
static void on_timer(u32 intid)
{
	on_any(intid);
	timer_left = timer_left - 1U;
	if (timer_left == 0U)
		guest_timer_stop();
}

static void sgis_on(void)
{
	guest_irq_init();
	for (u32 i = 0; i < SGIS; i++)
		guest_irq_enable(i, true, on_any);
}

static void second(u64 arg)
{
	(void)arg;
	sgis_on();
	second_is_up = 1;
	guest_irq_on();
	while (over == 0U) {
		send(SGI1R(3, 1));
		send(SGI1R(4, 3));
	}
	guest_irq_off();
	over = 2;
	for (;;)
		guest_irq_wait();
}

static void storm_of_sgis(void)
{
	for (u32 i = 0; i < ROUNDS; i++) {
		send(SGI1R(i % SGIS, 1));
		send(SGI1R(1, 1));
		send(SGI1R(i % SGIS, 2));
		send(SGI1R(2, 2));
		send(SGI1R(i % SGIS, 3));
		send(SGI1R(5, 0) | ALL_OTHERS);
		send(SGI1R(6, 0));
		send(SGI1R(6, 0xfff0));
		send(SGI1R(7, 1) | 1ULL << 16);
	}
}

static void storm_of_the_timer(void)
{
	timer_left = ROUNDS;
	guest_timer_set(0);
	while (timer_left != 0U) {
	}
}

static void storm_of_spis(void)
{
	volatile u32 *pend = (volatile u32 *)(dist + 0x200U + SPI_FIRST / 8U);

	for (u32 i = 0; i < SPIS; i++)
		guest_irq_enable(SPI_FIRST + i, true, on_any);
	for (u32 i = 0; i < ROUNDS / 8U; i++) {
		guest_irq_off();
		*pend = 0xffffffffU;
		guest_irq_on();
	}
}

static void storm_of_registers(void)
{
	volatile u32 *enable = (volatile u32 *)(dist + 0x100U + SPI_FIRST / 8U);
	volatile u32 *disable = (volatile u32 *)(dist + 0x180U + SPI_FIRST / 8U);
	volatile u32 *pend = (volatile u32 *)(dist + 0x200U + SPI_FIRST / 8U);
	volatile u32 *priority = (volatile u32 *)(dist + 0x400U + SPI_FIRST);

	for (u32 i = 0; i < ROUNDS / 4U; i++) {
		*disable = 0xffffffffU;
		*pend = 1U << (i % 32U);
		*priority = i * 0x08080808U;
		*enable = 0xffffffffU;
		(void)*pend;
	}
}

void guest_main(uintptr_t info)
{
	volatile u64 *counter;
	u64 base, size, before;

	(void)info;
	guest_check(guest_reg(guest_node("bulkhead,channel", 0), 0, &base, &size));
	counter = (volatile u64 *)(uintptr_t)(base + COUNTER_OFFSET);
	guest_check(guest_reg(guest_node("arm,gic-v3", 0), 0, &base, &size));
	dist = (uintptr_t)base;
	sgis_on();
	guest_irq_enable(VTIMER, false, on_timer);
	guest_check(guest_cpu_start(0, 1, second, 0) == 0);
	while (second_is_up == 0U || *counter == 0U)
		__asm__ volatile("yield");
	before = *counter;
	guest_irq_on();
	storm_of_sgis();
	storm_of_the_timer();
	storm_of_spis();
	storm_of_registers();
	over = 1;
	while (over == 1U)
		__asm__ volatile("yield");
	guest_irq_off();
	guest_check(taken > ROUNDS && second_taken > 0U);
	guest_check(*counter > before);
	guest_printf("storm: %u and %u interrupts taken\n", taken, second_taken);
	guest_exit(0);
}
