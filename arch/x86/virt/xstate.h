/* SPDX-License-Identifier: Apache-2.0 */
/* The vector and floating-point state of a vcpu, in the CPU while it is loaded. */
#ifndef VIRT_XSTATE_H
#define VIRT_XSTATE_H

#include <bulkhead/lib/types.h>

struct vcpu_arch;

/* Each CPU, once: lets guests have what there is. */
void xstate_cpu_init(void);

/* What XCR0 of a guest may be at most: x87, SSE, AVX, PKRU of what the CPU has; 0: no XSAVE. */
u64 xstate_max(void);

/* As after power-on (SDM volume 3, table 10-1), of a vcpu that is cleared. */
void xstate_reset(struct vcpu_arch *v);

void xstate_load(struct vcpu_arch *v);
void xstate_put(struct vcpu_arch *v);

/* XCR0 of the loaded vcpu, checked before. */
void xstate_xcr0_set(struct vcpu_arch *v, u64 value);

#endif
