/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the register models of IOMMUs share. A model watches two things at every access: that
 * software may do this now (the specification's order), and that no device can reach more after
 * the access than before it.
 */
#ifndef TESTS_UNIT_IOMMU_MODEL_H
#define TESTS_UNIT_IOMMU_MODEL_H

#include <bulkhead/iommu/domain.h>
#include <unit.h>

#define MODEL_BASE HPA(0xfed90000ULL)

/* How far devices reach. A model never lets it grow. */
enum reach {
	REACH_NOTHING,
	REACH_TABLES, /* what firmware's tables allow */
	REACH_SOME,   /* all but what firmware's protected regions hold */
	REACH_ALL,
};

struct watch {
	const char *illegal; /* the first breach, in words; NULL: none */
	enum reach dma;
	enum reach interrupts;
	bool given; /* devices have domains: what they reach is asked by transactions */
};

/* Remembers the first breach. */
static inline void watch_illegal(struct watch *w, const char *what)
{
	if (w->illegal == NULL)
		w->illegal = what;
}

/* Takes the reach after an access. */
static inline void watch_reach(struct watch *w, enum reach dma, enum reach interrupts)
{
	if (dma > w->dma && !w->given)
		watch_illegal(w, "a device can reach more than before");
	if (interrupts > w->interrupts && !w->given)
		watch_illegal(w, "a device can interrupt more than before");
	w->dma = dma;
	w->interrupts = interrupts;
}

/* What a unit remembers of the tables that it has walked, as long as it may. */
struct model_tlb {
	u32 count;
	struct model_page {
		u32 domain;
		u64 iova, pa;
		bool write;
	} page[64];
};

#define MODEL_DOMAINS (~0U) /* every one */

bool model_tlb_find(const struct model_tlb *t, u32 domain, u64 iova, bool write, u64 *pa);
void model_tlb_keep(struct model_tlb *t, u32 domain, u64 iova, bool write, u64 pa);

/* Forgets @size bytes at @iova of @domain; @size 0: all of them. */
void model_tlb_forget(struct model_tlb *t, u32 domain, u64 iova, u64 size);

/* A walk of VMSAv8 stage 2 over @bits of address from the table at @root, of @level (0: pages). */
bool model_walk_stage2(u64 root, u32 level, u32 bits, u64 iova, bool write, u64 *pa);

/* Unmaps @size bytes of @r at @iova and waits until no device can reach them. */
void model_unmap(struct iommu_domain *d, struct region *r, u64 iova, u64 size);

/* The piece of faults that an interrupt on logical CPU @cpu takes. */
void model_interrupt(u32 cpu);

/* The machine of a test: @count units of one kind, 1 MiB apart, the first at MODEL_BASE. */
void model_machine(enum iommu_kind kind, u32 count, u64 size);

#endif
