// SPDX-License-Identifier: Apache-2.0
/* What is done on which CPU. */
#include <asm/mitigate.h>
#include <asm/msr.h>
#include <unit.h>

#define CAN (BIT(10) | BIT(26) | BIT(28) | BIT(29))
#define ALL (MITIGATE_VERW | MITIGATE_L1D | MITIGATE_SMALL_PAGES)

struct cpuid_regs cpuid(u32 leaf, u32 subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid_regs){ 0 };
}

bool rdmsr_safe(u32 msr, u64 *out)
{
	(void)msr;
	(void)out;
	return false;
}

static const struct {
	const char *name;
	struct mitigate_cpu cpu;
	u32 set;
	u64 told;
} models[] = {
	{ "Skylake", { true, 6, 0x5e, CAN, 0, 0 }, ALL | MITIGATE_IBPB, 0x48 },
	{ "Skylake that can nothing", { true, 6, 0x5e, 0, 0, 0 }, MITIGATE_SMALL_PAGES, 0 },
	{ "Cascade Lake",
	  { true, 6, 0x55, CAN, 0, 0x2b },
	  MITIGATE_SMALL_PAGES | MITIGATE_VERW | MITIGATE_IBPB,
	  0x6b },
	{ "one that was mended", { true, 6, 0x55, CAN, 0, 0x16b }, MITIGATE_IBPB, 0x16b },
	{ "Comet Lake",
	  { true, 6, 0xa5, CAN, 0, 0x21 },
	  MITIGATE_SMALL_PAGES | MITIGATE_IBPB,
	  0x69 },
	{ "Silvermont", { true, 6, 0x4a, BIT(10), 0, 0 }, MITIGATE_VERW, 0 },
	{ "Tiger Lake", { true, 6, 0x8c, 0, 0, 0 }, 0, 0 },
	{ "Zen", { false, 15, 0x11, 0, BIT(12), 0 }, MITIGATE_IBPB, 0 },
	{ "AMD's of the same number", { false, 6, 0x5e, CAN, 0, 0 }, MITIGATE_IBPB, 0x48 },
};

TEST(each_cpu_gets_what_it_needs_and_can)
{
	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		const u32 set = mitigate_set(&models[i].cpu);

		if (set != models[i].set)
			print_error("%s\n", models[i].name);
		assert_int_equal(set, models[i].set);
		assert_int_equal(mitigate_told(&models[i].cpu, set), models[i].told);
	}
}

TEST(what_the_cpu_says_it_does_not_need_is_not_done)
{
	for (u64 caps = 0; caps < 0x200U; caps++) {
		const struct mitigate_cpu c = { true, 6, 0x9e, CAN, 0, caps };
		const u32 set = mitigate_set(&c);

		assert_int_equal((set & MITIGATE_L1D) == 0U, (caps & 0x9U) != 0U);
		assert_int_equal((set & MITIGATE_VERW) == 0U, (caps & 0x120U) == 0x120U);
		assert_int_equal((set & MITIGATE_SMALL_PAGES) == 0U, (caps & 0x40U) != 0U);
	}
}

UNIT_TESTS(UNIT(each_cpu_gets_what_it_needs_and_can),
	   UNIT(what_the_cpu_says_it_does_not_need_is_not_done));
