// SPDX-License-Identifier: Apache-2.0
#include <asm/tsc.h>

/* (@high + @rest / @by) * 2^@bits, without the fraction; @rest < @by < 2^63. */
static u64 divide(u64 high, u64 rest, u64 by, u32 bits)
{
	for (u32 i = 0; i < bits; i++) {
		rest <<= 1;
		high = high << 1 | (rest >= by ? 1U : 0U);
		rest -= rest >= by ? by : 0U;
	}
	return high;
}

bool tsc_rate_make(struct tsc_rate *r, u64 guest_hz, u64 machine_hz, u32 bits)
{
	const u64 whole = guest_hz / machine_hz;
	u64 up;

	if (whole > TSC_FACTOR_MAX)
		return false;
	up = divide(whole, guest_hz % machine_hz, machine_hz, TSC_POINT);
	up &= ~0ULL << (TSC_POINT - bits);
	if (up < TSC_FACTOR_MIN)
		return false;
	r->up = up;
	/* 2^96 by what the CPU multiplies with. */
	r->down = divide(0, 1, up, 2U * TSC_POINT) + 1U;
	return true;
}
