// SPDX-License-Identifier: Apache-2.0
#include <asm/layout.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/trap.h>
#include <bulkhead/base/ksyms.h>

/* AAPCS64 frame record: what x29 points to. */
struct frame_record {
	u64 fp;
	u64 lr;
};

/* Return addresses are signed where the CPU can; Bulkhead's addresses have 48 bits. */
static u64 strip(u64 lr)
{
	return lr & BITS(47, 0);
}

static bool on_stack(u64 slot, u64 top, u64 size, u64 fp)
{
	return range_inside(fp, sizeof(struct frame_record), slot + top - size, size);
}

/* The record at @fp, or NULL if it is not wholly on one of this CPU's two stacks. */
static const struct frame_record *record_at(u64 fp)
{
	u64 slot = STACKS_VA + (u64)this_cpu()->id * STACK_SLOT;

	if (!IS_ALIGNED(fp, 8U))
		return NULL;
	if (!on_stack(slot, STACK_TOP_IN_SLOT, CONFIG_STACK_SIZE, fp) &&
	    !on_stack(slot, EMERGENCY_TOP_IN_SLOT, EMERGENCY_SIZE, fp))
		return NULL;
	return (const struct frame_record *)(uintptr_t)fp;
}

/*
 * A leaf function has no record of its own: its caller is only in x30. When x30 leads into the
 * interrupted function itself, it is left over from a call that has returned.
 */
static bool caller_in_lr(const struct exc_frame *frame)
{
	u64 lr = strip(frame->x[30]);
	uintptr_t lr_offset, pc_offset;

	if (ksym_lookup(lr, &lr_offset) == NULL)
		return false;
	if (ksym_lookup(frame->elr, &pc_offset) == NULL)
		return true;
	return lr - lr_offset != frame->elr - pc_offset;
}

u32 stack_walk(const struct exc_frame *frame, uintptr_t *pcs, u32 max)
{
	u64 fp = (frame != NULL) ? frame->x[29] : (u64)(uintptr_t)__builtin_frame_address(0);
	u64 skip = 0;
	u32 n = 0;

	if (frame != NULL && n < max && caller_in_lr(frame)) {
		/* Between a function's first and second instruction the record has it, too. */
		skip = strip(frame->x[30]);
		pcs[n++] = skip;
	}
	while (n < max) {
		const struct frame_record *r = record_at(fp);

		if (r == NULL || strip(r->lr) == 0U)
			break;
		if (strip(r->lr) != skip)
			pcs[n++] = strip(r->lr);
		skip = 0;
		if (r->fp == fp)
			break;
		fp = r->fp;
	}
	return n;
}
