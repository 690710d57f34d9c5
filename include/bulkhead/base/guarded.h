/* SPDX-License-Identifier: Apache-2.0 */
/* Does this build guard its own returns, branches and stack (docs/design.md, law 9)? */
#ifndef BULKHEAD_BASE_GUARDED_H
#define BULKHEAD_BASE_GUARDED_H

#include <bulkhead/lib/types.h>

#ifdef CONFIG_UNPROTECTED
#define BUILD_GUARDED false
#else
#define BUILD_GUARDED true
#endif

/*
 * False only with CONFIG_UNPROTECTED, which exists to measure what the guards cost: the code has
 * no canaries and no landing pads then, so what the CPU would check must not be switched on.
 */
static inline bool build_guarded(void)
{
	return BUILD_GUARDED;
}

#endif
