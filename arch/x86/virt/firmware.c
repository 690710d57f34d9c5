// SPDX-License-Identifier: Apache-2.0
/* Guests here have no calls to firmware: a number that is not UCALL's is KVM's or nobody's. */
#include <abi/ucall.h>
#include <asm/kvmpv.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/regs.h>

void firmware_filter_set(struct vcpu_arch *v __unused, const struct firmware_filter *f __unused)
{
}

enum trap_result firmware_guest_call(struct vcpu_arch *v, u64 *call)
{
	if (guest_shows(v, GUEST_KVM))
		kvmpv_call(v, call);
	else
		call[0] = (u64)UCALL_ENOSYS;
	return TRAP_RESUME;
}

enum trap_result firmware_guest_exit(struct vcpu_arch *v, struct exit *e __unused)
{
	const struct fault undefined = { .kind = FAULT_UNDEFINED };

	vcpu_inject(v, &undefined);
	return TRAP_INJECT;
}
