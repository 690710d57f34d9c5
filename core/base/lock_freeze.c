// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/lock_freeze.h>

static u32 watched = CONFIG_MAX_CPUS; /* this and the rest: atomic */
static u32 armed = LOCK_FREEZE_NONE;
static u32 stands;
static u32 count; /* written by the watched CPU alone, as is the list */
static const struct spinlock *list[LOCK_FREEZE_MAX];

static u32 number_of(const struct spinlock *l)
{
	u32 n = 0;

	while (n < count && list[n] != l)
		n++;
	if (n == count && n < LOCK_FREEZE_MAX) {
		list[n] = l;
		store_release(&count, n + 1U);
	}
	return n;
}

void lock_freeze_taken(const struct spinlock *l)
{
	u32 n;

	if (this_cpu()->id != load_acquire(&watched))
		return;
	n = number_of(l);
	if (n == LOCK_FREEZE_NONE || n != load_acquire(&armed))
		return;
	store_release(&stands, 1U);
	while (load_acquire(&armed) == n)
		cpu_relax();
	store_release(&stands, 0U);
}

void lock_freeze_watch(u32 cpu)
{
	store_release(&watched, cpu);
}

u32 lock_freeze_count(void)
{
	return load_acquire(&count);
}

u32 lock_freeze_class(u32 n)
{
	return n < lock_freeze_count() ? list[n]->class : (u32)LOCK_NONE;
}

void lock_freeze_arm(u32 n)
{
	store_release(&armed, n);
}

bool lock_freeze_stands(void)
{
	return load_acquire(&stands) != 0U;
}
