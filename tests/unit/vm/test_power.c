// SPDX-License-Identifier: Apache-2.0
/* CPU_ON by several at once: one start each time, seen whole by the CPU that begins. */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/vm/vcpu.h>
#include <pthread.h>
#include <unit.h>

#define RIVALS 3U
#define ROUNDS 500U

static struct vcpu vcpu;
static struct vcpu_arch arch;
static u32 round_no, joined, won;

static void *rival(void *arg)
{
	const u64 me = (u64)(uintptr_t)arg;

	for (u32 i = 1; i <= ROUNDS; i++) {
		const struct vcpu_start start = { .pc = GPA(me), .arg = me, .id = (u32)me };
		int err;

		while (__atomic_load_n(&round_no, __ATOMIC_ACQUIRE) != i)
			cpu_relax();
		err = vcpu_on(&vcpu, &start);
		assert_true(err == 0 || err == BH_EAGAIN || err == BH_EBUSY);
		if (err == 0)
			__atomic_fetch_add(&won, 1U, __ATOMIC_RELAXED);
		__atomic_fetch_add(&joined, 1U, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* The vcpu's own CPU: begins where it was told, then switches off. */
static void begin_and_end(void)
{
	while (load_acquire(&vcpu.parked) != 0U)
		cpu_relax();
	assert_int_equal(load_acquire(&vcpu.power), VCPU_ON_PENDING);
	assert_true(vcpu.start.pc.v == vcpu.start.arg && vcpu.start.id == vcpu.start.arg);
	store_release(&vcpu.power, (u32)VCPU_ON);
	while (__atomic_load_n(&joined, __ATOMIC_ACQUIRE) != RIVALS)
		cpu_relax();
	vcpu_off(&vcpu);
	store_release(&vcpu.power, (u32)VCPU_OFF);
}

TEST(of_all_who_start_a_vcpu_at_once_one_succeeds)
{
	pthread_t threads[RIVALS];

	vcpu = (struct vcpu){ .arch = &arch, .cpu = ~0U, .parked = PARK_OFF, .power = VCPU_OFF };
	arch.vcpu = &vcpu;
	for (uintptr_t i = 0; i < RIVALS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, rival, (void *)(i + 1U)), 0);
	for (u32 i = 1; i <= ROUNDS; i++) {
		__atomic_store_n(&joined, 0U, __ATOMIC_RELEASE);
		__atomic_store_n(&round_no, i, __ATOMIC_RELEASE);
		begin_and_end();
		assert_int_equal(__atomic_load_n(&won, __ATOMIC_RELAXED), i);
	}
	for (u32 i = 0; i < RIVALS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

UNIT_TESTS(UNIT(of_all_who_start_a_vcpu_at_once_one_succeeds));
