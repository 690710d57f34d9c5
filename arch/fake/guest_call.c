// SPDX-License-Identifier: Apache-2.0
/* No call to firmware is known here. */
#include <abi/ucall.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/regs.h>

enum trap_result firmware_guest_call(struct vcpu_arch *v, u64 *call)
{
	(void)v;
	call[0] = (u64)UCALL_ENOSYS;
	return TRAP_RESUME;
}

enum trap_result firmware_guest_exit(struct vcpu_arch *v, struct exit *e)
{
	const struct fault undefined = { .kind = FAULT_UNDEFINED };

	if (e->class == EXIT_FIRMWARE) {
		v->reg[0] = ~0ULL;
		return TRAP_RESUME;
	}
	vcpu_inject(v, &undefined);
	return TRAP_INJECT;
}

void firmware_filter_set(struct vcpu_arch *v, const struct firmware_filter *f)
{
	(void)v;
	(void)f;
}
