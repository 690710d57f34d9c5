// SPDX-License-Identifier: Apache-2.0
/*
 * INIT-SIPI-SIPI (SDM volume 3, section 9.4.4; MultiProcessor Specification 1.4, appendix B.4).
 * The page below 1 MiB where a CPU begins belongs to somebody: it is given back as it was.
 */
#include <asm/lapic.h>
#include <asm/layout.h>
#include <asm/x86.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/smp.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

/* Where a startup vector can point. Page 0 holds the BIOS's interrupt vectors. */
#define LOW_FIRST PAGE_SIZE
#define LOW_LAST MIB(1)

/* Since the Pentium 4 no pause is needed after INIT; Intel asks for one after a startup IPI. */
#define SIPI_PAUSE_US 10U

extern const u8 trampoline_start[], trampoline_end[];
extern const u8 trampoline_gdt_base[], trampoline_far[], trampoline_root[];

static struct {
	u64 pa; /* 0: not prepared */
	u8 *page;
	u8 before[PAGE_SIZE];
} low;

static bool held_by_module(u64 pa)
{
	for (u32 i = 0; i < handoff.module_count; i++) {
		if (range_overlaps(pa, PAGE_SIZE, handoff.module[i].base.v, handoff.module[i].size))
			return true;
	}
	return false;
}

/* Is every byte of the page RAM that the loader's map calls usable, and nothing else? */
static bool page_free(u64 pa)
{
	bool inside = false;

	for (u32 i = 0; i < handoff.ram_count; i++) {
		const struct handoff_range *r = &handoff.ram[i];

		if (r->usable && range_inside(pa, PAGE_SIZE, r->base.v, r->size))
			inside = true;
		if (!r->usable && range_overlaps(pa, PAGE_SIZE, r->base.v, r->size))
			return false;
	}
	return inside && !held_by_module(pa);
}

/* The highest free page: firmware keeps its own data at the bottom. 0: none. */
static u64 find_page(void)
{
	for (u64 pa = LOW_LAST - PAGE_SIZE; pa >= LOW_FIRST; pa -= PAGE_SIZE) {
		if (page_free(pa))
			return pa;
	}
	return 0;
}

static void add32(const u8 *field, u32 v)
{
	u8 *at = low.page + (field - trampoline_start);
	u32 sum;

	memcpy(&sum, at, sizeof(sum));
	sum += v;
	memcpy(at, &sum, sizeof(sum));
}

static int prepare(void)
{
	size_t size = (size_t)(trampoline_end - trampoline_start);
	u64 pa = find_page();
	u64 root;

	if (pa == 0U) {
		log_error("CPUs: no free page below 1 MiB in the loader's memory map (%u entries)",
			  handoff.ram_count);
		return trace_error(BH_ENOTSUP);
	}
	low.page = mmu_map(HPA(pa), PAGE_SIZE, MMU_RAM_RW);
	root = mmu_trampoline(pa, true);
	if (low.page == NULL || root == 0U)
		return trace_error(BH_ENOMEM);
	memcpy(low.before, low.page, PAGE_SIZE);
	memcpy(low.page, trampoline_start, size);
	add32(trampoline_gdt_base, (u32)pa);
	add32(trampoline_far, (u32)pa);
	add32(trampoline_root, (u32)root);
	low.pa = pa;
	return 0;
}

int smp_start(u32 id)
{
	u32 apic_id = (u32)cpus[id].hwid;
	u8 vector;
	int err = 0;

	if (low.pa == 0U)
		err = prepare();
	if (err != 0)
		return err;
	vector = (u8)(low.pa >> PAGE_SHIFT);
	err = lapic_send(apic_id, APIC_INIT, 0);
	for (u32 i = 0; i < 2U && err == 0; i++) {
		err = lapic_send(apic_id, APIC_STARTUP, vector);
		delay_us(SIPI_PAUSE_US);
	}
	if (err != 0)
		log_error("CPU %u (APIC id %u): cannot be sent a startup IPI: %s", id, apic_id,
			  error_name(err));
	return err == 0 ? 0 : trace_error(BH_EIO);
}

/* A CPU that was given up must not wake on a page that is somebody else's again. */
static void park_failed(void)
{
	for (u32 id = 1; id < cpu_count; id++) {
		if (cpus[id].state == CPU_FAILED)
			(void)lapic_send((u32)cpus[id].hwid, APIC_INIT, 0);
	}
}

void smp_finish(void)
{
	if (low.pa == 0U)
		return;
	park_failed();
	memcpy(low.page, low.before, PAGE_SIZE);
	mmu_unmap(low.page, PAGE_SIZE);
	(void)mmu_trampoline(low.pa, false);
	low.pa = 0;
}
