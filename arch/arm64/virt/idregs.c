// SPDX-License-Identifier: Apache-2.0
/*
 * Identification registers, where a CPU has something that guests are not given and that software
 * would use because it is there. Only then do they trap: on other CPUs reading one is no exit.
 */
#include <asm/esr.h>
#include <asm/pmu.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

struct hidden {
	u32 id;
	u64 fields; /* shown as 0 */
};

/* A field of four bits. */
#define F(shift) (0xfULL << (shift))

/* By name of the feature that goes; Arm ARM, D19.2. */
static const struct hidden hidden[] = {
	/* ID_AA64PFR0_EL1: SVE, MPAM, AMU, RME. */
	{ SYSREG_ID(3, 0, 0, 4, 0), F(32) | F(40) | F(44) | F(52) },
	/* ID_AA64PFR1_EL1: MTE, MPAM_frac, SME, CSV2_frac, NMI, GCS, THE. */
	{ SYSREG_ID(3, 0, 0, 4, 1), F(8) | F(16) | F(24) | F(32) | F(36) | F(44) | F(48) },
	/* ID_AA64PFR2_EL1, ID_AA64ZFR0_EL1, ID_AA64SMFR0_EL1. */
	{ SYSREG_ID(3, 0, 0, 4, 2), ~0ULL },
	{ SYSREG_ID(3, 0, 0, 4, 4), ~0ULL },
	{ SYSREG_ID(3, 0, 0, 4, 5), ~0ULL },
	/* ID_AA64ISAR0_EL1: TME. ID_AA64ISAR1_EL1: LS64. ID_AA64ISAR2_EL1: MOPS. */
	{ SYSREG_ID(3, 0, 0, 6, 0), F(24) },
	{ SYSREG_ID(3, 0, 0, 6, 1), F(60) },
	{ SYSREG_ID(3, 0, 0, 6, 2), F(16) },
	/* ID_AA64MMFR0_EL1: FGT, ECV. ID_AA64MMFR1_EL1: HCX. ID_AA64MMFR2_EL1: NV. */
	{ SYSREG_ID(3, 0, 0, 7, 0), F(56) | F(60) },
	{ SYSREG_ID(3, 0, 0, 7, 1), F(40) },
	{ SYSREG_ID(3, 0, 0, 7, 2), F(24) },
	/* ID_AA64MMFR3_EL1, ID_AA64MMFR4_EL1: registers that HCRX_EL2 keeps from guests. */
	{ SYSREG_ID(3, 0, 0, 7, 3), ~0ULL },
	{ SYSREG_ID(3, 0, 0, 7, 4), ~0ULL },
};

/*
 * ID_AA64DFR0_EL1: TraceVer, PMSVer, TraceFilt, TraceBuffer, MTPMU, BRBE. Guests that use one all
 * the same find nothing; no reason to trap. PMUVer: as far as it is known here.
 */
static const struct hidden debug = { SYSREG_ID(3, 0, 0, 5, 0),
				     F(4) | F(32) | F(40) | F(44) | F(48) | F(52) };

#define ID_PFR0 SYSREG_ID(3, 0, 0, 4, 0)
#define PFR0_CSV2_HI 59U
#define PFR0_CSV2_LO 56U

/* What the encoding has to be known for when this is compiled: op2 by CRm. */
#define EACH_OP2(X, crm) \
	X(crm, 0) X(crm, 1) X(crm, 2) X(crm, 3) X(crm, 4) X(crm, 5) X(crm, 6) X(crm, 7)

static u64 hardware(u32 id)
{
	switch (id) {
#define READ(crm, op2)                     \
	case SYSREG_ID(3, 0, 0, crm, op2): \
		return read_sysreg(S3_0_C0_C##crm##_##op2);
		EACH_OP2(READ, 1)
		EACH_OP2(READ, 2)
		EACH_OP2(READ, 3)
		EACH_OP2(READ, 4)
		EACH_OP2(READ, 5)
		EACH_OP2(READ, 6)
		EACH_OP2(READ, 7)
	default:
		return 0;
	}
}

/* FEAT_CSV2_2 comes with registers that HCR_EL2.EnSCXT keeps from guests; CSV2 without it is 1. */
static u64 without_scxt(u64 pfr0)
{
	if (FIELD_GET(pfr0, PFR0_CSV2_HI, PFR0_CSV2_LO) <= 1U)
		return pfr0;
	return (pfr0 & ~BITS(PFR0_CSV2_HI, PFR0_CSV2_LO)) |
	       FIELD_PREP(1, PFR0_CSV2_HI, PFR0_CSV2_LO);
}

static u64 with_pmu(u64 dfr0)
{
	const u64 version = pmu_version(id_field(dfr0, ID_DFR0_PMUVER_SHIFT));

	return (dfr0 & ~F(ID_DFR0_PMUVER_SHIFT)) | version << ID_DFR0_PMUVER_SHIFT;
}

static u64 shown(u32 id)
{
	u64 value = hardware(id);

	for (u32 i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (hidden[i].id == id)
			value &= ~hidden[i].fields;
	}
	if (id == debug.id)
		value = with_pmu(value & ~debug.fields);
	return id == ID_PFR0 ? without_scxt(value) : value;
}

bool idregs_trap(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(hidden); i++) {
		const u32 id = hidden[i].id;

		/* Fine-grained traps and nesting are for EL2: no guest looks for them. */
		if ((id & SYSREG_ID(0, 0, 0, 7, 0)) == SYSREG_ID(0, 0, 0, 7, 0))
			continue;
		if (shown(id) != hardware(id))
			return true;
	}
	return false;
}

bool idregs_read(u32 id, u64 *value)
{
	if ((id & SYSREG_ID(3, 7, 15, 0, 0)) != SYSREG_ID(3, 0, 0, 0, 0) ||
	    (id & SYSREG_ID(0, 0, 0, 15, 0)) == 0U || (id & SYSREG_ID(0, 0, 0, 8, 0)) != 0U)
		return false;
	*value = shown(id);
	return true;
}
