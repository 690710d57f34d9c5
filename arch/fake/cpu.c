// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/lib/string.h>

#include "fake.h"

#define TURNS_PER_YIELD 64U

_Thread_local struct cpu *fake_cpu = &cpus[0];

/* Where fake_end() lands; NULL outside fake_end_of(). */
static _Thread_local jmp_buf *landing;

enum fake_end fake_end_of(void (*fn)(void *arg), void *arg)
{
	jmp_buf here;
	jmp_buf *outer = landing;
	enum fake_end how;

	landing = &here;
	how = (enum fake_end)setjmp(here);
	if (how == FAKE_RETURNED)
		fn(arg);
	landing = outer;
	return how;
}

void fake_end(enum fake_end how)
{
	if (landing != NULL)
		longjmp(*landing, (int)how);
	if (fake_cpu != &cpus[0])
		pthread_exit(NULL);
	fprintf(stderr, "fake: CPU 0 ended (%d) outside fake_end_of()\n", (int)how);
	abort();
}

void fake_cpu_reset(void)
{
	memset(cpus, 0, sizeof(cpus));
	for (u32 i = 0; i < CONFIG_MAX_CPUS; i++) {
		cpus[i].self = &cpus[i];
		cpus[i].id = i;
		cpus[i].hwid = 0x100U + i;
	}
	cpus[0].state = CPU_ONLINE;
	cpu_count = 1;
	fake_cpu = &cpus[0];
}

void fake_reset(void)
{
	fake_smp_reset();
	fake_cpu_reset();
	fake_timer_reset();
	fake_mmu_reset();
	fake_irqchip_reset();
	fake_trap_reset();
	fake_firmware_reset();
	fake_s2_reset();
}

void cpu_halt(void)
{
	fake_end(FAKE_HALT);
}

/* Yielding each time would hand a busy host's CPU to somebody else at every turn of a wait. */
void fake_relax(void)
{
	static _Thread_local u32 turns;

	fake_thread_check();
	turns++;
	if (turns % TURNS_PER_YIELD == 0U)
		sched_yield();
}

void fake_wait(void)
{
	fake_relax();
}

void fake_take_irqs(void)
{
	upcall_irq();
}

u64 cpu_hwid(void)
{
	return fake_cpu->hwid;
}

const char *cpu_name(void)
{
	return "fake CPU";
}

const char *cpu_protections(void)
{
	return "none";
}

const char *cpu_virt_name(void)
{
	return "none";
}
