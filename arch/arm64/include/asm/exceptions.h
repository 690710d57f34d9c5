/* SPDX-License-Identifier: Apache-2.0 */
/* What the exception entry calls, with the registers it saved. */
#ifndef ASM_EXCEPTIONS_H
#define ASM_EXCEPTIONS_H

#include <bulkhead/arch/trap.h>

/* A synchronous exception of Bulkhead itself: goes on at its fixup, or panics. */
void exc_sync(struct exc_frame *frame);

/* An interrupt, taken where core let it in. */
void exc_irq(struct exc_frame *frame);

/* Everything that must not happen. */
void exc_fatal(const struct exc_frame *frame) __noreturn;

#endif
