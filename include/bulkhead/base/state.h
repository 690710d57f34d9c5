/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of the state of a unit when its partition starts again: a table a structure, a row a
 * field. Reset goes by it; tests show that no byte is without a row, and that whatever byte was
 * changed, the next start finds it as the first did.
 */
#ifndef BULKHEAD_BASE_STATE_H
#define BULKHEAD_BASE_STATE_H

#include <bulkhead/lib/string.h>
#include <bulkhead/lib/types.h>

enum state_kind {
	STATE_BOOT,   /* written while it is built, constant afterwards */
	STATE_RESET,  /* zero at each start */
	STATE_MADE,   /* given its value at each start by code */
	STATE_MIRROR, /* follows what hardware or a table of its holds; the same at each start */
	STATE_KEPT, /* goes on: counts, times, what is between Bulkhead's CPUs; no guest sees it */
};

struct state_field {
	const char *name;
	u32 offset, size;
	enum state_kind kind;
};

#define STATE_SIZE(type, name) ((u32)sizeof(__typeof__(((type *)NULL)->name)))

#define STATE_FIELD(type, name, kind) \
	{ #name, (u32)offsetof(type, name), STATE_SIZE(type, name), STATE_##kind }

/* The zeroes of a start. Its owner's lock, or no vcpu runs. */
static inline void state_reset(void *unit, const struct state_field *f, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		if (f[i].kind == STATE_RESET)
			memset((u8 *)unit + f[i].offset, 0, f[i].size);
	}
}

#endif
