// SPDX-License-Identifier: Apache-2.0
/* Own address space: nothing writable and executable, holes where guards belong. */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/ksyms.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/lib/error.h>

#include "selftest.h"

static int probe(const volatile void *p)
{
	u32 value;

	return mmio_probe32(p, &value);
}

/* Is there a hole below what is left of the stack we are on? */
static bool guard_below(void)
{
	const u8 *page = (const u8 *)ALIGN_DOWN((uintptr_t)__builtin_frame_address(0), PAGE_SIZE);

	for (u32 i = 0; i <= CONFIG_STACK_SIZE / PAGE_SIZE; i++)
		if (probe(page - i * PAGE_SIZE) == BH_EFAULT)
			return true;
	return false;
}

enum answer { NONE, GUARDED, BARE };

static u32 answer;

static void stack_ask(void)
{
	store_release(&answer, (u32)(guard_below() ? GUARDED : BARE));
}

static u32 stack_answer(u32 cpu)
{
	u32 turns = 100000000U;

	store_release(&answer, (u32)NONE);
	irqchip()->send(cpu, IRQ_KICK);
	while (load_acquire(&answer) == NONE && turns-- != 0U)
		cpu_relax();
	return load_acquire(&answer);
}

static int check_stacks(void)
{
	selftest_check(guard_below());
	irq_handler_set(IRQ_KICK, stack_ask);
	for (u32 i = 1; i < cpu_count; i++)
		selftest_check(stack_answer(i) == GUARDED);
	return 0;
}

/* A mapping has holes on both sides, and is one itself once it was taken back. */
static int check_mapping(void)
{
	const u32 *text = (const u32 *)(uintptr_t)text_start;
	volatile u8 *p = mmu_map(mmu_pa(text_start), PAGE_SIZE, MMU_RAM_RO);

	selftest_check(p != NULL);
	selftest_check(*(volatile u32 *)p == *text);
	selftest_check(probe(p - 4) == BH_EFAULT);
	selftest_check(probe(p + PAGE_SIZE) == BH_EFAULT);
	mmu_unmap((void *)(uintptr_t)p, PAGE_SIZE);
	selftest_check(probe(p) == BH_EFAULT);
	return 0;
}

/* Our own image is never mapped a second time so that it could be written. */
static int check_no_alias(void)
{
	selftest_check(mmu_map(mmu_pa(text_start), PAGE_SIZE, MMU_RAM_RW) == NULL);
	selftest_check(mmu_map(mmu_pa(text_start), PAGE_SIZE, MMU_DEVICE) == NULL);
	selftest_check(mmu_map(HPA(~0ULL - 0xfffU), 0x2000, MMU_RAM_RO) == NULL);
	return 0;
}

int selftest_memory(const char *what)
{
	(void)what;
	selftest_check(mmu_count_wx() == 0U);
	selftest_check(probe(NULL) == BH_EFAULT);
	if (check_stacks() != 0 || check_mapping() != 0)
		return 1;
	return check_no_alias();
}
