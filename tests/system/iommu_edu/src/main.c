// SPDX-License-Identifier: Apache-2.0
/*
 * A secret page is to be read by the device, and what it read written over a victim page. Where
 * every IOMMU blocks, the victim stays as it was and both attempts are on record; where there is
 * none, the victim holds the secret afterwards, which shows that this program can see a DMA.
 */
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/iommu/iommu.h>
#include <bulkhead/lib/error.h>

#include "edu.h"

#define WORDS 4U
#define FAULTS_MAX 1024U
#define SECRET 0x5ec4e75ec4e75ec4ULL
#define VICTIM 0xb00bb00bb00bb00bULL

struct page {
	volatile u64 word[PAGE_SIZE / sizeof(u64)];
} __aligned(4096);

static struct page secret, victim;

static void page_fill(struct page *page, u64 value)
{
	for (u32 i = 0; i < ARRAY_SIZE(page->word); i++)
		page->word[i] = value;
	cache_clean_invalidate(page, sizeof(*page));
}

static u32 page_count(const struct page *page, u64 value)
{
	u32 n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(page->word); i++)
		n += page->word[i] == value ? 1U : 0U;
	return n;
}

static int transfer(const struct edu *edu)
{
	u32 size = WORDS * sizeof(u64);
	int err = edu_dma(edu, mmu_pa(&secret), size, EDU_FROM_MEMORY);

	if (err == 0)
		err = edu_dma(edu, mmu_pa(&victim), size, EDU_TO_MEMORY);
	if (err != 0)
		log_error("edu: a transfer does not end: %s", error_name(err));
	return err;
}

/* Is there a record of @edu at the page? Reads all there are; one transfer makes several. */
struct seen {
	bool secret, victim, victim_write, secret_read, other;
};

static struct seen faults_read(const struct edu *edu)
{
	struct seen seen = { .other = false };
	struct iommu_fault f;

	for (u32 i = 0; i < FAULTS_MAX && iommu_next_fault(&f) == 0; i++) {
		u64 page = ALIGN_DOWN(f.addr.v, PAGE_SIZE);

		log_info("fault: unit %u, device 0x%x, address 0x%lx, %s, reason 0x%x", f.unit,
			 f.who.v, f.addr.v, f.write ? "write" : "read", f.reason);
		if (f.who.v != edu->function.v) {
			seen.other = true;
		} else if (page == mmu_pa(&secret).v) {
			seen.secret = true;
			seen.secret_read = seen.secret_read || !f.write;
		} else if (page == mmu_pa(&victim).v) {
			seen.victim = true;
			seen.victim_write = seen.victim_write || f.write;
		} else {
			seen.other = true;
		}
	}
	return seen;
}

static bool memory_unchanged(void)
{
	u32 stolen = page_count(&victim, SECRET);
	u32 kept = page_count(&victim, VICTIM);

	log_info("victim: %u words as they were, %u words of the secret", kept, stolen);
	return kept == ARRAY_SIZE(victim.word);
}

static int iommu_edu(void)
{
	struct edu edu;
	struct seen seen;
	bool unchanged;
	int err;

	page_fill(&secret, SECRET);
	page_fill(&victim, VICTIM);
	err = edu_open(&edu);
	if (err != 0) {
		log_error("edu: cannot be used: %s", error_name(err));
		return err;
	}
	(void)faults_read(&edu);
	err = transfer(&edu);
	if (err != 0)
		return err;
	unchanged = memory_unchanged();
	seen = faults_read(&edu);
	log_info("result: memory %s", unchanged ? "unchanged" : "changed");
	log_info("result: read %s, write %s, others %s", seen.secret ? "recorded" : "unrecorded",
		 seen.victim ? "recorded" : "unrecorded", seen.other ? "recorded" : "none");
	log_info("result: direction %s",
		 seen.secret_read && seen.victim_write ? "recorded" : "unrecorded");
	firmware_sim_exit(unchanged && seen.secret && seen.victim && !seen.other ? 0U : 1U);
}

UNIT_DEFINE(iommu_edu, 9, 90, iommu_edu);
