// SPDX-License-Identifier: Apache-2.0
/* Out of the guest: decode once, ask common code, do what it says. */
#include <asm/esr.h>
#include <asm/sysreg.h>
#include <asm/trap.h>
#include <asm/vgic.h>
#include <asm/virt.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/mem/guest.h>

#define INSN_BYTES 4U

#define SCTLR_EE BIT(25)

/* Known to world.S. */
_Static_assert(TRAP_RESUME == 0 && TRAP_RETRY == 1 && TRAP_STOP < VGIC_FAST_REST, "world.S");

/* PAR_EL1: failed, and the address field. */
#define PAR_F BIT(0)
#define PAR_PA BITS(47, 12)

bool guest_translate(u64 gva, u64 *gpa)
{
	const u64 kept = read_sysreg(par_el1);
	u64 par;

	__asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(gva) : "memory");
	par = read_sysreg(par_el1);
	write_sysreg(par_el1, kept);
	*gpa = (par & PAR_PA) | (gva & PAGE_MASK);
	return (par & PAR_F) == 0U;
}

/* Fills in what the syndrome leaves open. False: execute it again. */
static bool complete(struct exit *e)
{
	struct exit_memory *m = &e->memory;

	if (e->class != EXIT_MEMORY || !m->permission || m->table_walk || !m->gva_valid)
		return true;
	if (!guest_translate(m->gva.v, &m->gpa.v))
		return false;
	m->gpa_exact = true;
	return true;
}

static enum trap_result sync_exit(struct vcpu_arch *v, struct exit *e)
{
	exit_decode(e, v->esr, v->far, v->hpfar);
	/* Of all exits HVC alone is reported behind its instruction. */
	if (e->class == EXIT_HYPERCALL)
		v->pc -= INSN_BYTES;
	if (!complete(e))
		return TRAP_RETRY;
	return upcall_exit(v, e);
}

static enum trap_result serror_exit(struct vcpu_arch *v, struct exit *e)
{
	*e = (struct exit){ .class = EXIT_ERROR,
			    .reason = EC_SERROR,
			    .syndrome = v->esr & ESR_ISS_MASK };
	return upcall_exit(v, e);
}

/* Behind the instruction: as executing it would, this ends BTYPE and a step of the debugger. */
static void step(struct vcpu_arch *v, const struct exit *e)
{
	v->pc += e->length;
	if ((v->pstate & PSTATE_A32) == 0U)
		v->pstate &= ~(PSTATE_BTYPE | PSTATE_SS);
}

static enum trap_result long_way(struct vcpu_arch *v, u32 vector, struct exit *e)
{
	switch (vector) {
	case VECTOR_SYNC:
		return sync_exit(v, e);
	case VECTOR_SERROR:
		return serror_exit(v, e);
	default:
		return upcall_exit(v, e);
	}
}

enum trap_result guest_exit(struct vcpu_arch *v, u32 vector)
{
	struct exit e = { .class = EXIT_IRQ, .length = INSN_BYTES };
	const enum trap_result result = long_way(v, vector, &e);

	if (result == TRAP_RESUME && vector == VECTOR_SYNC)
		step(v, &e);
	vgic_poll(v);
	return result == TRAP_PARK || result == TRAP_STOP ? result : TRAP_RESUME;
}

static int table_read(void *ctx, gpa_t at, u64 *value)
{
	return guest_read(ctx, at, value, sizeof(*value));
}

/* At which level the guest's walk for @gva ended. */
static s32 level_of(struct vcpu_arch *v, gva_t gva, u64 sctlr)
{
	const struct walk w = {
		.tcr = read_sysreg(tcr_el1),
		.ttbr = { read_sysreg(ttbr0_el1), read_sysreg(ttbr1_el1) },
		.big_endian = (sctlr & SCTLR_EE) != 0U,
		.read = table_read,
		.ctx = v->s2,
	};

	return walk_level(&w, gva.v);
}

void vcpu_inject(struct vcpu_arch *v, const struct fault *fault)
{
	struct el1_origin from = {
		.esr = v->esr,
		.pc = v->pc,
		.pstate = v->pstate,
		.sctlr = read_sysreg(sctlr_el1),
		.vbar = read_sysreg(vbar_el1),
	};
	struct el1_entry in;

	BUG_ON(!v->loaded);
	if (fault_is_of_walk(fault, v->esr))
		from.walk_level = level_of(v, fault->gva, from.sctlr);
	fault_to_el1(&in, fault, &from);
	write_sysreg(elr_el1, in.elr);
	write_sysreg(spsr_el1, in.spsr);
	write_sysreg(esr_el1, in.esr);
	if (in.far_valid)
		write_sysreg(far_el1, in.far);
	v->pc = in.pc;
	v->pstate = in.pstate;
}
