/* SPDX-License-Identifier: Apache-2.0 */
/* Holds a table of fields (base/state.h) against its structure, and what a start makes of it. */
#ifndef TESTS_UNIT_STATE_CHECK_H
#define TESTS_UNIT_STATE_CHECK_H

#include <bulkhead/base/state.h>
#include <unit.h>

/* Every byte has one row, but for padding: less than an alignment, before what is aligned. */
static inline void state_is_complete(const struct state_field *f, u32 count, size_t size)
{
	size_t at = 0;

	for (u32 i = 0; i <= count; i++) {
		const size_t next = i < count ? f[i].offset : size;

		if (next < at || next - at >= 8U || (next != at && (next & 3U) != 0U))
			print_error("%s: bytes %zu to %zu\n", i < count ? f[i].name : "end", at,
				    next);
		assert_true(next >= at && next - at < 8U && (next == at || (next & 3U) == 0U));
		at = next + (i < count ? f[i].size : 0U);
	}
}

/* @unit is as @fresh in all that a start gives a value. */
static inline void state_is_fresh(const struct state_field *f, u32 count, const void *unit,
				  const void *fresh)
{
	for (u32 i = 0; i < count; i++) {
		if (f[i].kind == STATE_KEPT)
			continue;
		if (memcmp((const u8 *)unit + f[i].offset, (const u8 *)fresh + f[i].offset,
			   f[i].size) != 0)
			print_error("%s is not as at first\n", f[i].name);
		assert_memory_equal((const u8 *)unit + f[i].offset, (const u8 *)fresh + f[i].offset,
				    f[i].size);
	}
}

/*
 * Changes one byte after the other of what a start gives a value, between @stop (NULL: nothing) and
 * @start. @fresh is as it was after the first.
 */
static inline void state_mutate(const struct state_field *f, u32 count, void *unit,
				const void *fresh, void (*stop)(void), void (*start)(void *unit))
{
	for (u32 i = 0; i < count; i++) {
		if (f[i].kind != STATE_RESET && f[i].kind != STATE_MADE)
			continue;
		for (u32 n = 0; n < f[i].size; n++) {
			if (stop != NULL)
				stop();
			((u8 *)unit)[f[i].offset + n] ^= 0xffU;
			start(unit);
			state_is_fresh(f, count, unit, fresh);
		}
	}
}

#endif
