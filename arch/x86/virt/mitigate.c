// SPDX-License-Identifier: Apache-2.0
#include <asm/desc.h>
#include <asm/mitigate.h>
#include <asm/msr.h>

#define EDX_MD_CLEAR BIT(10)
#define EDX_IBPB BIT(26)
#define EDX_L1D_FLUSH BIT(28)
#define EDX_ARCH_CAPABILITIES BIT(29)
#define EBX_IBPB BIT(12)

/* "Genu" in EBX of leaf 0. */
#define VENDOR_INTEL 0x756e6547U

#define MDS MITIGATE_VERW
#define L1TF MITIGATE_L1D
#define MULTIHIT MITIGATE_SMALL_PAGES

/*
 * Models of family 6 and what they need (Intel, "Affected Processors: Guidance for Security Issues
 * on Intel Processors"), but for what IA32_ARCH_CAPABILITIES says otherwise.
 */
static const struct {
	u8 first, last;
	u32 needs;
} models[] = {
	{ 0x1a, 0x1a, MDS | L1TF | MULTIHIT }, /* Nehalem */
	{ 0x1e, 0x1f, MDS | L1TF | MULTIHIT },
	{ 0x25, 0x25, MDS | L1TF | MULTIHIT }, /* Westmere */
	{ 0x2a, 0x2a, MDS | L1TF | MULTIHIT }, /* Sandy Bridge */
	{ 0x2c, 0x2f, MDS | L1TF | MULTIHIT }, /* Westmere, Sandy Bridge */
	{ 0x37, 0x37, MDS },                   /* Silvermont */
	{ 0x3a, 0x3a, MDS | L1TF | MULTIHIT }, /* Ivy Bridge */
	{ 0x3c, 0x3f, MDS | L1TF | MULTIHIT }, /* Haswell, Broadwell, Ivy Bridge */
	{ 0x45, 0x47, MDS | L1TF | MULTIHIT }, /* Haswell, Broadwell */
	{ 0x4a, 0x4d, MDS },                   /* Silvermont, Airmont */
	{ 0x4e, 0x4f, MDS | L1TF | MULTIHIT }, /* Skylake, Broadwell */
	{ 0x55, 0x56, MDS | L1TF | MULTIHIT }, /* Skylake, Broadwell */
	{ 0x5a, 0x5a, MDS },                   /* Silvermont */
	{ 0x5e, 0x5e, MDS | L1TF | MULTIHIT }, /* Skylake */
	{ 0x8e, 0x8e, MDS | L1TF | MULTIHIT }, /* Kaby Lake and after */
	{ 0x9e, 0x9e, MDS | L1TF | MULTIHIT },
	{ 0xa5, 0xa6, MULTIHIT }, /* Comet Lake */
};

/* What the CPU says that it does not need. */
static const struct {
	u64 caps;
	u32 needs;
} spared[] = {
	{ ARCH_CAP_RDCL_NO, L1TF },
	{ ARCH_CAP_SKIP_L1DFL, L1TF },
	{ ARCH_CAP_MDS_NO | ARCH_CAP_TAA_NO, MDS },
	{ ARCH_CAP_PSCHANGE_MC_NO, MULTIHIT },
};

static u32 set;
static u64 told;

static u32 needs_of(const struct mitigate_cpu *cpu)
{
	u32 needs = 0;

	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		if (cpu->intel && cpu->family == 6U && cpu->model >= models[i].first &&
		    cpu->model <= models[i].last)
			needs = models[i].needs;
	}
	for (size_t i = 0; i < ARRAY_SIZE(spared); i++) {
		if ((cpu->arch_caps & spared[i].caps) == spared[i].caps)
			needs &= ~spared[i].needs;
	}
	return needs;
}

u32 mitigate_set(const struct mitigate_cpu *cpu)
{
	const bool ibpb = (cpu->leaf7_edx & EDX_IBPB) != 0U || (cpu->leafx8_ebx & EBX_IBPB) != 0U;
	u32 does = needs_of(cpu);

	if ((cpu->leaf7_edx & EDX_MD_CLEAR) == 0U)
		does &= ~MITIGATE_VERW;
	if ((cpu->leaf7_edx & EDX_L1D_FLUSH) == 0U)
		does &= ~MITIGATE_L1D;
	return does | (ibpb ? MITIGATE_IBPB : 0U);
}

/* A guest that has no guests need not flush; large pages of its own are no danger to Bulkhead. */
u64 mitigate_told(const struct mitigate_cpu *cpu, u32 does)
{
	const u64 passed = ARCH_CAP_RDCL_NO | ARCH_CAP_IBRS_ALL | ARCH_CAP_SSB_NO |
			   ARCH_CAP_MDS_NO | ARCH_CAP_TAA_NO;

	if ((cpu->leaf7_edx & EDX_ARCH_CAPABILITIES) == 0U)
		return 0;
	return (cpu->arch_caps & passed) | ARCH_CAP_SKIP_L1DFL |
	       ((does & MITIGATE_SMALL_PAGES) != 0U || (needs_of(cpu) & MULTIHIT) == 0U
			? ARCH_CAP_PSCHANGE_MC_NO
			: 0U);
}

void mitigate_init(void)
{
	const u32 signature = cpuid(1, 0).eax;
	struct mitigate_cpu c = {
		.intel = cpuid(0, 0).ebx == VENDOR_INTEL,
		.family = signature >> 8 & 0xfU,
		.model = (signature >> 4 & 0xfU) | (signature >> 12 & 0xf0U),
		.leaf7_edx = cpuid(7, 0).edx,
		.leafx8_ebx = cpuid(0x80000008U, 0).ebx,
	};

	if ((c.leaf7_edx & EDX_ARCH_CAPABILITIES) != 0U &&
	    !rdmsr_safe(IA32_ARCH_CAPABILITIES, &c.arch_caps))
		c.leaf7_edx &= ~(u32)EDX_ARCH_CAPABILITIES;
	set = mitigate_set(&c);
	told = mitigate_told(&c, set);
}

bool mitigate(u32 what)
{
	return (set & what) != 0U;
}

u64 mitigate_arch_caps(void)
{
	return told;
}

void mitigate_switch(void)
{
	if (mitigate(MITIGATE_IBPB))
		wrmsr(IA32_PRED_CMD, PRED_CMD_IBPB);
	if (mitigate(MITIGATE_L1D))
		wrmsr(IA32_FLUSH_CMD, FLUSH_CMD_L1D);
}

void mitigate_ibpb(void)
{
	wrmsr(IA32_PRED_CMD, PRED_CMD_IBPB);
}

/* VERW with a writable data segment (SDM volume 4, MD_CLEAR). */
void mitigate_entry(void)
{
	static const u16 selector = SEL_DATA;

	if (mitigate(MITIGATE_VERW))
		__asm__ volatile("verw %0" : : "m"(selector) : "cc");
}
