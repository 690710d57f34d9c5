// SPDX-License-Identifier: Apache-2.0
/*
 * All CPUs up, one after the other in logical order, so that two boots give the same log. A CPU
 * counts as up only when it has taken an interrupt of its own timer and one from the boot CPU.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/smp.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/run.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>

/* How long a CPU may take to come up, or to take an interrupt: 1 s, or so many turns. */
#define ANSWER_TURNS 200000000U

/* The alarm of the interrupt check: 50 us from now. */
#define ALARM_HZ 1000000U

static int (*cpu_init_more)(void);

void cpu_init_set(int (*fn)(void))
{
	cpu_init_more = fn;
}

static void cpu_describe(u32 id, u64 hwid)
{
	cpus[id].self = &cpus[id];
	cpus[id].stack_top = (uintptr_t)&cpu_stacks[id + 1U];
	cpus[id].id = id;
	cpus[id].hwid = hwid;
	cpus[id].state = (id == 0U) ? CPU_ONLINE : CPU_OFF;
}

/* Numbers the CPUs: this one is 0, the others follow in the order firmware lists them. */
static int cpus_init(void)
{
	u32 n = 1;
	u32 beyond = 0;

	cpu_describe(0, cpu_hwid());
	for (u32 i = 0; i < machine.cpu_count; i++) {
		const struct machine_cpu *m = &machine.cpu[i];

		if (m->hwid == cpu_hwid() || !m->enabled)
			continue;
		if (n == CONFIG_MAX_CPUS) {
			beyond++;
			continue;
		}
		cpu_describe(n, m->hwid);
		n++;
	}
	cpu_count = n;
	if (beyond != 0U)
		log_warn("%u CPUs stay off: built for %u (CONFIG_MAX_CPUS)", beyond,
			 CONFIG_MAX_CPUS);
	return 0;
}
UNIT_DEFINE(cpus, 1, 80, cpus_init);

/* Waits until *@counter differs from @old. Takes interrupts if @take: they may be what moves it. */
static bool wait_change(const u64 *counter, u64 old, bool take)
{
	u64 start = timer_now();
	u64 limit = timer_hz();

	for (u32 turn = 0; turn < ANSWER_TURNS; turn++) {
		if (load_acquire(counter) != old)
			return true;
		if (limit != 0U && timer_now() - start > limit)
			return false;
		if (take)
			cpu_take_irqs();
		cpu_relax();
	}
	return false;
}

static bool wait_online(const struct cpu *c)
{
	u64 start = timer_now();
	u64 limit = timer_hz();

	for (u32 turn = 0; turn < ANSWER_TURNS; turn++) {
		u32 state = load_acquire(&c->state);

		if (state != CPU_STARTING)
			return state == CPU_ONLINE;
		if (limit != 0U && timer_now() - start > limit)
			return false;
		cpu_relax();
	}
	return false;
}

static void alarm_arm(void)
{
	timer_arm(timer_now() + timer_hz() / ALARM_HZ);
}

/* Does CPU @c take the timer interrupt it has armed, and a kick? */
static int check_interrupts(struct cpu *c)
{
	bool own = c->id == 0U;
	u64 kicks = load_acquire(&c->kicks);

	if (!wait_change(&c->ticks, 0, own)) {
		log_error("CPU %u (hwid 0x%llx): took no timer interrupt", c->id,
			  (unsigned long long)c->hwid);
		return trace_error(BH_ETIMEDOUT);
	}
	irqchip()->send(c->id, IRQ_KICK);
	if (!wait_change(&c->kicks, kicks, own)) {
		log_error("CPU %u (hwid 0x%llx): took no interrupt from CPU 0", c->id,
			  (unsigned long long)c->hwid);
		return trace_error(BH_ETIMEDOUT);
	}
	return 0;
}

static int start_cpu(struct cpu *c)
{
	int err;

	store_release(&c->state, (u32)CPU_STARTING);
	err = smp_start(c->id);
	if (err == 0 && !wait_online(c))
		err = trace_error(BH_ETIMEDOUT);
	if (err != 0) {
		log_error("CPU %u (hwid 0x%llx): did not come up: %s", c->id,
			  (unsigned long long)c->hwid, error_name(err));
		store_release(&c->state, (u32)CPU_FAILED);
		return err;
	}
	return check_interrupts(c);
}

/* One CPU's failure does not keep the next from being tried: the log names them all. */
static int smp_init(void)
{
	int first_err;
	u32 up = 0;

	alarm_arm();
	first_err = check_interrupts(&cpus[0]);
	if (first_err == 0)
		up++;
	for (u32 i = 1; i < cpu_count && i < CONFIG_MAX_CPUS; i++) {
		int err = start_cpu(&cpus[i]);

		if (err == 0)
			up++;
		else if (first_err == 0)
			first_err = err;
	}
	smp_finish();
	log_info("%u of %u CPUs up, each took a timer interrupt and a kick", up, cpu_count);
	return first_err;
}
UNIT_DEFINE(smp, 5, 50, smp_init);

void bulkhead_secondary_main(void)
{
	struct cpu *c = this_cpu();
	u32 starting = CPU_STARTING;
	int err = irqchip()->cpu_init();

	if (err == 0)
		err = timer_cpu_init();
	if (err == 0 && cpu_init_more != NULL)
		err = cpu_init_more();
	if (err != 0) {
		log_error("CPU %u: interrupts, timer or guests: %s", c->id, error_name(err));
		store_release(&c->state, (u32)CPU_FAILED);
		cpu_halt();
	}
	alarm_arm();
	/* One that comes after it was given up must not appear among CPUs that nobody told. */
	if (!__atomic_compare_exchange_n(&c->state, &starting, (u32)CPU_ONLINE, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		cpu_halt();
	cpu_idle();
}
