// SPDX-License-Identifier: Apache-2.0
/* DMA of edu (QEMU, docs/specs/edu.rst): 4 bytes, which take 100 ms. */
#include <bulkhead/pcie/regs.h>

#include "owner.h"

#define EDU_DMA_SOURCE 0x80U
#define EDU_DMA_DESTINATION 0x88U
#define EDU_DMA_COUNT 0x90U
#define EDU_DMA_COMMAND 0x98U
#define EDU_DMA_START 1U
#define EDU_DMA_TO_MEMORY 2U
#define EDU_BUFFER 0x40000U
#define DMA_MS 101U

/* RAM of the board, and of Bulkhead or the other partition, but not of this one's. */
#define ELSEWHERE 0x50000000ULL

static volatile u32 from, to;
static volatile bool woken;

static void timer(u32 intid)
{
	(void)intid;
	guest_timer_stop();
	woken = true;
}

static void sleep(void)
{
	woken = false;
	guest_timer_set(guest_ticks() + guest_hz() / 1000U * DMA_MS);
	while (!woken) {
		guest_irq_wait();
		guest_irq_take();
	}
}

static void write64(u64 at, u64 v)
{
	*(volatile u64 *)(uintptr_t)at = v;
}

static void transfer(u64 regs, u64 source, u64 destination, u32 how)
{
	write64(regs + EDU_DMA_SOURCE, source);
	write64(regs + EDU_DMA_DESTINATION, destination);
	write64(regs + EDU_DMA_COUNT, sizeof(from));
	write64(regs + EDU_DMA_COMMAND, EDU_DMA_START | how);
	do {
		sleep();
	} while ((read32(regs + EDU_DMA_COMMAND) & EDU_DMA_START) != 0U);
}

void attack_memory(u32 device, u32 value)
{
	const u64 regs = read32(FUNCTION(device) + PCI_BAR0) & PCI_BAR_MEMORY_MASK;

	guest_irq_init();
	guest_irq_enable(GUEST_TIMER_INTID, false, timer);
	from = value;
	transfer(regs, (uintptr_t)&from, EDU_BUFFER, 0);
	transfer(regs, EDU_BUFFER, (uintptr_t)&to, EDU_DMA_TO_MEMORY);
	guest_printf("owner: at 0x%llx edu wrote %c\n", (unsigned long long)(uintptr_t)&to,
		     (char)to);
	transfer(regs, EDU_BUFFER, ELSEWHERE, EDU_DMA_TO_MEMORY);
	guest_check(to == value);
}
