/* SPDX-License-Identifier: Apache-2.0 */
/* The time of day: asked of the machine's RTC once, and carried on by the time base. */
#ifndef ASM_WALLCLOCK_H
#define ASM_WALLCLOCK_H

#include <bulkhead/lib/types.h>

struct date {
	u32 year; /* 1970 to 2399 */
	u8 month, day;
	u8 hour, minute, second;
	u8 weekday; /* 1: Sunday */
};

/* Seconds since 1970-01-01 00:00:00 UTC; fields beyond their range carry over. */
u64 date_seconds(const struct date *d);
struct date date_of(u64 seconds);

/* Boot, once: reads the machine's RTC. Without a plausible one it is 2000-01-01 at power-on. */
void wallclock_init(void);

/* Seconds since 1970, and the microseconds that have passed of the next. */
u64 wallclock_now(u32 *us);

/* Seconds and nanoseconds since 1970 when the time base was 0. */
void wallclock_at_zero(u64 *seconds, u32 *ns);

#endif
