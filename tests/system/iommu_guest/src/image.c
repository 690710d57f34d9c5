// SPDX-License-Identifier: Apache-2.0
/*
 * Pages of Bulkhead's image that nobody writes once it has started: code, constants, and data that
 * is there for this. Each is summed at first and again after an attack, whatever is reported.
 */
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/ksyms.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/crc32.h>
#include <bulkhead/lib/string.h>

#include "image.h"

#define DATA_PAGES 64U
#define PAGES_MAX 1024U
#define FILL 0x5a

extern const char rodata_end[];

static u8 data[DATA_PAGES * PAGE_SIZE] __aligned(PAGE_SIZE);

static u32 sums[PAGES_MAX];

/* Code and constants are one piece. */
static u32 fixed_pages(void)
{
	return (u32)((uintptr_t)rodata_end - (uintptr_t)text_start) / (u32)PAGE_SIZE;
}

static u32 pages(void)
{
	return fixed_pages() + DATA_PAGES;
}

static const u8 *page_of(u32 n)
{
	const u32 fixed = fixed_pages();

	return n < fixed ? (const u8 *)text_start + n * PAGE_SIZE : data + (n - fixed) * PAGE_SIZE;
}

static u32 sum_of(u32 n)
{
	cache_clean_invalidate(page_of(n), PAGE_SIZE);
	return crc32(0, page_of(n), PAGE_SIZE);
}

bool image_open(void)
{
	memset(data, FILL, sizeof(data));
	for (u32 i = 0; i < pages() && i < PAGES_MAX; i++)
		sums[i] = sum_of(i);
	return pages() <= PAGES_MAX;
}

u64 image_target(u32 n, u64 ram, u64 ram_size)
{
	u64 at = mmu_pa(page_of(n % pages())).v;

	if (range_overlaps(at, PAGE_SIZE, ram, ram_size))
		at = mmu_pa(page_of(fixed_pages() + n % DATA_PAGES)).v;
	return at;
}

u32 image_changed(u64 at)
{
	u32 n = 0;

	for (u32 i = 0; i < pages(); i++) {
		const bool meant = at == IMAGE_WHOLE || mmu_pa(page_of(i)).v == at;

		if (!meant || sum_of(i) == sums[i])
			continue;
		log_error("test: Bulkhead's page at 0x%llx is not what it was",
			  (unsigned long long)mmu_pa(page_of(i)).v);
		n++;
	}
	return n;
}
