/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own check of a control block before the guest is entered: emulators let much pass that
 * hardware refuses, and hardware does not say which rule was broken.
 */
#ifndef VIRT_LEGAL_H
#define VIRT_LEGAL_H

#include <bulkhead/lib/types.h>

/* (field & mask) == want. The field is named as the backend names it. */
struct legal_term {
	u32 field;
	u64 mask, want;
};

#define LEGAL_CONDITIONS 4U

/* Where all conditions hold (an empty mask always does), the demand must. */
struct legal_rule {
	const char *what; /* in words, with the manual's name of the field */
	struct legal_term demand;
	struct legal_term when[LEGAL_CONDITIONS];
};

typedef u64 (*legal_read)(const void *ctx, u32 field);

/* The first of @count rules that is broken, and what was @found in its field; NULL: all hold. */
const struct legal_rule *legal_check(const struct legal_rule *rules, size_t count, legal_read read,
				     const void *ctx, u64 *found);

/* May PAT hold @pat: eight entries, each 0, 1, 4, 5, 6 or 7 (SDM volume 3, table 12-10)? */
bool legal_pat(u64 pat);

#endif
