// SPDX-License-Identifier: Apache-2.0
/* Instructions, where one tick is one: of a change and of the invalidation that ends it. */
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>

#include "program.h"

#define TURNS 64U
#define BATCH 64U
#define FAULT_TURNS 1U /* it takes the device 100 ms, in which instructions are counted */

struct figure {
	const char *name;
	u64 n, sum, min, max;
};

static void add(struct figure *f, u64 ticks)
{
	f->min = f->n == 0U || ticks < f->min ? ticks : f->min;
	f->max = ticks > f->max ? ticks : f->max;
	f->sum += ticks;
	f->n++;
}

static void show(const struct figure *f)
{
	log_info("bench %s instructions %lu %lu %lu %lu", f->name, f->n, f->min,
		 f->n == 0U ? 0U : f->sum / f->n, f->max);
}

static bool map_timed(struct figure *f, u64 iova, u64 size)
{
	const u64 from = timer_now();
	const int err = iommu_map(&domain, IOVA(iova), &region, 0, size, PT_R | PT_W);

	add(f, timer_now() - from);
	return err == 0;
}

static bool unmap_timed(struct figure *f, u64 iova, u64 size)
{
	const u64 from = timer_now();
	struct iommu_ticket t;
	int err;

	iommu_ticket_init(&t, &domain);
	err = iommu_unmap(&domain, IOVA(iova), size, &region, &t);
	iommu_ticket_wait(&t);
	add(f, timer_now() - from);
	return err == 0;
}

static bool single(const char *map, const char *unmap, u64 size)
{
	struct figure m = { .name = map };
	struct figure u = { .name = unmap };
	bool good = true;

	for (u32 i = 0; i < TURNS; i++) {
		good = map_timed(&m, IOVA0, size) && good;
		good = unmap_timed(&u, IOVA0, size) && good;
	}
	show(&m);
	show(&u);
	return good;
}

/* One ticket for many pages: what a page costs then. */
static bool batched(void)
{
	struct figure u = { .name = "iommu_unmap_4k_batched" };
	bool good = iommu_map(&domain, IOVA(IOVA0), &region, 0, BATCH * PAGE_SIZE, PT_R) == 0;

	for (u32 turn = 0; turn < TURNS / 8U; turn++) {
		const u64 from = timer_now();
		struct iommu_ticket t;

		iommu_ticket_init(&t, &domain);
		for (u32 i = 0; i < BATCH; i++)
			good = iommu_unmap(&domain, IOVA(IOVA0 + i * PAGE_SIZE), PAGE_SIZE, &region,
					   &t) == 0 &&
			       good;
		iommu_ticket_wait(&t);
		add(&u, (timer_now() - from) / BATCH);
		good = iommu_unmap(&domain, IOVA(IOVA0), BATCH * PAGE_SIZE, &region, &t) == 0 &&
		       good;
		iommu_ticket_wait(&t);
		good = iommu_map(&domain, IOVA(IOVA0), &region, 0, BATCH * PAGE_SIZE, PT_R) == 0 &&
		       good;
	}
	show(&u);
	return good;
}

/* The other way, 64 pages a call. */
static bool batched_map(void)
{
	struct figure m = { .name = "iommu_map_4k_batched" };
	bool good = true;

	for (u32 turn = 0; turn < TURNS / 8U; turn++) {
		const u64 from = timer_now();
		struct iommu_ticket t;

		good = iommu_map(&domain, IOVA(IOVA0), &region, 0, BATCH * PAGE_SIZE, PT_R) == 0 &&
		       good;
		add(&m, (timer_now() - from) / BATCH);
		iommu_ticket_init(&t, &domain);
		good = iommu_unmap(&domain, IOVA(IOVA0), BATCH * PAGE_SIZE, &region, &t) == 0 &&
		       good;
		iommu_ticket_wait(&t);
	}
	show(&m);
	return good;
}

/* What one fault costs the CPU that takes it; where the emulator records none there is none. */
static bool faults(void)
{
	struct figure f = { .name = "iommu_fault" };
	bool good = true;

	for (u32 i = 0; i < FAULT_TURNS; i++) {
		u64 from;
		u32 n;

		good = fault_make() && good;
		from = timer_now();
		n = iommu_faults_take(1);
		if (n != 0U)
			add(&f, timer_now() - from);
		while (iommu_faults_take(1) != 0U)
			continue;
	}
	if (f.n != 0U)
		show(&f);
	return good;
}

/* Other pages of the table, so that it is not looked through for whether it is empty. */
static bool neighbours(bool there)
{
	const u64 iova = IOVA0 + BATCH * PAGE_SIZE;
	struct iommu_ticket t;
	int err;

	if (there)
		return iommu_map(&domain, IOVA(iova), &region, 0, BATCH * PAGE_SIZE, PT_R) == 0;
	iommu_ticket_init(&t, &domain);
	err = iommu_unmap(&domain, IOVA(IOVA0), MIB(2), &region, &t);
	iommu_ticket_wait(&t);
	return err == 0;
}

bool figures(void)
{
	bool good = neighbours(true);

	good = single("iommu_map_4k", "iommu_unmap_4k", PAGE_SIZE) && good;
	good = batched_map() && good;
	good = batched() && good;
	good = neighbours(false) && good;
	good = single("iommu_map_2m", "iommu_unmap_2m", MIB(2)) && good;
	return faults() && good;
}
