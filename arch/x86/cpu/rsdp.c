// SPDX-License-Identifier: Apache-2.0
#include <asm/handoff.h>
#include <bulkhead/lib/string.h>

#define RSDP_SIZE_V1 20U

static bool good_sum(const u8 *p)
{
	u8 sum = 0;

	for (u32 i = 0; i < RSDP_SIZE_V1; i++)
		sum = (u8)(sum + p[i]);
	return sum == 0U;
}

size_t rsdp_find(const u8 *area, size_t size)
{
	for (size_t at = 0; size >= RSDP_SIZE_V1 && at <= size - RSDP_SIZE_V1; at += 16U) {
		if (memcmp(area + at, "RSD PTR ", 8) == 0 && good_sum(area + at))
			return at;
	}
	return size;
}
