// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/run.h>
#include <bulkhead/lib/error.h>

static bool held;

void run_hold(void)
{
	held = true;
}

bool run_held(void)
{
	return held;
}

int cpu_give(u32 cpu, void (*fn)(void *arg), void *arg)
{
	struct cpu *c;

	if (cpu >= cpu_count || load_acquire(&cpus[cpu].state) != CPU_ONLINE)
		return BH_ENODEV;
	c = &cpus[cpu];
	if (load_acquire(&c->work) != NULL)
		return BH_EBUSY;
	c->work_arg = arg;
	store_release(&c->work, fn);
	irqchip()->send(cpu, IRQ_KICK);
	return 0;
}

static void work_take(struct cpu *c)
{
	void (*fn)(void *arg) = load_acquire(&c->work);
	void *arg = c->work_arg;

	if (fn == NULL)
		return;
	store_release(&c->work, NULL);
	fn(arg);
}

/* A kick that comes between the look and the wait is pending and ends the wait. */
void cpu_idle(void)
{
	for (;;) {
		work_take(this_cpu());
		cpu_wait();
		cpu_take_irqs();
	}
}
