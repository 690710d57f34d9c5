// SPDX-License-Identifier: Apache-2.0
/*
 * A token bucket an owner, kept in ticks: time fills it, a record takes what one record is worth
 * at the configured rate.
 */
#include <bulkhead/arch/timer.h>
#include <bulkhead/lib/types.h>

#include "log_internal.h"

/* Owners from here on share the last bucket. */
#define BUCKETS 64U

/* Taken for the frequency while it is unknown; no guest runs then. */
#define ASSUMED_HZ 1000000000ULL

struct bucket {
	u64 credit; /* ticks */
	u64 filled; /* time stamp up to which credit is counted */
	bool used;  /* false: never asked, and full */
	u32 withheld;
};

static struct bucket buckets[BUCKETS];

/* Counts the time since @b was asked last, up to @full, and takes @cost if it is there. */
static bool bucket_take(struct bucket *b, u64 cost, u64 full)
{
	u64 now = timer_now();
	u64 gained = now - b->filled;

	if (!b->used || gained >= full - b->credit)
		b->credit = full;
	else
		b->credit += gained;
	b->used = true;
	b->filled = now;
	if (b->credit < cost)
		return false;
	b->credit -= cost;
	return true;
}

static bool admit(struct bucket *b)
{
	u64 hz = timer_hz();
	u64 cost = ((hz != 0U) ? hz : ASSUMED_HZ) / CONFIG_LOG_GUEST_RATE;

	if (bucket_take(b, cost, cost * CONFIG_LOG_GUEST_BURST))
		return true;
	b->withheld++;
	return false;
}

static void emit(enum log_level level, u32 owner, const char *fmt, ...) __printf(3, 4);
static void emit(enum log_level level, u32 owner, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_emit(level, owner, fmt, ap);
	va_end(ap);
}

bool log_guest_admit(u32 owner)
{
	struct bucket *b = &buckets[(owner < BUCKETS) ? owner : BUCKETS - 1U];

	if (!admit(b))
		return false;
	if (b->withheld != 0U)
		emit(LOG_WARN, owner, "%u records withheld: more than %u a second", b->withheld,
		     CONFIG_LOG_GUEST_RATE);
	b->withheld = 0;
	return true;
}

void log_guest(enum log_level level, u32 owner, const char *fmt, ...)
{
	bool taken;
	va_list ap;

	va_start(ap, fmt);
	if (log_lock_try(&taken)) {
		log_later_emit();
		if (log_guest_admit(owner))
			log_emit(level, owner, fmt, ap);
		log_lock_drop(taken);
	} else {
		log_later_keep(level, owner, true, fmt, ap);
	}
	va_end(ap);
}
