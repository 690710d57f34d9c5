// SPDX-License-Identifier: Apache-2.0
/*
 * The formats: what a table entry looks like, as data. Rights are linear over exclusive-or (a
 * right inverts its bits in the entry without rights), which holds for every format there is,
 * the two XN bits of VMSAv8 stage 2 included.
 */
#include <bulkhead/lib/pt.h>

/* Sets of rights, as bit maps over PT_RIGHTS values. */
#define SET_ALL 0xffffU
#define SET_R 0xaaaaU       /* readable */
#define SET_W_NOT_R 0x4444U /* writable, not readable */
#define SET_X_NOT_R 0x1110U /* executable only */
#define SET_SPLIT_X 0x0ff0U /* XS and XU differ */
#define SET_NOTHING 0x0001U /* no right at all */
#define SET_NOT_X 0x000fU   /* not executable */

/*
 * Ignored by hardware in every format that marks "present" by a right: keeps a leaf at address 0
 * without rights from looking empty.
 */
#define MARK BIT(52)

struct family {
	struct pt_format fmt; /* what no parameter changes */
	u64 right[4];         /* bits that R, W, XS, XU invert */
	u32 legal;            /* set of rights the format can express */
	u64 table_step;       /* what a table entry has more for each level */
	u8 levels_min, levels_max;
	u8 concat; /* log2 of root tables that may stand side by side */
	u8 out_max;
};

static const struct family families[PT_KINDS] = {
	[PT_LONG] = {
		.fmt = { .name = "long", .canonical = true, .leaf_top = 2U,
			 .table = { 0x23U },		   /* P, R/W, A */
			 .link = BIT(7) | BIT(0), .kind = BIT(7), .block = BIT(7),  /* PS */
			 .leaf = MARK | BIT(63) | 0x60U,   /* NX, D, A */
			 .type_field = 0x18U,		   /* PCD, PWT: PAT entries 0, 3, 2 */
			 .type = { 0U, 0x18U, 0x10U, PT_NONE },
			 .flag = { BIT(8), PT_NONE, PT_NONE, PT_NONE } },
		.right = { BIT(0), BIT(1), BIT(63), 0U },
		.legal = SET_R & ~SET_SPLIT_X,
		.levels_min = 4U, .levels_max = 5U, .out_max = 52U,
	},
	[PT_VMSA_EL2] = {
		.fmt = { .name = "vmsa-el2", .leaf_top = 2U, .breaks = true,
			 .table = { 3U }, .link = 3U, .kind = 3U, .page = 3U, .block = 1U,
			 .leaf = BIT(54) | BIT(10) | BIT(7) | BIT(6), /* XN, AF, AP[2], AP[1] */
			 .type_field = 0x31cU,			      /* SH, AttrIndx */
			 .type = { 0x300U, 0x004U, 0x308U, PT_NONE },
			 .flag = { PT_NONE, BIT(50), PT_NONE, PT_NONE } }, /* GP */
		.right = { 0U, BIT(7), BIT(54), 0U },
		.legal = SET_R & ~SET_SPLIT_X,
		.levels_min = 3U, .levels_max = 4U, .out_max = 48U,
	},
	[PT_EPT] = {
		.fmt = { .name = "ept", .leaf_top = 2U, .empty = BIT(63),
			 .table = { 7U }, .link = BIT(7) | BIT(0), .kind = BIT(7), .block = BIT(7),
			 .leaf = MARK | BIT(63),	/* suppress #VE */
			 .type_field = 0x38U,		/* memory type: WB, UC, WC */
			 .type = { 0x30U, 0U, 0x08U, PT_NONE },
			 .flag = { PT_NONE, PT_NONE, PT_NONE, BIT(63) } },
		.right = { BIT(0), BIT(1), BIT(2), 0U },
		.legal = SET_ALL & ~SET_W_NOT_R,
		.levels_min = 4U, .levels_max = 5U, .out_max = 52U,
	},
	[PT_NPT] = {
		.fmt = { .name = "npt", .leaf_top = 2U,
			 .table = { 0x27U },		 /* P, R/W, U/S, A */
			 .link = BIT(7) | BIT(0), .kind = BIT(7), .block = BIT(7),
			 .leaf = MARK | BIT(63) | 0x64U, /* NX, D, A, U/S */
			 .type_field = 0x18U,
			 .type = { 0U, 0x18U, 0x10U, PT_NONE },
			 .flag = { PT_NONE, PT_NONE, PT_NONE, PT_NONE } },
		.right = { BIT(0), BIT(1), BIT(63), 0U },
		.legal = (SET_R | SET_NOTHING) & ~SET_SPLIT_X,
		.levels_min = 4U, .levels_max = 5U, .out_max = 52U,
	},
	[PT_VMSA_S2] = {
		.fmt = { .name = "vmsa-s2", .leaf_top = 2U, .breaks = true,
			 .table = { 3U }, .link = 3U, .kind = 3U, .page = 3U, .block = 1U,
			 .leaf = BIT(54) | BIT(10), /* XN = 10: nobody executes; AF */
			 .type_field = 0x33cU,	    /* SH, MemAttr */
			 .type = { 0x33cU, 0x004U, 0x314U, PT_NONE },
			 .flag = { PT_NONE, PT_NONE, PT_NONE, PT_NONE } },
		.right = { BIT(6), BIT(7), BIT(53), BIT(54) | BIT(53) },
		.legal = SET_ALL,
		.levels_min = 3U, .levels_max = 4U, .concat = 4U, .out_max = 48U,
	},
	[PT_VTD] = {
		.fmt = { .name = "vtd-sl", .leaf_top = 2U,
			 .table = { 3U }, .link = BIT(7) | BIT(0), .kind = BIT(7),
			 .block = BIT(7), .leaf = MARK,
			 .type = { 0U, PT_NONE, PT_NONE, PT_NONE },
			 .flag = { PT_NONE, PT_NONE, BIT(11), PT_NONE } }, /* SNP */
		.right = { BIT(0), BIT(1), 0U, 0U },
		.legal = SET_NOT_X,
		.levels_min = 3U, .levels_max = 5U, .out_max = 52U,
	},
	[PT_AMDVI] = {
		.fmt = { .name = "amdvi", .leaf_top = 2U,
			 .table = { BIT(62) | BIT(61) | BIT(0) }, /* IW, IR, PR */
			 .link = BITS(11, 9) | BIT(0), .kind = BITS(11, 9), .leaf = BIT(0),
			 .type = { 0U, PT_NONE, PT_NONE, PT_NONE },
			 .flag = { PT_NONE, PT_NONE, BIT(60), PT_NONE } }, /* FC */
		.right = { BIT(61), BIT(62), 0U, 0U },
		.table_step = BIT(9), /* next level */
		.legal = SET_NOT_X,
		.levels_min = 3U, .levels_max = 5U, .out_max = 52U,
	},
};

/* Levels, and index bits of each: nine, and in the root what is left. */
static int set_geometry(struct pt_format *f, const struct family *k, u32 in_bits)
{
	const u32 index = PAGE_SHIFT - 3U;
	u32 shift = PAGE_SHIFT;
	u32 levels = k->levels_min;

	if (in_bits > 64U) {
		return BH_ERANGE;
	}
	while (levels < k->levels_max && PAGE_SHIFT + levels * index + k->concat < in_bits) {
		levels++;
	}
	if (in_bits > PAGE_SHIFT + levels * index + k->concat ||
	    in_bits <= PAGE_SHIFT + (levels - 1U) * index) {
		return BH_ERANGE;
	}
	f->levels = (u8)levels;
	f->in_bits = (u8)in_bits;
	for (u32 l = 0U; l < levels; l++) {
		f->shift[l] = (u8)shift;
		f->last[l] = (u16)((1U << (l + 1U < levels ? index : in_bits - shift)) - 1U);
		shift += index;
	}
	f->shift[levels] = (u8)in_bits;
	return BH_OK;
}

static void set_rights(struct pt_format *f, const u64 right[4], u32 legal)
{
	const u64 field = right[0] | right[1] | right[2] | right[3];

	f->rights_field = field;
	for (u32 i = 0U; i < ARRAY_SIZE(f->rights); i++) {
		u64 bits = f->leaf & field;

		for (u32 b = 0U; b < 4U; b++) {
			bits ^= (i & (1U << b)) != 0U ? right[b] : 0U;
		}
		f->rights[i] = (legal & (1U << i)) != 0U ? bits : PT_NONE;
	}
	f->leaf &= ~field;
}

int pt_format_init(struct pt_format *f, enum pt_kind kind, u32 in_bits, u32 out_bits, u32 flags)
{
	const struct family *k = &families[kind < PT_KINDS ? kind : 0];
	u64 right[4] = { k->right[0], k->right[1], k->right[2], k->right[3] };
	u64 table = k->fmt.table[0];
	u32 legal = k->legal;
	int err;

	if (kind >= PT_KINDS || flags > 0x7fU) {
		return BH_EINVAL;
	}
	*f = k->fmt;
	err = set_geometry(f, k, in_bits);
	if (err != BH_OK || out_bits < 32U || out_bits > k->out_max) {
		return BH_ERANGE;
	}
	f->out_bits = (u8)out_bits;
	f->addr = BITS(out_bits - 1U, PAGE_SHIFT);
	if ((flags & PT_F_SPLIT_X) == 0U) {
		legal &= ~SET_SPLIT_X;
	} else if (kind == PT_EPT) {
		/* Bit 10 counts in tables as in leaves, once MBEC is on. */
		right[3] = BIT(10);
		table |= BIT(10);
	}
	if (kind == PT_EPT && (flags & PT_F_X_ONLY) == 0U) {
		legal &= ~SET_X_NOT_R;
	}
	for (u32 l = 0U; l < PT_LEVELS_MAX; l++)
		f->table[l] = table + l * k->table_step;
	set_rights(f, right, legal);
	if ((flags & PT_F_SNOOP) == 0U) {
		f->flag[2] = PT_NONE;
	}
	if ((flags & PT_F_PAGES_ONLY) != 0U) {
		f->leaf_top = 0U;
	} else if ((flags & PT_F_NO_HUGE) != 0U) {
		f->leaf_top = 1U;
	}
	f->breaks = (f->breaks && (flags & PT_F_NO_BREAK) == 0U) || (flags & PT_F_BREAK) != 0U;
	return BH_OK;
}

u64 pt_format_root_size(const struct pt_format *f)
{
	const u64 size = 8ULL * (f->last[f->levels - 1U] + 1U);
	const u64 table = 1ULL << f->shift[0];

	return size > table ? size : table;
}
