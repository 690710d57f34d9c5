// SPDX-License-Identifier: Apache-2.0
/*
 * Hypercalls, from the short frame: a bound check, a table, a return. What is done here on every
 * call is part of the cost of a trap (docs/architecture.md): nothing is counted, no lock taken.
 */
#include <abi/ucall.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/vm/vcpu.h>

#define OPS 32U

static enum trap_result ucall_features(struct vcpu *v, u64 *call);

/* Written at boot. */
static hypercall_fn ucalls[OPS] = {
	[UCALL_OP_FEATURES] = ucall_features,
};

_Static_assert(OPS <= 64U, "FEATURES has one word of operations");

void hypercall_add(u32 op, hypercall_fn fn)
{
	BUG_ON(op >= OPS || ucalls[op] != NULL);
	ucalls[op] = fn;
}

static enum trap_result ucall_features(struct vcpu *v __unused, u64 *call)
{
	u64 set = 0;

	for (u32 i = 0; i < OPS; i++) {
		if (ucalls[i] != NULL)
			set |= BIT(i);
	}
	call[1] = call[1] == 0U ? set : 0U;
	call[0] = (u64)UCALL_OK;
	return TRAP_RESUME;
}

enum trap_result upcall_hypercall(struct vcpu_arch *v, u64 *call)
{
	const u32 op = (u32)call[0] - UCALL_BASE;

	if (op >= UCALL_OPS)
		return firmware_guest_call(v, call);
	if (op < OPS && ucalls[op] != NULL)
		return ucalls[op](v->vcpu, call);
	call[0] = (u64)UCALL_ENOSYS;
	return TRAP_RESUME;
}
