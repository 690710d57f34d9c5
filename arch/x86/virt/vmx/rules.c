// SPDX-License-Identifier: Apache-2.0
/*
 * What a VMCS must be (SDM volume 3, sections 27.2 and 27.3) and what Bulkhead relies on beyond
 * that. The guest's address space size, PAE page-directory pointers and the stack segment of
 * virtual-8086 mode aside, in the SDM's order. Pure: tested on the host.
 */
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/virt.h>

#include "../legal.h"
#include "vmcs.h"

#define ZERO(field, mask) { (field), (mask), 0 }
#define ONE(field, mask) { (field), (mask), (mask) }
#define NO_CONDITION { { 0 } }

/* Only what every VMCS has; the CET fields are in cet_rules. */
static const struct legal_rule rules[] = {
	{ "external interrupts or NMIs do not exit",
	  ONE(VMCS_PIN, PIN_EXTERNAL_INTERRUPT | PIN_NMI), NO_CONDITION },
	{ "NMI window without virtual NMIs",
	  ONE(VMCS_PIN, PIN_VIRTUAL_NMI),
	  { ONE(VMCS_PROC, PROC_NMI_WINDOW) } },
	{ "HLT, CR8 or ports do not exit",
	  ONE(VMCS_PROC, PROC_HLT | PROC_CR8_LOAD | PROC_CR8_STORE | PROC_IO), NO_CONDITION },
	{ "I/O bitmaps are used", ZERO(VMCS_PROC, PROC_IO_BITMAPS), NO_CONDITION },
	{ "MSR bitmaps or secondary controls are off",
	  ONE(VMCS_PROC, PROC_MSR_BITMAPS | PROC_SECONDARY), NO_CONDITION },
	{ "EPT, VPID or unrestricted guest is off",
	  ONE(VMCS_PROC2, PROC2_EPT | PROC2_VPID | PROC2_UNRESTRICTED), NO_CONDITION },
	{ "MSR bitmap is not page-aligned", ZERO(VMCS_MSR_BITMAP, PAGE_MASK), NO_CONDITION },
	{ "EPTP is not write-back with four levels",
	  { VMCS_EPTP, PAGE_MASK, EPTP_WB | EPTP_LEVELS_4 },
	  NO_CONDITION },
	{ "CR3 targets are used", ZERO(VMCS_CR3_TARGETS, BITS(31, 0)), NO_CONDITION },
	{ "MSRs are stored at exit", ZERO(VMCS_EXIT_MSR_STORES, BITS(31, 0)), NO_CONDITION },
	{ "MSRs are loaded at exit", ZERO(VMCS_EXIT_MSR_LOADS, BITS(31, 0)), NO_CONDITION },
	{ "MSRs are loaded at entry", ZERO(VMCS_ENTRY_MSR_LOADS, BITS(31, 0)), NO_CONDITION },
	{ "the exit does not return to 64-bit code", ONE(VMCS_EXIT, AT_EXIT_HOST_64),
	  NO_CONDITION },
	{ "the exit does not switch debug controls, PAT and EFER",
	  ONE(VMCS_EXIT, AT_EXIT_SAVE_DEBUG | AT_EXIT_SAVE_PAT | AT_EXIT_LOAD_PAT |
				 AT_EXIT_SAVE_EFER | AT_EXIT_LOAD_EFER),
	  NO_CONDITION },
	{ "the entry does not load debug controls, PAT and EFER",
	  ONE(VMCS_ENTRY, AT_ENTRY_LOAD_DEBUG | AT_ENTRY_LOAD_PAT | AT_ENTRY_LOAD_EFER),
	  NO_CONDITION },
	{ "an event is injected that cannot be",
	  ZERO(VMCS_ENTRY_EVENT, BITS(30, 12)),
	  { ONE(VMCS_ENTRY_EVENT, EVENT_VALID) } },
	{ "an event of type 1 is injected",
	  { VMCS_ENTRY_EVENT, BITS(10, 9), BIT(9) },
	  { ONE(VMCS_ENTRY_EVENT, EVENT_VALID), ONE(VMCS_ENTRY_EVENT, BIT(8)),
	    ZERO(VMCS_ENTRY_EVENT, BIT(10)) } },
	{ "an NMI is injected with another vector",
	  { VMCS_ENTRY_EVENT, BITS(7, 0), 2 },
	  { { VMCS_ENTRY_EVENT, EVENT_VALID | BITS(10, 8), EVENT_VALID | BIT(9) } } },
	{ "an exception is injected with a vector above 31",
	  ZERO(VMCS_ENTRY_EVENT, BITS(7, 5)),
	  { { VMCS_ENTRY_EVENT, EVENT_VALID | BITS(10, 8), EVENT_VALID | BIT(9) | BIT(8) } } },
	{ "an error code is injected in real mode",
	  ONE(VMCS_GUEST_CR0, CR0_PE),
	  { ONE(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_CODE) } },
	{ "an error code above FFFFh is injected",
	  ZERO(VMCS_ENTRY_EVENT_CODE, BITS(31, 16)),
	  { ONE(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_CODE) } },

	{ "host CR4.PAE is clear", ONE(VMCS_HOST_CR4, CR4_PAE), NO_CONDITION },
	{ "host CR0.WP is clear", ONE(VMCS_HOST_CR0, CR0_WP), NO_CONDITION },
	{ "host EFER is not that of 64-bit mode with NX",
	  ONE(VMCS_HOST_EFER, EFER_LME | EFER_LMA | EFER_NXE), NO_CONDITION },
	{ "host CS selector is null or not Bulkhead's",
	  { VMCS_HOST_CS_SELECTOR, BITS(15, 0), SEL_CODE64 },
	  NO_CONDITION },
	{ "host TR selector is null or not Bulkhead's",
	  { VMCS_HOST_TR_SELECTOR, BITS(15, 0), SEL_TSS },
	  NO_CONDITION },
	{ "host ES selector has TI or RPL", ZERO(VMCS_HOST_ES_SELECTOR, 7), NO_CONDITION },
	{ "host SS selector has TI or RPL", ZERO(VMCS_HOST_SS_SELECTOR, 7), NO_CONDITION },
	{ "host DS selector has TI or RPL", ZERO(VMCS_HOST_DS_SELECTOR, 7), NO_CONDITION },
	{ "host FS selector has TI or RPL", ZERO(VMCS_HOST_FS_SELECTOR, 7), NO_CONDITION },
	{ "host GS selector has TI or RPL", ZERO(VMCS_HOST_GS_SELECTOR, 7), NO_CONDITION },

	{ "guest CR0.PG without CR0.PE",
	  ONE(VMCS_GUEST_CR0, CR0_PE),
	  { ONE(VMCS_GUEST_CR0, CR0_PG) } },
	{ "guest CR0.CD or NW are the guest's", ZERO(VMCS_GUEST_CR0, BITS(30, 29)), NO_CONDITION },
	{ "guest CR0.NE, CD or NW can be changed by the guest",
	  ONE(VMCS_CR0_MASK, CR0_NE | BITS(30, 29)), NO_CONDITION },
	{ "guest CR4.MCE is clear", ONE(VMCS_GUEST_CR4, CR4_MCE), NO_CONDITION },
	{ "guest CR4.CET, MCE, VMXE or OSXSAVE can be changed by the guest",
	  ONE(VMCS_CR4_MASK, CR4_CET | CR4_MCE | CR4_VMXE | CR4_OSXSAVE), NO_CONDITION },
	{ "guest CR4.CET without CR0.WP",
	  ONE(VMCS_GUEST_CR0, CR0_WP),
	  { ONE(VMCS_GUEST_CR4, CR4_CET) } },
	{ "guest IA-32e mode without paging",
	  ONE(VMCS_GUEST_CR0, CR0_PG),
	  { ONE(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest IA-32e mode without CR4.PAE",
	  ONE(VMCS_GUEST_CR4, CR4_PAE),
	  { ONE(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest CR4.PCIDE outside IA-32e mode",
	  ZERO(VMCS_GUEST_CR4, CR4_PCIDE),
	  { ZERO(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest DR7 has bits above 31", ZERO(VMCS_GUEST_DR7, BITS(63, 32)), NO_CONDITION },
	{ "guest EFER.LMA is clear in IA-32e mode",
	  ONE(VMCS_GUEST_EFER, EFER_LMA),
	  { ONE(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest EFER.LMA is set outside IA-32e mode",
	  ZERO(VMCS_GUEST_EFER, EFER_LMA),
	  { ZERO(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest EFER.LME is clear in IA-32e mode",
	  ONE(VMCS_GUEST_EFER, EFER_LME),
	  { ONE(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest EFER.LME with paging outside IA-32e mode",
	  ZERO(VMCS_GUEST_EFER, EFER_LME),
	  { ONE(VMCS_GUEST_CR0, CR0_PG), ZERO(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest EFER has reserved bits",
	  ZERO(VMCS_GUEST_EFER, ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)), NO_CONDITION },
	{ "guest DEBUGCTL is not zero", ZERO(VMCS_GUEST_DEBUGCTL, ~0ULL), NO_CONDITION },
	{ "guest CS is unusable or not present",
	  { VMCS_GUEST_ES_ATTRIBUTES + 2U * SEG_CS, SEG_ATTR_UNUSABLE | BIT(7), BIT(7) },
	  NO_CONDITION },
	{ "guest CS is no segment of code or data",
	  ONE(VMCS_GUEST_ES_ATTRIBUTES + 2U * SEG_CS, BIT(4) | BIT(0)), NO_CONDITION },
	{ "guest CS has both L and D in IA-32e mode",
	  ZERO(VMCS_GUEST_ES_ATTRIBUTES + 2U * SEG_CS, SEG_ATTR_DB),
	  { ONE(VMCS_ENTRY, AT_ENTRY_LONG_MODE),
	    ONE(VMCS_GUEST_ES_ATTRIBUTES + 2U * SEG_CS, SEG_ATTR_L) } },
	{ "guest SS is not a writable data segment",
	  { VMCS_GUEST_SS_ATTRIBUTES, BIT(4) | BIT(3) | BIT(1) | BIT(0), BIT(4) | BIT(1) | BIT(0) },
	  { ZERO(VMCS_GUEST_SS_ATTRIBUTES, SEG_ATTR_UNUSABLE) } },
	{ "guest SS has a DPL in real mode",
	  ZERO(VMCS_GUEST_SS_ATTRIBUTES, BITS(6, 5)),
	  { ZERO(VMCS_GUEST_CR0, CR0_PE) } },
	{ "guest TR is unusable, not present or no busy TSS",
	  { VMCS_GUEST_ES_ATTRIBUTES + 2U * SEG_TR,
	    SEG_ATTR_UNUSABLE | BIT(7) | BIT(4) | BIT(2) | BIT(1) | BIT(0),
	    BIT(7) | BIT(1) | BIT(0) },
	  NO_CONDITION },
	{ "guest TR is a 16-bit TSS in IA-32e mode",
	  ONE(VMCS_GUEST_ES_ATTRIBUTES + 2U * SEG_TR, BIT(3)),
	  { ONE(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest TR selector has TI", ZERO(VMCS_GUEST_ES_SELECTOR + 2U * SEG_TR, BIT(2)),
	  NO_CONDITION },
	{ "guest LDTR is no LDT",
	  { VMCS_GUEST_ES_ATTRIBUTES + 2U * SEG_LDTR, BIT(7) | BITS(4, 0), BIT(7) | 2U },
	  { ZERO(VMCS_GUEST_ES_ATTRIBUTES + 2U * SEG_LDTR, SEG_ATTR_UNUSABLE) } },
	{ "guest LDTR selector has TI",
	  ZERO(VMCS_GUEST_ES_SELECTOR + 2U * SEG_LDTR, BIT(2)),
	  { ZERO(VMCS_GUEST_ES_ATTRIBUTES + 2U * SEG_LDTR, SEG_ATTR_UNUSABLE) } },
	{ "guest GDTR limit is above FFFFh", ZERO(VMCS_GUEST_GDTR_LIMIT, BITS(31, 16)),
	  NO_CONDITION },
	{ "guest IDTR limit is above FFFFh", ZERO(VMCS_GUEST_IDTR_LIMIT, BITS(31, 16)),
	  NO_CONDITION },
	{ "guest RIP is above 4 GiB outside 64-bit code",
	  ZERO(VMCS_GUEST_RIP, BITS(63, 32)),
	  { ZERO(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest RFLAGS has reserved bits",
	  { VMCS_GUEST_RFLAGS, BITS(63, 22) | BIT(15) | BIT(5) | BIT(3) | BIT(1), BIT(1) },
	  NO_CONDITION },
	{ "guest RFLAGS.VM in IA-32e mode",
	  ZERO(VMCS_GUEST_RFLAGS, RFLAGS_VM),
	  { ONE(VMCS_ENTRY, AT_ENTRY_LONG_MODE) } },
	{ "guest RFLAGS.VM in real mode",
	  ZERO(VMCS_GUEST_RFLAGS, RFLAGS_VM),
	  { ZERO(VMCS_GUEST_CR0, CR0_PE) } },
	{ "an interrupt is injected with RFLAGS.IF clear",
	  ONE(VMCS_GUEST_RFLAGS, RFLAGS_IF),
	  { { VMCS_ENTRY_EVENT, EVENT_VALID | BITS(10, 8), EVENT_VALID } } },
	{ "guest is not active", ZERO(VMCS_GUEST_ACTIVITY, BITS(31, 0)), NO_CONDITION },
	{ "guest interruptibility has reserved bits",
	  ZERO(VMCS_GUEST_INTERRUPTIBILITY, BITS(31, 4) | BIT(2)), NO_CONDITION },
	{ "guest is blocked by STI and by MOV SS",
	  ZERO(VMCS_GUEST_INTERRUPTIBILITY, BIT(0)),
	  { ONE(VMCS_GUEST_INTERRUPTIBILITY, BIT(1)) } },
	{ "VMCS link pointer is not all ones", ONE(VMCS_LINK_POINTER, ~0ULL), NO_CONDITION },
};

/* Where the CPU has CET. Bulkhead's own must be in force at every exit; guests have none. */
static const struct legal_rule cet_rules[] = {
	{ "the exit does not load CET state", ONE(VMCS_EXIT, AT_EXIT_LOAD_CET), NO_CONDITION },
	{ "the entry does not load CET state", ONE(VMCS_ENTRY, AT_ENTRY_LOAD_CET), NO_CONDITION },
	{ "host CR4.CET is clear", ONE(VMCS_HOST_CR4, CR4_CET), NO_CONDITION },
	{ "host S_CET has reserved bits", ZERO(VMCS_HOST_S_CET, BITS(9, 6)), NO_CONDITION },
	{ "host S_CET has both SUPPRESS and TRACKER",
	  ZERO(VMCS_HOST_S_CET, BIT(10)),
	  { ONE(VMCS_HOST_S_CET, BIT(11)) } },
	{ "host SSP is not aligned", ZERO(VMCS_HOST_SSP, BITS(2, 0)), NO_CONDITION },
	{ "guest S_CET is not zero", ZERO(VMCS_GUEST_S_CET, ~0ULL), NO_CONDITION },
	{ "guest SSP is not zero", ZERO(VMCS_GUEST_SSP, ~0ULL), NO_CONDITION },
	{ "guest CR4.CET is set", ZERO(VMCS_GUEST_CR4, CR4_CET), NO_CONDITION },
};

/* Of each data segment that is usable: the fields of ES, moved by two for each segment. */
static const struct legal_rule data_rules[] = {
	{ "a guest data segment is no accessed segment of data or readable code",
	  ONE(VMCS_GUEST_ES_ATTRIBUTES, BIT(4) | BIT(0)), NO_CONDITION },
	{ "a guest data segment is code that cannot be read",
	  ONE(VMCS_GUEST_ES_ATTRIBUTES, BIT(1)),
	  { ONE(VMCS_GUEST_ES_ATTRIBUTES, BIT(3)) } },
	{ "a guest data segment is not present", ONE(VMCS_GUEST_ES_ATTRIBUTES, BIT(7)),
	  NO_CONDITION },
};

/* Of every segment that is usable. */
static const struct legal_rule segment_rules[] = {
	{ "guest segment attributes have reserved bits",
	  ZERO(VMCS_GUEST_ES_ATTRIBUTES, BITS(31, 17) | BITS(11, 8)), NO_CONDITION },
	{ "a guest segment with G has a limit that pages do not end",
	  ONE(VMCS_GUEST_ES_LIMIT, BITS(11, 0)),
	  { ONE(VMCS_GUEST_ES_ATTRIBUTES, BIT(15)) } },
	{ "a guest segment without G has a limit above 1 MiB",
	  ZERO(VMCS_GUEST_ES_LIMIT, BITS(31, 20)),
	  { ZERO(VMCS_GUEST_ES_ATTRIBUTES, BIT(15)) } },
};

/* What no mask can say is asked of the field by a function; the mask is for the message. */
#define ALL(field) ZERO(field, ~0ULL), NO_CONDITION

static const struct legal_rule canonical_rules[] = {
	{ "host FS base is not canonical", ALL(VMCS_HOST_FS_BASE) },
	{ "host GS base is not canonical", ALL(VMCS_HOST_GS_BASE) },
	{ "host TR base is not canonical", ALL(VMCS_HOST_TR_BASE) },
	{ "host GDTR base is not canonical", ALL(VMCS_HOST_GDTR_BASE) },
	{ "host IDTR base is not canonical", ALL(VMCS_HOST_IDTR_BASE) },
	{ "host RIP is not canonical", ALL(VMCS_HOST_RIP) },
	{ "host SYSENTER_ESP is not canonical", ALL(VMCS_HOST_SYSENTER_ESP) },
	{ "host SYSENTER_EIP is not canonical", ALL(VMCS_HOST_SYSENTER_EIP) },
	{ "guest GDTR base is not canonical", ALL(VMCS_GUEST_GDTR_BASE) },
	{ "guest IDTR base is not canonical", ALL(VMCS_GUEST_IDTR_BASE) },
	{ "guest SYSENTER_ESP is not canonical", ALL(VMCS_GUEST_SYSENTER_ESP) },
	{ "guest SYSENTER_EIP is not canonical", ALL(VMCS_GUEST_SYSENTER_EIP) },
	{ "guest FS base is not canonical", ALL(VMCS_GUEST_ES_BASE + 2U * SEG_FS) },
	{ "guest GS base is not canonical", ALL(VMCS_GUEST_ES_BASE + 2U * SEG_GS) },
	{ "guest LDTR base is not canonical", ALL(VMCS_GUEST_ES_BASE + 2U * SEG_LDTR) },
	{ "guest TR base is not canonical", ALL(VMCS_GUEST_ES_BASE + 2U * SEG_TR) },
};

static const struct legal_rule cet_canonical_rules[] = {
	{ "host SSP is not canonical", ALL(VMCS_HOST_SSP) },
	{ "host SSP table is not canonical", ALL(VMCS_HOST_SSP_TABLE) },
};

static const struct legal_rule physical_rules[] = {
	{ "MSR bitmap is beyond physical memory", ALL(VMCS_MSR_BITMAP) },
	{ "EPTP is beyond physical memory", ALL(VMCS_EPTP) },
	{ "host CR3 is beyond physical memory", ALL(VMCS_HOST_CR3) },
	{ "guest CR3 is beyond physical memory", ALL(VMCS_GUEST_CR3) },
};

static const struct legal_rule low_base_rules[] = {
	{ "guest CS base is above 4 GiB", ALL(VMCS_GUEST_ES_BASE + 2U * SEG_CS) },
	{ "guest ES base is above 4 GiB", ALL(VMCS_GUEST_ES_BASE + 2U * SEG_ES) },
	{ "guest SS base is above 4 GiB", ALL(VMCS_GUEST_ES_BASE + 2U * SEG_SS) },
	{ "guest DS base is above 4 GiB", ALL(VMCS_GUEST_ES_BASE + 2U * SEG_DS) },
};

static const struct legal_rule pat_rules[] = {
	{ "host PAT has a reserved type", ALL(VMCS_HOST_PAT) },
	{ "guest PAT has a reserved type", ALL(VMCS_GUEST_PAT) },
};

static const struct legal_rule nonzero_rules[] = {
	{ "VPID 0 is the host's", ALL(VMCS_VPID) },
};

static const struct legal_rule control_rules[CONTROLS] = {
	[CONTROL_PIN] = { "pin-based controls are not what the CPU allows", ALL(VMCS_PIN) },
	[CONTROL_PROC] = { "processor-based controls are not what the CPU allows", ALL(VMCS_PROC) },
	[CONTROL_PROC2] = { "secondary controls are not what the CPU allows", ALL(VMCS_PROC2) },
	[CONTROL_EXIT] = { "exit controls are not what the CPU allows", ALL(VMCS_EXIT) },
	[CONTROL_ENTRY] = { "entry controls are not what the CPU allows", ALL(VMCS_ENTRY) },
};

static const struct legal_rule cr0_rules[] = {
	{ "host CR0 has bits that VMX does not allow", ALL(VMCS_HOST_CR0) },
	{ "guest CR0 has bits that VMX does not allow", ALL(VMCS_GUEST_CR0) },
};

static const struct legal_rule cr4_rules[] = {
	{ "host CR4 has bits that VMX does not allow", ALL(VMCS_HOST_CR4) },
	{ "guest CR4 has bits that VMX does not allow", ALL(VMCS_GUEST_CR4) },
};

static bool is_canonical(u64 v, const struct vmx_caps *caps __unused)
{
	const u64 top = v >> 47;

	return top == 0U || top == BITS(16, 0);
}

static bool is_physical(u64 v, const struct vmx_caps *caps)
{
	return (v >> caps->phys_bits) == 0U;
}

static bool is_low(u64 v, const struct vmx_caps *caps __unused)
{
	return (v >> 32) == 0U;
}

static bool is_nonzero(u64 v, const struct vmx_caps *caps __unused)
{
	return v != 0U;
}

static bool is_pat(u64 v, const struct vmx_caps *caps __unused)
{
	return legal_pat(v);
}

static bool is_between(u64 v, u64 must, u64 may)
{
	return (v & must) == must && (v & ~may) == 0U;
}

static bool is_cr0(u64 v, const struct vmx_caps *caps)
{
	return is_between(v, caps->cr0_must, caps->cr0_may);
}

static bool is_cr4(u64 v, const struct vmx_caps *caps)
{
	return is_between(v, caps->cr4_must, caps->cr4_may);
}

static const struct {
	const struct legal_rule *rules;
	size_t count;
	bool (*holds)(u64 v, const struct vmx_caps *caps);
	bool cet;
} groups[] = {
	{ nonzero_rules, ARRAY_SIZE(nonzero_rules), is_nonzero, false },
	{ physical_rules, ARRAY_SIZE(physical_rules), is_physical, false },
	{ canonical_rules, ARRAY_SIZE(canonical_rules), is_canonical, false },
	{ cet_canonical_rules, ARRAY_SIZE(cet_canonical_rules), is_canonical, true },
	{ low_base_rules, ARRAY_SIZE(low_base_rules), is_low, false },
	{ pat_rules, ARRAY_SIZE(pat_rules), is_pat, false },
	{ cr0_rules, ARRAY_SIZE(cr0_rules), is_cr0, false },
	{ cr4_rules, ARRAY_SIZE(cr4_rules), is_cr4, false },
};

/* A VMCS as its reader shows it, @shift fields on. */
struct view {
	u64 (*read)(const void *ctx, u32 field);
	const void *ctx;
	u32 shift;
};

static u64 view_read(const void *ctx, u32 field)
{
	const struct view *v = ctx;

	return v->read(v->ctx, field + v->shift);
}

static const struct legal_rule *check_controls(const struct view *v, const struct vmx_caps *caps,
					       u64 *found)
{
	for (u32 i = 0; i < CONTROLS; i++) {
		*found = view_read(v, control_rules[i].demand.field);
		if (!is_between(*found, caps->must[i], caps->may[i]))
			return &control_rules[i];
	}
	return NULL;
}

static const struct legal_rule *check_groups(const struct view *v, const struct vmx_caps *caps,
					     u64 *found)
{
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		for (size_t i = 0; i < groups[g].count && (caps->cet || !groups[g].cet); i++) {
			*found = view_read(v, groups[g].rules[i].demand.field);
			if (!groups[g].holds(*found, caps))
				return &groups[g].rules[i];
		}
	}
	return NULL;
}

static const struct legal_rule *check_segment(const struct view *v, u32 segment, u64 *found)
{
	const struct view of = { v->read, v->ctx, 2U * segment };
	const struct legal_rule *r;

	if ((view_read(&of, VMCS_GUEST_ES_ATTRIBUTES) & SEG_ATTR_UNUSABLE) != 0U)
		return NULL;
	r = legal_check(segment_rules, ARRAY_SIZE(segment_rules), view_read, &of, found);
	if (r == NULL && segment != (u32)SEG_CS && segment < (u32)SEG_LDTR)
		r = legal_check(data_rules, ARRAY_SIZE(data_rules), view_read, &of, found);
	return r;
}

const struct legal_rule *vmx_check(u64 (*read)(const void *ctx, u32 field), const void *ctx,
				   const struct vmx_caps *caps, u64 *found)
{
	const struct view v = { read, ctx, 0 };
	const struct legal_rule *r = check_controls(&v, caps, found);

	if (r == NULL)
		r = check_groups(&v, caps, found);
	if (r == NULL)
		r = legal_check(rules, ARRAY_SIZE(rules), view_read, &v, found);
	if (r == NULL && caps->cet)
		r = legal_check(cet_rules, ARRAY_SIZE(cet_rules), view_read, &v, found);
	for (u32 s = 0; s < SEGMENTS && r == NULL; s++)
		r = check_segment(&v, s, found);
	return r;
}
