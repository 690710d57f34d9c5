// SPDX-License-Identifier: Apache-2.0
#include <asm/x86.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/trap.h>
#include <bulkhead/base/ksyms.h>

struct x86_ist_stacks x86_ist_stacks[CONFIG_MAX_CPUS];

static const char *const ist_name[IST_COUNT] = {
	[IST_DF - 1] = "#DF",
	[IST_NMI - 1] = "NMI",
	[IST_MC - 1] = "#MC",
};

bool stack_holds(u32 id, uintptr_t p, size_t size)
{
	const struct x86_ist_stacks *s = &x86_ist_stacks[id];

	for (u32 i = 0; i < IST_COUNT; i++) {
		if (range_inside(p, size, (uintptr_t)s->ist[i].stack, X86_IST_STACK_SIZE))
			return true;
	}
	return range_inside(p, size, (uintptr_t)cpu_stacks[id].stack, CONFIG_STACK_SIZE);
}

const char *stack_guard_hit(u32 id, uintptr_t p)
{
	const struct x86_ist_stacks *s = &x86_ist_stacks[id];

	for (u32 i = 0; i < IST_COUNT; i++) {
		if (range_inside(p, 1, (uintptr_t)s->ist[i].guard, PAGE_SIZE))
			return ist_name[i];
	}
	return range_inside(p, 1, (uintptr_t)cpu_stacks[id].guard, PAGE_SIZE) ? "main" : NULL;
}

/* A call to what is no code leaves its return address on top of the stack, in no record yet. */
static bool called_into_nowhere(u32 id, const struct exc_frame *frame)
{
	bool code = frame->rip >= (uintptr_t)text_start && frame->rip < (uintptr_t)text_end;

	return !code && stack_holds(id, frame->rsp, sizeof(uintptr_t));
}

u32 stack_walk(const struct exc_frame *frame, uintptr_t *pcs, u32 max)
{
	u32 id = this_cpu()->id;
	u32 n = 0;
	uintptr_t fp = frame != NULL ? frame->rbp : (uintptr_t)__builtin_frame_address(0);

	if (frame != NULL && n < max && called_into_nowhere(id, frame)) {
		pcs[n] = *(const uintptr_t *)frame->rsp;
		n++;
	}
	while (n < max && IS_ALIGNED(fp, sizeof(uintptr_t)) && stack_holds(id, fp, 16U)) {
		const uintptr_t *record = (const uintptr_t *)fp;

		if (record[1] == 0U)
			break;
		pcs[n] = record[1];
		n++;
		fp = record[0];
	}
	return n;
}
