// SPDX-License-Identifier: Apache-2.0
/* A second vcpu: interrupts sent to it, and what is seen of them from outside. */
#include "gic.h"

#define PSCI_CPU_ON 0xc4000003ULL
#define SGI1R(intid, targets) ((u64)(intid) << 24 | (targets))
#define PINGS 1000U /* if it is told no number */

void second_entry(void);
void second_main(u64 id);
void second_irq(void);
u64 measure_spin(u64 there);
u64 measure_wfi(u64 there);

volatile u32 second_taken[16];
volatile u32 second_total;

static volatile u64 task, argument, answer;
static volatile bool hold; /* it stays in its handler */
static volatile u32 inside;
static volatile bool answer_sgi;
static volatile bool waiting;
static volatile bool sleeps; /* with nothing to do, in WFI */

void second_irq(void)
{
	const u32 iar = icc_iar();
	const u32 intid = iar & 0x3ffU;

	if (intid == SPURIOUS)
		return;
	if (intid < 16U)
		second_taken[intid] = second_taken[intid] + 1U;
	second_total = second_total + 1U;
	inside = intid;
	while (hold)
		__asm__ volatile("yield");
	inside = 0;
	if (answer_sgi)
		icc_sgi(SGI1R(intid, 1));
	icc_eoir(iar);
}

static u64 measure_other(u64 (*fn)(u64 there), u64 arg)
{
	u64 at;

	irqs_off();
	at = fn(arg);
	irqs_on();
	return at;
}

static u64 perform(u64 what, u64 arg)
{
	switch (what) {
	case TASK_PEND:
		write32(DEVICE_BASE + DEVICE_PEND, (u32)arg);
		return 0;
	case TASK_SGI:
		icc_sgi(arg);
		return 0;
	case TASK_DIR:
		icc_split(true);
		icc_dir(arg);
		icc_split(false);
		return 0;
	case TASK_READ_ACTIVE:
		return gic_state(REG_ISACTIVER, (u32)arg);
	case TASK_READ_PENDING:
		return gic_state(REG_ISPENDR, (u32)arg);
	case TASK_MEASURE_SPIN:
		return measure_other(measure_spin, arg);
	case TASK_MEASURE_WFI:
		return measure_other(measure_wfi, arg);
	default:
		irqs_off();
		waiting = true;
		__asm__ volatile("wfi");
		waiting = false;
		irqs_on();
		return 0;
	}
}

/* Looks whether it may, then sleeps: what comes in between is pending, and ends it. */
static void sleep(void)
{
	irqs_off();
	if (sleeps)
		__asm__ volatile("wfi");
	irqs_on();
}

/* Until there is something to do. */
static void idle(void)
{
	while (task == TASK_NONE) {
		if (sleeps)
			sleep();
		else
			__asm__ volatile("yield");
	}
}

void second_main(u64 id)
{
	const u64 base = version2 ? GICD : GICR_SGI(1);

	for (u32 i = 0; i < 32U; i += 4U)
		write32(base + REG_IPRIORITYR + i, 0x80808080U);
	write32(base + REG_ISENABLER, 0xffffU);
	icc_pmr(0xf0);
	icc_split(false);
	if (!version2) {
		write32(GICR(1) + 0x14U, 0);
		reg_write(ICC_IGRPEN1, 1);
	}
	answer = id;
	irqs_on();
	for (;;) {
		idle();
		answer = perform(task, argument);
		task = TASK_NONE;
	}
}

void second_tell(enum task what, u64 arg)
{
	while (task != TASK_NONE)
		__asm__ volatile("yield");
	argument = arg;
	task = what;
}

u64 second_do(enum task what, u64 arg)
{
	if (what != TASK_NONE)
		second_tell(what, arg);
	while (task != TASK_NONE)
		__asm__ volatile("yield");
	return answer;
}

void second_start(void)
{
	answer = 0;
	guest_check(guest_hypercall(PSCI_CPU_ON, 1, (u64)(uintptr_t)second_entry, 77, 0) == 0U);
	while (answer != 77U)
		__asm__ volatile("yield");
}

/* Waits until it has taken @total in all. */
static void second_wait(u32 total)
{
	const u64 from = guest_ticks();

	while (second_total != total) {
		if (guest_ticks() - from > LONG_TIME) {
			guest_printf("vcpu 1 took %u interrupts, expected %u\n", second_total,
				     total);
			guest_exit(1);
		}
		__asm__ volatile("yield");
	}
}

static void test_sgis(void)
{
	/* What was for all but the sender, when this vcpu was still off. */
	if (version2)
		icc_sgi(SGI1R(1, 0) | 1ULL << 40);
	second_wait(1);
	guest_check(second_taken[1] == 1U);
	icc_sgi(SGI1R(2, 2));
	second_wait(2);
	icc_sgi(SGI1R(4, 0) | 1ULL << 40);
	second_wait(3);
	icc_sgi(SGI1R(6, 3));
	second_wait(4);
	await(1);
	expect(6);
	guest_check(second_taken[2] == 1U && second_taken[4] == 1U && second_taken[6] == 1U);
	/* To a vcpu that waits. */
	second_tell(TASK_WAIT, 0);
	while (!waiting)
		__asm__ volatile("yield");
	settle();
	icc_sgi(SGI1R(2, 2));
	second_wait(5);
	/* From it. */
	second_do(TASK_SGI, SGI1R(9, 1));
	await(1);
	expect(9);
	second_do(TASK_SGI, SGI1R(9, 0) | 1ULL << 40);
	await(1);
	expect(9);
}

/* GICv2: the same SGI from two senders is two. */
static void test_senders(void)
{
	icc_sgi(SGI1R(9, 1));
	second_do(TASK_SGI, SGI1R(9, 1));
	guest_check(gic_state(REG_ISPENDR, 9) == 1U);
	await(2);
	expect(9, 9);
}

/* There and back, none lost. @asleep: who waits does so in WFI, on both sides. */
static void ping(u32 count, bool asleep)
{
	u32 awake;

	answer_sgi = true;
	sleeps = asleep;
	for (u32 i = 0; i < count; i++) {
		icc_sgi(SGI1R(1, 2));
		while (taken_count == 0U) {
			if (asleep)
				__asm__ volatile("wfi");
			irqs_on();
			__asm__ volatile("yield");
			irqs_off();
		}
		expect(1);
	}
	sleeps = false;
	answer_sgi = false;
	awake = second_total;
	icc_sgi(SGI1R(1, 2));
	second_wait(awake + 1U);
}

static void test_ping(void)
{
	const u32 told = guest_number(guest_bootargs());
	const u32 pings = told != 0U ? told : PINGS;

	ping(pings, false);
	ping(pings, true);
	guest_printf("pings: %u awake, %u asleep, none lost\n", pings, pings);
}

static void test_route(void)
{
	const u32 before = second_total;

	setup(SPI, 0x80);
	gic_route(SPI, 1);
	if (!version2)
		guest_check(read64(GICD + GICD_IROUTER + 8U * SPI) == 1U);
	write32(DEVICE_BASE + DEVICE_PEND, SPI);
	second_wait(before + 1U);
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	/* Routed away while pending here. */
	gic_route(SPI, 0);
	write32(DEVICE_BASE + DEVICE_PEND, SPI);
	gic_route(SPI, 1);
	second_wait(before + 2U);
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	/* To nobody, and back. */
	gic_route(SPI, 7);
	write32(DEVICE_BASE + DEVICE_PEND, SPI);
	settle();
	expect_taken(__func__, __LINE__, NULL, 0);
	gic_route(SPI, 0);
	await(1);
	expect(SPI);
	/* From the other vcpu, for this one. */
	second_do(TASK_PEND, SPI);
	await(1);
	expect(SPI);
}

/* An SGI that vcpu 1 cannot take now; then the write is in force when RWP says so. */
static void sgi_held_back(void)
{
	icc_sgi(SGI1R(8, 2));
	guest_check((read32(GICR_SGI(1) + REG_ISPENDR) & 1U << 8) != 0U);
	write32(GICR_SGI(1) + REG_ICENABLER, 1U << 8);
	while ((read32(GICD + GICD_CTLR) & 1U << 31) != 0U)
		__asm__ volatile("yield");
}

/* Two registers at once, of which the second has to be waited for. */
static void pair_read(u64 at)
{
	u32 a, b;

	__asm__ volatile("ldp %w0, %w1, [%2]" : "=&r"(a), "=&r"(b) : "r"(at) : "memory");
	guest_check(b == 1U << (SPI % 32U));
	(void)a;
}

/* What is in the other's list registers is read, cleared and ended exactly. */
static void test_remote_state(void)
{
	const u32 before = second_total;

	gic_route(SPI, 1);
	hold = true;
	write32(DEVICE_BASE + DEVICE_PEND, SPI);
	while (inside != SPI)
		__asm__ volatile("yield");
	guest_check(gic_state(REG_ISACTIVER, SPI) == 1U);
	guest_check(gic_state(REG_ISPENDR, SPI) == 0U);
	/* Comes again while it is active there. */
	write32(DEVICE_BASE + DEVICE_PEND, SPI);
	guest_check(gic_state(REG_ISPENDR, SPI) == 1U);
	gic_set(REG_ICPENDR, SPI);
	guest_check(gic_state(REG_ISPENDR, SPI) == 0U);
	if (!version2)
		sgi_held_back();
	pair_read(GICD + REG_ISACTIVER + SPI / 32U * 4U - 4U);
	hold = false;
	second_wait(before + 1U);
	while (gic_state(REG_ISACTIVER, SPI) != 0U)
		__asm__ volatile("yield");
	guest_check(second_taken[8] == 0U);
	gic_route(SPI, 0);
	if (version2)
		return;
	write32(GICR_SGI(1) + REG_ISENABLER, 1U << 8);
	second_wait(before + 2U);
	guest_check(second_taken[8] == 1U);
}

/* Ended by another vcpu than the one that took it. */
static void test_remote_end(void)
{
	icc_split(true);
	write32(DEVICE_BASE + DEVICE_PEND, SPI);
	await(1);
	expect(SPI);
	guest_check(second_do(TASK_READ_ACTIVE, SPI) == 1U);
	second_do(TASK_DIR, SPI);
	while (gic_state(REG_ISACTIVER, SPI) != 0U)
		__asm__ volatile("yield");
	icc_split(false);
	write32(DEVICE_BASE + DEVICE_PEND, SPI);
	guest_check(second_do(TASK_READ_PENDING, SPI) == 1U);
	await(1);
	expect(SPI);
}

void test_second(void)
{
	taken_none();
	test_sgis();
	if (version2)
		test_senders();
	test_ping();
	test_route();
	test_remote_state();
	if (!version2)
		test_remote_end();
	guest_printf("interrupts of two vcpus: good\n");
}
