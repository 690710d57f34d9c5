// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/vm/vcpu.h>

_Static_assert(offsetof(struct vcpu_arch, vcpu) == 0U, "the way back is the first word");

/* PARK_WINDOW goes on, and is its CPU's; a start (life.c) gives all else of `parked` its value. */
const struct state_field vcpu_fields[] = {
	STATE_FIELD(struct vcpu, arch, BOOT),      STATE_FIELD(struct vcpu, id, BOOT),
	STATE_FIELD(struct vcpu, partition, BOOT), STATE_FIELD(struct vcpu, cpu, BOOT),
	STATE_FIELD(struct vcpu, parked, KEPT),    STATE_FIELD(struct vcpu, power, MADE),
	STATE_FIELD(struct vcpu, running, KEPT),   STATE_FIELD(struct vcpu, shared, BOOT),
	STATE_FIELD(struct vcpu, start, RESET),    STATE_FIELD(struct vcpu, begun, RESET),
	STATE_FIELD(struct vcpu, s2, BOOT),        STATE_FIELD(struct vcpu, mmio, BOOT),
	STATE_FIELD(struct vcpu, ports, BOOT),     STATE_FIELD(struct vcpu, mmio_progress, RESET),
	STATE_FIELD(struct vcpu, exits, KEPT),     STATE_FIELD(struct vcpu, last, RESET),
	STATE_FIELD(struct vcpu, stop, RESET),
};

const u32 vcpu_field_count = ARRAY_SIZE(vcpu_fields);

int vcpu_init(struct vcpu *v, struct vcpu_arch *arch, u32 partition, u32 id, struct s2 *s2,
	      struct mmio_map *mmio, struct mmio_map *ports, const struct vcpu_start *start)
{
	u32 at = 0;
	int err;

	memset(v, 0, sizeof(*v));
	v->arch = arch;
	v->partition = partition;
	v->id = id;
	v->s2 = s2;
	v->mmio = mmio;
	v->ports = ports;
	v->cpu = ~0U;
	v->power = VCPU_ON;
	arch->vcpu = v;
	do {
		err = vcpu_reset(arch, s2, start, &at);
	} while (err == BH_EAGAIN);
	return err;
}

enum trap_result vcpu_go(struct vcpu *v)
{
	if (load_acquire(&v->parked) != 0U)
		return TRAP_PARK;
	s2_enter(v->s2);
	vcpu_load(v->arch);
	v->last = vcpu_run(v->arch);
	vcpu_put(v->arch);
	s2_leave(v->s2);
	return v->last;
}

/*
 * Its CPU is another partition's now and must not lose time: what is wanted was written before
 * `parked` is read, and is read after `parked` was written when the window begins.
 */
static bool out_of_window(const struct vcpu *v)
{
	if (!v->shared)
		return false;
	smp_mb();
	return (__atomic_load_n(&v->parked, __ATOMIC_SEQ_CST) & PARK_WINDOW) != 0U;
}

bool upcall_vcpu_stays(const struct vcpu_arch *v)
{
	return load_acquire(&v->vcpu->parked) == 0U;
}

void upcall_vcpu_kick(struct vcpu_arch *v)
{
	const u32 cpu = v->vcpu->cpu;

	if (cpu < CONFIG_MAX_CPUS && cpu != this_cpu()->id && !out_of_window(v->vcpu))
		irq_kick(cpu);
}

void vcpu_park(struct vcpu *v, u32 reasons)
{
	__atomic_fetch_or(&v->parked, reasons, __ATOMIC_SEQ_CST);
	upcall_vcpu_kick(v->arch);
}

void vcpu_unpark(struct vcpu *v, u32 reasons)
{
	__atomic_fetch_and(&v->parked, ~reasons, __ATOMIC_SEQ_CST);
	upcall_vcpu_kick(v->arch);
}

int vcpu_on(struct vcpu *v, const struct vcpu_start *start)
{
	u32 power = VCPU_OFF;

	if (!__atomic_compare_exchange_n(&v->power, &power, (u32)VCPU_ON_PENDING, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return power == VCPU_ON ? BH_EBUSY : BH_EAGAIN;
	/* Read by its CPU once it is no longer parked. */
	v->start = *start;
	vcpu_unpark(v, PARK_OFF);
	return 0;
}

int vcpu_stop(struct vcpu *v)
{
	const u32 power = load_acquire(&v->power);

	if (power == VCPU_OFF)
		return 0;
	/* One that is told to start first starts. */
	if (power == VCPU_ON)
		vcpu_park(v, PARK_OFF);
	return BH_EAGAIN;
}

void vcpu_off(struct vcpu *v)
{
	__atomic_fetch_or(&v->parked, PARK_OFF, __ATOMIC_SEQ_CST);
}
