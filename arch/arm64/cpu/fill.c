// SPDX-License-Identifier: Apache-2.0
#include <asm/simd.h>
#include <bulkhead/arch/fill.h>

void words_simd(u64 *w, u64 n, u64 first, u64 step);

void words_fill(u64 *w, u64 n, u64 first, u64 step)
{
	const u64 before = simd_begin();

	words_simd(w, n, first, step);
	simd_end(before);
}
