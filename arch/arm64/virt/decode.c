// SPDX-License-Identifier: Apache-2.0
/* Syndromes of exceptions from a guest, in the words of exit.h (Arm ARM D24.2.40, ESR_ELx). */
#include <asm/esr.h>
#include <asm/virt.h>

/* Classes only a guest raises. */
#define EC_CP15_32 0x03U
#define EC_CP15_64 0x04U
#define EC_CP14_32 0x05U
#define EC_CP14_LDC 0x06U
#define EC_VMRS 0x08U
#define EC_PAC 0x09U
#define EC_LS64 0x0aU
#define EC_CP14_64 0x0cU
#define EC_SYSREG128 0x14U
#define EC_SVE 0x19U
#define EC_SME 0x1dU
#define EC_MOPS 0x27U

#define ISS_IL BIT(25)

/* Fault status codes without their level. */
#define FSC_ADDRESS_SIZE 0x00U
#define FSC_TRANSLATION 0x04U
#define FSC_ACCESS_FLAG 0x08U
#define FSC_PERMISSION 0x0cU
/* Refusals of the memory itself: an external abort, an alignment, an exclusive or atomic access. */
#define FSC_EXTERNAL 0x10U
#define FSC_ALIGNMENT 0x21U
#define FSC_EXCLUSIVE 0x35U

static const u8 class_of[64] = {
	[EC_WFX] = EXIT_WAIT,
	[EC_CP15_32] = EXIT_EXCEPTION,
	[EC_CP15_64] = EXIT_EXCEPTION,
	[EC_CP14_32] = EXIT_EXCEPTION,
	[EC_CP14_LDC] = EXIT_EXCEPTION,
	[EC_FP] = EXIT_EXCEPTION,
	[EC_VMRS] = EXIT_EXCEPTION,
	[EC_PAC] = EXIT_EXCEPTION,
	[EC_LS64] = EXIT_EXCEPTION,
	[EC_CP14_64] = EXIT_EXCEPTION,
	[EC_SYSREG128] = EXIT_EXCEPTION,
	[EC_HVC64] = EXIT_HYPERCALL,
	[EC_SMC64] = EXIT_FIRMWARE,
	[EC_SYSREG] = EXIT_SYSREG,
	[EC_SVE] = EXIT_EXCEPTION,
	[EC_SME] = EXIT_EXCEPTION,
	[EC_IABT_LOWER] = EXIT_MEMORY,
	[EC_DABT_LOWER] = EXIT_MEMORY,
	[EC_MOPS] = EXIT_EXCEPTION,
};

/* SRT and Rt: 31 is xzr. */
static u32 iss_reg(u32 n)
{
	return n == 31U ? REG_ZERO : n;
}

/* ISV: the rest of the syndrome describes the access. */
static void decode_access(struct exit_memory *m, u64 iss)
{
	m->decoded = true;
	m->size = (u8)(1U << FIELD_GET(iss, 23, 22));
	m->sign = (iss & BIT(21)) != 0U;
	m->reg = (u16)iss_reg((u32)FIELD_GET(iss, 20, 16));
	m->reg_size = (iss & BIT(15)) != 0U ? 8U : 4U;
}

static bool refused_by_memory(u32 fsc)
{
	return fsc == FSC_EXTERNAL || fsc == FSC_ALIGNMENT || fsc == FSC_EXCLUSIVE;
}

/* Is it one of the faults of a stage-2 walk that has an address? */
static bool stage2_fault(u32 kind)
{
	return kind == FSC_ADDRESS_SIZE || kind == FSC_TRANSLATION || kind == FSC_ACCESS_FLAG ||
	       kind == FSC_PERMISSION;
}

static void decode_memory(struct exit *e, u64 far, u64 hpfar)
{
	const u64 iss = e->syndrome;
	const u32 fsc = (u32)FIELD_GET(iss, 5, 0);
	const u64 page = FIELD_GET(hpfar, 43, 4) << PAGE_SHIFT;
	struct exit_memory *m = &e->memory;

	if (!stage2_fault(fsc & 0x3cU)) {
		e->class = refused_by_memory(fsc) ? EXIT_EXCEPTION : EXIT_UNKNOWN;
		e->vector = e->reason;
		return;
	}
	m->table_walk = (iss & BIT(7)) != 0U;
	m->permission = (fsc & 0x3cU) == FSC_PERMISSION;
	m->exec = e->reason == EC_IABT_LOWER;
	/*
	 * Cache maintenance reports itself as a write; it changes nothing. Nor does a walk for a
	 * store, unless its table is there and may not be updated.
	 */
	m->write = e->reason == EC_DABT_LOWER && (iss & BIT(6)) != 0U && (iss & BIT(8)) == 0U &&
		   (!m->table_walk || m->permission);
	m->read = !m->write && !m->exec;
	m->gva_valid = (iss & BIT(10)) == 0U;
	m->gva = (gva_t){ m->gva_valid ? far : 0U };
	/* A permission fault leaves HPFAR_EL2 unknown but on a table walk. */
	m->gpa_exact = m->gva_valid && !m->table_walk && !m->permission;
	m->gpa = GPA(page | (m->gpa_exact ? far & PAGE_MASK : 0U));
	if (e->reason == EC_DABT_LOWER && (iss & BIT(24)) != 0U && !m->table_walk)
		decode_access(m, iss);
}

static void decode_sysreg(struct exit *e)
{
	e->sysreg.id = (u32)e->syndrome & ~(u32)(BITS(9, 5) | BIT(0));
	e->sysreg.reg = (u16)iss_reg((u32)FIELD_GET(e->syndrome, 9, 5));
	e->sysreg.write = (e->syndrome & BIT(0)) == 0U;
}

void exit_decode(struct exit *e, u64 esr, u64 far, u64 hpfar)
{
	const u32 ec = esr_ec(esr);

	*e = (struct exit){
		.class = (enum exit_class)class_of[ec],
		.reason = ec,
		.length = (esr & ISS_IL) != 0U ? 4U : 2U,
		.syndrome = esr & ESR_ISS_MASK,
	};
	if (class_of[ec] == 0U)
		e->class = EXIT_UNKNOWN;
	else if (e->class == EXIT_MEMORY)
		decode_memory(e, far, hpfar);
	else if (e->class == EXIT_SYSREG)
		decode_sysreg(e);
	else if (e->class == EXIT_EXCEPTION)
		e->vector = ec;
}
