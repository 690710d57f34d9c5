// SPDX-License-Identifier: Apache-2.0
/*
 * Control registers of a guest. What it may change by itself, the CPU changes without an exit; here
 * is a MOV that touches what is Bulkhead's: CR0.NE, CD and NW, of CR4 MCE, OSXSAVE and all that is
 * not offered, CR8.
 */
#include <asm/msr.h>
#include <asm/virq.h>
#include <bulkhead/mem/s2.h>

#include "../backend.h"
#include "vmx.h"

#define CR0_DEFINED                                                                                \
	(CR0_PG | CR0_CD | CR0_NW | CR0_AM | CR0_WP | CR0_NE | CR0_ET | BIT(3) | BIT(2) | CR0_MP | \
	 CR0_PE)
/* Always on in the CPU; and what CPUID follows. */
#define CR4_WATCHED (CR4_MCE | CR4_OSXSAVE | CR4_PKE)
/* A change of these makes the CPU load the PDPTEs anew. */
#define CR4_PAGING (CR4_PSE | CR4_PAE | BIT(7) | CR4_SMEP)
#define CR8_DEFINED 15U

#define PDPTE_COUNT 4U
#define PDPTE_RESERVED (BITS(2, 1) | BITS(8, 5))
#define TSS_BUSY_64 11U

u64 vmx_cr0_guest(void)
{
	return CR0_DEFINED & ~(u64)(CR0_NE | CR0_CD | CR0_NW) & ~vmx_caps()->cr0_must;
}

u64 vmx_cr4_guest(const struct vcpu_arch *v)
{
	return v->shown.cr4 & ~(u64)CR4_WATCHED & vmx_caps()->cr4_may & ~vmx_caps()->cr4_must;
}

static bool in_64_bit_code(struct vcpu_arch *v)
{
	return (vcpu_reg_get(v, REG_EFER) & EFER_LMA) != 0U &&
	       (vcpu_reg_get(v, REG_SEG(SEG_CS, PART_ATTRIBUTES)) & SEG_ATTR_L) != 0U;
}

/* With EPT it is Bulkhead who loads them where a MOV to CR0 is not the CPU's. */
static bool load_pdptes(struct vcpu_arch *v)
{
	const u64 table = vcpu_reg_get(v, REG_CR3) & BITS(31, 5);
	const u64 reserved = PDPTE_RESERVED | BITS(63, vmx_caps()->phys_bits);
	u64 entry[PDPTE_COUNT];

	for (u32 i = 0; i < PDPTE_COUNT; i++) {
		if (!guest_word(v, GPA(table + i * sizeof(u64)), sizeof(u64), &entry[i]) ||
		    ((entry[i] & BIT(0)) != 0U && (entry[i] & reserved) != 0U))
			return false;
	}
	for (u32 i = 0; i < PDPTE_COUNT; i++)
		vmwrite(VMCS_GUEST_PDPTE0 + 2U * i, entry[i]);
	return true;
}

/* SDM volume 2, MOV to control registers; volume 3, section 10.8.5. */
static bool cr0_legal(struct vcpu_arch *v, u64 old, u64 value)
{
	const bool lme = (vcpu_reg_get(v, REG_EFER) & EFER_LME) != 0U;
	const bool l = (vcpu_reg_get(v, REG_SEG(SEG_CS, PART_ATTRIBUTES)) & SEG_ATTR_L) != 0U;
	const bool pae = (vcpu_reg_get(v, REG_CR4) & CR4_PAE) != 0U;

	if ((value & BITS(63, 32)) != 0U)
		return false;
	if ((value & (CR0_PG | CR0_PE)) == CR0_PG || (value & (CR0_NW | CR0_CD)) == CR0_NW)
		return false;
	if (((old ^ value) & CR0_PG) == 0U || !lme)
		return true;
	return !l && (pae || (value & CR0_PG) == 0U);
}

/* Paging on or off with EFER.LME set is long mode on or off; its task register has one form. */
static void long_mode(struct vcpu_arch *v, bool on)
{
	const u64 efer = vcpu_reg_get(v, REG_EFER);
	const u32 tr = REG_SEG(SEG_TR, PART_ATTRIBUTES);

	if ((efer & EFER_LME) == 0U)
		return;
	vcpu_reg_set(v, REG_EFER, on ? efer | EFER_LMA : efer & ~(u64)EFER_LMA);
	if (on)
		vcpu_reg_set(v, tr, (vcpu_reg_get(v, tr) & ~BITS(3, 0)) | TSS_BUSY_64);
}

static bool cr0_write(struct vcpu_arch *v, u64 value)
{
	const u64 old = vcpu_reg_get(v, REG_CR0);
	const bool pg = (value & CR0_PG) != 0U;
	const bool changed = ((old ^ value) & CR0_PG) != 0U;
	const bool pae = (vcpu_reg_get(v, REG_CR4) & CR4_PAE) != 0U;

	if (!cr0_legal(v, old, value))
		return false;
	if (pg && pae && (vcpu_reg_get(v, REG_EFER) & EFER_LME) == 0U && !load_pdptes(v))
		return false;
	vcpu_reg_set(v, REG_CR0, (value & CR0_DEFINED) | CR0_ET);
	if (changed) {
		long_mode(v, pg);
		vmx_forget_linear(v->s2->tag);
	}
	return true;
}

static bool cr4_write(struct vcpu_arch *v, u64 value)
{
	const u64 old = vcpu_reg_get(v, REG_CR4);
	const bool lma = (vcpu_reg_get(v, REG_EFER) & EFER_LMA) != 0U;
	const bool paging = (vcpu_reg_get(v, REG_CR0) & CR0_PG) != 0U;
	const bool pae = paging && !lma && (value & CR4_PAE) != 0U;

	if (!cr4_legal(value, v->shown.cr4, lma))
		return false;
	if (pae && ((old ^ value) & CR4_PAGING) != 0U && !load_pdptes(v))
		return false;
	vcpu_reg_set(v, REG_CR4, value);
	vcpu_cpuid_forget(v);
	vmx_forget_linear(v->s2->tag);
	return true;
}

/* It is the TPR, where there is one. */
static void cr8_write(struct vcpu_arch *v, u64 value)
{
	if (v->virq != NULL)
		vlapic_cr8_set(v, value);
	else
		v->cr8 = value;
}

static bool write(struct vcpu_arch *v, u32 id, u64 value)
{
	switch (id) {
	case SYSREG_CR(0):
		return cr0_write(v, value);
	case SYSREG_CR(4):
		return cr4_write(v, value);
	case SYSREG_CR(8):
		if (value > CR8_DEFINED)
			return false;
		cr8_write(v, value);
		return true;
	case SYSREG_WBINVD:
		/* A guest's memory is coherent, DMA included: there is nothing to do. */
		return true;
	default:
		return false;
	}
}

enum trap_result vmx_emulate(struct vcpu_arch *v, const struct exit_sysreg *s)
{
	u64 value = vcpu_reg_get(v, s->reg);

	if (!s->write && s->id == SYSREG_CR(8)) {
		vcpu_reg_set(v, s->reg, v->virq != NULL ? vlapic_cr8(v) : v->cr8);
		return TRAP_RESUME;
	}
	if (!in_64_bit_code(v))
		value = (u32)value;
	return s->write && write(v, s->id, value) ? TRAP_RESUME : guest_fault(v, FAULT_PROTECTION);
}
