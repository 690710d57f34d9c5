// SPDX-License-Identifier: Apache-2.0
/* System registers: the file a vcpu owns, and the ones that trap. */
#include <asm/esr.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/base/panic.h>

u64 sysreg_read(u32 index)
{
	switch (index) {
#define READ(name, encoding, reset) \
	case SYS_##name:            \
		return read_sysreg(encoding);
		VCPU_SYSREGS(READ)
		VCPU_KEYS(READ)
	default:
		BUG_ON(true);
		return 0;
	}
}

void sysreg_write(u32 index, u64 value)
{
	switch (index) {
#define WRITE(name, encoding, reset)           \
	case SYS_##name:                       \
		write_sysreg(encoding, value); \
		break;
		VCPU_SYSREGS(WRITE)
		VCPU_KEYS(WRITE)
	default:
		BUG_ON(true);
		break;
	}
}

bool sysreg_present(u32 index)
{
	return index < (u32)SYS_APIBKEYLO_EL1 || cpu_has_pauth();
}

/* Registers that trap and do nothing: reads give a constant, writes are dropped. */
struct constant_reg {
	u32 mask, id; /* of the ISS: the fields that count, and their values */
	u64 value;
};

#define ID_MASK SYSREG_ID(3, 7, 15, 15, 7)
#define ID_MASK_NO_OP2 SYSREG_ID(3, 7, 15, 15, 0)
#define ID_MASK_GROUP SYSREG_ID(3, 7, 15, 0, 0)
#define ID_MASK_CRM_HIGH SYSREG_ID(3, 7, 15, 8, 0)

static const struct constant_reg constants[] = {
	/* What is left of debug: of an external debugger, and of power. */
	{ SYSREG_ID(3, 7, 8, 0, 0), SYSREG_ID(2, 0, 0, 0, 0), 0 },
	/* MDCCSR_EL0, DBGDTR_EL0, DBGDTRRX_EL0. */
	{ SYSREG_ID(3, 7, 15, 8, 7), SYSREG_ID(2, 3, 0, 0, 0), 0 },
	/* LORegions, error records: none. LORSA_EL1 to LORC_EL1, LORID_EL1; ERRIDR_EL1. */
	{ SYSREG_ID(3, 7, 15, 15, 4), SYSREG_ID(3, 0, 10, 4, 0), 0 },
	{ ID_MASK, SYSREG_ID(3, 0, 10, 4, 7), 0 },
	{ ID_MASK, SYSREG_ID(3, 0, 5, 3, 0), 0 },
	/* ACTLR_EL1: implementation defined, nothing to be set. */
	{ ID_MASK, SYSREG_ID(3, 0, 1, 0, 1), 0 },
};

/* Performance monitors: three groups of registers. */
static bool is_pmu(u32 id)
{
	return (id & ID_MASK_GROUP) == SYSREG_ID(3, 3, 9, 0, 0) ||
	       (id & ID_MASK_NO_OP2) == SYSREG_ID(3, 0, 9, 14, 0) ||
	       (id & ID_MASK_CRM_HIGH) == SYSREG_ID(3, 3, 14, 8, 0);
}

static const struct constant_reg *constant_find(u32 id)
{
	for (u32 i = 0; i < ARRAY_SIZE(constants); i++) {
		if ((id & constants[i].mask) == constants[i].id)
			return &constants[i];
	}
	return NULL;
}

static enum trap_result inject(struct vcpu_arch *v, enum fault_kind kind, u64 gva)
{
	const struct fault f = { .kind = kind, .gva = { gva } };

	vcpu_inject(v, &f);
	return TRAP_INJECT;
}

static bool emulate_debug(struct vcpu_arch *v, const struct exit_sysreg *s)
{
	u64 value = s->write ? vcpu_reg_get(v, s->reg) : 0U;

	if (!debug_access(&v->debug, s->id, s->write, &value))
		return false;
	if (s->write)
		debug_load(&v->debug);
	else
		vcpu_reg_set(v, s->reg, value);
	return true;
}

static enum trap_result emulate_sysreg(struct vcpu_arch *v, const struct exit *e)
{
	const struct constant_reg *c = constant_find(e->sysreg.id);
	u64 value;

	if (vgic_sysreg(v, &e->sysreg) || emulate_debug(v, &e->sysreg))
		return TRAP_RESUME;
	if (is_pmu(e->sysreg.id) && pmu_give(&v->pmu))
		return TRAP_RETRY;
	if (!e->sysreg.write && idregs_read(e->sysreg.id, &value)) {
		vcpu_reg_set(v, e->sysreg.reg, value);
		return TRAP_RESUME;
	}
	if (c == NULL)
		return inject(v, FAULT_UNDEFINED, 0);
	if (!e->sysreg.write)
		vcpu_reg_set(v, e->sysreg.reg, c->value);
	return TRAP_RESUME;
}

/* Instructions of extensions that guests are not given are undefined; the rest met no memory. */
static enum trap_result emulate_exception(struct vcpu_arch *v, const struct exit *e)
{
	switch (e->vector) {
	case EC_DABT_LOWER:
		return inject(v, FAULT_EXTERNAL_DATA, v->far);
	case EC_IABT_LOWER:
		return inject(v, FAULT_EXTERNAL_FETCH, v->far);
	default:
		return inject(v, FAULT_UNDEFINED, 0);
	}
}

enum trap_result vcpu_emulate(struct vcpu_arch *v, struct exit *e)
{
	return e->class == EXIT_SYSREG ? emulate_sysreg(v, e) : emulate_exception(v, e);
}
