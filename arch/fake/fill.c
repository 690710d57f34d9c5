// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/fill.h>

void words_fill(u64 *w, u64 n, u64 first, u64 step)
{
	for (u64 i = 0U; i < n; i++)
		w[i] = first + i * step;
}
