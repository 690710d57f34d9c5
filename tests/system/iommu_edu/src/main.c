// SPDX-License-Identifier: Apache-2.0
/*
 * A secret page is to be read by the device, and what it read written over a victim page. Where
 * every IOMMU blocks, the victim stays as it was (status passed) and both attempts are on record
 * (in the log). Where there is none, the victim holds the secret afterwards: this program can see
 * a DMA.
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

/* What is on record of one transfer. */
struct seen {
	bool device, direction; /* of our device at our page; as a read or write as it was */
	bool other;             /* of anybody else, or elsewhere */
};

/* Reads all there are: one transfer makes several, and a unit may hold few. */
static struct seen faults_read(const struct edu *edu, const struct page *page, bool write)
{
	struct seen seen = { .other = false };
	struct iommu_fault f;

	for (u32 i = 0; i < FAULTS_MAX && iommu_next_fault(&f) == 0; i++) {
		bool ours = f.who.v == edu->function.v &&
			    ALIGN_DOWN(f.addr.v, PAGE_SIZE) == mmu_pa(page).v;

		log_info("fault: unit %u, device 0x%x, address 0x%lx, %s, reason 0x%x", f.unit,
			 f.who.v, f.addr.v, f.write ? "write" : "read", f.reason);
		seen.device = seen.device || ours;
		seen.direction = seen.direction || (ours && f.write == write);
		seen.other = seen.other || !ours;
	}
	return seen;
}

static int transfer(const struct edu *edu, const struct page *page, enum edu_direction direction,
		    struct seen *seen)
{
	int err = edu_dma(edu, mmu_pa(page), WORDS * sizeof(u64), direction);

	if (err != 0)
		log_error("edu: a transfer does not end: %s", error_name(err));
	*seen = faults_read(edu, page, direction == EDU_TO_MEMORY);
	return err;
}

static bool memory_unchanged(void)
{
	u32 stolen = page_count(&victim, SECRET);
	u32 kept = page_count(&victim, VICTIM);

	log_info("victim: %u words as they were, %u words of the secret", kept, stolen);
	return kept == ARRAY_SIZE(victim.word);
}

static void verdict(struct seen read, struct seen write)
{
	bool unchanged = memory_unchanged();
	bool other = read.other || write.other;
	bool direction = read.direction && write.direction;

	log_info("result: memory %s", unchanged ? "unchanged" : "changed");
	log_info("result: read %s, write %s, others %s", read.device ? "recorded" : "unrecorded",
		 write.device ? "recorded" : "unrecorded", other ? "recorded" : "none");
	log_info("result: direction %s", direction ? "recorded" : "unrecorded");
	firmware_sim_exit(unchanged && !other ? 0U : 1U);
}

static int iommu_edu(void)
{
	struct seen read, write;
	struct edu edu;
	int err;

	page_fill(&secret, SECRET);
	page_fill(&victim, VICTIM);
	err = edu_open(&edu);
	if (err != 0) {
		log_error("edu: cannot be used: %s", error_name(err));
		return err;
	}
	log_info("edu: secret at 0x%lx, victim at 0x%lx", mmu_pa(&secret).v, mmu_pa(&victim).v);
	err = transfer(&edu, &secret, EDU_FROM_MEMORY, &read);
	if (err == 0)
		err = transfer(&edu, &victim, EDU_TO_MEMORY, &write);
	if (err != 0)
		return err;
	verdict(read, write);
	return 0;
}

UNIT_DEFINE(iommu_edu, 9, 90, iommu_edu);
