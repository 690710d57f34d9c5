// SPDX-License-Identifier: Apache-2.0
/* An exception as EL1 takes it (Arm ARM D1.3, AArch64.TakeException). */
#include <asm/esr.h>
#include <asm/virt.h>

#define ESR_IL BIT(25)
#define FSC_SYNC_EXTERNAL 0x10U
#define FSC_SYNC_EXTERNAL_WALK_L0 0x14U
#define FSC_PERMISSION_L3 0x0fU

/* Of an abort's syndrome: a write, a walk, cache maintenance (which calls itself a write). */
#define ISS_WNR BIT(6)
#define ISS_S1PTW BIT(7)
#define ISS_CM BIT(8)

#define SCTLR_SPAN BIT(23)
#define SCTLR_DSSBS BIT(44)

#define PSTATE_SSBS BIT(12)
#define PSTATE_PAN BIT(22)
#define PSTATE_DIT BIT(24)
#define PSTATE_NZCV BITS(31, 28)

struct fault_class {
	u8 ec_lower, ec_same; /* by the level it came from */
	u8 fsc;
	bool far; /* FAR_EL1 is written */
};

static const struct fault_class classes[] = {
	[FAULT_UNDEFINED] = { EC_UNKNOWN, EC_UNKNOWN, 0, false },
	[FAULT_PROTECTION] = { EC_UNKNOWN, EC_UNKNOWN, 0, false },
	[FAULT_EXTERNAL_DATA] = { EC_DABT_LOWER, EC_DABT, FSC_SYNC_EXTERNAL, true },
	[FAULT_EXTERNAL_FETCH] = { EC_IABT_LOWER, EC_IABT, FSC_SYNC_EXTERNAL, true },
	[FAULT_PAGE] = { EC_DABT_LOWER, EC_DABT, FSC_PERMISSION_L3, true },
};

static bool from_el0(u64 pstate)
{
	return (pstate & PSTATE_A32) != 0U || (pstate & PSTATE_M) == PSTATE_EL0T;
}

/* Where in the vector table: by the level and the stack pointer it came from. */
static u64 vector_offset(u64 pstate)
{
	if ((pstate & PSTATE_A32) != 0U)
		return 0x600;
	if ((pstate & PSTATE_M) == PSTATE_EL0T)
		return 0x400;
	return (pstate & PSTATE_M) == PSTATE_EL1T ? 0x000 : 0x200;
}

static u64 entry_pstate(u64 pstate, u64 sctlr)
{
	u64 keep = PSTATE_NZCV;
	u64 out;

	/* AArch32 has other bits there. */
	if ((pstate & PSTATE_A32) == 0U)
		keep |= PSTATE_PAN | PSTATE_DIT;
	out = (pstate & keep) | PSTATE_RESET;
	if ((sctlr & SCTLR_SPAN) == 0U)
		out |= PSTATE_PAN;
	if ((sctlr & SCTLR_DSSBS) != 0U)
		out |= PSTATE_SSBS;
	return out;
}

bool fault_is_of_walk(const struct fault *fault, u64 esr)
{
	return classes[fault->kind].fsc == FSC_SYNC_EXTERNAL && (esr & ISS_S1PTW) != 0U;
}

/* What of the exit's own syndrome the guest would have been told. */
static u64 kept(const struct fault *fault, u64 esr)
{
	if (fault->kind != FAULT_EXTERNAL_DATA || esr_ec(esr) != EC_DABT_LOWER)
		return 0;
	return esr & (ISS_WNR | ISS_CM);
}

/* A walk that ends at nothing says at which level. */
static u64 status(const struct fault *fault, const struct el1_origin *from)
{
	if (fault_is_of_walk(fault, from->esr))
		return (u64)((s64)FSC_SYNC_EXTERNAL_WALK_L0 + from->walk_level);
	return classes[fault->kind].fsc;
}

void fault_to_el1(struct el1_entry *out, const struct fault *fault, const struct el1_origin *from)
{
	const struct fault_class *c = &classes[fault->kind];
	const u64 ec = from_el0(from->pstate) ? c->ec_lower : c->ec_same;

	*out = (struct el1_entry){
		.pc = from->vbar + vector_offset(from->pstate),
		.pstate = entry_pstate(from->pstate, from->sctlr),
		.elr = from->pc,
		.spsr = from->pstate,
		.esr = ec << ESR_EC_SHIFT | ESR_IL | kept(fault, from->esr) | status(fault, from),
		.far = fault->gva.v,
		.far_valid = c->far,
	};
}
