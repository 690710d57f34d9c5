// SPDX-License-Identifier: Apache-2.0
/*
 * CPUID and MSRs: what is in the tables is there, everything else is not. A feature is shown only
 * if its state is switched with the vcpu and its instructions cannot reach the host.
 */
#include <asm/desc.h>
#include <asm/features.h>
#include <asm/msr.h>
#include <bulkhead/base/panic.h>

#include "backend.h"
#include "legal.h"

/* CPUID leaf 1 (SDM volume 2, tables 3-10 and 3-11). */
#define LEAF1_ECX (BIT(0) | BIT(9) | BIT(13) | BIT(19) | BIT(20) | BIT(22) | BIT(23) | BIT(30))
#define LEAF1_ECX_HYPERVISOR BIT(31)
#define LEAF1_EDX                                                                           \
	(BIT(0) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(11) | BIT(13) | \
	 BIT(15) | BIT(16) | BIT(17) | BIT(19) | BIT(23) | BIT(24) | BIT(25) | BIT(26))
/* Leaf 7: FSGSBASE, SMEP, ERMS, SMAP; UMIP. */
#define LEAF7_EBX (BIT(0) | BIT(7) | BIT(9) | BIT(20))
#define LEAF7_ECX BIT(2)
/* 80000001h: LAHF; SYSCALL, NX, 1 GiB pages, LM. */
#define EXT1_ECX (BIT(0) | BIT(5) | BIT(8))
#define EXT1_EDX (BIT(11) | BIT(20) | BIT(26) | BIT(29))

/* Where guests look for Bulkhead: "BulkheadHV" in EBX, ECX, EDX. */
#define HV_BASE 0x40000100U
#define HV_EBX 0x6b6c7542U
#define HV_ECX 0x64616568U
#define HV_EDX 0x00005648U

/* What of the CPU's own answer is passed on. Fixed values are in fixed_leaves. */
static const struct {
	u32 first, last;
	struct cpuid_regs mask;
} leaves[] = {
	{ 0, 0, { 0, ~0U, ~0U, ~0U } },
	{ 1, 1, { ~0U, 0x0000ff00U, (u32)LEAF1_ECX, (u32)LEAF1_EDX } },
	{ 7, 7, { 0, (u32)LEAF7_EBX, (u32)LEAF7_ECX, 0 } },
	{ 0x80000000U, 0x80000000U, { 0, ~0U, ~0U, ~0U } },
	{ 0x80000001U, 0x80000001U, { ~0U, 0, (u32)EXT1_ECX, (u32)EXT1_EDX } },
	{ 0x80000002U, 0x80000006U, { ~0U, ~0U, ~0U, ~0U } },
	{ 0x80000008U, 0x80000008U, { 0x0000ffffU, 0, 0, 0 } },
};

/* Bits that are set whatever the CPU says. */
static const struct {
	u32 leaf;
	struct cpuid_regs regs;
} fixed_leaves[] = {
	{ 0, { 7, 0, 0, 0 } },
	{ 1, { 0, 0, (u32)LEAF1_ECX_HYPERVISOR, 0 } },
	{ HV_BASE, { HV_BASE, HV_EBX, HV_ECX, HV_EDX } },
	{ 0x80000000U, { 0x80000008U, 0, 0, 0 } },
};

static struct cpuid_regs answer(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		if (leaf < leaves[i].first || leaf > leaves[i].last ||
		    (leaf == 7U && subleaf != 0U))
			continue;
		r = cpuid(leaf, subleaf);
		r.eax &= leaves[i].mask.eax;
		r.ebx &= leaves[i].mask.ebx;
		r.ecx &= leaves[i].mask.ecx;
		r.edx &= leaves[i].mask.edx;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fixed_leaves); i++) {
		if (leaf != fixed_leaves[i].leaf)
			continue;
		r.eax |= fixed_leaves[i].regs.eax;
		r.ebx |= fixed_leaves[i].regs.ebx;
		r.ecx |= fixed_leaves[i].regs.ecx;
		r.edx |= fixed_leaves[i].regs.edx;
	}
	return r;
}

static enum trap_result emulate_cpuid(struct vcpu_arch *v)
{
	const struct cpuid_regs r = answer((u32)v->gpr[REG_RAX], (u32)v->gpr[REG_RCX]);

	v->gpr[REG_RAX] = r.eax;
	v->gpr[REG_RBX] = r.ebx;
	v->gpr[REG_RCX] = r.ecx;
	v->gpr[REG_RDX] = r.edx;
	return TRAP_RESUME;
}

/* LME may not change while paging is on; LMA is the CPU's (SDM volume 3, section 2.2.1). */
static bool efer_write(struct vcpu_arch *v, u64 value)
{
	const u64 old = vcpu_reg_get(v, REG_EFER);
	const bool paging = (vcpu_reg_get(v, REG_CR0) & CR0_PG) != 0U;

	if ((value & ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)) != 0U)
		return false;
	if (paging && ((old ^ value) & EFER_LME) != 0U)
		return false;
	vcpu_reg_set(v, REG_EFER, (value & ~(u64)EFER_LMA) | (old & EFER_LMA));
	return true;
}

static bool msr_read(struct vcpu_arch *v, u32 msr, u64 *value)
{
	switch (msr) {
	case IA32_EFER:
		*value = vcpu_reg_get(v, REG_EFER);
		return true;
	case IA32_PAT:
		*value = vcpu_reg_get(v, REG_PAT);
		return true;
	default:
		return false;
	}
}

static bool msr_write(struct vcpu_arch *v, u32 msr, u64 value)
{
	switch (msr) {
	case IA32_EFER:
		return efer_write(v, value);
	case IA32_PAT:
		if (!legal_pat(value))
			return false;
		vcpu_reg_set(v, REG_PAT, value);
		return true;
	default:
		return false;
	}
}

static enum trap_result emulate_msr(struct vcpu_arch *v, const struct exit_sysreg *s)
{
	u64 value = (u32)v->gpr[REG_RAX] | v->gpr[REG_RDX] << 32;
	bool known;

	if (s->write) {
		known = msr_write(v, s->id, value);
		return known ? TRAP_RESUME : guest_fault(v, FAULT_PROTECTION);
	}
	known = msr_read(v, s->id, &value);
	if (!known)
		return guest_fault(v, FAULT_PROTECTION);
	v->gpr[REG_RAX] = (u32)value;
	v->gpr[REG_RDX] = value >> 32;
	return TRAP_RESUME;
}

/* #DB and #AC go on to the guest: intercepted only so that each delivery is an exit. */
static enum trap_result emulate_exception(struct vcpu_arch *v, u32 vector)
{
	if (vector == VEC_MC)
		panic("machine check while a guest ran");
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
		return is_control(e->sysreg.id) ? virt->control(v, &e->sysreg)
						: emulate_msr(v, &e->sysreg);
	case EXIT_EXCEPTION:
		return emulate_exception(v, e->vector);
	default:
		return guest_fault(v, FAULT_UNDEFINED);
	}
}
