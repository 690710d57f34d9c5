// SPDX-License-Identifier: Apache-2.0
/*
 * What must hold before a guest is entered. Hardware checks little of it, and an emulator less: a
 * reserved value is CONSTRAINED UNPREDICTABLE, not a fault.
 */
#include <asm/virt.h>

enum relation {
	EQUAL,    /* field == value */
	OTHER,    /* field != value */
	AT_LEAST, /* field >= other */
	AT_MOST,  /* field <= other */
	BELOW,    /* field < other */
	ALIGNED,  /* field is a multiple of other */
};

struct rule {
	const char *what;
	u16 word;  /* offset in struct legal_state */
	u8 hi, lo; /* bits of it */
	u8 relation;
	u64 value;
	u16 other; /* offset of what it is compared with */
};

#define WORD(name) offsetof(struct legal_state, name)

/* Fields that have one value: word, bits, value, in words. */
#define FIXED_FIELDS(X)                                                              \
	X(pstate, 4, 3, 0, "PSTATE: AArch64, not EL2 or EL3")                        \
	X(pstate, 1, 1, 0, "PSTATE: M[1] is reserved")                               \
	X(pstate, 20, 20, 0, "PSTATE: IL")                                           \
	X(pc, 1, 0, 0, "PC: 4-byte aligned")                                         \
	X(hcr, 0, 0, 1, "HCR_EL2.VM: stage 2 is on")                                 \
	X(hcr, 5, 3, 7, "HCR_EL2.{AMO,IMO,FMO}: interrupts and SErrors come to EL2") \
	X(hcr, 12, 12, 0, "HCR_EL2.DC: the guest's own MMU decides")                 \
	X(hcr, 19, 19, 1, "HCR_EL2.TSC: SMC comes to EL2")                           \
	X(hcr, 27, 27, 0, "HCR_EL2.TGE")                                             \
	X(hcr, 29, 29, 0, "HCR_EL2.HCD: HVC is defined")                             \
	X(hcr, 31, 31, 1, "HCR_EL2.RW: EL1 is AArch64")                              \
	X(hcr, 33, 32, 0, "HCR_EL2.{CD,ID}: stage 2 leaves data and code cacheable") \
	X(hcr, 34, 34, 0, "HCR_EL2.E2H")                                             \
	X(hcr, 43, 42, 0, "HCR_EL2.{NV,NV1}: no nesting")                            \
	X(vtcr, 31, 31, 1, "VTCR_EL2: RES1")                                         \
	X(vtcr, 15, 14, 0, "VTCR_EL2.TG0: 4 KiB granule")                            \
	X(vtcr, 13, 12, 3, "VTCR_EL2.SH0: walks are inner shareable")                \
	X(vtcr, 11, 10, 1, "VTCR_EL2.ORGN0: walks are write-back")                   \
	X(vtcr, 9, 8, 1, "VTCR_EL2.IRGN0: walks are write-back")                     \
	X(vmpidr, 31, 31, 1, "VMPIDR_EL2: RES1")

#define FIXED(name, hi, lo, value, what) { what, WORD(name), hi, lo, EQUAL, value, 0 },

static const struct rule rules[] = {
	FIXED_FIELDS(FIXED)
	/* Those that compare come behind them. */
	{ "PSTATE: M[0], SP_EL1, not at EL0", WORD(pstate), 3, 0, OTHER, 1, 0 },
	{ "VTCR_EL2.PS: no more than the CPU has", WORD(vtcr), 18, 16, AT_MOST, 0, WORD(pa_range) },
	{ "VTCR_EL2.T0SZ: no wider than the CPU has", WORD(vtcr), 5, 0, AT_LEAST, 0,
	  WORD(t0sz_min) },
	{ "VTCR_EL2.SL0: start level of T0SZ", WORD(vtcr), 7, 6, EQUAL, 0, WORD(sl0) },
	{ "VTTBR_EL2.VMID: 0 is Bulkhead's", WORD(vttbr), 63, 48, OTHER, 0, 0 },
	{ "VTTBR_EL2.VMID: one that the CPU has", WORD(vttbr), 63, 48, BELOW, 0, WORD(tag_count) },
	{ "VTTBR_EL2.BADDR: aligned to the root", WORD(vttbr), 47, 0, ALIGNED, 0, WORD(root_size) },
	{ "VTTBR_EL2.BADDR: not nothing", WORD(vttbr), 47, 1, OTHER, 0, 0 },
	{ "VTTBR_EL2.BADDR: an address that the CPU has", WORD(vttbr), 47, 0, BELOW, 0,
	  WORD(pa_end) },
};

#define COUNT(name, hi, lo, value, what) +1U
#define FIXED_COUNT (0U FIXED_FIELDS(COUNT))

/* Of word @at, all fields that have one value: where they are, and what they are. */
#define MASK(name, hi, lo, value, what) | (at == WORD(name) ? BITS(hi, lo) : 0U)
#define VALUE(name, hi, lo, value, what) | (at == WORD(name) ? (u64)(value) << (lo) : 0U)

static inline __attribute__((always_inline)) bool fixed_hold(u64 word, size_t at)
{
	return (word & (0U FIXED_FIELDS(MASK))) == (0U FIXED_FIELDS(VALUE));
}

static u64 word_of(const struct legal_state *s, u16 offset)
{
	return *(const u64 *)(const void *)((const u8 *)s + offset);
}

/* What the field is to be, or to be compared with. */
static u64 expected(const struct rule *r, const struct legal_state *s)
{
	return r->other == 0U ? r->value : word_of(s, r->other);
}

static bool holds(u8 relation, u64 found, u64 value)
{
	switch (relation) {
	case EQUAL:
		return found == value;
	case OTHER:
		return found != value;
	case AT_LEAST:
		return found >= value;
	case AT_MOST:
		return found <= value;
	case BELOW:
		return found < value;
	default:
		return (found & (value - 1U)) == 0U;
	}
}

/* 4 KiB granule: up to 43 bits start at level 1, with up to 16 tables side by side. */
void legal_root(struct legal_state *s)
{
	const u64 bits = 64U - FIELD_GET(s->vtcr, 5, 0);
	const u64 shift = bits > 43U ? 39U : 30U;

	s->sl0 = bits > 43U ? 2U : 1U;
	s->root_size = bits > shift + 9U ? 8ULL << (bits - shift) : PAGE_SIZE;
}

/* A word at a time; which field it is that does not hold, the rules say one by one. */
static u32 first_rule(const struct legal_state *s)
{
	return fixed_hold(s->pstate, WORD(pstate)) && fixed_hold(s->pc, WORD(pc)) &&
			       fixed_hold(s->hcr, WORD(hcr)) && fixed_hold(s->vtcr, WORD(vtcr)) &&
			       fixed_hold(s->vmpidr, WORD(vmpidr))
		       ? FIXED_COUNT
		       : 0U;
}

u32 legal_check(const struct legal_state *s, struct legal_finding *out)
{
	for (u32 i = first_rule(s); i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];
		const u64 found = FIELD_GET(word_of(s, r->word), r->hi, r->lo);
		const u64 value = expected(r, s);

		if (!holds(r->relation, found, value)) {
			*out = (struct legal_finding){ r->what, found, value };
			return i + 1U;
		}
	}
	return 0;
}
