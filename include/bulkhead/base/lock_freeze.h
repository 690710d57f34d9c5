/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test builds: a list of all locks that one CPU takes, and a way to make it stand still while it
 * holds one of them. Whoever waits for that CPU meanwhile is found.
 */
#ifndef BULKHEAD_BASE_LOCK_FREEZE_H
#define BULKHEAD_BASE_LOCK_FREEZE_H

#include <bulkhead/base/lock.h>

#define LOCK_FREEZE_MAX 32U
#define LOCK_FREEZE_NONE LOCK_FREEZE_MAX

/* After @l is taken. */
void lock_freeze_taken(const struct spinlock *l);

/* From now on the locks that @cpu takes are listed, each once. Any CPU. */
void lock_freeze_watch(u32 cpu);

/* How many were listed, LOCK_FREEZE_MAX at most; the class of the @n-th. Any CPU. */
u32 lock_freeze_count(void);
u32 lock_freeze_class(u32 n);

/*
 * The watched CPU stands still when it takes the @n-th lock next, until another is named here.
 * LOCK_FREEZE_NONE: at none. Any CPU.
 */
void lock_freeze_arm(u32 n);

/* Does it stand still? Any CPU. */
bool lock_freeze_stands(void);

/* What lock.c calls; nothing in other builds. */
static inline void lock_freeze_point(const struct spinlock *l)
{
#ifdef CONFIG_LOCK_FREEZE
	lock_freeze_taken(l);
#else
	(void)l;
#endif
}

#endif
