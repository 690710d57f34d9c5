// SPDX-License-Identifier: Apache-2.0
/* Without partitions a vcpu has no peers, and whoever made it looks why it came out. */
#include <bulkhead/arch/upcall.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/vm/vcpu.h>

#include "trap_internal.h"

void vcpu_kicked(struct vcpu *v __unused)
{
}

void vcpu_sleep(struct vcpu *v)
{
	vcpu_idle(v->arch);
}

int upcall_vcpu_on(struct vcpu_arch *v, u32 id, const struct vcpu_start *start __unused)
{
	return id == v->vcpu->id ? BH_EBUSY : BH_ENOENT;
}

int upcall_vcpu_stop(struct vcpu_arch *v __unused, u32 id __unused)
{
	return BH_ENOENT;
}

enum trap_result upcall_vcpu_off(struct vcpu_arch *v)
{
	vcpu_off(v->vcpu);
	return TRAP_PARK;
}

enum trap_result upcall_guest_power(struct vcpu_arch *v, enum guest_power what __unused)
{
	return upcall_vcpu_off(v);
}
