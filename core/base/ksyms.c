// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/base/ksyms.h>

const char *ksym_lookup(uintptr_t pc, uintptr_t *offset)
{
	uintptr_t start = (uintptr_t)text_start;
	u32 low = 0;
	u32 high = ksyms_count;

	*offset = 0;
	if (pc < start || pc >= (uintptr_t)text_end)
		return NULL;
	/* Invariant: entries below `low` start at or below pc, entries from `high` on above it. */
	while (low < high) {
		u32 mid = low + (high - low) / 2U;

		if (ksyms_addr[mid] <= pc - start)
			low = mid + 1U;
		else
			high = mid;
	}
	if (low == 0U)
		return NULL;
	*offset = pc - start - ksyms_addr[low - 1U];
	return &ksyms_names[ksyms_name_off[low - 1U]];
}
