// SPDX-License-Identifier: Apache-2.0
/* x86 keeps caches, DMA and instruction fetches coherent by itself (SDM volume 3, section 12.4). */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>

#define LINE 64U

void cache_clean(const void *p, size_t size)
{
	(void)p;
	(void)size;
	dma_mb();
}

void cache_clean_invalidate(const void *p, size_t size)
{
	uintptr_t end = (uintptr_t)p + size;

	smp_mb();
	for (uintptr_t at = ALIGN_DOWN((uintptr_t)p, LINE); at < end; at += LINE)
		__asm__ volatile("clflush (%0)" : : "r"(at) : "memory");
	smp_mb();
}

void cache_zero(void *p, size_t size)
{
	size_t words = size / sizeof(u64);
	size_t bytes = size % sizeof(u64);

	__asm__ volatile("rep stosq" : "+D"(p), "+c"(words) : "a"(0ULL) : "memory");
	__asm__ volatile("rep stosb" : "+D"(p), "+c"(bytes) : "a"(0) : "memory");
}

/* Code reaches another CPU's pipeline when it serializes; every way into new code here does. */
void cache_sync_code(const void *p, size_t size)
{
	(void)p;
	(void)size;
	smp_mb();
}
