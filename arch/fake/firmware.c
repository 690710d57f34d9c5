// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>
#include <bulkhead/lib/error.h>

#include "fake.h"

u32 fake_sim_status;
static u64 entropy_state; /* 0: no source */

void fake_firmware_reset(void)
{
	fake_sim_status = 0;
	fake_entropy_set(1);
}

void fake_entropy_set(u64 seed)
{
	entropy_state = seed;
}

void firmware_reset(void)
{
	fake_end(FAKE_RESET);
}

void firmware_off(void)
{
	fake_end(FAKE_OFF);
}

void firmware_sim_exit(u32 status)
{
	fake_sim_status = status;
	fake_end(FAKE_SIM_EXIT);
}

/* xorshift64 (Marsaglia 2003): the same seed, the same bytes. */
static u8 next_byte(void)
{
	entropy_state ^= entropy_state << 13;
	entropy_state ^= entropy_state >> 7;
	entropy_state ^= entropy_state << 17;
	return (u8)(entropy_state >> 32);
}

int firmware_entropy(void *buf, size_t n)
{
	u8 *p = buf;

	if (entropy_state == 0U)
		return BH_ENODEV;
	for (size_t i = 0; i < n; i++)
		p[i] = next_byte();
	return 0;
}

const char *firmware_entropy_source(void)
{
	return (entropy_state != 0U) ? "fake" : "none";
}
