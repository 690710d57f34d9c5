/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the backend know of each other. */
#ifndef SVM_SVM_H
#define SVM_SVM_H

#include <asm/vlapic.h>
#include <bulkhead/arch/regs.h>

#include "vmcb.h"

/*
 * fast.c, called by world.S with what C clobbers in memory, but for RAX and RSP; the second for
 * nested page faults, with all of them. True: enter again.
 */
bool svm_fast(struct vcpu_arch *v);
bool svm_fast_page(struct vcpu_arch *v);

/* The WRMSR that made this exit has @length bytes: from now on it may go the short way. */
void svm_wrmsr_noted(struct vcpu_arch *v, const struct vmcb *b, u32 length);

/* CR8 is V_TPR while the guest runs: the TPR into the VMCB, and back. */
static inline void svm_tpr_in(const struct vlapic *a, struct vmcb *b)
{
	b->v_intr = (b->v_intr & ~V_TPR) | a->tpr >> 4;
}

static inline void svm_tpr_out(struct vlapic *a, const struct vmcb *b)
{
	const u32 tpr = (u32)(b->v_intr & V_TPR);

	if (tpr != a->tpr >> 4)
		a->tpr = tpr << 4;
}

#endif
