/* SPDX-License-Identifier: Apache-2.0 */
/* The vector registers for a moment: CPTR_EL2 traps Bulkhead's own use of them. */
#ifndef ASM_SIMD_H
#define ASM_SIMD_H

#include <asm/sysreg.h>
#include <bulkhead/lib/types.h>

/* Returns what simd_end() puts back. With a vcpu loaded the registers hold the guest's. */
static inline u64 simd_begin(void)
{
	const u64 cptr = read_sysreg(cptr_el2);

	write_sysreg(cptr_el2, cptr & ~(u64)CPTR_TFP);
	isb();
	return cptr;
}

static inline void simd_end(u64 cptr)
{
	write_sysreg(cptr_el2, cptr);
	isb();
}

#endif
