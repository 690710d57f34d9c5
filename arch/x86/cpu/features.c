// SPDX-License-Identifier: Apache-2.0
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/base/guarded.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

enum cpuid_reg { EAX, EBX, ECX, EDX };

/* Where each feature bit stands (SDM volume 2, CPUID; APM volume 3, appendix E). */
static const struct {
	u32 leaf;
	u8 reg;
	u8 bit;
} where[FEAT_COUNT] = {
	[FEAT_VMX] = { 1, ECX, 5 },
	[FEAT_SSSE3] = { 1, ECX, 9 },
	[FEAT_X2APIC] = { 1, ECX, 21 },
	[FEAT_TSC_DEADLINE] = { 1, ECX, 24 },
	[FEAT_XSAVE] = { 1, ECX, 26 },
	[FEAT_AVX] = { 1, ECX, 28 },
	[FEAT_RDRAND] = { 1, ECX, 30 },
	[FEAT_SMEP] = { 7, EBX, 7 },
	[FEAT_RDSEED] = { 7, EBX, 18 },
	[FEAT_SMAP] = { 7, EBX, 20 },
	[FEAT_SHA] = { 7, EBX, 29 },
	[FEAT_UMIP] = { 7, ECX, 2 },
	[FEAT_PKU] = { 7, ECX, 3 },
	[FEAT_RDPID] = { 7, ECX, 22 },
	[FEAT_CET_SS] = { 7, ECX, 7 },
	[FEAT_CET_IBT] = { 7, EDX, 20 },
	[FEAT_SVM] = { 0x80000001, ECX, 2 },
	[FEAT_NX] = { 0x80000001, EDX, 20 },
	[FEAT_PAGE1GB] = { 0x80000001, EDX, 26 },
	[FEAT_RDTSCP] = { 0x80000001, EDX, 27 },
};

/* What CR4 gains where the CPU has it. */
static const struct {
	enum x86_feature feature;
	u32 cr4;
} cr4_of[] = {
	{ FEAT_SMEP, CR4_SMEP },
	{ FEAT_SMAP, CR4_SMAP },
	{ FEAT_UMIP, CR4_UMIP },
};

/* The engine's types: entry 0 write-back, 3 uncacheable, both as after reset; 2 write-combining. */
#define PAT_BULKHEAD 0x0007040600010406ULL

static u64 features;
static char name[49];

static struct cpuid_regs cpuid_raw(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

struct cpuid_regs cpuid(u32 leaf, u32 subleaf)
{
	u32 range = leaf & 0x80000000U;
	u32 max = cpuid_raw(range, 0).eax;

	/* A CPU without the extended range answers with another leaf. */
	if ((max & 0x80000000U) != range || leaf > max)
		return (struct cpuid_regs){ 0 };
	return cpuid_raw(leaf, subleaf);
}

static u32 cpuid_bit_word(u32 leaf, u8 reg)
{
	struct cpuid_regs r = cpuid(leaf, 0);

	switch (reg) {
	case EAX:
		return r.eax;
	case EBX:
		return r.ebx;
	case ECX:
		return r.ecx;
	default:
		return r.edx;
	}
}

static void read_name(void)
{
	struct cpuid_regs r[3] = { 0 };
	const char *text = (const char *)r;
	size_t n = sizeof(r);

	for (u32 i = 0; i < ARRAY_SIZE(r); i++)
		r[i] = cpuid(0x80000002U + i, 0);
	while (n != 0U && *text == ' ') {
		text++;
		n--;
	}
	n = strnlen(text, n);
	while (n != 0U && text[n - 1U] == ' ')
		n--;
	memcpy(name, text, n);
	if (n == 0U) {
		u32 v = cpuid(1, 0).eax;

		bh_snprintf(name, sizeof(name), "x86-64 CPU, CPUID signature 0x%x", v);
	}
}

void features_init(void)
{
	for (u32 i = 0; i < FEAT_COUNT; i++) {
		if ((cpuid_bit_word(where[i].leaf, where[i].reg) & BIT(where[i].bit)) != 0U)
			features |= BIT(i);
	}
	read_name();
}

bool feature(enum x86_feature f)
{
	return (features & BIT(f)) != 0U;
}

u32 feature_phys_bits(void)
{
	u32 bits = cpuid(0x80000008U, 0).eax & 0xffU;

	return bits >= 32U && bits <= 52U ? bits : 36U;
}

u32 feature_apic_id(void)
{
	struct cpuid_regs r = cpuid(0xb, 0);

	return r.ebx != 0U ? r.edx : cpuid(1, 0).ebx >> 24;
}

u64 cpu_hwid(void)
{
	return feature_apic_id();
}

const char *cpu_name(void)
{
	return name;
}

void cpu_setup(void)
{
	u64 cr4 = CR4_PAE | CR4_MCE | CR4_OSFXSR;

	for (u32 i = 0; i < ARRAY_SIZE(cr4_of); i++) {
		if (feature(cr4_of[i].feature))
			cr4 |= cr4_of[i].cr4;
	}
	write_cr0(CR0_BULKHEAD);
	write_cr4(cr4);
	wrmsr(IA32_PAT, PAT_BULKHEAD);
}

/* A list of words grows while it fits; what does not fit would be a bug seen in every boot log. */
static void add_word(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	bh_snprintf(list + used, size - used, "%s%s", used != 0U ? " " : "", word);
}

const char *cpu_protections(void)
{
	static char list[96];
	const struct {
		bool on;
		const char *word;
	} words[] = {
		{ true, "w^x nx wp" },
		{ feature(FEAT_SMEP), "smep" },
		{ feature(FEAT_SMAP), "smap" },
		{ feature(FEAT_UMIP), "umip" },
		{ true, "stack-guard" },
		{ build_guarded(), "stack-protector" },
		{ cet_branch_tracking(), "ibt" },
		{ cet_shadow_stack(), "shadow-stack" },
	};

	if (list[0] != '\0')
		return list;
	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i].on)
			add_word(list, sizeof(list), words[i].word);
	}
	return list;
}

/* Firmware may have locked VMX off (SDM volume 3, section 24.7) or SVM (APM volume 2, 15.4). */
const char *cpu_virt_name(void)
{
	u64 v;

	if (feature(FEAT_VMX)) {
		if (!rdmsr_safe(IA32_FEATURE_CONTROL, &v))
			return "none";
		if ((v & IA32_FEATURE_CONTROL_LOCK) != 0U && (v & IA32_FEATURE_CONTROL_VMX) == 0U)
			return "VMX locked off by firmware";
		return "VMX";
	}
	if (feature(FEAT_SVM)) {
		if (rdmsr_safe(VM_CR, &v) && (v & VM_CR_SVMDIS) != 0U)
			return "SVM disabled by firmware";
		return "SVM";
	}
	return "none";
}

void cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli\n\thlt");
}
