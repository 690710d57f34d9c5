/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's TSC at a rate of its own: what the CPU multiplies the machine's by while the guest runs
 * (SDM volume 3, section 26.3 "TSC scaling"; APM volume 2, 15.30.5). Pure: tested on the host.
 */
#ifndef ASM_TSC_H
#define ASM_TSC_H

#include <bulkhead/lib/types.h>

#define TSC_POINT 48U /* bits behind the point of the factors here */
/* The factor: at most this, and not less than 2^-8. */
#define TSC_FACTOR_MAX 255U
#define TSC_FACTOR_MIN (1ULL << (TSC_POINT - 8U))

struct tsc_rate {
	u64 up;   /* the guest's ticks for one of the machine's; 0: it is the machine's rate */
	u64 down; /* the other way, rounded up */
};

/*
 * The rate of @guest_hz where the machine's TSC has @machine_hz and the CPU's factor has @bits
 * behind its point, at most TSC_POINT. False: the factor is out of range.
 */
bool tsc_rate_make(struct tsc_rate *r, u64 guest_hz, u64 machine_hz, u32 bits);

/* What a guest reads, before its offset, when the machine's TSC is @own. */
static inline u64 tsc_up(const struct tsc_rate *r, u64 own)
{
	return r->up == 0U ? own : (u64)((unsigned __int128)own * r->up >> TSC_POINT);
}

/* When it reads @guest or more: never too early; all ones if that is farther away than 64 bits. */
static inline u64 tsc_down(const struct tsc_rate *r, u64 guest)
{
	unsigned __int128 own = guest;

	if (r->up == 0U)
		return guest;
	own = (own * r->down >> TSC_POINT) + 1U;
	return own > ~0ULL ? ~0ULL : (u64)own;
}

#endif
