/* SPDX-License-Identifier: Apache-2.0 */
/* What the core asks of others and no proof is about: one thread runs, and nobody reads the log. */
#ifndef PROOF_STUBS_H
#define PROOF_STUBS_H

#include <config.h>
/* Errors are not traced. */
#undef CONFIG_TRACE_ERROR

#include <bulkhead/base/lock.h>
#include <bulkhead/base/log.h>

void log_write(enum log_level level, u32 owner, const char *fmt, ...)
{
	(void)level;
	(void)owner;
	(void)fmt;
}

void spin_lock(struct spinlock *l)
{
	(void)l;
}

void spin_unlock(struct spinlock *l)
{
	(void)l;
}

#endif
