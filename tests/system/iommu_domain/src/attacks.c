// SPDX-License-Identifier: Apache-2.0
/*
 * Bulkhead, the domain's tables, memory of nobody, registers of other devices and controllers: the
 * device writes there while other pages are mapped and unmapped without pause. And a read that was
 * under way when its page was unmapped: it finds nothing of what is written there afterwards.
 */
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/crc32.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/pcie/pcie.h>

#include "program.h"

#define FAULTS 1024U
#define CHURN (IOVA0 + MIB(3)) /* where pages come and go */
#define LATE (IOVA0 + MIB(5))
#define MESSAGES 0xfee00000ULL
#define DOORBELL 0x10040U
#define SECRET 0xa5U

/* A page of the image that nothing writes. */
static const u8 image[PAGE_SIZE] __aligned(4096) = { 0x5a };

static u64 churned;

static void take_page(u64 iova)
{
	struct iommu_ticket t;

	iommu_ticket_init(&t, &domain);
	check(iommu_unmap(&domain, IOVA(iova), PAGE_SIZE, &region, &t) == 0, "unmap", iova);
	iommu_ticket_wait(&t);
}

static void give_page(u64 iova, u32 page, u32 rights)
{
	check(iommu_map(&domain, IOVA(iova), &region, page * PAGE_SIZE, PAGE_SIZE, rights) == 0,
	      "map", iova);
}

static void churn(void)
{
	const u64 iova = CHURN + churned % 64U * PAGE_SIZE;

	give_page(iova, 4, PT_R | PT_W);
	take_page(iova);
	churned++;
}

/* @there: the same page for Bulkhead, where it can see it. */
static void attack(const char *what, u64 iova, const void *there)
{
	const u64 taken = this_cpu()->irqs;
	u32 before;

	charge();
	before = there == NULL ? 0U : crc32(0, there, PAGE_SIZE);
	seen.at = ALIGN_DOWN(iova, PAGE_SIZE);
	edu_begin(&edu, HPA(iova), BYTES, EDU_TO_MEMORY);
	while (!edu_over(&edu))
		churn();
	(void)iommu_faults_take(FAULTS);
	if (there != NULL) {
		cache_clean_invalidate(there, PAGE_SIZE);
		check(crc32(0, there, PAGE_SIZE) == before, what, iova);
	}
	check(this_cpu()->irqs == taken, "an interrupt", iova);
	/* What becomes of a forged message is recorded in another way, or not at all. */
	check(iova == MESSAGES || seen.others == 0U, "fault elsewhere", iova);
	log_info("attack: %s: %s", what, seen.ours != 0U ? "recorded" : "unrecorded");
	uncarry();
}

static u64 controller(void)
{
	for (u32 i = 0; i < machine.irqchip_count; i++) {
		if (machine.irqchip[i].kind != IRQCHIP_LAPIC)
			return machine.irqchip[i].base.v;
	}
	return 0;
}

static u64 doorbell(void)
{
	for (u32 i = 0; i < machine.irqchip_count; i++) {
		if (machine.irqchip[i].kind == IRQCHIP_GIC_ITS)
			return machine.irqchip[i].base.v + DOORBELL;
	}
	return machine.iommu[0].kind == IOMMU_VTD ? MESSAGES : 0U;
}

/* Registers of a function: the device's own, or another's. */
static u64 registers(bool own)
{
	for (u32 i = 0; i < pcie.count; i++) {
		const struct pcie_function *f = &pcie.fn[i];

		for (u32 k = 0; (f->sbdf.v == edu.function.v) == own && k < PCIE_BARS; k++) {
			if (f->bar[k].base.v > MIB(1) && f->bar[k].kind != MACHINE_WINDOW_IO)
				return f->bar[k].base.v;
		}
	}
	return 0;
}

/* The page is taken away and gets a new owner's bytes between the command and the copy. */
static void late(void)
{
	charge();
	give_page(LATE, 5, PT_R);
	give_page(LATE + PAGE_SIZE, 6, PT_W);
	edu_begin(&edu, HPA(LATE), BYTES, EDU_FROM_MEMORY);
	take_page(LATE);
	check(!edu_over(&edu), "the device was faster", LATE);
	memset(memory + 5U * PAGE_SIZE, SECRET, PAGE_SIZE);
	cache_clean_invalidate(memory + 5U * PAGE_SIZE, PAGE_SIZE);
	seen.at = LATE;
	while (!edu_over(&edu))
		churn();
	(void)iommu_faults_take(FAULTS);
	check(edu_dma(&edu, HPA(LATE + PAGE_SIZE), BYTES, EDU_TO_MEMORY) == 0, "transfer", LATE);
	cache_clean_invalidate(memory + 6U * PAGE_SIZE, PAGE_SIZE);
	for (u32 i = 0; i < BYTES; i++)
		check(memory[6U * PAGE_SIZE + i] != SECRET, "a byte after the ticket", i);
	check(seen.others == 0U, "fault elsewhere", LATE);
	log_info("attack: a page that is gone: %s", seen.ours != 0U ? "recorded" : "unrecorded");
	take_page(LATE + PAGE_SIZE);
	uncarry();
	/* What the device has of a read that was refused is nothing to go on with. */
	charge();
	uncarry();
}

void attacks(void)
{
	const struct {
		const char *what;
		u64 at;
		const void *there;
	} targets[] = {
		{ "Bulkhead", mmu_pa(image).v, image },
		{ "the domain's tables", domain.pt.root, domain.pool.words },
		{ "memory of nobody", region.base.v + MIB(2), memory + MIB(2) },
		{ "registers of another device", registers(false), NULL },
		{ "its own registers", registers(true), NULL },
		{ "the IOMMU", machine.iommu[0].base.v, NULL },
		{ "the interrupt controller", controller(), NULL },
		{ "doorbell", doorbell(), NULL },
	};

	for (u32 i = 0; i < ARRAY_SIZE(targets); i++) {
		if (targets[i].at != 0U)
			attack(targets[i].what, targets[i].at, targets[i].there);
	}
	late();
	check(churned > 1000U, "pages that came and went", churned);
}
