// SPDX-License-Identifier: Apache-2.0
/*
 * Every other CPU runs a guest that writes one page for ever. This one takes the right to write
 * and looks: after the ticket is done the page must stand still. Then it gives the right back.
 *
 * Where a simulator runs CPUs in turn, a CPU takes a kick before anything else: one that is not
 * sent shows in every round, but a ticket that is not waited for only with a thread a CPU (in 3
 * rounds of 100).
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/base/run.h>

#include "program.h"

#define DISTURB_EACH (CONFIG_GUEST_TRAP_ROUNDS / 50U + 1U)
#define PATIENCE 100000000U /* turns until a writer must have moved */

static struct told told[CONFIG_MAX_CPUS];
static u32 running;

static void writer_run(void *arg)
{
	struct vcpu *v = arg;

	__atomic_fetch_add(&running, 1U, __ATOMIC_SEQ_CST);
	(void)vcpu_go(v);
	__atomic_fetch_sub(&running, 1U, __ATOMIC_SEQ_CST);
}

static const volatile u32 *page(void)
{
	return (const volatile u32 *)(const volatile void *)(guest.ram + GUEST_SHARED - GUEST_RAM);
}

static bool moves(void)
{
	const u32 old = *page();

	for (u32 i = 0; i < PATIENCE; i++) {
		if (*page() != old)
			return true;
		cpu_relax();
	}
	return false;
}

static bool stands_still(void)
{
	const u32 old = *page();

	for (u32 i = 0; i < CONFIG_GUEST_TRAP_LOOKS; i++) {
		if (*page() != old)
			return false;
		cpu_relax();
	}
	return true;
}

static bool rights_set(u32 rights)
{
	const struct pt_change want = {
		.op = PT_PROTECT, .va = GUEST_SHARED, .size = PAGE_SIZE, .attr = rights
	};
	struct s2_ticket t;

	if (s2_change(&guest.s2, &want, &t) != 0)
		return false;
	s2_ticket_wait(&t);
	return true;
}

static u32 writers_start(void)
{
	u32 n = 0;

	for (u32 i = 1; i < cpu_count; i++) {
		struct vcpu *v = guest_vcpu(i, MODE_WRITER, &told[i]);

		if (v != NULL && cpu_give(i, writer_run, v) == 0)
			n++;
	}
	while (n != 0U && load_acquire(&running) != n)
		cpu_relax();
	return n;
}

/* Takes a page out of Bulkhead's own map: every CPU must forget it, on x86 by NMI. */
static bool disturb(void)
{
	void *p = mmu_map(guest.base, PAGE_SIZE, MMU_RAM_RO);

	if (p != NULL)
		mmu_unmap(p, PAGE_SIZE);
	return p != NULL;
}

bool shootdown_test(void)
{
	const u32 writers = writers_start();
	u32 round = 0;
	u32 late = 0;
	u32 dead = 0;

	if (writers == 0U) {
		log_info("shootdown: one CPU, nobody to shoot at");
		return true;
	}
	while (round < CONFIG_GUEST_TRAP_ROUNDS && dead == 0U) {
		dead += !rights_set(PT_R | PT_W | PT_X) || !moves();
		/* Now they are in their guests. */
		if (round % DISTURB_EACH == 0U)
			dead += !disturb();
		dead += !rights_set(PT_R | PT_X);
		late += !stands_still();
		round++;
	}
	log_info("shootdown: %u writers, %u rounds, %u late writes, %u stuck", writers, round, late,
		 dead);
	return late == 0U && dead == 0U;
}
