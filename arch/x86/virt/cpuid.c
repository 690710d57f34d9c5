// SPDX-License-Identifier: Apache-2.0
/*
 * CPUID as a guest sees it: one table of leaves. A feature is shown only if its state is switched
 * with the vcpu and its instructions cannot reach the host. Pure: tested on the host.
 */
#include <asm/msr.h>
#include <asm/policy.h>

/* Leaf 1 (SDM volume 2, tables 3-10 and 3-11). */
#define L1_EBX_CLFLUSH 0x0000ff00U
#define L1_ECX_XSAVE BIT(26)
#define L1_ECX_AVX (BIT(12) | BIT(28) | BIT(29)) /* FMA, AVX, F16C */
#define L1_ECX_X2APIC BIT(21)
#define L1_ECX_DEADLINE BIT(24)
#define L1_ECX_OSXSAVE BIT(27)
#define L1_ECX_HYPERVISOR BIT(31)
/*
 * FPU, DE, PSE, TSC, MSR, PAE, CX8, SEP, PGE, CMOV, PAT, PSE36, CLFLUSH, MMX, FXSR, SSE, SSE2,
 * SS.
 */
#define L1_EDX                                                                              \
	(BIT(0) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(11) | BIT(13) | \
	 BIT(15) | BIT(16) | BIT(17) | BIT(19) | BIT(23) | BIT(24) | BIT(25) | BIT(26) | BIT(27))
/* MCE, MTRR, MCA: Bulkhead's own, whatever the CPU has. */
#define L1_EDX_SET (BIT(7) | BIT(12) | BIT(14))
#define L1_EDX_APIC BIT(9)
#define L1_EDX_HTT BIT(28)

/* Leaf 7. */
#define L7_EBX_AVX BIT(5) /* AVX2 */
#define L7_EBX_TSC_ADJUST BIT(1)
#define L7_ECX_PKU BIT(3)
#define L7_ECX_OSPKE BIT(4)
#define L7_EDX_ARCH_CAPABILITIES BIT(29)

/* 80000001h: SYSCALL, NX, LM. */
#define X1_EDX (BIT(11) | BIT(20) | BIT(29))
/* AMD repeats bits of leaf 1 there. */
#define X1_EDX_REPEATED (0x0183f3ffU & (u32)L1_EDX)
#define X7_EDX_INVARIANT_TSC BIT(8)

#define L6_EAX_ARAT BIT(2)

/*
 * XSAVE (SDM volume 1, 13.4): legacy area and header; YMM_Hi128 behind them; PKRU where the CPU
 * says, or right behind them if the area is compacted.
 */
#define XSAVE_LEGACY 576U
#define XSAVE_AVX_SIZE 256U
#define XSAVE_AVX BIT(2)
#define XSAVE_PKRU_SIZE 8U
#define XSAVE_PKRU_LEAF 9U
#define XSAVE_PKRU BIT(XSAVE_PKRU_LEAF)
#define LD1_EAX (BIT(0) | BIT(1) | BIT(2)) /* XSAVEOPT, XSAVEC, XGETBV 1 */

/* Leaf 4: EAX 25:14 CPUs that share it, 31:26 cores of the package. */
#define L4_EAX_KEPT 0x00003fffU
#define L4_LEVEL(eax) ((eax) >> 5 & 7U)

#define LEVEL_SMT 1U
#define LEVEL_CORE 2U

#define MAX_BASIC 0x1fU
#define MAX_EXTENDED 0x80000008U

/* "KVMKVMKVM" and "BulkheadHV" in EBX, ECX, EDX. */
#define KVM_BASE 0x40000000U
#define KVM_MAX 0x40000010U
#define KVM_EBX 0x4b4d564bU
#define KVM_ECX 0x564b4d56U
#define KVM_EDX 0x0000004dU
#define HV_BASE 0x40000100U
#define HV_EBX 0x6b6c7542U
#define HV_ECX 0x64616568U
#define HV_EDX 0x00005648U

typedef void (*leaf_fn)(const struct cpuid_view *view, u32 subleaf, struct cpuid_regs *r);

/* ---- features ---- */

enum feature_register { EAX, EBX, ECX, EDX, WHOLE };
enum feature_source { OWN, CPU };
enum feature_default { HIDDEN, SHOWN };

static const struct {
	u32 leaf;
	u8 reg;
	u8 bit;
	u8 source;
	u8 shown;
	u8 needs;
} features[] = {
#define FEATURE_ROW(id, name, number, where, at, from, is, need, text) \
	[GUEST_##id] = { .leaf = (number),                             \
			 .reg = (where),                               \
			 .bit = (at),                                  \
			 .source = (from),                             \
			 .shown = (is),                                \
			 .needs = GUEST_##need },
	GUEST_FEATURES(FEATURE_ROW)
#undef FEATURE_ROW
};

u64 guest_features_default(void)
{
	u64 set = 0;

	for (u32 i = 0; i < ARRAY_SIZE(features); i++)
		set |= features[i].shown == SHOWN ? BIT(i) : 0U;
	return set;
}

/* Chains are short: each turn but the last takes one away. */
u64 guest_features_settle(u64 set)
{
	u64 before = ~set;

	while (before != set) {
		before = set;
		for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
			if ((set & BIT(features[i].needs)) == 0U)
				set &= ~BIT(i);
		}
	}
	return set;
}

u64 guest_features_xcr0(u64 set, u64 max)
{
	if ((set & BIT(GUEST_XSAVE)) == 0U)
		return 0;
	if ((set & BIT(GUEST_AVX)) == 0U)
		max &= ~(u64)XSAVE_AVX;
	return (set & BIT(GUEST_PKU)) == 0U ? max & ~(u64)XSAVE_PKRU : max;
}

static bool shows(const struct cpuid_view *v, enum guest_feature feature)
{
	return (v->features & BIT(feature)) != 0U;
}

/* Sorted by leaf. What of one is named: bits passed on from the CPU, and such as are taken away. */
static void features_of(const struct cpuid_view *v, u32 leaf, u32 pass[4], u32 hide[4])
{
	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		const u32 bit = (u32)BIT(features[i].bit);

		if (features[i].leaf > leaf)
			break;
		if (features[i].leaf != leaf || features[i].reg == WHOLE)
			continue;
		if ((v->features & BIT(i)) == 0U)
			hide[features[i].reg] |= bit;
		else if (features[i].source == CPU)
			pass[features[i].reg] |= bit;
	}
}

/* ---- leaves ---- */

/* Bits of an APIC id that tell this many CPUs apart. */
static u32 id_bits(u32 vcpus)
{
	return vcpus <= 1U ? 0U : 32U - (u32)__builtin_clz(vcpus - 1U);
}

/* The frequency as a crystal and a ratio; the crystal has 32 bits. */
static u32 crystal(u64 hz, u32 *ratio)
{
	*ratio = (u32)(hz >> 32) + 1U;
	return (u32)(hz / *ratio);
}

static void leaf_1(const struct cpuid_view *v, u32 subleaf __unused, struct cpuid_regs *r)
{
	if (v->xcr0_max == 0U)
		r->ecx &= ~(u32)(L1_ECX_XSAVE | L1_ECX_AVX);
	else if ((v->xcr0_max & XSAVE_AVX) == 0U)
		r->ecx &= ~(u32)L1_ECX_AVX;
	r->ebx |= v->apic_id << 24 | (1U << id_bits(v->vcpus)) << 16;
	r->ecx |= (u32)L1_ECX_HYPERVISOR;
	r->edx |= (u32)L1_EDX_SET;
	if (v->apic) {
		r->edx |= (u32)L1_EDX_APIC;
		r->ecx |= (u32)(L1_ECX_X2APIC | L1_ECX_DEADLINE);
	}
	if ((v->cr4 & CR4_OSXSAVE) != 0U)
		r->ecx |= (u32)L1_ECX_OSXSAVE;
	if (v->vcpus > 1U)
		r->edx |= (u32)L1_EDX_HTT;
}

static void leaf_4(const struct cpuid_view *v, u32 subleaf __unused, struct cpuid_regs *r)
{
	const u32 all = (1U << id_bits(v->vcpus)) - 1U;

	if ((r->eax & 0x1fU) == 0U) {
		*r = (struct cpuid_regs){ 0 };
		return;
	}
	r->eax |= all << 26 | (L4_LEVEL(r->eax) >= 3U ? all << 14 : 0U);
}

static void leaf_7(const struct cpuid_view *v, u32 subleaf __unused, struct cpuid_regs *r)
{
	if ((v->xcr0_max & XSAVE_AVX) == 0U)
		r->ebx &= ~(u32)L7_EBX_AVX;
	if ((v->xcr0_max & XSAVE_PKRU) == 0U)
		r->ecx &= ~(u32)L7_ECX_PKU;
	else if ((v->cr4 & CR4_PKE) != 0U)
		r->ecx |= (u32)L7_ECX_OSPKE;
	r->ebx |= (u32)L7_EBX_TSC_ADJUST;
	if (v->arch_caps)
		r->edx |= (u32)L7_EDX_ARCH_CAPABILITIES;
}

/* One package of cores with one thread each (SDM volume 2, leaf 0Bh). */
static void leaf_topology(const struct cpuid_view *v, u32 subleaf, struct cpuid_regs *r)
{
	*r = (struct cpuid_regs){ .ecx = subleaf & 0xffU, .edx = v->apic_id };
	if (subleaf == 0U) {
		r->ebx = 1;
		r->ecx |= LEVEL_SMT << 8;
	} else if (subleaf == 1U) {
		r->eax = id_bits(v->vcpus);
		r->ebx = v->vcpus;
		r->ecx |= LEVEL_CORE << 8;
	}
}

static u32 xsave_compacted(u64 xcr0)
{
	return XSAVE_LEGACY + ((xcr0 & XSAVE_AVX) != 0U ? XSAVE_AVX_SIZE : 0U) +
	       ((xcr0 & XSAVE_PKRU) != 0U ? XSAVE_PKRU_SIZE : 0U);
}

static u32 xsave_size(const struct cpuid_view *v, u64 xcr0)
{
	if ((xcr0 & XSAVE_PKRU) != 0U)
		return v->cpu(0xd, XSAVE_PKRU_LEAF).ebx + XSAVE_PKRU_SIZE;
	return xsave_compacted(xcr0);
}

static void leaf_d(const struct cpuid_view *v, u32 subleaf, struct cpuid_regs *r)
{
	const struct cpuid_regs cpu = *r;

	*r = (struct cpuid_regs){ 0 };
	if (v->xcr0_max == 0U)
		return;
	if (subleaf == 0U) {
		r->eax = (u32)v->xcr0_max;
		r->ebx = xsave_size(v, v->xcr0);
		r->ecx = xsave_size(v, v->xcr0_max);
	} else if (subleaf == 1U) {
		r->eax = cpu.eax & (u32)LD1_EAX;
		r->ebx = xsave_compacted(v->xcr0);
	} else if (subleaf == 2U && (v->xcr0_max & XSAVE_AVX) != 0U) {
		r->eax = XSAVE_AVX_SIZE;
		r->ebx = XSAVE_LEGACY;
	} else if (subleaf == XSAVE_PKRU_LEAF && (v->xcr0_max & XSAVE_PKRU) != 0U) {
		r->eax = XSAVE_PKRU_SIZE;
		r->ebx = cpu.ebx;
	}
}

static void leaf_15(const struct cpuid_view *v, u32 subleaf __unused, struct cpuid_regs *r)
{
	r->eax = 1;
	r->ecx = crystal(v->apic_hz, &r->ebx);
	if (v->tsc_hz == v->apic_hz)
		return;
	r->eax = r->ecx / 1000U;
	r->ebx = (u32)(v->tsc_hz / 1000U);
}

/* MHz: base, maximum; bus. */
static void leaf_16(const struct cpuid_view *v, u32 subleaf __unused, struct cpuid_regs *r)
{
	const u32 mhz = (u32)((v->tsc_hz + 500000U) / 1000000U) & 0xffffU;

	*r = (struct cpuid_regs){ .eax = mhz, .ebx = mhz, .ecx = mhz };
}

static void leaf_kvm(const struct cpuid_view *v, u32 subleaf __unused, struct cpuid_regs *r)
{
	if (shows(v, GUEST_KVM))
		*r = (struct cpuid_regs){ KVM_MAX, KVM_EBX, KVM_ECX, KVM_EDX };
}

static void leaf_kvm_features(const struct cpuid_view *v, u32 subleaf __unused,
			      struct cpuid_regs *r)
{
	if (shows(v, GUEST_KVM))
		r->eax = (u32)(KVM_FEATURE_NOP_IO_DELAY | KVM_FEATURE_CLOCKSOURCE2 |
			       KVM_FEATURE_PV_EOI | KVM_FEATURE_CLOCKSOURCE_STABLE);
}

/* kHz of the TSC and of the local APIC's timer. */
static void leaf_frequencies(const struct cpuid_view *v, u32 subleaf __unused, struct cpuid_regs *r)
{
	r->eax = (u32)(v->tsc_hz / 1000U);
	r->ebx = (u32)(v->apic_hz / 1000U);
}

static void leaf_x8(const struct cpuid_view *v, u32 subleaf __unused, struct cpuid_regs *r)
{
	if ((r->eax & 0xffU) > v->phys_bits)
		r->eax = (r->eax & 0xff00U) | v->phys_bits;
	r->ecx = (v->vcpus - 1U) | id_bits(v->vcpus) << 12;
}

#define NONE { 0, 0, 0, 0 }
#define ALL { ~0U, ~0U, ~0U, ~0U }

/*
 * What of the CPU's own answer is passed on, what is set whatever it says, and what depends on the
 * vcpu. A row with `subleaves` 0 is the same for all; else only that many are there.
 */
static const struct {
	u32 first, last, subleaves;
	struct cpuid_regs pass, set;
	leaf_fn fn;
} leaves[] = {
	{ 0, 0, 0, { 0, ~0U, ~0U, ~0U }, { MAX_BASIC, 0, 0, 0 }, NULL },
	{ 1, 1, 0, { ~0U, L1_EBX_CLFLUSH, 0, (u32)L1_EDX }, NONE, leaf_1 },
	{ 2, 2, 0, ALL, NONE, NULL },
	{ 4, 4, 8, { L4_EAX_KEPT, ~0U, ~0U, ~0U }, NONE, leaf_4 },
	{ 6, 6, 0, NONE, { (u32)L6_EAX_ARAT, 0, 0, 0 }, NULL },
	{ 7, 7, 1, NONE, NONE, leaf_7 },
	{ 0xb, 0xb, 0, NONE, NONE, leaf_topology },
	{ 0xd, 0xd, XSAVE_PKRU_LEAF + 1U, ALL, NONE, leaf_d },
	{ 0x15, 0x15, 0, NONE, NONE, leaf_15 },
	{ 0x16, 0x16, 0, NONE, NONE, leaf_16 },
	{ 0x1f, 0x1f, 0, NONE, NONE, leaf_topology },
	{ KVM_BASE, KVM_BASE, 0, NONE, NONE, leaf_kvm },
	{ KVM_BASE + 1U, KVM_BASE + 1U, 0, NONE, NONE, leaf_kvm_features },
	{ KVM_MAX, KVM_MAX, 0, NONE, NONE, leaf_frequencies },
	{ HV_BASE, HV_BASE, 0, NONE, { HV_BASE, HV_EBX, HV_ECX, HV_EDX }, NULL },
	{ 0x80000000U, 0x80000000U, 0, { 0, ~0U, ~0U, ~0U }, { MAX_EXTENDED, 0, 0, 0 }, NULL },
	{ 0x80000001U, 0x80000001U, 0, { ~0U, 0, 0, (u32)X1_EDX | X1_EDX_REPEATED }, NONE, NULL },
	{ 0x80000002U, 0x80000006U, 0, ALL, NONE, NULL },
	{ 0x80000007U, 0x80000007U, 0, NONE, { 0, 0, 0, (u32)X7_EDX_INVARIANT_TSC }, NULL },
	{ 0x80000008U, 0x80000008U, 0, { 0x0000ffffU, 0, 0, 0 }, NONE, leaf_x8 },
};

static struct cpuid_regs masked(const struct cpuid_regs *r, const struct cpuid_regs *also,
				const u32 more[4])
{
	return (struct cpuid_regs){ r->eax & (also->eax | more[EAX]),
				    r->ebx & (also->ebx | more[EBX]),
				    r->ecx & (also->ecx | more[ECX]),
				    r->edx & (also->edx | more[EDX]) };
}

static bool any(const struct cpuid_regs *m, const u32 more[4])
{
	return (m->eax | m->ebx | m->ecx | m->edx | more[EAX] | more[EBX] | more[ECX] |
		more[EDX]) != 0U;
}

struct cpuid_regs cpuid_answer(const struct cpuid_view *view, u32 leaf, u32 subleaf)
{
	struct cpuid_regs r = { 0 };
	u32 pass[4] = { 0 };
	u32 hide[4] = { 0 };
	size_t i = 0;

	while (i < ARRAY_SIZE(leaves) && leaf > leaves[i].last)
		i++;
	if (i == ARRAY_SIZE(leaves) || leaf < leaves[i].first)
		return r;
	if (leaves[i].subleaves != 0U && subleaf >= leaves[i].subleaves)
		return r;
	features_of(view, leaf, pass, hide);
	if (any(&leaves[i].pass, pass))
		r = view->cpu(leaf, subleaf);
	r = masked(&r, &leaves[i].pass, pass);
	r.eax |= leaves[i].set.eax;
	r.ebx |= leaves[i].set.ebx;
	r.ecx |= leaves[i].set.ecx;
	r.edx |= leaves[i].set.edx;
	if (leaves[i].fn != NULL)
		leaves[i].fn(view, subleaf, &r);
	return (struct cpuid_regs){ r.eax & ~hide[EAX], r.ebx & ~hide[EBX], r.ecx & ~hide[ECX],
				    r.edx & ~hide[EDX] };
}
