/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that go up: everything the architecture's code calls in core, in one place. */
#ifndef BULKHEAD_ARCH_UPCALL_H
#define BULKHEAD_ARCH_UPCALL_H

#include <bulkhead/lib/types.h>

/* An interrupt is pending on this CPU: acknowledge, dispatch and complete all there are. */
void upcall_irq(void);

/*
 * A CPU told to stop (panic elsewhere) has acknowledged; core decides what it does. Runs in
 * interrupt or NMI context.
 */
void upcall_stop(void) __noreturn;

#endif
