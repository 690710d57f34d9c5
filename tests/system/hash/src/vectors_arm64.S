// SPDX-License-Identifier: Apache-2.0
#include <asm/assembler.h>

	.arch_extension fp
	.arch_extension simd

FUNC vectors_load
	fp_registers ldp
	ret
ENDFUNC vectors_load

FUNC vectors_store
	fp_registers stp
	ret
ENDFUNC vectors_store
