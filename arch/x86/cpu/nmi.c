// SPDX-License-Identifier: Apache-2.0
/*
 * What another CPU must do however deep it is goes by NMI: stop, and drop its TLB. Each CPU has
 * a word that says what is asked of it.
 */
#include <asm/lapic.h>
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/panic.h>

#define ASK_STOP 1U
#define ASK_FLUSH 2U

/* An NMI is taken within one instruction: a CPU that needs longer than this is dead. */
#define FLUSH_TURNS 10000000U

static u32 asked[CONFIG_MAX_CPUS];

static void ask(u32 cpu, u32 what)
{
	__atomic_fetch_or(&asked[cpu], what, __ATOMIC_RELEASE);
	(void)lapic_send((u32)cpus[cpu].hwid, APIC_NMI, 0);
}

void nmi_send_stop(u32 cpu)
{
	ask(cpu, ASK_STOP);
}

bool nmi_handle(void)
{
	u32 *mine = &asked[this_cpu()->id];
	u32 what = load_acquire(mine);

	if ((what & ASK_STOP) != 0U)
		upcall_stop();
	if ((what & ASK_FLUSH) != 0U) {
		write_cr3(read_cr3());
		__atomic_fetch_and(mine, ~ASK_FLUSH, __ATOMIC_RELEASE);
	}
	return what != 0U;
}

static bool other_online(u32 cpu)
{
	return cpu != this_cpu()->id && load_acquire(&cpus[cpu].state) == CPU_ONLINE;
}

static void wait_flushed(u32 cpu)
{
	for (u32 i = 0; i < FLUSH_TURNS; i++) {
		if ((load_acquire(&asked[cpu]) & ASK_FLUSH) == 0U || !other_online(cpu))
			return;
		cpu_relax();
	}
	panic("CPU %u did not drop its translations when told to", cpu);
}

void tlb_flush_others(void)
{
	for (u32 i = 0; irqchip() != NULL && i < CONFIG_MAX_CPUS; i++) {
		if (other_online(i))
			ask(i, ASK_FLUSH);
	}
	for (u32 i = 0; irqchip() != NULL && i < CONFIG_MAX_CPUS; i++)
		wait_flushed(i);
}
