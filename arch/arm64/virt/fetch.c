// SPDX-License-Identifier: Apache-2.0
/* The instruction hardware did not decode, read as the guest's CPU read it. */
#include <asm/virt.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/guest.h>

#define INSN_BYTES 4U

#define SCTLR_E0E BIT(24)
#define SCTLR_EE BIT(25)
#define SPSEL BIT(0)

/* Register file index of the stack pointer in use. */
static u32 stack_pointer(const struct vcpu_arch *v)
{
	return (v->pstate & SPSEL) != 0U ? REG_SP : REG_SYS(SP_EL0);
}

static u64 reg_read(void *ctx, u32 reg)
{
	struct vcpu_arch *v = ctx;

	return vcpu_reg_get(v, reg == REG_SP ? stack_pointer(v) : reg);
}

static bool big_endian(struct vcpu_arch *v)
{
	const bool el0 = (v->pstate & PSTATE_M) == PSTATE_EL0T;
	const u64 sctlr = vcpu_reg_get(v, REG_SYS(SCTLR_EL1));

	return (sctlr & (el0 ? SCTLR_E0E : SCTLR_EE)) != 0U;
}

int vcpu_insn(struct vcpu_arch *v, const struct exit *e, struct insn *out)
{
	const struct insn_mode mode = {
		.width = 8, .big_endian = big_endian(v), .reg = reg_read, .ctx = v
	};
	u8 code[INSN_BYTES];
	u64 gpa;
	int err;

	(void)e;
	if ((v->pstate & PSTATE_A32) != 0U)
		return BH_ENOTSUP;
	if (!IS_ALIGNED(v->pc, INSN_BYTES) || !guest_translate(v->pc, &gpa))
		return BH_EFAULT;
	err = guest_read(v->s2, GPA(gpa), code, sizeof(code));
	if (err == 0)
		err = insn_decode(&mode, code, sizeof(code), out);
	if (err == 0 && out->writeback && out->base == REG_SP)
		out->base = (u16)stack_pointer(v);
	return err;
}
