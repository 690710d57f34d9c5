// SPDX-License-Identifier: Apache-2.0
/*
 * MSRs of a guest that need nothing but memory: constants, and registers that hold what is written
 * and do nothing. Names and numbers: SDM volume 4; AMD's: APM volume 2, appendix A. Pure: tested
 * on the host.
 */
#include <asm/policy.h>
#include <bulkhead/lib/string.h>

#define MTRR_TYPE_WB 6U
#define MTRR_WB_BYTES 0x0606060606060606ULL
#define MTRR_DEFAULT_KEPT 0xcffULL /* enable, fixed enable, type */
#define MTRR_DEFAULT_ENABLED 0xc00ULL
#define MTRR_CAP (0x500ULL | MTRR_VARIABLES) /* write-combining, fixed ranges */
#define MTRR_VALID BIT(11)

/* IA32_MISC_ENABLE: fast strings; no branch trace, no PEBS. What software sets has no effect. */
#define MISC_ENABLE_RESET (BIT(0) | BIT(11) | BIT(12))
#define MISC_ENABLE_KEPT 0x400c50009ULL

enum kind {
	FIXED,   /* reads `value`; a write is #GP */
	IGNORED, /* reads `value`; writes are dropped */
	CLEARED, /* reads 0; 0 may be written */
	MTRR_DEF,
	MTRR_RANGES,
	MTRR_PHYS,
	MC_CTL_BANK,
	STORED, /* of `value` any bits; others are #GP */
	KEPT,   /* of what is written the bits of `value`; others stay */
};

#define AT(field) ((u32)offsetof(struct guest_msrs, field))

/* What is here, sorted; for registers with memory, where it is. */
static const struct row {
	u32 first, last;
	enum kind kind;
	u32 at;
	u64 value;
} rows[] = {
	{ 0x00, 0x01, IGNORED, 0, 0 },                             /* IA32_P5_MC_ADDR, _TYPE */
	{ 0x17, 0x17, FIXED, 0, 0 },                               /* IA32_PLATFORM_ID */
	{ 0x2a, 0x2a, IGNORED, 0, 0 },                             /* EBL_CR_POWERON */
	{ 0x34, 0x34, FIXED, 0, 0 },                               /* MSR_SMI_COUNT */
	{ 0x79, 0x79, IGNORED, 0, 0 },                             /* IA32_BIOS_UPDT_TRIG */
	{ 0x8b, 0x8b, IGNORED, 0, 0x100000000ULL },                /* IA32_BIOS_SIGN_ID */
	{ 0xce, 0xce, FIXED, 0, 0 },                               /* MSR_PLATFORM_INFO */
	{ 0xfe, 0xfe, FIXED, 0, MTRR_CAP },                        /* IA32_MTRRCAP */
	{ 0x140, 0x140, FIXED, 0, 0 },                             /* MSR_MISC_FEATURES_ENABLES */
	{ 0x179, 0x179, FIXED, 0, MC_BANKS },                      /* IA32_MCG_CAP */
	{ 0x17a, 0x17a, STORED, AT(mcg_status), 0x7 },             /* IA32_MCG_STATUS */
	{ 0x1a0, 0x1a0, KEPT, AT(misc_enable), MISC_ENABLE_KEPT }, /* IA32_MISC_ENABLE */
	{ 0x1d9, 0x1d9, CLEARED, 0, 0 },                           /* IA32_DEBUGCTL */
	{ 0x200, 0x20f, MTRR_PHYS, AT(mtrr_variable), 0 }, /* IA32_MTRR_PHYSBASEn, _PHYSMASKn */
	{ 0x250, 0x250, MTRR_RANGES, AT(mtrr_fixed[0]), 0 },
	{ 0x258, 0x259, MTRR_RANGES, AT(mtrr_fixed[1]), 0 },
	{ 0x268, 0x26f, MTRR_RANGES, AT(mtrr_fixed[3]), 0 },
	{ 0x2ff, 0x2ff, MTRR_DEF, AT(mtrr_default), 0 },
	{ 0x400, 0x40f, MC_CTL_BANK, AT(mc_ctl), 0 }, /* IA32_MCi_CTL, STATUS, ADDR, MISC */
	/* PerfEvtSel, PerfCtr: on every AMD CPU, no bit of CPUID says so. They count nothing. */
	{ 0xc0010000, 0xc0010007, IGNORED, 0, 0 },
	{ 0xc0010010, 0xc0010010, IGNORED, 0, 0 },             /* SYSCFG */
	{ 0xc0010015, 0xc0010015, IGNORED, 0, BIT(24) },       /* HWCR: TscFreqSel */
	{ 0xc001001f, 0xc001001f, IGNORED, 0, 0 },             /* NB_CFG */
	{ 0xc0010055, 0xc0010055, IGNORED, 0, 0 },             /* INTPEND */
	{ 0xc0010058, 0xc0010058, FIXED, 0, 0 },               /* MMIO_CONF_BASE */
	{ 0xc0010112, 0xc0010113, FIXED, 0, 0 },               /* SMM_ADDR, SMM_MASK */
	{ 0xc0010114, 0xc0010114, FIXED, 0, BIT(3) | BIT(4) }, /* VM_CR: locked, SVM disabled */
	{ 0xc0011020, 0xc0011023, IGNORED, 0, 0 },             /* LS_CFG to BU_CFG */
	{ 0xc0011029, 0xc0011029, IGNORED, 0, 0 },             /* DE_CFG */
};

static const struct row *row_of(u32 msr)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (msr >= rows[i].first && msr <= rows[i].last)
			return &rows[i];
	}
	return NULL;
}

static u64 memory_read(const struct guest_msrs *m, u32 at)
{
	u64 value;

	memcpy(&value, (const u8 *)m + at, sizeof(value));
	return value;
}

static void memory_write(struct guest_msrs *m, u32 at, u64 value)
{
	memcpy((u8 *)m + at, &value, sizeof(value));
}

/* Four MSRs a bank; only the first is there to be set. */
static u32 place(const struct row *r, u32 msr)
{
	const u32 n = msr - r->first;

	return r->at + (r->kind == MC_CTL_BANK ? n / 4U : n) * (u32)sizeof(u64);
}

bool msr_plain_read(const struct guest_msrs *m, u32 msr, u64 *value)
{
	const struct row *r = row_of(msr);

	if (r == NULL)
		return false;
	switch (r->kind) {
	case FIXED:
	case IGNORED:
		*value = r->value;
		break;
	case CLEARED:
		*value = 0;
		break;
	case MC_CTL_BANK:
		*value = (msr & 3U) == 0U ? memory_read(m, place(r, msr)) : 0U;
		break;
	default:
		*value = memory_read(m, place(r, msr));
		break;
	}
	return true;
}

/* Uncacheable, write-combining, -through, -protected, -back. */
static bool type_legal(u64 type)
{
	return type <= 1U || (type >= 4U && type <= 6U);
}

static bool types_legal(u64 types)
{
	for (u32 i = 0; i < 64U; i += 8U) {
		if (!type_legal(types >> i & 0xffU))
			return false;
	}
	return true;
}

static bool mtrr_phys_legal(u32 msr, u64 value, u32 phys_bits)
{
	if ((value >> phys_bits) != 0U)
		return false;
	if ((msr & 1U) != 0U)
		return (value & 0xfffU & ~(u64)MTRR_VALID) == 0U;
	return (value & 0xf00U) == 0U && type_legal(value & 0xffU);
}

static bool stored_legal(const struct row *r, u32 msr, u64 value, u32 phys_bits)
{
	switch (r->kind) {
	case MTRR_DEF:
		return (value & ~MTRR_DEFAULT_KEPT) == 0U && type_legal(value & 0xffU);
	case MTRR_RANGES:
		return types_legal(value);
	case MTRR_PHYS:
		return mtrr_phys_legal(msr, value, phys_bits);
	case STORED:
		return (value & ~r->value) == 0U;
	default:
		return false;
	}
}

/* All ones or nothing: which errors are reported. Nothing is ever in the other three. */
static bool bank_write(struct guest_msrs *m, const struct row *r, u32 msr, u64 value)
{
	if (value != 0U && ((msr & 3U) != 0U || value != ~0ULL))
		return false;
	if ((msr & 3U) == 0U)
		memory_write(m, place(r, msr), value);
	return true;
}

bool msr_plain_write(struct guest_msrs *m, u32 msr, u64 value, u32 phys_bits)
{
	const struct row *r = row_of(msr);

	if (r == NULL)
		return false;
	switch (r->kind) {
	case FIXED:
		return false;
	case IGNORED:
		return true;
	case CLEARED:
		return value == 0U;
	case MC_CTL_BANK:
		return bank_write(m, r, msr, value);
	case KEPT:
		memory_write(m, r->at, (memory_read(m, r->at) & ~r->value) | (value & r->value));
		return true;
	default:
		if (!stored_legal(r, msr, value, phys_bits))
			return false;
		memory_write(m, place(r, msr), value);
		return true;
	}
}

/* As firmware leaves it: all memory write-back. */
void guest_msrs_reset(struct guest_msrs *m)
{
	memset(m, 0, sizeof(*m));
	m->misc_enable = MISC_ENABLE_RESET;
	m->mtrr_default = MTRR_DEFAULT_ENABLED | MTRR_TYPE_WB;
	for (u32 i = 0; i < MTRR_FIXED; i++)
		m->mtrr_fixed[i] = MTRR_WB_BYTES;
	for (u32 i = 0; i < MC_BANKS; i++)
		m->mc_ctl[i] = ~0ULL;
}
