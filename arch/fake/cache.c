// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/cache.h>
#include <bulkhead/lib/string.h>

/* The host's caches are coherent; what is left of the contract is that [p, p + size) exists. */
static void touch(const void *p, size_t size)
{
	const volatile u8 *byte = p;

	if (size != 0U) {
		(void)byte[0];
		(void)byte[size - 1U];
	}
}

void cache_clean(const void *p, size_t size)
{
	touch(p, size);
}

void cache_clean_invalidate(const void *p, size_t size)
{
	touch(p, size);
}

void cache_zero(void *p, size_t size)
{
	memset(p, 0, size);
}

void cache_sync_code(const void *p, size_t size)
{
	touch(p, size);
}
