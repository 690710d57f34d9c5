// SPDX-License-Identifier: Apache-2.0
#include "legal.h"

static bool holds(const struct legal_term *t, legal_read read, const void *ctx)
{
	return (read(ctx, t->field) & t->mask) == t->want;
}

static bool applies(const struct legal_rule *r, legal_read read, const void *ctx)
{
	for (u32 i = 0; i < LEGAL_CONDITIONS && r->when[i].mask != 0U; i++) {
		if (!holds(&r->when[i], read, ctx))
			return false;
	}
	return true;
}

const struct legal_rule *legal_check(const struct legal_rule *rules, size_t count, legal_read read,
				     const void *ctx, u64 *found)
{
	for (size_t i = 0; i < count; i++) {
		const struct legal_rule *r = &rules[i];

		if (applies(r, read, ctx) && !holds(&r->demand, read, ctx)) {
			*found = read(ctx, r->demand.field);
			return r;
		}
	}
	return NULL;
}

/* No bit above 2 in an entry, and not 2 or 3. */
bool legal_pat(u64 pat)
{
	for (u32 i = 0; i < 64U; i += 8U) {
		const u64 type = (pat >> i) & 0xffU;

		if (type > 7U || (type & 6U) == 2U)
			return false;
	}
	return true;
}
