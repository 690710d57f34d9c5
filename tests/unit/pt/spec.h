/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table entries as the hardware manuals say them, written without a look at the engine: what the
 * property tests compare its tables with.
 */
#ifndef TESTS_UNIT_PT_SPEC_H
#define TESTS_UNIT_PT_SPEC_H

#include <bulkhead/lib/pt.h>

enum spec_what { SPEC_HOLE, SPEC_TABLE, SPEC_LEAF, SPEC_BAD };

/* One machine's variant of a format. */
struct spec {
	const char *name;
	enum pt_kind kind;
	u32 in_bits;
	u32 out_bits;
	u32 flags;     /* PT_F_* */
	u32 levels;    /* by the manual, for in_bits */
	u32 root_bits; /* index bits of the root, concatenated tables included */
	u64 high;      /* sign extension of the half that the test maps in */
	bool breaks;   /* size changes need break-before-make */
};

/* One entry, or the end of a walk (rights of all levels together). */
struct spec_entry {
	enum spec_what what;
	u64 pa;
	u32 attr; /* PT_*; of a table entry the rights that it lets through */
	u32 level;
	u64 size;
	u64 table[PT_LEVELS_MAX]; /* walk: tables on the way, [0] the lowest */
};

/* Entry @e of a table whose entries cover 4 KiB << (9 * @level). */
struct spec_entry spec_decode(const struct spec *s, u64 e, u32 level);

/* Can the format say @attr (docs/page-tables.md, rights)? */
bool spec_can(const struct spec *s, u32 attr);

/* What hardware finds for position @pos (no sign extension); tables through @mem, from @base on. */
struct spec_entry spec_walk(const struct spec *s, const u8 *mem, u64 base, u64 root, u64 pos);

#endif
