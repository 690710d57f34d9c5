/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the log share. */
#ifndef CORE_BASE_LOG_INTERNAL_H
#define CORE_BASE_LOG_INTERNAL_H

#include <stdarg.h>

#include <bulkhead/base/log.h>

/* Takes the log lock, unless this CPU panics: then false, and nothing to give back. */
bool log_lock_take(void);
void log_lock_drop(bool taken);

/* Adds a record and shows it. Log lock held. */
void log_emit(enum log_level level, u32 owner, const char *fmt, va_list ap) __printf(3, 0);

/* Shows a record on every sink, behind @mark. Log lock held. */
void log_show(const struct log_record *r, const char *mark);

/*
 * The slot of the next record, empty but for sequence number and boot id; the oldest record is
 * gone. Whole again, and counted, only after log_ring_commit(). Log lock held.
 */
struct log_record *log_ring_open(void);
void log_ring_commit(struct log_record *r);

/* The record in the @age-th oldest slot, or NULL if that is empty. Log lock held. */
const struct log_record *log_ring_slot(u32 age);

#endif
