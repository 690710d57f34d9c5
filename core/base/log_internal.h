/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the log share. */
#ifndef CORE_BASE_LOG_INTERNAL_H
#define CORE_BASE_LOG_INTERNAL_H

#include <stdarg.h>

#include <bulkhead/base/log.h>

/* Takes the log lock, unless this CPU panics: then false, and nothing to give back. */
bool log_lock_take(void);
void log_lock_drop(bool taken);

/*
 * The same without waiting, once log_wait_no_more() was called: false, somebody is at it. Sinks are
 * begun as well.
 */
bool log_lock_try(bool *taken);

/* Fills in all of a record but its number and boot. */
void log_record_fill(struct log_record *r, enum log_level level, u32 owner, const char *fmt,
		     va_list ap) __printf(4, 0);

/* Adds a record and shows it. Log lock held. */
void log_emit(enum log_level level, u32 owner, const char *fmt, va_list ap) __printf(3, 0);

/* Adds a record that was filled in before, and shows it. Log lock held. */
void log_emit_record(const struct log_record *from);

/* Is a record of @owner within its budget? If not it was counted. Log lock held. */
bool log_guest_admit(u32 owner);

/* Keeps a record for this CPU; @guest: it has a budget. */
void log_later_keep(enum log_level level, u32 owner, bool guest, const char *fmt, va_list ap)
	__printf(4, 0);

/* Adds what is kept for this CPU. Log lock held. */
void log_later_emit(void);

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
