// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/fw/machine.h>

#include "model.h"

struct machine machine;

void model_machine(enum iommu_kind kind, u32 count, u64 size)
{
	machine = (struct machine){ .iommu_count = count };
	for (u32 i = 0; i < count; i++)
		machine.iommu[i] = (struct machine_iommu){
			.kind = kind,
			.base = HPA(MODEL_BASE.v + MIB(i)),
			.size = size,
			.segment = (u16)i,
		};
}

bool model_tlb_find(const struct model_tlb *t, u32 domain, u64 iova, bool write, u64 *pa)
{
	for (u32 i = 0; i < t->count; i++) {
		const struct model_page *p = &t->page[i];

		if (p->domain == domain && p->iova == ALIGN_DOWN(iova, PAGE_SIZE) &&
		    p->write == write) {
			*pa = p->pa | (iova & PAGE_MASK);
			return true;
		}
	}
	return false;
}

void model_tlb_keep(struct model_tlb *t, u32 domain, u64 iova, bool write, u64 pa)
{
	if (t->count < ARRAY_SIZE(t->page))
		t->page[t->count++] = (struct model_page){ domain, ALIGN_DOWN(iova, PAGE_SIZE),
							   ALIGN_DOWN(pa, PAGE_SIZE), write };
}

void model_tlb_forget(struct model_tlb *t, u32 domain, u64 iova, u64 size)
{
	u32 n = 0;

	for (u32 i = 0; i < t->count; i++) {
		const struct model_page *p = &t->page[i];
		const bool mine = domain == MODEL_DOMAINS || p->domain == domain;

		if (!mine || (size != 0U && p->iova - iova >= size))
			t->page[n++] = *p;
	}
	t->count = n;
}

bool model_walk_stage2(u64 root, u32 level, u32 bits, u64 iova, bool write, u64 *pa)
{
	const u64 *table = (const u64 *)(uintptr_t)root;
	u64 index = iova >> (12U + 9U * level);

	if (iova >> bits != 0U)
		return false;
	for (;; level--) {
		u64 e = table[index];
		u64 size = BIT(12U + 9U * level);

		if ((e & 1U) == 0U || (level == 0U && (e & 2U) == 0U))
			return false;
		if (level == 0U || (e & 2U) == 0U) {
			*pa = (e & BITS(47, 12) & ~(size - 1U)) | (iova & (size - 1U));
			return (e & BIT(write ? 7 : 6)) != 0U;
		}
		table = (const u64 *)(uintptr_t)(e & BITS(47, 12));
		index = iova >> (12U + 9U * (level - 1U)) & 0x1ffU;
	}
}

void model_unmap(struct iommu_domain *d, struct region *r, u64 iova, u64 size)
{
	struct iommu_ticket t;

	iommu_ticket_init(&t, d);
	assert_int_equal(iommu_unmap(d, IOVA(iova), size, r, &t), 0);
	iommu_ticket_wait(&t);
}

void model_interrupt(u32 cpu)
{
	struct cpu *before = fake_cpu;

	fake_cpu = &cpus[cpu];
	fake_cpu->id = cpu;
	iommu_faults_step();
	fake_cpu = before;
}
