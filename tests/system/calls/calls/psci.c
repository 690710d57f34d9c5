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

/* Numbers that change the machine: not for the random calls. */
static bool moves(u32 id)
{
	const u32 n = id & 0xffU;

	return (id & 0xbfffff00U) == 0x84000000U &&
	       (n == 1U || n == 2U || n == 3U || n == 8U || n == 9U || n == 0x12U);
}

/* x4 to x17 must be kept by every call. */
static s64 call_by(bool smc, u64 id, u64 a, u64 b, u64 c)
{
	u64 x[18] = { id, a, b, c };

	for (u32 i = 4; i < ARRAY_SIZE(x); i++)
		x[i] = 0x5a5a0000U + i;
	guest_call(x, smc);
	for (u32 i = 4; i < ARRAY_SIZE(x); i++)
		guest_check(x[i] == 0x5a5a0000U + i);
	return (s64)x[0];
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
	both(PSCI64(0x12), 1, 0, 0, INVALID_PARAMETERS);
	both(0x84000050U, 0, 0, 0, 0x10000);
	both(0xc4000053U, 193, 0, 0, INVALID_PARAMETERS);
	both(0x4d2, 0, 0, 0, NOT_SUPPORTED);
	guest_check(call_by(false, UCALL_BASE + 0x4d2U, 0, 0, 0) == UCALL_ENOSYS);
	guest_printf("calls: directed ones answer as specified\n");
}

static u64 random_state = 0x9e3779b97f4a7c15;

/* xorshift64 (Marsaglia 2003). */
static u64 random(u64 below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

void calls_random(u32 count)
{
	static const u64 values[] = { 0,          1,          2,          3,          0xf,
				      0x10,       0x100,      0x40000000, 0x40000001, 0x60000000,
				      1ULL << 16, 1ULL << 31, 1ULL << 32, 1ULL << 40, 1ULL << 63,
				      ~0ULL,      0x80008000, 0x84000003, 0xc4000003 };
	u32 made = 0;

	while (made < count) {
		const u64 group = random(8) << 24;
		const u32 id = (u32)(random(2) << 30 | (random(8) != 0U ? 1ULL << 31 : 0U) | group |
				     random(random(4) == 0U ? 0x10000 : 0x60));
		const u64 a = values[random(ARRAY_SIZE(values))];
		const s64 r = moves(id) ? NOT_SUPPORTED
					: call_by(random(2) != 0U, id, a,
						  values[random(ARRAY_SIZE(values))],
						  values[random(ARRAY_SIZE(values))]);

		made++;
		if (group != 4ULL << 24)
			continue;
		guest_check(r >= INVALID_ADDRESS && r != ON_PENDING);
	}
	guest_check(call_by(false, PSCI64(4), 1, 0, 0) == 1);
	guest_printf("calls: %u random ones\n", made);
}

/* ---- CPU_ON by several at once ---- */

static volatile u32 started, release, round_no, joined, result_of[2];

static void raced(u64 arg)
{
	(void)arg;
	__atomic_fetch_add(&started, 1U, __ATOMIC_SEQ_CST);
	while (release == 0U)
		__asm__ volatile("yield");
	(void)call_by(false, PSCI32(2), 0, 0, 0);
}

static void compete(u32 me)
{
	result_of[me] = (u32)guest_cpu_start(2, 2, raced, 0);
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
		guest_check(started == i);
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

void calls_measure(void)
{
	measure("VERSION", PSCI32(0), 0);
	measure("FEATURES", PSCI32(0xa), PSCI64(3));
	measure("AFFINITY_INFO", PSCI64(4), 0);
	measure("unknown", 0x4d2, 0);
	measure("BELL", UCALL_BASE + UCALL_OP_BELL, 99);
}
