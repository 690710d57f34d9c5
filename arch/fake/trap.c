// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/trap.h>
#include <bulkhead/base/log.h>

#include "fake.h"

static const uintptr_t *chain;
static u32 chain_length;

void fake_trap_reset(void)
{
	fake_stack_set(NULL, 0);
}

void fake_stack_set(const uintptr_t *pcs, u32 count)
{
	chain = pcs;
	chain_length = count;
}

void exc_frame_log(const struct exc_frame *frame)
{
	log_error("  pc 0x%016llx syndrome 0x%llx", (unsigned long long)frame->pc,
		  (unsigned long long)frame->syndrome);
}

u32 stack_walk(const struct exc_frame *frame, uintptr_t *pcs, u32 max)
{
	u32 n = (chain_length < max) ? chain_length : max;

	(void)frame;
	for (u32 i = 0; i < n; i++)
		pcs[i] = chain[i];
	return n;
}
