// SPDX-License-Identifier: Apache-2.0
/* What a guest may set in its control registers. Pure: tested on the host. */
#include <asm/mitigate.h>
#include <asm/msr.h>
#include <asm/policy.h>

#define CR4_ALWAYS \
	(BIT(2) | BIT(3) | CR4_PSE | CR4_PAE | CR4_MCE | BIT(7) | BIT(8) | CR4_OSFXSR | BIT(10))
#define CR4_FSGSBASE BIT(16)

#define XCR0_X87 BIT(0)
#define XCR0_SSE BIT(1)
#define XCR0_AVX BIT(2)

/* Bits that a feature of CPUID brings, by its leaf and register as shown to the guest. */
static const struct {
	u32 leaf;
	bool ecx; /* else EBX */
	u64 feature;
	u64 cr4;
} brought[] = {
	{ 1, true, BIT(26), CR4_OSXSAVE }, { 7, false, BIT(0), CR4_FSGSBASE },
	{ 7, false, BIT(7), CR4_SMEP },    { 7, false, BIT(20), CR4_SMAP },
	{ 7, true, BIT(2), CR4_UMIP },     { 7, true, BIT(3), CR4_PKE },
};

u64 cr4_offered(const struct cpuid_view *view)
{
	u64 offered = CR4_ALWAYS;

	for (size_t i = 0; i < ARRAY_SIZE(brought); i++) {
		const struct cpuid_regs r = cpuid_answer(view, brought[i].leaf, 0);

		if (((brought[i].ecx ? r.ecx : r.ebx) & brought[i].feature) != 0U)
			offered |= brought[i].cr4;
	}
	return offered;
}

/* Speculation: by the bits of leaf 7, EDX, and of 80000008h, EBX. */
static const struct {
	u64 intel, amd;
	u64 spec_ctrl; /* 0: IBPB */
} speculation[] = {
	{ BIT(26), BIT(14), SPEC_CTRL_IBRS },
	{ BIT(27), BIT(15), SPEC_CTRL_STIBP },
	{ BIT(31), BIT(24), SPEC_CTRL_SSBD },
	{ BIT(26), BIT(12), 0 },
};

static bool is_brought(const struct cpuid_view *view, size_t i)
{
	return (cpuid_answer(view, 7, 0).edx & speculation[i].intel) != 0U ||
	       (cpuid_answer(view, 0x80000008U, 0).ebx & speculation[i].amd) != 0U;
}

u64 spec_ctrl_offered(const struct cpuid_view *view)
{
	u64 offered = 0;

	for (size_t i = 0; i < ARRAY_SIZE(speculation); i++)
		offered |= is_brought(view, i) ? speculation[i].spec_ctrl : 0U;
	return offered;
}

bool pred_cmd_offered(const struct cpuid_view *view)
{
	return is_brought(view, ARRAY_SIZE(speculation) - 1U);
}

bool cr4_legal(u64 value, u64 offered, bool lma)
{
	return (value & ~offered) == 0U && (!lma || (value & CR4_PAE) != 0U);
}

bool xcr0_legal(u64 value, u64 max)
{
	if ((value & ~max) != 0U || (value & XCR0_X87) == 0U)
		return false;
	return (value & XCR0_AVX) == 0U || (value & XCR0_SSE) != 0U;
}

/* LMA is the CPU's: what is written to it does not matter. */
bool efer_legal(u64 value, u64 old, bool paging)
{
	if ((value & ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)) != 0U)
		return false;
	return !paging || ((old ^ value) & EFER_LME) == 0U;
}
