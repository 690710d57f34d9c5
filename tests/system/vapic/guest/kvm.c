// SPDX-License-Identifier: Apache-2.0
/* What KVM offers besides ends of interrupt: the clock, IPIs to a set, yielding. */
#include "apic.h"

#define WALL_CLOCK 0x4b564d00U
#define SYSTEM_TIME 0x4b564d01U
#define NO_CLOCK 0x4b564d02U
#define SEND_IPI 10U
#define YIELD 11U
#define NOBODYS 9U
#define ENOSYS (0ULL - 1000U)
#define NOWHERE 0xfffff000U
#define NS 1000000000ULL
#define VECTOR 0x6dU
#define LOWEST 0x100U
#define NMI 0x400U

static struct {
	u32 version, seconds, nanoseconds;
} wall;

static struct {
	u32 version, pad;
	u64 tsc, ns;
	u32 mul;
	s8 shift;
	u8 flags, pad2[2];
} time __aligned(32);

/* Nanoseconds, as the page says to count them. */
static u64 ns_now(void)
{
	const u64 ticks = guest_ticks() - time.tsc;
	const u64 shifted = time.shift < 0 ? ticks >> -time.shift : ticks << time.shift;

	return time.ns + (u64)((unsigned __int128)shifted * time.mul >> 32);
}

static void test_wall(void)
{
	const u64 at = (u64)(uintptr_t)&wall;
	u64 value;

	guest_check(!msr_write_safe(WALL_CLOCK, at | 1U) && !msr_write_safe(WALL_CLOCK, at | 2U));
	guest_check(!msr_write_safe(WALL_CLOCK, NOWHERE));
	guest_check(wall.version == 0U);
	guest_check(msr_write_safe(WALL_CLOCK, at));
	guest_check(wall.version != 0U && wall.version % 2U == 0U);
	guest_check(wall.seconds > 0U && wall.nanoseconds < NS);
	guest_check(msr_read_safe(WALL_CLOCK, &value) && value == at);
}

static void test_time(void)
{
	const u64 at = (u64)(uintptr_t)&time;
	const u64 hz = guest_hz();
	u64 value, from, ticks;

	guest_check(!msr_write_safe(SYSTEM_TIME, at | 3U) && !msr_write_safe(SYSTEM_TIME, at | 2U));
	guest_check(!msr_write_safe(SYSTEM_TIME, NOWHERE | 1U));
	guest_check(time.version == 0U);
	guest_check(msr_write_safe(SYSTEM_TIME, at | 1U));
	guest_check(time.version != 0U && time.version % 2U == 0U && time.flags == 1U);
	guest_check(msr_read_safe(SYSTEM_TIME, &value) && value == (at | 1U));
	from = ns_now();
	ticks = guest_ticks();
	while (guest_ticks() - ticks < hz / 1000U)
		__asm__ volatile("pause");
	guest_check(ns_now() - from >= NS / 1000U && ns_now() - from < NS);
	guest_check(msr_write_safe(SYSTEM_TIME, 0));
	guest_check(msr_read_safe(SYSTEM_TIME, &value) && value == 0U);
	guest_check(!msr_read_safe(NO_CLOCK, &value) && !msr_write_safe(NO_CLOCK, 0));
}

/* One to itself of those in the set, whose first bit is @first. */
static void test_ipi(void)
{
	taken[0][VECTOR] = 0;
	taken[0][VECTOR_NMI] = 0;
	guest_check(guest_hypercall(SEND_IPI, 1, 0, 0, VECTOR) == 1U);
	settle();
	guest_check(taken[0][VECTOR] == 1U);
	guest_check(guest_hypercall(SEND_IPI, 0, ~0ULL, 0, VECTOR) == 0U);
	guest_check(guest_hypercall(SEND_IPI, 0, 0, 0, VECTOR) == 0U);
	guest_check(guest_hypercall(SEND_IPI, ~0ULL, ~0ULL, 2, VECTOR) == 0U);
	guest_check(guest_hypercall(SEND_IPI, 1, 0, 0, LOWEST | VECTOR) == ENOSYS);
	settle();
	guest_check(taken[0][VECTOR] == 1U && taken[0][VECTOR_NMI] == 0U);
	guest_check(guest_hypercall(SEND_IPI, 1, 0, 0, NMI) == 1U);
	settle();
	guest_check(taken[0][VECTOR_NMI] == 1U);
	guest_check(guest_hypercall(YIELD, 0, 0, 0, 0) == 0U);
	guest_check(guest_hypercall(NOBODYS, 0, 0, 0, 0) == ENOSYS);
}

void test_kvm(void)
{
	test_wall();
	test_time();
	test_ipi();
}
