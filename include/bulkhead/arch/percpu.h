/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: find the own struct cpu (TPIDR_EL2, GS base, a thread-local on the host). */
#ifndef BULKHEAD_ARCH_PERCPU_H
#define BULKHEAD_ARCH_PERCPU_H

#include <bulkhead/base/percpu.h>

static inline struct cpu *this_cpu(void);

#include <asm/percpu.h>

#endif
