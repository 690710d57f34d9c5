/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the backend know of each other. */
#ifndef SVM_SVM_H
#define SVM_SVM_H

#include <asm/vcpu.h>

#include "vmcb.h"

/* fast.c, called by world.S with all general registers but RAX and RSP in memory. */
bool svm_fast(struct vcpu_arch *v);

/* CR8 is V_TPR while the guest runs: the vcpu's TPR into the VMCB, and back. */
void svm_tpr_in(struct vcpu_arch *v);
void svm_tpr_out(struct vcpu_arch *v);

/*
 * Length of the WRMSR, RDMSR or CPUID that made this exit in 64-bit code; 0: it is to be looked at
 * closely.
 */
u32 svm_length_fast(struct vcpu_arch *v, const struct vmcb *b);

#endif
