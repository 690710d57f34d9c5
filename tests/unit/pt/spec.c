// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "spec.h"

static bool bit(u64 e, u32 n)
{
	return (e >> n & 1U) != 0U;
}

/* Address bits of an entry from @low up; *bad where bits above the machine's width are set. */
static u64 address(const struct spec *s, u64 e, u32 low, bool *bad)
{
	const u64 all = (e & 0x000fffffffffffffULL) >> 12 << 12;

	if (all >> s->out_bits != 0U || (all & ((1ULL << low) - 1U)) != 0U)
		*bad = true;
	return all;
}

static struct spec_entry result(bool bad, bool leaf, u64 pa, u32 attr)
{
	return (struct spec_entry){ .what = bad    ? SPEC_BAD
					    : leaf ? SPEC_LEAF
						   : SPEC_TABLE,
				    .pa = pa,
				    .attr = attr };
}

/*
 * AMD APM volume 2, 5.3 and 15.25; Intel SDM volume 3A, 4.5: P 0, R/W 1, U/S 2, PWT 3, PCD 4, A 5,
 * D 6, PS 7 (page 4 KiB: PAT), G 8, NX 63. PAT bit of a large leaf: 12.
 */
static struct spec_entry decode_long(const struct spec *s, u64 e, u32 level, bool nested)
{
	const bool large = level != 0U && bit(e, 7);
	const bool leaf = level == 0U || large;
	bool bad = large && level > 2U;
	u32 attr = PT_R;
	u64 pa;

	if (!bit(e, 0))
		return (struct spec_entry){ .what = SPEC_HOLE };
	pa = address(s, e & ~(large ? 0x1000ULL : 0U), leaf ? 12U + 9U * level : 12U, &bad);
	attr |= bit(e, 1) ? PT_W : 0U;
	attr |= bit(e, 63) ? 0U : PT_X;
	if (!leaf)
		return result(bad || bit(e, 2) != nested, false, pa, attr);
	switch ((bit(e, large ? 12 : 7) ? 4U : 0U) + (bit(e, 4) ? 2U : 0U) +
		(bit(e, 3) ? 1U : 0U)) {
	case 0U:
		break;
	case 2U:
		attr |= PT_NC;
		break;
	case 3U:
		attr |= PT_DEVICE;
		break;
	default:
		bad = true;
	}
	/* A walk of nested tables counts as a user access, and sets A and D by itself otherwise. */
	if (bit(e, 2) != nested || !bit(e, 5) || !bit(e, 6))
		bad = true;
	attr |= bit(e, 8) ? PT_GLOBAL : 0U;
	return result(bad || (nested && bit(e, 8)), true, pa, attr);
}

/*
 * Intel SDM volume 3C, 29.3.2 and 29.3.3.1: R 0, W 1, X 2, type 5:3, ignore-PAT 6, leaf 7, user X
 * 10 (MBEC only), suppress #VE 63. Reserved: 7:3 of a PML4 entry, 6:3 of other table entries.
 */
static struct spec_entry decode_ept(const struct spec *s, u64 e, u32 level)
{
	const bool mbec = (s->flags & PT_F_SPLIT_X) != 0U;
	const bool leaf = level == 0U || bit(e, 7);
	bool bad = leaf && level > 2U;
	const bool r = bit(e, 0), w = bit(e, 1), xs = bit(e, 2), xu = mbec ? bit(e, 10) : xs;
	u32 attr = (r ? PT_R : 0U) | (w ? PT_W : 0U) | (xs ? PT_XS : 0U) | (xu ? PT_XU : 0U);
	u64 pa;

	if (attr == 0U)
		return (struct spec_entry){ .what = SPEC_HOLE, .attr = bit(e, 63) ? 0U : PT_VE };
	bad = bad || (w && !r) || (!r && (s->flags & PT_F_X_ONLY) == 0U);
	pa = address(s, e, leaf ? 12U + 9U * level : 12U, &bad);
	if (!leaf)
		return result(bad || (e >> 3 & 15U) != 0U, false, pa, attr);
	switch (e >> 3 & 7U) {
	case 0U:
		attr |= PT_DEVICE;
		break;
	case 1U:
		attr |= PT_NC;
		break;
	case 6U:
		break;
	default:
		bad = true;
	}
	attr |= bit(e, 63) ? 0U : PT_VE;
	return result(bad || bit(e, 6), true, pa, attr);
}

/*
 * Arm ARM D8.3: valid 0, table or page 1, AttrIndx 4:2 or MemAttr 5:2, AP 7:6 or S2AP 7:6, SH 9:8,
 * AF 10, GP 50, XN 54 or 54:53; in table entries of stage 1 XNTable 60, APTable 62:61. Bits 51:48
 * are zero without 52-bit addresses.
 */
static bool decode_vmsa(const struct spec *s, u64 e, u32 level, struct spec_entry *out)
{
	const bool table = level != 0U && bit(e, 1);
	const bool leaf = !table;
	bool bad = (level == 0U && !bit(e, 1)) || (leaf && level > 2U);

	*out = (struct spec_entry){ .what = SPEC_HOLE };
	if (!bit(e, 0))
		return false;
	out->pa = address(s, e & 0xffffffffffffULL, leaf ? 12U + 9U * level : 12U, &bad);
	if ((e >> 48 & 0xbU) != 0U || (leaf && !bit(e, 10)) || (table && (e >> 48) != 0U))
		bad = true;
	out->what = bad ? SPEC_BAD : leaf ? SPEC_LEAF : SPEC_TABLE;
	out->attr = PT_RIGHTS;
	return leaf;
}

static struct spec_entry decode_el2(const struct spec *s, u64 e, u32 level)
{
	struct spec_entry out;
	u64 mair;

	if (!decode_vmsa(s, e, level, &out))
		return out;
	out.attr = PT_R | (bit(e, 7) ? 0U : PT_W) | (bit(e, 54) ? 0U : PT_X);
	out.attr |= bit(e, 50) ? PT_GUARDED : 0U;
	mair = PT_VMSA_MAIR >> (8U * (e >> 2 & 7U)) & 0xffU;
	out.attr |= mair == 0x04U ? PT_DEVICE : mair == 0x44U ? PT_NC : 0U;
	/* AP[1] is RES1, PXN and nG are RES0, normal memory is inner shareable. */
	if (!bit(e, 6) || bit(e, 53) || bit(e, 11) || bit(e, 5) ||
	    (mair != 0xffU && mair != 0x44U && mair != 0x04U) ||
	    (mair != 0x04U && (e >> 8 & 3U) != 3U))
		out.what = SPEC_BAD;
	return out;
}

static struct spec_entry decode_s2(const struct spec *s, u64 e, u32 level)
{
	const bool xnx = (s->flags & PT_F_SPLIT_X) != 0U;
	struct spec_entry out;

	if (!decode_vmsa(s, e, level, &out))
		return out;
	out.attr = (bit(e, 6) ? PT_R : 0U) | (bit(e, 7) ? PT_W : 0U);
	switch (e >> 53 & 3U) {
	case 0U:
		out.attr |= PT_X;
		break;
	case 1U:
		out.attr |= PT_XU;
		break;
	case 3U:
		out.attr |= PT_XS;
		break;
	default:
		break;
	}
	if (!xnx && bit(e, 53))
		out.what = SPEC_BAD;
	switch (e >> 2 & 15U) {
	case 15U:
		break;
	case 5U:
		out.attr |= PT_NC;
		break;
	case 1U:
		out.attr |= PT_DEVICE;
		break;
	default:
		out.what = SPEC_BAD;
	}
	if ((out.attr & PT_TYPE) != PT_DEVICE && (e >> 8 & 3U) != 3U)
		out.what = SPEC_BAD;
	return out;
}

/* VT-d specification, 9.8: R 0, W 1, page size 7, snoop 11 (leaves); 2 and 6:3 are not ours. */
static struct spec_entry decode_vtd(const struct spec *s, u64 e, u32 level)
{
	const bool leaf = level == 0U || bit(e, 7);
	bool bad = leaf && level > 2U;
	u32 attr = (bit(e, 0) ? PT_R : 0U) | (bit(e, 1) ? PT_W : 0U);
	u64 pa;

	if (attr == 0U)
		return (struct spec_entry){ .what = SPEC_HOLE };
	pa = address(s, e, leaf ? 12U + 9U * level : 12U, &bad);
	if ((e & 0x7cU) != 0U || (level == 0U && bit(e, 7)) || (!leaf && bit(e, 11)) ||
	    (bit(e, 11) && (s->flags & PT_F_SNOOP) == 0U))
		bad = true;
	return result(bad, leaf, pa, attr | (bit(e, 11) ? PT_SNOOP : 0U));
}

/*
 * AMD IOMMU specification, 2.2.3: PR 0, next level 11:9 (0: this entry maps the level's own page
 * size), U 59, FC 60, IR 61, IW 62. Level 1 of the manual is level 0 here.
 */
static struct spec_entry decode_amdvi(const struct spec *s, u64 e, u32 level)
{
	const u32 next = (u32)(e >> 9 & 7U);
	const bool leaf = next == 0U;
	bool bad = (leaf && level > 2U) || (!leaf && next != level);
	u32 attr = (bit(e, 61) ? PT_R : 0U) | (bit(e, 62) ? PT_W : 0U);
	u64 pa;

	if (!bit(e, 0))
		return (struct spec_entry){ .what = SPEC_HOLE };
	pa = address(s, e, leaf ? 12U + 9U * level : 12U, &bad);
	if (bit(e, 59) || bit(e, 63) || (bit(e, 60) && (s->flags & PT_F_SNOOP) == 0U))
		bad = true;
	return result(bad, leaf, pa, attr | (bit(e, 60) ? PT_SNOOP : 0U));
}

struct spec_entry spec_decode(const struct spec *s, u64 e, u32 level)
{
	switch (s->kind) {
	case PT_LONG:
	case PT_NPT:
		return decode_long(s, e, level, s->kind == PT_NPT);
	case PT_EPT:
		return decode_ept(s, e, level);
	case PT_VMSA_EL2:
		return decode_el2(s, e, level);
	case PT_VMSA_S2:
		return decode_s2(s, e, level);
	case PT_VTD:
		return decode_vtd(s, e, level);
	case PT_AMDVI:
	case PT_KINDS:
	default:
		return decode_amdvi(s, e, level);
	}
}

bool spec_can(const struct spec *s, u32 attr)
{
	const bool r = (attr & PT_R) != 0U, w = (attr & PT_W) != 0U;
	const bool xs = (attr & PT_XS) != 0U, xu = (attr & PT_XU) != 0U;
	const bool dma = s->kind == PT_VTD || s->kind == PT_AMDVI;

	if ((attr & PT_TYPE) == PT_TYPE || (dma && (attr & PT_TYPE) != PT_NORMAL))
		return false;
	if (xs != xu && (s->flags & PT_F_SPLIT_X) == 0U)
		return false;
	if ((attr & PT_GLOBAL) != 0U && s->kind != PT_LONG)
		return false;
	if ((attr & PT_GUARDED) != 0U && s->kind != PT_VMSA_EL2)
		return false;
	if ((attr & PT_SNOOP) != 0U && (!dma || (s->flags & PT_F_SNOOP) == 0U))
		return false;
	if ((attr & PT_VE) != 0U && s->kind != PT_EPT)
		return false;
	switch (s->kind) {
	case PT_LONG:
	case PT_VMSA_EL2:
		return r && xs == xu;
	case PT_NPT:
		return xs == xu && (r || (!w && !xs));
	case PT_EPT:
		return (r || !w) && (r || (!xs && !xu) || (s->flags & PT_F_X_ONLY) != 0U);
	case PT_VTD:
	case PT_AMDVI:
		return !xs && !xu;
	case PT_VMSA_S2:
	case PT_KINDS:
	default:
		return true;
	}
}

struct spec_entry spec_walk(const struct spec *s, const u8 *mem, u64 base, u64 root, u64 pos)
{
	struct spec_entry e = { .what = SPEC_TABLE, .pa = root };
	u64 tables[PT_LEVELS_MAX] = { 0 };
	u32 rights = ~0U;
	u32 level = s->levels;

	while (e.what == SPEC_TABLE && level != 0U) {
		const u32 bits = level == s->levels ? s->root_bits : 9U;
		const u64 index = pos >> (12U + 9U * (level - 1U)) & ((1ULL << bits) - 1U);

		level--;
		tables[level] = e.pa;
		e = spec_decode(s, *(const u64 *)(const void *)(mem + (e.pa - base) + 8U * index),
				level);
		rights &= e.what == SPEC_HOLE ? ~0U : e.attr | ~PT_RIGHTS;
	}
	if (e.what == SPEC_TABLE)
		e.what = SPEC_BAD;
	e.attr &= rights;
	e.level = level;
	e.size = 0x1000ULL << (9U * level);
	e.pa += pos & (e.size - 1U);
	memcpy(e.table, tables, sizeof(tables));
	return e;
}
