// SPDX-License-Identifier: Apache-2.0
/* What guests ask of firmware about the vcpus of their partition, and about the partition. */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/lib/error.h>

#include "partition_internal.h"
#include "trap_internal.h"

/* Where partitions share the CPU nothing wakes it that is not an interrupt of its own. */
void vcpu_sleep(struct vcpu *v)
{
	if (!v->shared)
		vcpu_idle(v->arch);
	else if (!virq_pending(v->arch))
		cpu_wait();
}

void vcpu_kicked(struct vcpu *v)
{
	partition_bells_take(vcpu_partition(v));
}

static struct vcpu *peer(const struct vcpu_arch *v, u32 id)
{
	struct partition *p = vcpu_partition(v->vcpu);

	return id < p->vcpu_count ? &p->vcpu[id] : NULL;
}

int upcall_vcpu_on(struct vcpu_arch *v, u32 id, const struct vcpu_start *start)
{
	struct vcpu *target = peer(v, id);

	return target != NULL ? vcpu_on(target, start) : BH_ENOENT;
}

int upcall_vcpu_stop(struct vcpu_arch *v, u32 id)
{
	struct vcpu *target = peer(v, id);

	return target != NULL ? vcpu_stop(target) : BH_ENOENT;
}

enum trap_result upcall_vcpu_off(struct vcpu_arch *v)
{
	vcpu_off(v->vcpu);
	return TRAP_PARK;
}

enum trap_result upcall_guest_power(struct vcpu_arch *v, enum guest_power what)
{
	static const enum partition_wish wish[] = {
		[GUEST_OFF] = WISH_STOP,
		[GUEST_RESET] = WISH_RESTART,
		[GUEST_RESET_WARM] = WISH_RESET_WARM,
	};

	partition_ask(vcpu_partition(v->vcpu), wish[what]);
	return TRAP_PARK;
}
