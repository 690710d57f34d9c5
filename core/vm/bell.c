// SPDX-License-Identifier: Apache-2.0
/*
 * Bells between partitions. Who rings leaves a bit with the hearer and kicks its lead CPU at most:
 * it takes no lock of the hearer's, and what there is to do is done by the hearer's CPU.
 */
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/panic.h>

#include "partition_internal.h"

bool partition_ring(struct partition *p, u32 intid)
{
	const u32 n = intid - vplat.bell_intid;
	u32 before;

	BUG_ON(n >= 32U);
	before = __atomic_fetch_or(&p->bells, 1U << n, __ATOMIC_SEQ_CST);
	return (before & 1U << n) == 0U;
}

void partition_hear(struct partition *p)
{
	vcpu_park(&p->vcpu[0], PARK_BELL);
}

void partition_bells_take(struct partition *p)
{
	struct vcpu *lead = &p->vcpu[0];
	u32 bits;

	if ((__atomic_load_n(&lead->parked, __ATOMIC_RELAXED) & PARK_BELL) != 0U)
		__atomic_fetch_and(&lead->parked, ~PARK_BELL, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&p->bells, __ATOMIC_RELAXED) == 0U)
		return;
	bits = __atomic_exchange_n(&p->bells, 0U, __ATOMIC_SEQ_CST);
	for (; bits != 0U; bits &= bits - 1U)
		virq_pend(p->virq, vplat.bell_intid + (u32)__builtin_ctz(bits));
}
