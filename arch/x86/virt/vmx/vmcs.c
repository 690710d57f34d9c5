// SPDX-License-Identifier: Apache-2.0
/*
 * The VMCS of a vcpu: what each field holds at reset and where that comes from, the register file
 * on top of it, and what is switched by hand because the VMCS has no field for it.
 *
 * A VMCS is current on at most one CPU: between load and put on that one. Whoever asks for a
 * register in between makes it current for a moment.
 */
#include <asm/desc.h>
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/s2.h>

#include "../backend.h"
#include "vmx.h"

/* What #AC and #DB could do for ever while they are delivered (CVE-2015-5307, CVE-2015-8104). */
#define INTERCEPTED_EXCEPTIONS (BIT(VEC_DB) | BIT(VEC_AC) | BIT(VEC_MC))

/* Guest MSRs without a field: in the CPU while the vcpu is loaded. Bulkhead does not use them. */
static const u32 msrs[VCPU_MSRS] = { IA32_STAR, IA32_LSTAR, IA32_CSTAR, IA32_FMASK,
				     IA32_KERNEL_GS_BASE };

/* What is loaded on each CPU, and whose reset is under way there. The CPU's own. */
static struct vcpu_arch *loaded[CONFIG_MAX_CPUS];
static struct vcpu_arch *resetting[CONFIG_MAX_CPUS];

static void vmptrld(u64 pa)
{
	bool failed;

	__asm__ volatile("vmptrld %1\n\tsetna %0" : "=rm"(failed) : "m"(pa) : "cc", "memory");
	BUG_ON(failed);
}

static void vmclear(u64 pa)
{
	bool failed;

	__asm__ volatile("vmclear %1\n\tsetna %0" : "=rm"(failed) : "m"(pa) : "cc", "memory");
	BUG_ON(failed);
}

static bool is_current(const struct vcpu_arch *v)
{
	const u32 cpu = this_cpu()->id;

	return resetting[cpu] != NULL ? resetting[cpu] == v : loaded[cpu] == v;
}

/* Makes @v's VMCS current for a moment; close() puts back what was. */
static void open(const struct vcpu_arch *v)
{
	if (!is_current(v))
		vmptrld(v->block_pa);
}

static void close(struct vcpu_arch *v)
{
	const struct vcpu_arch *before = loaded[this_cpu()->id];

	if (is_current(v))
		return;
	vmclear(v->block_pa);
	v->launched = false;
	if (before != NULL)
		vmptrld(before->block_pa);
}

/* Fields whose value is known when Bulkhead is built. The rest is in reset_found(). */
static const struct {
	u32 field;
	u64 value;
} reset_fixed[] = {
	{ VMCS_EXCEPTION_BITMAP, INTERCEPTED_EXCEPTIONS },
	{ VMCS_PF_MASK, 0 },
	{ VMCS_PF_MATCH, 0 },
	{ VMCS_CR3_TARGETS, 0 },
	{ VMCS_EXIT_MSR_STORES, 0 },
	{ VMCS_EXIT_MSR_LOADS, 0 },
	{ VMCS_ENTRY_MSR_LOADS, 0 },
	{ VMCS_ENTRY_EVENT, 0 },
	{ VMCS_TSC_OFFSET, 0 },
	{ VMCS_LINK_POINTER, ~0ULL },
	{ VMCS_GUEST_DEBUGCTL, 0 },
	{ VMCS_GUEST_INTERRUPTIBILITY, 0 },
	{ VMCS_GUEST_ACTIVITY, 0 },
	{ VMCS_GUEST_PENDING_DEBUG, 0 },
	{ VMCS_GUEST_SYSENTER_CS, 0 },
	{ VMCS_GUEST_SYSENTER_ESP, 0 },
	{ VMCS_GUEST_SYSENTER_EIP, 0 },
	{ VMCS_HOST_CS_SELECTOR, SEL_CODE64 },
	{ VMCS_HOST_SS_SELECTOR, SEL_DATA },
	{ VMCS_HOST_DS_SELECTOR, SEL_DATA },
	{ VMCS_HOST_ES_SELECTOR, SEL_DATA },
	{ VMCS_HOST_FS_SELECTOR, 0 },
	{ VMCS_HOST_GS_SELECTOR, 0 },
	{ VMCS_HOST_TR_SELECTOR, SEL_TSS },
	{ VMCS_HOST_FS_BASE, 0 },
	{ VMCS_HOST_SYSENTER_CS, 0 },
	{ VMCS_HOST_SYSENTER_ESP, 0 },
	{ VMCS_HOST_SYSENTER_EIP, 0 },
};

/* Guests have no CET: what their fields hold is what a guest would start with that had. */
static const u32 reset_cet[] = { VMCS_GUEST_S_CET, VMCS_GUEST_SSP, VMCS_GUEST_SSP_TABLE };

static void reset_found(struct vcpu_arch *v)
{
	const bool scaled = v->shown.tsc.up != 0U;
	const u32 more = (scaled ? PROC2_TSC_SCALING : 0U) |
			 (guest_has_tsc_aux(v) ? PROC2_RDTSCP : 0U);

	vmwrite(VMCS_PIN, vmx_control(CONTROL_PIN));
	vmwrite(VMCS_PROC, vmx_control(CONTROL_PROC));
	vmwrite(VMCS_PROC2, vmx_control(CONTROL_PROC2) | more);
	if (scaled)
		vmwrite(VMCS_TSC_MULTIPLIER, v->shown.tsc.up);
	vmwrite(VMCS_EXIT, vmx_control(CONTROL_EXIT));
	vmwrite(VMCS_ENTRY, vmx_control(CONTROL_ENTRY));
	vmwrite(VMCS_VPID, v->s2->tag);
	vmwrite(VMCS_EPTP, vmx_eptp(HPA(v->s2->pt.root)));
	vmwrite(VMCS_MSR_BITMAP, vmx_msr_bitmap().v);
	vmwrite(VMCS_CR0_MASK, ~vmx_cr0_guest());
	vmwrite(VMCS_CR4_MASK, ~vmx_cr4_guest(v));
	vmwrite(VMCS_HOST_RIP, (uintptr_t)vmx_exit_entry);
}

/* What Bulkhead runs with, on this CPU: every exit puts it back. */
static void host_fields(void)
{
	struct table_register gdtr, idtr;

	__asm__ volatile("sgdt %0" : "=m"(gdtr));
	__asm__ volatile("sidt %0" : "=m"(idtr));
	vmwrite(VMCS_HOST_CR0, read_cr0());
	vmwrite(VMCS_HOST_CR3, read_cr3());
	vmwrite(VMCS_HOST_CR4, read_cr4());
	vmwrite(VMCS_HOST_EFER, rdmsr(IA32_EFER));
	vmwrite(VMCS_HOST_PAT, rdmsr(IA32_PAT));
	vmwrite(VMCS_HOST_GS_BASE, rdmsr(IA32_GS_BASE));
	vmwrite(VMCS_HOST_TR_BASE, desc_tss(this_cpu()->id));
	vmwrite(VMCS_HOST_GDTR_BASE, gdtr.base);
	vmwrite(VMCS_HOST_IDTR_BASE, idtr.base);
	if (!vmx_caps()->cet)
		return;
	vmwrite(VMCS_HOST_S_CET, rdmsr(IA32_S_CET));
	vmwrite(VMCS_HOST_SSP_TABLE, cet_shadow_stack() ? rdmsr(IA32_INTERRUPT_SSP_TABLE) : 0U);
	vmwrite(VMCS_HOST_SSP, 0);
}

void vmx_reset_open(struct vcpu_arch *v)
{
	open(v);
	resetting[this_cpu()->id] = v;
}

void vmx_reset_close(struct vcpu_arch *v)
{
	resetting[this_cpu()->id] = NULL;
	close(v);
}

/* VMCLEAR makes the region what the CPU wants, but for the revision and what tells of an abort. */
void vmx_reset(struct vcpu_arch *v)
{
	u64 *region = (u64 *)ALIGN_UP((uintptr_t)(v + 1), PAGE_SIZE);

	*region = vmx_revision();
	v->block = region;
	v->block_pa = mmu_pa(region).v;
	v->dr6 = DR6_FIXED;
	vmclear(v->block_pa);
	vmx_reset_open(v);
	for (size_t i = 0; i < ARRAY_SIZE(reset_fixed); i++)
		vmwrite(reset_fixed[i].field, reset_fixed[i].value);
	for (size_t i = 0; i < ARRAY_SIZE(reset_cet) && vmx_caps()->cet; i++)
		vmwrite(reset_cet[i], 0);
	reset_found(v);
	host_fields();
	vmx_reset_close(v);
}

/* Registers that are one field, by their distance from REG_CR0. */
static const u32 field_of[] = {
	[REG_CR3 - REG_CR0] = VMCS_GUEST_CR3,
	[REG_DR7 - REG_CR0] = VMCS_GUEST_DR7,
	[REG_PAT - REG_CR0] = VMCS_GUEST_PAT,
	[REG_EFER - REG_CR0] = VMCS_GUEST_EFER,
	[REG_GDTR_BASE - REG_CR0] = VMCS_GUEST_GDTR_BASE,
	[REG_GDTR_LIMIT - REG_CR0] = VMCS_GUEST_GDTR_LIMIT,
	[REG_IDTR_BASE - REG_CR0] = VMCS_GUEST_IDTR_BASE,
	[REG_IDTR_LIMIT - REG_CR0] = VMCS_GUEST_IDTR_LIMIT,
	[REG_TSC_OFFSET - REG_CR0] = VMCS_TSC_OFFSET,
};

static u32 field(u32 reg)
{
	static const u32 parts[PARTS] = {
		[PART_SELECTOR] = VMCS_GUEST_ES_SELECTOR,
		[PART_ATTRIBUTES] = VMCS_GUEST_ES_ATTRIBUTES,
		[PART_LIMIT] = VMCS_GUEST_ES_LIMIT,
		[PART_BASE] = VMCS_GUEST_ES_BASE,
	};
	const u32 n = reg - REG_SEGMENT;
	const u32 i = reg - (u32)REG_CR0;

	if (reg >= REG_SEGMENT)
		return parts[n % PARTS] + 2U * (n / PARTS);
	BUG_ON(i >= ARRAY_SIZE(field_of) || field_of[i] == 0U);
	return field_of[i];
}

/* The guest's own bits are in the register, all others in what it is shown. */
static u64 shown(u32 reg, u32 shadow, u64 guest_bits)
{
	return (vmread(reg) & guest_bits) | (vmread(shadow) & ~guest_bits);
}

static u64 get(const struct vcpu_arch *v, u32 reg)
{
	switch (reg) {
	case REG_CR0:
		return shown(VMCS_GUEST_CR0, VMCS_CR0_SHADOW, vmx_cr0_guest());
	case REG_CR2:
		return v->cr2;
	case REG_CR4:
		return shown(VMCS_GUEST_CR4, VMCS_CR4_SHADOW, vmx_cr4_guest(v));
	default:
		return vmread(field(reg));
	}
}

/* The entry loads EFER, and wants to be told apart whether LMA is set. */
static void set_efer(u64 value)
{
	const u64 control = vmread(VMCS_ENTRY) & ~(u64)AT_ENTRY_LONG_MODE;

	vmwrite(VMCS_GUEST_EFER, value);
	vmwrite(VMCS_ENTRY, control | ((value & EFER_LMA) != 0U ? AT_ENTRY_LONG_MODE : 0U));
}

static void set(struct vcpu_arch *v, u32 reg, u64 value)
{
	const struct vmx_caps *c = vmx_caps();

	switch (reg) {
	case REG_CR0:
		vmwrite(VMCS_CR0_SHADOW, value);
		vmwrite(VMCS_GUEST_CR0, (value & ~(u64)(CR0_CD | CR0_NW)) | c->cr0_must | CR0_NE);
		break;
	case REG_CR2:
		v->cr2 = value;
		break;
	case REG_CR4:
		vmwrite(VMCS_CR4_SHADOW, value);
		vmwrite(VMCS_GUEST_CR4, value | c->cr4_must | CR4_MCE);
		break;
	case REG_EFER:
		set_efer(value);
		break;
	default:
		vmwrite(field(reg), value);
		break;
	}
}

u64 vmx_get(struct vcpu_arch *v, u32 reg)
{
	u64 value;

	open(v);
	value = get(v, reg);
	close(v);
	return value;
}

void vmx_set(struct vcpu_arch *v, u32 reg, u64 value)
{
	open(v);
	set(v, reg, value);
	close(v);
}

void vmx_load(struct vcpu_arch *v, bool flush)
{
	vmptrld(v->block_pa);
	loaded[this_cpu()->id] = v;
	host_fields();
	for (u32 i = 0; i < VCPU_MSRS; i++)
		wrmsr(msrs[i], v->msr[i]);
	__asm__ volatile("movq %0, %%db6" : : "r"(v->dr6));
	if (flush)
		vmx_forget_linear(v->s2->tag);
}

/* Cleared: another CPU may load it. */
void vmx_put(struct vcpu_arch *v)
{
	for (u32 i = 0; i < VCPU_MSRS; i++)
		v->msr[i] = rdmsr(msrs[i]);
	__asm__ volatile("movq %%db6, %0" : "=r"(v->dr6));
	vmclear(v->block_pa);
	v->launched = false;
	loaded[this_cpu()->id] = NULL;
}
