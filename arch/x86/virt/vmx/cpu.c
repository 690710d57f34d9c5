// SPDX-License-Identifier: Apache-2.0
/* A CPU in VMX operation: what it can (SDM volume 3, appendix A), VMXON, invalidations. */
#include <asm/desc.h>
#include <asm/features.h>
#include <asm/mitigate.h>
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/pt.h>
#include <bulkhead/lib/string.h>

#include "vmx.h"

/* IA32_VMX_BASIC. */
#define BASIC_REVISION BITS(30, 0)
#define BASIC_TRUE_CONTROLS BIT(55)

/* IA32_VMX_EPT_VPID_CAP. */
#define EPT_X_ONLY BIT(0)
#define EPT_LEVELS_4 BIT(6)
#define EPT_WB BIT(14)
#define EPT_2M BIT(16)
#define EPT_1G BIT(17)
#define EPT_INVEPT BIT(20)
#define EPT_INVEPT_SINGLE BIT(25)
#define EPT_INVEPT_ALL BIT(26)
#define EPT_INVVPID BIT(32)
#define EPT_INVVPID_SINGLE BIT(41)
#define EPT_INVVPID_ALL BIT(42)

/* Types of INVEPT and INVVPID. */
#define INV_SINGLE 1U
#define INV_ALL 2U

/* VPID has 16 bits; 0 is the host's. */
#define VPIDS 65536U

#define MSR_BITMAP_SIZE 4096U
#define MSR_BITMAP_HIGH 1024U  /* c0000000h and up */
#define MSR_BITMAP_WRITE 2048U /* behind both for reading */

/*
 * The MSRs a guest reads and writes as it likes: in the VMCS, or switched with the vcpu (vmcs.c).
 */
static const u32 msrs_owned[] = {
	0x174,      0x175,        0x176, /* IA32_SYSENTER_CS, _ESP, _EIP */
	IA32_PAT,   IA32_STAR,    IA32_LSTAR,   IA32_CSTAR,
	IA32_FMASK, IA32_FS_BASE, IA32_GS_BASE, IA32_KERNEL_GS_BASE,
};

/* What Bulkhead needs of each group of controls; with CET of its own also what is in cet. */
static const struct {
	const char *name;
	u32 msr, msr_true;
	u32 on, cet;
} wanted[CONTROLS] = {
	[CONTROL_PIN] = { "IA32_VMX_PINBASED_CTLS", IA32_VMX_PINBASED_CTLS,
			  IA32_VMX_TRUE_PINBASED_CTLS,
			  PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_VIRTUAL_NMI, 0 },
	[CONTROL_PROC] = { "IA32_VMX_PROCBASED_CTLS", IA32_VMX_PROCBASED_CTLS,
			   IA32_VMX_TRUE_PROCBASED_CTLS,
			   PROC_TSC_OFFSET | PROC_HLT | PROC_MWAIT | PROC_RDPMC | PROC_CR8_LOAD |
				   PROC_CR8_STORE | PROC_IO | PROC_MSR_BITMAPS | PROC_MONITOR |
				   PROC_SECONDARY,
			   0 },
	[CONTROL_PROC2] = { "IA32_VMX_PROCBASED_CTLS2", IA32_VMX_PROCBASED_CTLS2,
			    IA32_VMX_PROCBASED_CTLS2,
			    PROC2_EPT | PROC2_VPID | PROC2_WBINVD | PROC2_UNRESTRICTED, 0 },
	[CONTROL_EXIT] = { "IA32_VMX_EXIT_CTLS", IA32_VMX_EXIT_CTLS, IA32_VMX_TRUE_EXIT_CTLS,
			   AT_EXIT_SAVE_DEBUG | AT_EXIT_HOST_64 | AT_EXIT_SAVE_PAT |
				   AT_EXIT_LOAD_PAT | AT_EXIT_SAVE_EFER | AT_EXIT_LOAD_EFER,
			   AT_EXIT_LOAD_CET },
	[CONTROL_ENTRY] = { "IA32_VMX_ENTRY_CTLS", IA32_VMX_ENTRY_CTLS, IA32_VMX_TRUE_ENTRY_CTLS,
			    AT_ENTRY_LOAD_DEBUG | AT_ENTRY_LOAD_PAT | AT_ENTRY_LOAD_EFER,
			    AT_ENTRY_LOAD_CET },
};

/* Where the CPU keeps what it likes while it is in VMX operation. */
static u8 vmxon_region[CONFIG_MAX_CPUS][PAGE_SIZE] __aligned(4096);
/* A bit an MSR, for reading and for writing: set means that it exits. */
static u8 msr_bitmap[MSR_BITMAP_SIZE] __aligned(4096);

static struct vmx_caps caps;
static u32 revision;
static u64 ept_cap;

const struct vmx_caps *vmx_caps(void)
{
	return &caps;
}

u32 vmx_control(enum vmx_control control)
{
	return caps.must[control] | wanted[control].on | (caps.cet ? wanted[control].cet : 0U);
}

u32 vmx_revision(void)
{
	return revision;
}

u64 vmx_eptp(hpa_t root)
{
	return root.v | EPTP_LEVELS_4 | EPTP_WB;
}

hpa_t vmx_msr_bitmap(void)
{
	return mmu_pa(msr_bitmap);
}

static void bitmap_init(void)
{
	memset(msr_bitmap, 0xff, sizeof(msr_bitmap));
	for (size_t i = 0; i < ARRAY_SIZE(msrs_owned); i++) {
		const u32 msr = msrs_owned[i];
		const u32 at = (msr & 0x1fffU) / 8U + (msr > 0x1fffU ? MSR_BITMAP_HIGH : 0U);
		const u8 bit = (u8)(1U << (msr % 8U));

		msr_bitmap[at] &= (u8)~bit;
		msr_bitmap[at + MSR_BITMAP_WRITE] &= (u8)~bit;
	}
}

/* SDM volume 3, appendix A.3.1: the low half must be set, the high half may. */
static int probe_controls(bool true_controls)
{
	for (u32 i = 0; i < CONTROLS; i++) {
		const u64 v = rdmsr(true_controls ? wanted[i].msr_true : wanted[i].msr);
		u32 missing;

		caps.must[i] = (u32)v;
		caps.may[i] = (u32)(v >> 32);
		missing = vmx_control(i) & ~caps.may[i];
		if (missing != 0U) {
			log_warn("VMX: %s is 0x%llx: bits 0x%x cannot be set and are needed",
				 wanted[i].name, (unsigned long long)v, missing);
			return BH_ENOTSUP;
		}
	}
	if ((caps.must[CONTROL_PROC] & (PROC_CR3_LOAD | PROC_CR3_STORE)) == 0U)
		return 0;
	log_warn("VMX: IA32_VMX_BASIC bit 55 is clear: each MOV to CR3 would exit");
	return BH_ENOTSUP;
}

static int probe_ept(void)
{
	const u64 need = EPT_LEVELS_4 | EPT_WB | EPT_INVEPT | EPT_INVEPT_ALL | EPT_INVVPID |
			 EPT_INVVPID_ALL;

	ept_cap = rdmsr(IA32_VMX_EPT_VPID_CAP);
	if ((ept_cap & need) == need)
		return 0;
	log_warn("VMX: IA32_VMX_EPT_VPID_CAP is 0x%llx: bits 0x%llx are needed",
		 (unsigned long long)ept_cap, (unsigned long long)need);
	return BH_ENOTSUP;
}

/* Boot CPU: what there is. */
static int probe(void)
{
	const u64 basic = rdmsr(IA32_VMX_BASIC);
	int err;

	revision = (u32)(basic & BASIC_REVISION);
	caps.cet = (read_cr4() & CR4_CET) != 0U;
	caps.phys_bits = feature_phys_bits();
	caps.cr0_must = rdmsr(IA32_VMX_CR0_FIXED0) & ~(u64)(CR0_PE | CR0_PG);
	caps.cr0_may = rdmsr(IA32_VMX_CR0_FIXED1);
	caps.cr4_must = rdmsr(IA32_VMX_CR4_FIXED0);
	caps.cr4_may = rdmsr(IA32_VMX_CR4_FIXED1);
	err = probe_controls((basic & BASIC_TRUE_CONTROLS) != 0U);
	if (err == 0)
		err = probe_ept();
	if (err == 0)
		bitmap_init();
	return err;
}

/* Firmware has locked it on, or left it to us (SDM volume 3, section 24.7). */
static int unlock(void)
{
	const u64 need = IA32_FEATURE_CONTROL_LOCK | IA32_FEATURE_CONTROL_VMX;
	u64 v = rdmsr(IA32_FEATURE_CONTROL);

	if ((v & IA32_FEATURE_CONTROL_LOCK) == 0U)
		wrmsr(IA32_FEATURE_CONTROL, v | need);
	v = rdmsr(IA32_FEATURE_CONTROL);
	if ((v & need) == need)
		return 0;
	log_warn("VMX: CPU %u: IA32_FEATURE_CONTROL is 0x%llx: locked off by firmware",
		 this_cpu()->id, (unsigned long long)v);
	return BH_ENOTSUP;
}

static bool vmxon(u64 pa)
{
	bool failed;

	__asm__ volatile("vmxon %1\n\tsetna %0" : "=rm"(failed) : "m"(pa) : "cc", "memory");
	return !failed;
}

/* Both take a type and 16 bytes; nothing is invalidated halfway. */
static void inv(bool linear, u64 type, u64 what)
{
	const struct {
		u64 what, zero;
	} operand = { what, 0 };
	bool failed;

	if (linear)
		__asm__ volatile("invvpid %1, %2\n\tsetna %0"
				 : "=rm"(failed)
				 : "m"(operand), "r"(type)
				 : "cc", "memory");
	else
		__asm__ volatile("invept %1, %2\n\tsetna %0"
				 : "=rm"(failed)
				 : "m"(operand), "r"(type)
				 : "cc", "memory");
	BUG_ON(failed);
}

void vmx_forget_linear(u32 tag)
{
	inv(true, (ept_cap & EPT_INVVPID_SINGLE) != 0U ? INV_SINGLE : INV_ALL, tag);
}

void vmx_invalidate(u32 tag __unused, hpa_t root)
{
	inv(false, (ept_cap & EPT_INVEPT_SINGLE) != 0U ? INV_SINGLE : INV_ALL, vmx_eptp(root));
}

int vmx_cpu_init(void)
{
	const u32 cpu = this_cpu()->id;
	int err = unlock();

	if (err == 0 && cpu == 0U)
		err = probe();
	if (err != 0)
		return err;
	memcpy(vmxon_region[cpu], &revision, sizeof(revision));
	write_cr4(read_cr4() | CR4_VMXE);
	if (!vmxon(mmu_pa(vmxon_region[cpu]).v)) {
		log_error("VMX: CPU %u: VMXON failed: CR0 0x%llx, CR4 0x%llx", cpu,
			  (unsigned long long)read_cr0(), (unsigned long long)read_cr4());
		return trace_error(BH_EIO);
	}
	inv(false, INV_ALL, 0);
	inv(true, INV_ALL, 0);
	return 0;
}

u32 vmx_pt_flags(void)
{
	if (mitigate(MITIGATE_SMALL_PAGES))
		return PT_F_PAGES_ONLY | PT_F_NO_HUGE |
		       ((ept_cap & EPT_X_ONLY) != 0U ? PT_F_X_ONLY : 0U);
	return ((ept_cap & EPT_X_ONLY) != 0U ? PT_F_X_ONLY : 0U) |
	       ((ept_cap & EPT_1G) != 0U ? 0U : PT_F_NO_HUGE) |
	       ((ept_cap & EPT_2M) != 0U ? 0U : PT_F_PAGES_ONLY);
}

u32 vmx_tags(void)
{
	return VPIDS;
}

u32 vmx_tsc_bits(void)
{
	return (caps.may[CONTROL_PROC2] & PROC2_TSC_SCALING) != 0U ? TSC_POINT : 0U;
}
