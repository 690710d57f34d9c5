// SPDX-License-Identifier: Apache-2.0
/* Hypercalls by which the guests of this test stop a CPU and let it go on. */
#include <bulkhead/base/lock_freeze.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/vm/trap.h>

#include "../calls.h"

#define HELD_CPU 0U

/* The emulator's plugin knows it by name. */
void freeze_phase(void);
__attribute__((noinline)) void freeze_phase(void)
{
	__asm__ volatile("" ::: "memory");
}

static enum trap_result arm(struct vcpu *v __unused, u64 *call)
{
	lock_freeze_watch(HELD_CPU);
	lock_freeze_arm((u32)call[1]);
	call[0] = 0;
	return TRAP_RESUME;
}

static enum trap_result stands(struct vcpu *v __unused, u64 *call)
{
	call[1] = lock_freeze_stands() ? 1U : 0U;
	call[0] = 0;
	return TRAP_RESUME;
}

static enum trap_result locks(struct vcpu *v __unused, u64 *call)
{
	call[1] = lock_freeze_count() | lock_freeze_class((u32)call[1]) << 8;
	call[0] = 0;
	return TRAP_RESUME;
}

static enum trap_result phase(struct vcpu *v __unused, u64 *call)
{
	freeze_phase();
	call[0] = 0;
	return TRAP_RESUME;
}

static int calls_init(void)
{
	hypercall_add(OP_ARM, arm);
	hypercall_add(OP_STANDS, stands);
	hypercall_add(OP_LOCKS, locks);
	hypercall_add(OP_PHASE, phase);
	return 0;
}
UNIT_DEFINE(freeze_calls, 8, 14, calls_init);
