// SPDX-License-Identifier: Apache-2.0
/*
 * Exits that only the architecture can answer: the tables of CPUID and MSRs meet a vcpu, and what
 * is intercepted but not offered becomes a fault.
 */
#include <asm/desc.h>
#include <asm/kvmpv.h>
#include <asm/mce.h>
#include <asm/mitigate.h>
#include <asm/msr.h>
#include <asm/policy.h>
#include <asm/virq.h>
#include <asm/vlapic.h>
#include <bulkhead/arch/s2.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "backend.h"
#include "legal.h"
#include "xstate.h"

/* Guest physical addresses have no more bits than this, whatever the CPU has. */
#define GUEST_PHYS_BITS 40U

static u32 phys_bits(void)
{
	const u32 most = s2_gpa_bits_max();

	return most < GUEST_PHYS_BITS ? most : GUEST_PHYS_BITS;
}

static struct cpuid_view view_of(struct vcpu_arch *v)
{
	return (struct cpuid_view){
		.cpu = cpuid,
		.apic_id = v->virq != NULL ? v->virq_id : 0U,
		.vcpus = v->virq != NULL ? v->virq->s.vcpus : 1U,
		.phys_bits = phys_bits(),
		.tsc_hz = v->shown.tsc_hz,
		.apic_hz = timer_hz(),
		.cr4 = vcpu_reg_get(v, REG_CR4),
		.xcr0 = v->xcr0,
		.xcr0_max = v->shown.xcr0,
		.apic = vlapic_present(v),
		.features = v->shown.features,
		.arch_caps = mitigate_arch_caps() != 0U,
	};
}

/* Another rate than the machine's needs a CPU that can multiply. */
static int rate_set(struct vcpu_arch *v, u64 hz)
{
	const u32 bits = virt->tsc_bits();

	v->shown.tsc_hz = hz != 0U ? hz : timer_hz();
	v->shown.tsc = (struct tsc_rate){ 0 };
	if (v->shown.tsc_hz == timer_hz())
		return 0;
	if (bits == 0U) {
		log_error("tsc-frequency: %llu Hz: this CPU's TSC has %llu Hz, for guests as well: "
			  "%s has no TSC scaling here",
			  (unsigned long long)hz, (unsigned long long)timer_hz(), virt->name);
		return BH_ENOTSUP;
	}
	if (!tsc_rate_make(&v->shown.tsc, hz, timer_hz(), bits)) {
		log_error("tsc-frequency: %llu Hz: this CPU's TSC has %llu Hz, expected at most "
			  "%u times as much or a 256th",
			  (unsigned long long)hz, (unsigned long long)timer_hz(), TSC_FACTOR_MAX);
		return BH_ERANGE;
	}
	return 0;
}

/* On what a vcpu does none of this depends. */
int vcpu_policy_set(struct vcpu_arch *v, const struct vcpu_policy *policy)
{
	const u64 kvm = policy->kvm ? BIT(GUEST_KVM) : 0U;
	const u64 wanted = (guest_features_default() | kvm | policy->cpu_show) & ~policy->cpu_hide;
	struct cpuid_view view = { .cpu = cpuid, .vcpus = 1 };

	view.features = guest_features_settle(wanted);
	view.xcr0_max = guest_features_xcr0(view.features, xstate_max());
	v->shown.features = view.features;
	v->shown.xcr0 = view.xcr0_max;
	v->shown.cr4 = cr4_offered(&view);
	v->shown.spec_ctrl = spec_ctrl_offered(&view);
	v->shown.pred_cmd = pred_cmd_offered(&view);
	v->shown.made = true;
	return rate_set(v, policy->tsc_hz);
}

void vcpu_cpuid_forget(struct vcpu_arch *v)
{
	memset(v->cpuid, 0, sizeof(v->cpuid));
}

/* world.S finds it by the same sum. */
static void cpuid_keep(struct vcpu_arch *v, u32 leaf, u32 subleaf, const struct cpuid_regs *r)
{
	v->cpuid[(leaf ^ leaf >> 28) % VCPU_CPUIDS] = (struct cpuid_cached){
		.not_leaf = ~leaf,
		.not_subleaf = ~subleaf,
		.eax = r->eax,
		.ebx = r->ebx,
		.ecx = r->ecx,
		.edx = r->edx,
	};
}

static enum trap_result emulate_cpuid(struct vcpu_arch *v)
{
	const struct cpuid_view view = view_of(v);
	const u32 leaf = (u32)v->gpr[REG_RAX];
	const u32 subleaf = (u32)v->gpr[REG_RCX];
	const struct cpuid_regs r = cpuid_answer(&view, leaf, subleaf);

	cpuid_keep(v, leaf, subleaf, &r);
	v->gpr[REG_RAX] = r.eax;
	v->gpr[REG_RBX] = r.ebx;
	v->gpr[REG_RCX] = r.ecx;
	v->gpr[REG_RDX] = r.edx;
	return TRAP_RESUME;
}

/* ---- MSRs that are part of the vcpu ---- */

static bool efer_read(struct vcpu_arch *v, u32 msr __unused, u64 *value)
{
	*value = vcpu_reg_get(v, REG_EFER);
	return true;
}

static bool efer_write(struct vcpu_arch *v, u32 msr __unused, u64 value)
{
	const u64 old = vcpu_reg_get(v, REG_EFER);
	const bool paging = (vcpu_reg_get(v, REG_CR0) & CR0_PG) != 0U;

	if (!efer_legal(value, old, paging))
		return false;
	vcpu_reg_set(v, REG_EFER, (value & ~(u64)EFER_LMA) | (old & EFER_LMA));
	return true;
}

static bool pat_read(struct vcpu_arch *v, u32 msr __unused, u64 *value)
{
	*value = vcpu_reg_get(v, REG_PAT);
	return true;
}

static bool pat_write(struct vcpu_arch *v, u32 msr __unused, u64 value)
{
	if (!legal_pat(value))
		return false;
	vcpu_reg_set(v, REG_PAT, value);
	return true;
}

/*
 * The guest's TSC is the machine's, at a rate of its own where it has one, plus an offset;
 * TSC_ADJUST is the sum of what it has changed.
 */
static u64 tsc_now(const struct vcpu_arch *v)
{
	return tsc_up(&v->shown.tsc, timer_now()) + v->tsc_offset;
}

static void tsc_move(struct vcpu_arch *v, u64 by)
{
	v->tsc_offset += by;
	v->tsc_adjust += by;
	vcpu_reg_set(v, REG_TSC_OFFSET, v->tsc_offset);
}

static bool tsc_read(struct vcpu_arch *v, u32 msr __unused, u64 *value)
{
	*value = tsc_now(v);
	return true;
}

static bool tsc_write(struct vcpu_arch *v, u32 msr __unused, u64 value)
{
	tsc_move(v, value - tsc_now(v));
	return true;
}

static bool tsc_adjust_read(struct vcpu_arch *v, u32 msr __unused, u64 *value)
{
	*value = v->tsc_adjust;
	return guest_shows(v, GUEST_TSC_ADJUST);
}

static bool tsc_adjust_write(struct vcpu_arch *v, u32 msr __unused, u64 value)
{
	if (!guest_shows(v, GUEST_TSC_ADJUST))
		return false;
	tsc_move(v, value - v->tsc_adjust);
	return true;
}

static bool arch_caps_read(struct vcpu_arch *v, u32 msr __unused, u64 *value)
{
	*value = mitigate_arch_caps();
	return *value != 0U && guest_shows(v, GUEST_ARCH_CAPABILITIES);
}

static bool spec_ctrl_read(struct vcpu_arch *v, u32 msr __unused, u64 *value)
{
	*value = v->spec_ctrl;
	return v->shown.spec_ctrl != 0U;
}

static bool spec_ctrl_write(struct vcpu_arch *v, u32 msr __unused, u64 value)
{
	if (v->shown.spec_ctrl == 0U || (value & ~v->shown.spec_ctrl) != 0U)
		return false;
	v->spec_ctrl = value;
	guest_spec_ctrl_load(v);
	return true;
}

static bool pred_cmd_write(struct vcpu_arch *v, u32 msr __unused, u64 value)
{
	if (!v->shown.pred_cmd || (value & ~(u64)PRED_CMD_IBPB) != 0U)
		return false;
	if (value != 0U)
		mitigate_ibpb();
	return true;
}

static bool tsc_aux_read(struct vcpu_arch *v, u32 msr __unused, u64 *value)
{
	*value = v->tsc_aux;
	return guest_has_tsc_aux(v);
}

/* Bits 63 to 32 are reserved (SDM volume 4); what AMD drops there is refused as well. */
static bool tsc_aux_write(struct vcpu_arch *v, u32 msr __unused, u64 value)
{
	if (!guest_has_tsc_aux(v) || value >> 32 != 0U)
		return false;
	v->tsc_aux = value;
	guest_tsc_aux_load(v);
	return true;
}

static bool unreadable(struct vcpu_arch *v __unused, u32 msr __unused, u64 *value __unused)
{
	return false;
}

static bool refuse(struct vcpu_arch *v __unused, u32 msr __unused, u64 value __unused)
{
	return false;
}

static bool kvm_read(struct vcpu_arch *v, u32 msr, u64 *value)
{
	return kvmpv_read(v, msr, value);
}

static const struct {
	u32 msr;
	bool (*read)(struct vcpu_arch *v, u32 msr, u64 *value);
	bool (*write)(struct vcpu_arch *v, u32 msr, u64 value);
} own[] = {
	{ IA32_TSC, tsc_read, tsc_write },
	{ IA32_TSC_ADJUST, tsc_adjust_read, tsc_adjust_write },
	{ IA32_TSC_AUX, tsc_aux_read, tsc_aux_write },
	{ IA32_SPEC_CTRL, spec_ctrl_read, spec_ctrl_write },
	{ IA32_PRED_CMD, unreadable, pred_cmd_write },
	{ IA32_ARCH_CAPABILITIES, arch_caps_read, refuse },
	{ IA32_PAT, pat_read, pat_write },
	{ KVM_WALL_CLOCK_NEW, kvm_read, kvmpv_write },
	{ KVM_SYSTEM_TIME_NEW, kvm_read, kvmpv_write },
	{ KVM_PV_EOI_EN, kvm_read, kvmpv_write },
	{ IA32_EFER, efer_read, efer_write },
};

static bool msr_read(struct vcpu_arch *v, u32 msr, u64 *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		if (msr == own[i].msr)
			return own[i].read(v, msr, value);
	}
	return msr_plain_read(&v->msrs, msr, value);
}

static bool msr_write(struct vcpu_arch *v, u32 msr, u64 value)
{
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		if (msr == own[i].msr)
			return own[i].write(v, msr, value);
	}
	return msr_plain_write(&v->msrs, msr, value, phys_bits());
}

/* What the guest sets as a deadline is in its own time. */
static u64 deadline_move(u64 value, u64 by)
{
	const u64 moved = value + by;

	return value == 0U ? 0U : moved != 0U ? moved : 1U;
}

/* The deadline in the machine's time, and as the guest has set it. */
static u64 deadline_in(struct vcpu_arch *v, u64 value)
{
	const u64 moved = deadline_move(value, 0U - v->tsc_offset);

	v->tsc_deadline = value;
	return value == 0U ? 0U : tsc_down(&v->shown.tsc, moved);
}

static u64 deadline_out(const struct vcpu_arch *v, u64 value)
{
	if (value != 0U && v->shown.tsc.up != 0U)
		return v->tsc_deadline;
	return deadline_move(value, v->tsc_offset);
}

static enum trap_result vlapic_msr(struct vcpu_arch *v, const struct exit_sysreg *s, u64 *value)
{
	const bool deadline = s->id == IA32_TSC_DEADLINE;
	enum trap_result r;

	if (s->write) {
		vcpu_cpuid_forget(v);
		return vlapic_msr_write(v, s->id, deadline ? deadline_in(v, *value) : *value);
	}
	r = vlapic_msr_read(v, s->id, value);
	if (deadline)
		*value = deadline_out(v, *value);
	return r;
}

static enum trap_result emulate_msr(struct vcpu_arch *v, const struct exit_sysreg *s)
{
	u64 value = s->write ? (u32)v->gpr[REG_RAX] | v->gpr[REG_RDX] << 32 : 0U;
	enum trap_result r = TRAP_RESUME;

	if (vlapic_is_msr(s->id))
		r = vlapic_msr(v, s, &value);
	else if (s->write ? !msr_write(v, s->id, value) : !msr_read(v, s->id, &value))
		r = guest_fault(v, FAULT_PROTECTION);
	if (r != TRAP_RESUME || s->write)
		return r;
	v->gpr[REG_RAX] = (u32)value;
	v->gpr[REG_RDX] = value >> 32;
	return TRAP_RESUME;
}

/* XSETBV. QEMU intercepts it before it looks at CR4. */
static enum trap_result emulate_xcr(struct vcpu_arch *v)
{
	const u64 value = (u32)v->gpr[REG_RAX] | v->gpr[REG_RDX] << 32;
	const u64 dpl = vcpu_reg_get(v, REG_SEG(SEG_SS, PART_ATTRIBUTES)) >> 5 & 3U;

	if ((vcpu_reg_get(v, REG_CR4) & CR4_OSXSAVE) == 0U)
		return guest_fault(v, FAULT_UNDEFINED);
	if (dpl != 0U || (u32)v->gpr[REG_RCX] != 0U || !xcr0_legal(value, v->shown.xcr0))
		return guest_fault(v, FAULT_PROTECTION);
	xstate_xcr0_set(v, value);
	vcpu_cpuid_forget(v);
	return TRAP_RESUME;
}

/*
 * The guest is gone by what it consumed, the machine is not: `reason` is the bank, `syndrome` its
 * IA32_MCi_STATUS. A CPU that was told of another's error executes the guest's instruction again.
 */
static enum trap_result machine_check(struct exit *e)
{
	const struct mce_finding f = mce_take();

	if (f.verdict == MCE_MACHINE)
		panic("machine check while a guest ran: %s", f.what);
	if (f.verdict == MCE_NOTHING)
		return TRAP_RETRY;
	e->class = EXIT_ERROR;
	e->reason = f.bank;
	e->syndrome = f.status;
	return TRAP_STOP;
}

/* #DB and #AC go on to the guest: intercepted only so that each delivery is an exit. */
static enum trap_result emulate_exception(struct vcpu_arch *v, u32 vector)
{
	switch (vector) {
	case VEC_DB:
	case VEC_AC:
		v->inject = (struct x86_event){
			.valid = true,
			.type = EVENT_EXCEPTION,
			.vector = (u8)vector,
			.has_code = vector == VEC_AC && (vcpu_reg_get(v, REG_CR0) & CR0_PE) != 0U,
		};
		return TRAP_INJECT;
	case VEC_GP:
		return guest_fault(v, FAULT_PROTECTION);
	default:
		return guest_fault(v, FAULT_UNDEFINED);
	}
}

/* These exit only where the backend asked for it. */
static bool is_control(u32 id)
{
	return virt->control != NULL && id >= SYSREG_CR(0) && id <= SYSREG_WBINVD;
}

enum trap_result vcpu_emulate(struct vcpu_arch *v, struct exit *e)
{
	switch (e->class) {
	case EXIT_CPUID:
		return emulate_cpuid(v);
	case EXIT_SYSREG:
		if (e->sysreg.id == SYSREG_XSETBV)
			return emulate_xcr(v);
		return is_control(e->sysreg.id) ? virt->control(v, &e->sysreg)
						: emulate_msr(v, &e->sysreg);
	case EXIT_EXCEPTION:
		return e->vector == VEC_MC ? machine_check(e) : emulate_exception(v, e->vector);
	default:
		return guest_fault(v, FAULT_UNDEFINED);
	}
}
