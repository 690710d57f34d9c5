// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/lock_freeze.h>

#include "lock_check.h"

void spin_lock(struct spinlock *l)
{
	u32 ticket;

	lock_check_take(l);
	ticket = __atomic_fetch_add(&l->next, 1U, __ATOMIC_RELAXED);
	while (load_acquire(&l->owner) != ticket)
		cpu_relax();
	lock_check_taken(l);
	lock_freeze_point(l);
}

bool spin_trylock(struct spinlock *l)
{
	u32 ticket = load_acquire(&l->owner);

	/* The ticket that is being served is free exactly when it is also the next one. */
	if (!__atomic_compare_exchange_n(&l->next, &ticket, ticket + 1U, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	lock_check_taken(l);
	lock_freeze_point(l);
	return true;
}

void spin_unlock(struct spinlock *l)
{
	u32 served = __atomic_load_n(&l->owner, __ATOMIC_RELAXED);

	lock_check_release(l);
	store_release(&l->owner, served + 1U);
}
