/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broken invariant of Bulkhead itself. Never reachable from a guest, an image or a table
 * (docs/design.md, law 1).
 */
#ifndef BULKHEAD_BASE_PANIC_H
#define BULKHEAD_BASE_PANIC_H

#include <bulkhead/lib/types.h>

/*
 * Stops the other CPUs, logs the message, the place and the call chain, then does what
 * CONFIG_PANIC_* says: halt, reset, or end the simulation with status "failed".
 */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

/* Like panic(), with the registers of an exception, which the architecture logs. */
struct exc_frame;
void panic_exception(const struct exc_frame *frame, const char *what) __noreturn;

#define BUG_ON(cond)                                                                           \
	do {                                                                                   \
		if (unlikely(cond))                                                            \
			panic("invariant broken: %s (%s:%d)", #cond, __FILE_NAME__, __LINE__); \
	} while (0)

/* Stack protector's landing place; its canary is set by the architecture's entry code. */
void __stack_chk_fail(void) __noreturn;
extern uintptr_t __stack_chk_guard;

#endif
