// SPDX-License-Identifier: Apache-2.0
#include <abi/ucall.h>

#include "calls.h"

#define PSCI32(n) (0x84000000U + (n))
#define PSCI64(n) (0xc4000000U + (n))
#define SUCCESS 0LL
#define NOT_SUPPORTED (-1LL)
#define INVALID_PARAMETERS (-2LL)
#define NO_ENTROPY (-3LL)
#define ALREADY_ON (-4LL)
#define ON_PENDING (-5LL)
#define INVALID_ADDRESS (-9LL)
#define CPUS 3U
#define MEASURED 1000U

static s64 call_by(bool smc, u64 id, u64 a, u64 b, u64 c)
{
	u64 x[4] = { id, a, b, c };

	return calls_make(smc, x);
}

static void both(u64 id, u64 a, u64 b, u64 c, s64 wanted)
{
	s64 got = call_by(false, id, a, b, c);

	if (got == wanted)
		got = call_by(true, id, a, b, c);
	if (got == wanted)
		return;
	guest_printf("calls: 0x%llx (0x%llx, 0x%llx, 0x%llx): %lld, expected %lld\n",
		     (unsigned long long)id, (unsigned long long)a, (unsigned long long)b,
		     (unsigned long long)c, (long long)got, (long long)wanted);
	guest_exit(1);
}

void calls_directed(void)
{
	const u64 code = (uintptr_t)calls_directed;

	both(PSCI32(0), 0, 0, 0, 0x10001);
	both(PSCI64(0), 0, 0, 0, NOT_SUPPORTED);
	both(PSCI32(5), 0, 0, 0, NOT_SUPPORTED);
	both(PSCI32(6), 0, 0, 0, 2);
	both(PSCI32(0xa), PSCI64(3), 0, 0, SUCCESS);
	both(PSCI32(0xa), PSCI64(8), 0, 0, NOT_SUPPORTED);
	both(PSCI32(0xa), 0x80000000U, 0, 0, SUCCESS);
	both(0x80000000U, 0, 0, 0, 0x10002);
	both(0x80000001U, 0x80000001U, 0, 0, SUCCESS);
	both(0x80000001U, 0x12345678U, 0, 0, NOT_SUPPORTED);
	both(PSCI64(4), 0, 0, 0, 0);
	both(PSCI64(4), 1, 0, 0, 1);
	both(PSCI64(4), CPUS, 0, 0, INVALID_PARAMETERS);
	both(PSCI64(4), 1, 1, 0, INVALID_PARAMETERS);
	both(PSCI64(3), 0, code, 0, ALREADY_ON);
	both(PSCI64(3), CPUS, code, 0, INVALID_PARAMETERS);
	both(PSCI64(3), 1, 0, 0, INVALID_ADDRESS);
	both(PSCI64(3), 1, code + 1U, 0, INVALID_ADDRESS);
	both(PSCI64(3), 1, 0x60000000, 0, INVALID_ADDRESS);
	both(PSCI64(3), 1, 0x09000000, 0, INVALID_ADDRESS);
	both(PSCI64(1), 2, 0, 0, INVALID_PARAMETERS);
	both(PSCI64(1), 1U << 16, 0, 0, INVALID_ADDRESS);
	both(PSCI64(1), 1U << 16, code, 0, SUCCESS);
	both(PSCI64(1), 1U << 16, code + 1U, 0, INVALID_ADDRESS);
	both(PSCI64(1), 1U << 16, 0x60000000, 0, INVALID_ADDRESS);
	both(PSCI64(0x12), 1, 0, 0, INVALID_PARAMETERS);
	both(0x84000050U, 0, 0, 0, calls_entropy() ? 0x10000 : NOT_SUPPORTED);
	both(0xc4000053U, 193, 0, 0, INVALID_PARAMETERS);
	both(0x4d2, 0, 0, 0, NOT_SUPPORTED);
	guest_check(call_by(false, UCALL_BASE + 0x4d2U, 0, 0, 0) == UCALL_ENOSYS);
	fault_esr = 0;
	__asm__ volatile("hvc #1" ::: "x0", "x1", "x2", "x3", "memory");
	guest_check(fault_esr == 0x02000000U);
	guest_printf("calls: directed ones answer as specified\n");
}

/* ---- CPU_ON by several at once ---- */

static volatile u32 started, starter, release, round_no, joined, result_of[2];

/* @who: whose call it is that started it. */
static void raced(u64 who)
{
	starter = (u32)who;
	__atomic_fetch_add(&started, 1U, __ATOMIC_SEQ_CST);
	while (release == 0U)
		__asm__ volatile("yield");
	(void)call_by(false, PSCI32(2), 0, 0, 0);
}

static void compete(u32 me)
{
	result_of[me] = (u32)guest_cpu_start(2U + me, 2, raced, me);
	__atomic_fetch_add(&joined, 1U, __ATOMIC_SEQ_CST);
}

static void rival(u64 rounds)
{
	for (u32 i = 1; i <= rounds; i++) {
		while (round_no != i)
			__asm__ volatile("yield");
		compete(1);
	}
	(void)call_by(true, PSCI32(2), 0, 0, 0);
}

static bool lost(u32 result)
{
	return (s32)result == ALREADY_ON || (s32)result == ON_PENDING;
}

static void wait_off(u64 cpu)
{
	while (call_by(false, PSCI64(4), cpu, 0, 0) != 1)
		__asm__ volatile("yield");
}

void calls_race(u32 rounds)
{
	guest_check(guest_cpu_start(1, 1, rival, rounds) == SUCCESS);
	for (u32 i = 1; i <= rounds; i++) {
		release = 0;
		joined = 0;
		round_no = i;
		compete(0);
		while (joined != 2U)
			__asm__ volatile("yield");
		guest_check((result_of[0] == 0U && lost(result_of[1])) ||
			    (result_of[1] == 0U && lost(result_of[0])));
		release = 1;
		wait_off(2);
		guest_check(started == i && result_of[starter] == 0U);
	}
	wait_off(1);
	guest_printf("calls: %u races for a CPU, won once each\n", rounds);
}

/* ---- figures ---- */

/* The counter before and behind, nothing else in between. */
#define TIMED(insn)                                                \
	__asm__ volatile("isb\n\tmrs %[from], cntvct_el0\n\t" insn \
			 "\n\tisb\n\tmrs %[to], cntvct_el0"        \
			 : "+r"(x0), "+r"(x1), "+r"(x2),           \
			   "+r"(x3), [from] "=&r"(from), [to] "=r"(to)::"memory")

static u64 round_trip(u64 id, u64 a)
{
	register u64 x0 __asm__("x0") = id;
	register u64 x1 __asm__("x1") = a;
	register u64 x2 __asm__("x2") = 0;
	register u64 x3 __asm__("x3") = 0;
	u64 from, to, empty;

	TIMED("");
	empty = to - from;
	x0 = id;
	x1 = a;
	TIMED("hvc #0");
	return to - from - empty;
}

static void measure(const char *name, u64 id, u64 a)
{
	u64 min = ~0ULL;
	u64 max = 0;
	u64 sum = 0;

	for (u32 i = 0; i < MEASURED; i++) {
		const u64 t = round_trip(id, a);

		min = t < min ? t : min;
		max = t > max ? t : max;
		sum += t;
	}
	guest_printf("calls: round trip of %s: %llu/%llu/%llu ticks min/avg/max\n", name,
		     (unsigned long long)min, (unsigned long long)(sum / MEASURED),
		     (unsigned long long)max);
}

/* ---- what is no exit ---- */

static void timer_fired(u32 intid)
{
	(void)intid;
	guest_timer_stop();
}

struct figure {
	u64 min, max, sum;
};

static void figure_add(struct figure *f, u64 ticks)
{
	f->min = f->sum == 0U || ticks < f->min ? ticks : f->min;
	f->max = ticks > f->max ? ticks : f->max;
	f->sum += ticks;
}

static void figure_say(const char *metric, const struct figure *f)
{
	guest_printf("bench %s instructions %u %llu %llu %llu\n", metric, MEASURED,
		     (unsigned long long)f->min, (unsigned long long)(f->sum / MEASURED),
		     (unsigned long long)f->max);
}

/* The registers of the board's second PL011, which is this partition's: UARTDR, UARTFR. */
#define UART_GIVEN 0x09040000U
#define UARTFR 0x18U

static void measure_untrapped(void)
{
	struct figure id = { 0 }, fr = { 0 }, dr = { 0 }, wfi = { 0 };
	register u64 x0 __asm__("x0") = 0;
	register u64 x1 __asm__("x1") = 0;
	register u64 x2 __asm__("x2") = 0;
	register u64 x3 __asm__("x3") = 0;
	u64 from, to, empty, pending;

	TIMED("");
	empty = to - from;
	for (u32 i = 0; i < MEASURED; i++) {
		TIMED("mrs x0, id_aa64pfr0_el1");
		figure_add(&id, to - from - empty);
		x0 = UART_GIVEN + UARTFR;
		TIMED("ldr w1, [x0]");
		figure_add(&fr, to - from - empty);
		x0 = UART_GIVEN;
		x1 = 'x';
		TIMED("str w1, [x0]");
		figure_add(&dr, to - from - empty);
	}
	guest_irq_enable(GUEST_TIMER_INTID, false, timer_fired);
	guest_timer_set(guest_ticks());
	do {
		__asm__ volatile("mrs %0, isr_el1" : "=r"(pending));
	} while (pending == 0U);
	for (u32 i = 0; i < MEASURED; i++) {
		TIMED("wfi");
		figure_add(&wfi, to - from - empty);
	}
	guest_irq_on();
	guest_irq_off();
	figure_say("idreg_read", &id);
	figure_say("wfi", &wfi);
	figure_say("uart_read", &fr);
	figure_say("uart_write", &dr);
}

/* ---- from CPU_ON to the other CPU's first instruction in C ---- */

#define STARTS 20U
static volatile u64 arrived;

static void arrive(u64 arg)
{
	(void)arg;
	arrived = guest_ticks();
	(void)call_by(false, PSCI32(2), 0, 0, 0);
}

static void measure_cpu_on(void)
{
	u64 min = ~0ULL;
	u64 max = 0;
	u64 sum = 0;

	for (u32 i = 0; i < STARTS; i++) {
		u64 from, t;

		arrived = 0;
		from = guest_ticks();
		guest_check(guest_cpu_start(2, 2, arrive, 0) == SUCCESS);
		while (arrived == 0U)
			__asm__ volatile("yield");
		t = arrived - from;
		min = t < min ? t : min;
		max = t > max ? t : max;
		sum += t;
		wait_off(2);
	}
	guest_printf("bench cpu_on instructions %u %llu %llu %llu\n", STARTS,
		     (unsigned long long)min, (unsigned long long)(sum / STARTS),
		     (unsigned long long)max);
}

void calls_measure(void)
{
	measure("VERSION", PSCI32(0), 0);
	measure("FEATURES", PSCI32(0xa), PSCI64(3));
	measure("AFFINITY_INFO", PSCI64(4), 0);
	measure("unknown", 0x4d2, 0);
	measure("BELL", UCALL_BASE + UCALL_OP_BELL, 99);
	measure_untrapped();
	measure_cpu_on();
}
