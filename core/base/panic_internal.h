/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_BASE_PANIC_INTERNAL_H
#define CORE_BASE_PANIC_INTERNAL_H

#include <bulkhead/lib/types.h>

/* What CONFIG_PANIC_* says comes after the dump. Everything logged has left the console. */
void panic_end(void) __noreturn;

#endif
