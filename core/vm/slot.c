// SPDX-License-Identifier: Apache-2.0
/*
 * Slots: what each physical CPU does once partitions are built. A CPU has one vcpu, pinned for
 * good, or those of several partitions in their windows: it runs the one whose turn it is whenever
 * that may run, does the partition's own work in between if it is the lead, and waits with
 * interrupts taken otherwise.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/base/run.h>
#include <bulkhead/lib/error.h>

#include "partition_internal.h"

/* Written at boot; CPU i alone reads entry i afterwards. */
static struct vcpu *slots[CONFIG_MAX_CPUS];
static u64 slot_shared; /* set of CPUs; the windows say which vcpu */

void slot_assign(const struct schedule_config *s, struct vcpu *v)
{
	BUG_ON(v->cpu >= CONFIG_MAX_CPUS);
	if (s != NULL) {
		window_tenant_add(s, v);
		slot_shared |= BIT(v->cpu);
		return;
	}
	BUG_ON(slots[v->cpu] != NULL);
	slots[v->cpu] = v;
}

void slot_kick_lead(const struct partition *p)
{
	upcall_vcpu_kick(p->vcpu[0].arch);
}

/* A vcpu that was switched on by another begins here, on its own CPU. False: not in this turn. */
static bool begin(struct vcpu *v)
{
	int err;

	if (load_acquire(&v->power) != VCPU_ON_PENDING)
		return true;
	err = vcpu_reset(v->arch, v->s2, &v->start, &v->begun);
	if (err == BH_EAGAIN)
		return false;
	BUG_ON(err != 0);
	v->begun = 0;
	v->mmio_progress = (struct mmio_progress){ 0 };
	store_release(&v->power, (u32)VCPU_ON);
	return true;
}

/* `running` is set before the look, so that whoever parks the vcpu sees it or is seen. */
static bool vcpu_turn(struct partition *p, struct vcpu *v)
{
	enum trap_result r = TRAP_PARK;
	bool ready;

	__atomic_store_n(&v->running, 1U, __ATOMIC_SEQ_CST);
	ready = life_runs(p) && __atomic_load_n(&v->parked, __ATOMIC_SEQ_CST) == 0U;
	if (ready && begin(v))
		r = vcpu_go(v);
	if ((load_acquire(&v->parked) & PARK_OFF) != 0U && v->power == VCPU_ON)
		store_release(&v->power, (u32)VCPU_OFF);
	__atomic_store_n(&v->running, 0U, __ATOMIC_SEQ_CST);
	if (r == TRAP_STOP)
		(void)partition_fail(p, v->stop.class == EXIT_ERROR ? HEALTH_ERROR : HEALTH_STOP,
				     exit_class_name(v->stop.class));
	else if (load_acquire(&p->state) == PARTITION_STOPPING)
		slot_kick_lead(p);
	return ready;
}

bool slot_turn(void)
{
	struct vcpu *v = slots[this_cpu()->id];
	struct partition *p;

	(void)window_turn(&v);
	if (v == NULL)
		return false;
	p = vcpu_partition(v);
	if (v->id == 0U && life_step(p))
		return true;
	if (v->id == 0U)
		partition_bells_take(p);
	return vcpu_turn(p, v);
}

/* A kick that comes between the turn and the wait is pending and ends the wait. */
static void slot_run(void *arg __unused)
{
	for (;;) {
		const bool busy = slot_turn();

		/* What it has to say and could not is said before it sleeps. */
		if (log_settle() && !busy)
			cpu_wait();
		cpu_take_irqs();
	}
}

void slots_start(void)
{
	log_wait_no_more();
	windows_start();
	for (u32 i = 0; i < cpu_count; i++) {
		int err;

		if (slots[i] == NULL && (slot_shared & BIT(i)) == 0U)
			continue;
		err = cpu_give(i, slot_run, NULL);
		if (err != 0)
			log_error("CPU %u: its partition cannot run on it: %s", i, error_name(err));
	}
}
