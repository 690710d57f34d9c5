/* SPDX-License-Identifier: Apache-2.0 */
/* Debug builds: is the order of docs/design.md, law 8, kept? (include/bulkhead/base/lock.h) */
#ifndef CORE_BASE_LOCK_CHECK_H
#define CORE_BASE_LOCK_CHECK_H

#include <bulkhead/base/lock.h>

#ifdef CONFIG_LOCK_CHECK
/* Before this CPU waits for @l. Panics if a lock it holds must be taken later than @l. */
void lock_check_take(const struct spinlock *l);
/* After @l is taken. */
void lock_check_taken(const struct spinlock *l);
/* Before @l is released. Panics if this CPU does not hold a lock of its class. */
void lock_check_release(const struct spinlock *l);
#else
static inline void lock_check_take(const struct spinlock *l)
{
	(void)l;
}

static inline void lock_check_taken(const struct spinlock *l)
{
	(void)l;
}

static inline void lock_check_release(const struct spinlock *l)
{
	(void)l;
}
#endif

#endif
