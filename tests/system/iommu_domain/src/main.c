// SPDX-License-Identifier: Apache-2.0
/*
 * One device, two domains: it reaches what is mapped where it is attached, only with the rights it
 * has, and no more once the ticket of an unmap is done, the domain is another, or there is none.
 */
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/region.h>
#include <bulkhead/pcie/pcie.h>

#include "program.h"

#define FAULTS 1024U

struct iommu_domain domain;
struct region region;

static struct iommu_domain other;
static struct iommu_device *device;
struct edu edu;
u8 *memory;
static bool bad;
static u64 serial = 0x600d600d00000000ULL;

struct seen seen;

static void hear(const struct iommu_fault *f, const struct iommu_device *dev)
{
	const bool ours = dev == device && ALIGN_DOWN(f->addr.v, PAGE_SIZE) == seen.at;

	seen.ours += ours ? 1U : 0U;
	seen.others += ours ? 0U : 1U;
}

void check(bool good, const char *what, u64 found)
{
	if (good)
		return;
	bad = true;
	log_error("test: %s: 0x%lx", what, found);
}

u32 arrived(u32 page)
{
	const volatile u64 *at = (const volatile u64 *)(const void *)(memory + page * PAGE_SIZE);
	u32 n = 0;

	cache_clean_invalidate(memory + page * PAGE_SIZE, PAGE_SIZE);
	for (u32 i = 0; i < BYTES / sizeof(u64); i++)
		n += at[i] == serial ? 1U : 0U;
	return n;
}

void fill(u32 page)
{
	u64 *at = (u64 *)(void *)(memory + page * PAGE_SIZE);

	for (u32 i = 0; i < BYTES / sizeof(u64); i++)
		at[i] = serial;
	cache_clean_invalidate(at, BYTES);
}

void charge(void)
{
	serial++;
	fill(0);
	seen.ours = 0;
	seen.others = 0;
	seen.at = IOVA0;
	check(iommu_map(&domain, IOVA(IOVA0), &region, 0, PAGE_SIZE, PT_R) == 0, "map", IOVA0);
	check(edu_dma(&edu, HPA(IOVA0), BYTES, EDU_FROM_MEMORY) == 0, "transfer", IOVA0);
	(void)iommu_faults_take(FAULTS);
	check(seen.ours + seen.others == 0U, "fault at what is mapped", IOVA0);
	memset(memory, 0, BYTES);
}

/* Has the device read its mark at page 0, which it may, and write it to @iova. */
static void carry(u64 iova)
{
	charge();
	seen.at = iova;
	check(edu_dma(&edu, HPA(iova), BYTES, EDU_TO_MEMORY) == 0, "transfer", iova);
	(void)iommu_faults_take(FAULTS);
}

void uncarry(void)
{
	struct iommu_ticket t;

	iommu_ticket_init(&t, &domain);
	check(iommu_unmap(&domain, IOVA(IOVA0), PAGE_SIZE, &region, &t) == 0, "unmap", IOVA0);
	iommu_ticket_wait(&t);
}

static void reached(u64 iova, u32 page)
{
	carry(iova);
	check(arrived(page) == BYTES / 8U, "not reached", iova);
	check(seen.ours + seen.others == 0U, "fault at what is mapped", iova);
	uncarry();
}

static void refused(u64 iova, u32 page)
{
	carry(iova);
	check(arrived(page) == 0U, "reached", iova);
	check(seen.others == 0U, "fault elsewhere", iova);
	log_info("refused: 0x%lx, %s", iova, seen.ours != 0U ? "recorded" : "unrecorded");
	uncarry();
}

static void take_away(u64 iova)
{
	struct iommu_ticket t;

	iommu_ticket_init(&t, &domain);
	check(iommu_unmap(&domain, IOVA(iova), PAGE_SIZE, &region, &t) == 0, "unmap", iova);
	iommu_ticket_wait(&t);
}

static void give(struct iommu_domain *d, u64 iova, u32 page, u32 rights)
{
	check(iommu_map(d, IOVA(iova), &region, page * PAGE_SIZE, PAGE_SIZE, rights) == 0, "map",
	      iova);
}

static void acts(void)
{
	const u64 a = IOVA0 + MIB(2);
	const u64 b = a + PAGE_SIZE;

	check(iommu_attach(device, &domain) == 0, "attach", 0);
	give(&domain, a, 1, PT_R | PT_W);
	give(&domain, b, 2, PT_R);
	reached(a, 1);
	refused(b, 2);
	refused(region.base.v & ~0xfff0000000ULL, 0);
	take_away(a);
	refused(a, 1);
	give(&domain, a, 3, PT_R | PT_W);
	reached(a, 3);
	refused(IOVA0 + MIB(1), 1);
	attacks();
}

static void blocked(void)
{
	const u64 a = IOVA0 + MIB(2);

	serial++;
	seen.at = a;
	check(iommu_map(&other, IOVA(a), &region, PAGE_SIZE, PAGE_SIZE, PT_W) == 0, "map", a);
	check(iommu_attach(device, &other) == 0, "attach", 1);
	check(edu_dma(&edu, HPA(a), BYTES, EDU_TO_MEMORY) == 0, "transfer", a);
	serial--;
	check(arrived(1) == BYTES / 8U, "second domain not reached", a);
	memset(memory, 0, REGION_SIZE);
	cache_clean_invalidate(memory, REGION_SIZE);
	check(iommu_attach(device, NULL) == 0, "block", 0);
	check(edu_dma(&edu, HPA(a), BYTES, EDU_TO_MEMORY) == 0, "transfer", a);
	check(arrived(1) == 0U, "reached while blocked", a);
	(void)iommu_faults_take(FAULTS);
}

bool fault_make(void)
{
	return edu_dma(&edu, HPA(IOVA0 + MIB(1)), BYTES, EDU_TO_MEMORY) == 0;
}

/* As firmware says that it is known. */
static int device_take(void)
{
	const struct pcie_function *f = pcie_find(&pcie, edu.function);

	if (f == NULL || f->iommu == PCIE_NONE)
		return BH_ENOENT;
	return iommu_device_take(machine.iommu[f->iommu].base, f->stream, "edu", 1, "one", &device);
}

static int build(void)
{
	hpa_t base;
	int err = frame_alloc(REGION_SIZE, MIB(2), &base);

	if (err == 0)
		err = region_init(&region, "test", base, REGION_SIZE, NULL, 0);
	memory = err == 0 ? mmu_map(base, REGION_SIZE, MMU_RAM_RW) : NULL;
	if (memory == NULL)
		return BH_ENOMEM;
	memset(memory, 0, REGION_SIZE);
	cache_clean_invalidate(memory, REGION_SIZE);
	err = iommu_domain_init(&domain, 1, "one", IN_BITS, TABLES, false);
	if (err == 0)
		err = iommu_domain_init(&other, 2, "two", IN_BITS, TABLES, true);
	if (err == 0)
		err = edu_open(&edu);
	if (err == 0)
		err = device_take();
	(void)iommu_fault_sink_set(hear);
	return err;
}
UNIT_DEFINE(iommu_domain_build, 8, 50, build);

static int iommu_domain(void)
{
	if (strncmp(handoff.cmdline, "figures", 7) == 0) {
		check(iommu_attach(device, &domain) == 0, "attach", 0);
		check(figures(), "figures", 0);
	} else {
		acts();
		blocked();
	}
	log_info("result: %s", bad ? "failed" : "passed");
	firmware_sim_exit(bad ? 1U : 0U);
	return 0;
}
UNIT_DEFINE(iommu_domain, 9, 90, iommu_domain);
