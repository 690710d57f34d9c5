// SPDX-License-Identifier: Apache-2.0
/* What a guest is shown of its CPU, and what it may set: the tables, each leaf and each MSR. */
#include <asm/msr.h>
#include <asm/policy.h>
#include <unit.h>

#define LEAVES_HIGH 0x80000000U
#define HV 0x40000000U
#define ALL_FEATURES (~0ULL >> (64U - GUEST_FEATURE_COUNT))

static u32 asked;

/* A CPU that has everything, and says where it was asked. */
static struct cpuid_regs full(u32 leaf, u32 subleaf)
{
	(void)leaf;
	(void)subleaf;
	asked++;
	return (struct cpuid_regs){ ~0U, ~0U, ~0U, ~0U };
}

/* One that has nothing. */
static struct cpuid_regs empty(u32 leaf, u32 subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid_regs){ 0 };
}

static struct cpuid_view view(void)
{
	return (struct cpuid_view){
		.cpu = full,
		.apic_id = 2,
		.vcpus = 3,
		.phys_bits = 40,
		.tsc_hz = 2400000000ULL,
		.apic_hz = 2400000000ULL,
		.cr4 = 0,
		.xcr0 = 1,
		.xcr0_max = 7,
		.apic = true,
		.features = guest_features_default() | BIT(GUEST_KVM),
	};
}

static struct cpuid_regs ask(const struct cpuid_view *v, u32 leaf, u32 subleaf)
{
	return cpuid_answer(v, leaf, subleaf);
}

static void is(struct cpuid_regs r, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	assert_int_equal(r.eax, eax);
	assert_int_equal(r.ebx, ebx);
	assert_int_equal(r.ecx, ecx);
	assert_int_equal(r.edx, edx);
}

/* Leaves that may be anything but zero. */
static const u32 shown[] = { 0,          1,          2,          4,          6,
			     7,          0xb,        0xd,        0x15,       0x16,
			     0x1f,       HV,         HV + 1U,    HV + 0x10U, HV + 0x100U,
			     0x80000000, 0x80000001, 0x80000002, 0x80000003, 0x80000004,
			     0x80000005, 0x80000006, 0x80000007, 0x80000008 };

static bool is_known(u32 leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		if (shown[i] == leaf)
			return true;
	}
	return false;
}

TEST(what_is_in_no_row_is_zero_and_nobody_is_asked)
{
	const struct cpuid_view v = view();
	static const u32 bases[] = { 0, HV, LEAVES_HIGH, 0xc0000000U, 0x20000000U, 0xfffff000U };

	asked = 0;
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		for (u32 n = 0; n < 0x1000U; n++) {
			if (!is_known(bases[i] + n))
				is(ask(&v, bases[i] + n, n), 0, 0, 0, 0);
		}
	}
	assert_int_equal(asked, 0);
}

TEST(a_cpu_with_everything_shows_what_bulkhead_carries)
{
	const struct cpuid_view v = view();
	struct cpuid_regs r = ask(&v, 1, 0);

	is(r, ~0U, 0x0204ff00U, 0xf7f83203U | 0U, 0x1f8bfbfdU);
	/* VMX, SMX, MONITOR, DTES64, PDCM, PCID, OSXSAVE. */
	assert_int_equal(r.ecx & 0x0802806cU, 0);
	r = ask(&v, 7, 0);
	is(r, 0, 0x219c03abU, 0x400004, 0x8c000410U);
	assert_int_equal(ask(&v, 0x80000008U, 0).ebx, 0x0100d000U);
	is(ask(&v, 7, 1), 0, 0, 0, 0);
	r = ask(&v, 0x80000001U, 0);
	assert_int_equal(r.ecx, 0x1e1);
	assert_int_equal(r.ecx & BIT(2), 0);        /* SVM */
	assert_int_equal(r.edx & BIT(27), BIT(27)); /* RDTSCP */
	is(ask(&v, 0, 0), 0x1f, ~0U, ~0U, ~0U);
	assert_int_equal(ask(&v, 0x80000000U, 0).eax, 0x80000008U);
}

TEST(a_cpu_with_nothing_shows_what_is_bulkheads_own)
{
	struct cpuid_view v = view();

	v.cpu = empty;
	v.xcr0_max = 0;
	v.arch_caps = true;
	assert_int_equal(ask(&v, 7, 0).edx, BIT(29));
	v.arch_caps = false;
	is(ask(&v, 1, 0), 0, 0x02040000U, 0x81200000U, 0x10005280U);
	is(ask(&v, 7, 0), 0, 2, 0, 0);
	is(ask(&v, 0xd, 0), 0, 0, 0, 0);
	assert_int_equal(cr4_offered(&v) & (CR4_OSXSAVE | CR4_SMEP | CR4_SMAP | CR4_UMIP), 0);
}

TEST(without_avx_nothing_of_it_is_shown)
{
	struct cpuid_view v = view();

	v.xcr0_max = 3;
	assert_int_equal(ask(&v, 1, 0).ecx & 0x30001000U, 0);
	assert_int_not_equal(ask(&v, 1, 0).ecx & BIT(26), 0);
	assert_int_equal(ask(&v, 7, 0).ebx & BIT(5), 0);
	is(ask(&v, 0xd, 0), 3, 576, 576, 0);
	is(ask(&v, 0xd, 2), 0, 0, 0, 0);
	v.xcr0_max = 0;
	assert_int_equal(ask(&v, 1, 0).ecx & 0x34001000U, 0);
}

TEST(osxsave_and_the_apic_are_as_the_vcpu_has_them)
{
	struct cpuid_view v = view();

	v.cr4 = CR4_OSXSAVE;
	assert_int_not_equal(ask(&v, 1, 0).ecx & BIT(27), 0);
	v.apic = false;
	assert_int_equal(ask(&v, 1, 0).edx & BIT(9), 0);
	assert_int_equal(ask(&v, 1, 0).ecx & (BIT(21) | BIT(24)), 0);
}

TEST(the_topology_is_one_package_of_cores)
{
	static const struct {
		u32 vcpus, bits;
	} sizes[] = { { 1, 0 }, { 2, 1 }, { 3, 2 }, { 4, 2 }, { 5, 3 }, { 8, 3 }, { 9, 4 } };
	struct cpuid_view v = view();

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (u32 id = 0; id < sizes[i].vcpus; id++) {
			const u32 bits = sizes[i].bits;

			v.vcpus = sizes[i].vcpus;
			v.apic_id = id;
			assert_int_equal(ask(&v, 1, 0).ebx >> 24, id);
			assert_int_equal(ask(&v, 1, 0).ebx >> 16 & 0xffU, 1U << bits);
			assert_int_equal((ask(&v, 1, 0).edx & BIT(28)) != 0U, v.vcpus > 1U);
			is(ask(&v, 0xb, 0), 0, 1, 0x100, id);
			is(ask(&v, 0xb, 1), bits, v.vcpus, 0x201, id);
			is(ask(&v, 0xb, 2), 0, 0, 2, id);
			is(ask(&v, 0x1f, 1), bits, v.vcpus, 0x201, id);
			assert_int_equal(ask(&v, 0x80000008U, 0).ecx, (v.vcpus - 1U) | bits << 12);
			assert_int_equal(ask(&v, 4, 0).eax >> 26, (1U << bits) - 1U);
		}
	}
}

TEST(frequencies_are_the_boards)
{
	struct cpuid_view v = view();

	is(ask(&v, 0x15, 0), 1, 1, 2400000000U, 0);
	is(ask(&v, 0x16, 0), 2400, 2400, 2400, 0);
	is(ask(&v, HV + 0x10U, 0), 2400000, 2400000, 0, 0);
	v.tsc_hz = 6000000000ULL;
	v.apic_hz = 6000000000ULL;
	is(ask(&v, 0x15, 0), 1, 2, 3000000000U, 0);
	/* A TSC at a rate of its own; the timer goes on at the machine's. */
	v.tsc_hz = 3200000000ULL;
	v.apic_hz = 2400000000ULL;
	is(ask(&v, 0x15, 0), 2400000, 3200000, 2400000000U, 0);
	is(ask(&v, HV + 0x10U, 0), 3200000, 2400000, 0, 0);
	assert_int_equal(ask(&v, 0x80000007U, 0).edx, BIT(8));
}

TEST(kvms_leaves_are_shown_only_where_they_are_wanted)
{
	struct cpuid_view v = view();

	is(ask(&v, HV, 0), HV + 0x10U, 0x4b4d564b, 0x564b4d56, 0x4d);
	assert_int_equal(ask(&v, HV + 1U, 0).eax & BIT(3), BIT(3));
	assert_int_equal(ask(&v, HV + 1U, 0).eax & BIT(6), BIT(6));
	assert_int_equal(ask(&v, HV + 1U, 0).eax & (BIT(5) | BIT(4)),
			 0); /* steal time, async faults */
	v.features &= ~BIT(GUEST_KVM);
	is(ask(&v, HV, 0), 0, 0, 0, 0);
	is(ask(&v, HV + 1U, 0), 0, 0, 0, 0);
	is(ask(&v, HV + 0x100U, 0), HV + 0x100U, 0x6b6c7542, 0x64616568, 0x5648);
}

TEST(the_state_area_is_as_large_as_what_is_in_it)
{
	struct cpuid_view v = view();

	is(ask(&v, 0xd, 0), 7, 576, 832, 0);
	v.xcr0 = 7;
	is(ask(&v, 0xd, 0), 7, 832, 832, 0);
	is(ask(&v, 0xd, 1), 7, 832, 0, 0);
	is(ask(&v, 0xd, 2), 256, 576, 0, 0);
	is(ask(&v, 0xd, 3), 0, 0, 0, 0);
	is(ask(&v, 0xd, 63), 0, 0, 0, 0);
}

/* PKRU lies at 2688. */
static struct cpuid_regs with_keys(u32 leaf, u32 subleaf)
{
	if (leaf == 0xdU && subleaf == 9U)
		return (struct cpuid_regs){ 8, 2688, 0, 0 };
	return full(leaf, subleaf);
}

TEST(protection_keys_are_shown_with_their_state)
{
	struct cpuid_view v = view();

	v.cpu = with_keys;
	v.xcr0_max = 0x207;
	v.xcr0 = 0x201;
	assert_int_equal(ask(&v, 7, 0).ecx & 0x18U, 0x8);
	v.cr4 = CR4_PKE;
	assert_int_equal(ask(&v, 7, 0).ecx & 0x18U, 0x18);
	assert_int_equal(cr4_offered(&v) & CR4_PKE, CR4_PKE);
	is(ask(&v, 0xd, 0), 0x207, 2696, 2696, 0);
	is(ask(&v, 0xd, 1), 7, 584, 0, 0);
	is(ask(&v, 0xd, 8), 0, 0, 0, 0);
	is(ask(&v, 0xd, 9), 8, 2688, 0, 0);
	v.xcr0 = 0x207;
	is(ask(&v, 0xd, 1), 7, 840, 0, 0);
	/* Hidden, or not there: nothing of it. */
	assert_int_equal(guest_features_xcr0(v.features, 0x207), 0x207);
	assert_int_equal(guest_features_xcr0(v.features & ~BIT(GUEST_PKU), 0x207), 7);
	v.xcr0_max = 7;
	v.xcr0 = 7;
	assert_int_equal(ask(&v, 7, 0).ecx & 0x18U, 0);
	assert_int_equal(cr4_offered(&v) & CR4_PKE, 0);
	is(ask(&v, 0xd, 0), 7, 832, 832, 0);
	is(ask(&v, 0xd, 9), 0, 0, 0, 0);
	assert_true(xcr0_legal(0x201, 0x207));
	assert_false(xcr0_legal(0x201, 7));
	assert_false(xcr0_legal(0x200, 0x207));
}

TEST(physical_addresses_are_no_wider_than_the_guests)
{
	struct cpuid_view v = view();

	assert_int_equal(ask(&v, 0x80000008U, 0).eax & 0xffU, 40);
	v.phys_bits = 36;
	assert_int_equal(ask(&v, 0x80000008U, 0).eax & 0xffU, 36);
	v.cpu = empty;
	assert_int_equal(ask(&v, 0x80000008U, 0).eax & 0xffU, 0);
}

/* ---- features by name ---- */

static const struct {
	u32 leaf;
	u32 reg; /* EAX is 0; 4: the whole leaf */
	u32 bit;
	bool shown;
	u32 needs;
} named[] = {
#define EAX 0
#define EBX 1
#define ECX 2
#define EDX 3
#define WHOLE 4
#define SHOWN true
#define HIDDEN false
#define NAMED(id, name, leaf, reg, bit, source, shown, needs, text) \
	[GUEST_##id] = { leaf, reg, bit, shown, GUEST_##needs },
	GUEST_FEATURES(NAMED)
#undef NAMED
};

static u32 word(struct cpuid_regs r, u32 reg)
{
	const u32 words[] = { r.eax, r.ebx, r.ecx, r.edx };

	return words[reg];
}

static bool has(const struct cpuid_view *v, u32 i)
{
	return (word(ask(v, named[i].leaf, 0), named[i].reg) & BIT(named[i].bit)) != 0U;
}

TEST(each_feature_is_shown_and_hidden_by_its_name)
{
	struct cpuid_view v = view();

	v.arch_caps = true;
	v.xcr0_max = 0x207;
	for (u32 i = 0; i < ARRAY_SIZE(named); i++) {
		const u64 all = ALL_FEATURES;

		if (named[i].reg == WHOLE)
			continue;
		v.features = all;
		assert_true(has(&v, i));
		v.features = all & ~BIT(i);
		for (u32 k = 0; k < ARRAY_SIZE(named); k++) {
			if (named[k].reg != WHOLE)
				assert_int_equal(has(&v, k), k != i);
		}
	}
}

TEST(a_feature_of_the_cpu_is_not_shown_where_there_is_none)
{
	struct cpuid_view v = view();

	v.features = ALL_FEATURES;
	v.cpu = empty;
	assert_false(has(&v, GUEST_VAES));
	assert_false(has(&v, GUEST_AES));
	assert_true(has(&v, GUEST_HYPERVISOR));
	is(ask(&v, 7, 0), 0, 2, 0, 0);
}

/* The search for the rows of a leaf ends behind the last of them. */
TEST(features_are_sorted_by_leaf)
{
	for (u32 i = 1; i < ARRAY_SIZE(named); i++)
		assert_true(named[i - 1U].leaf <= named[i].leaf);
}

TEST(what_needs_a_hidden_feature_is_hidden)
{
	const u64 all = ALL_FEATURES;
	const u64 vex = BIT(GUEST_FMA) | BIT(GUEST_F16C) | BIT(GUEST_AVX2) | BIT(GUEST_VAES) |
			BIT(GUEST_VPCLMULQDQ) | BIT(GUEST_XOP) | BIT(GUEST_FMA4);

	assert_int_equal(guest_features_settle(all), all);
	assert_int_equal(guest_features_settle(all & ~BIT(GUEST_AVX)),
			 all & ~BIT(GUEST_AVX) & ~vex);
	assert_int_equal(guest_features_settle(all & ~BIT(GUEST_XSAVE)),
			 all & ~BIT(GUEST_XSAVE) & ~BIT(GUEST_PKU) & ~BIT(GUEST_AVX) & ~vex);
	assert_int_equal(guest_features_settle(0), 0);
	for (u32 i = 0; i < ARRAY_SIZE(named); i++)
		assert_int_equal((guest_features_default() & BIT(i)) != 0U, named[i].shown);
}

/* Either vendor's bits bring the same controls. */
TEST(speculation_is_controlled_as_far_as_it_is_shown)
{
	static const struct {
		u64 features;
		u64 spec_ctrl;
		bool pred_cmd;
	} rows[] = {
		{ 0, 0, false },
		{ BIT(GUEST_SPEC_CTRL), 1, true },
		{ BIT(GUEST_STIBP), 2, false },
		{ BIT(GUEST_SSBD), 4, false },
		{ BIT(GUEST_AMD_IBPB), 0, true },
		{ BIT(GUEST_AMD_IBRS), 1, false },
		{ BIT(GUEST_AMD_STIBP), 2, false },
		{ BIT(GUEST_AMD_SSBD), 4, false },
		{ BIT(GUEST_SPEC_CTRL) | BIT(GUEST_AMD_SSBD), 5, true },
	};
	struct cpuid_view v = view();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		v.features = rows[i].features;
		assert_int_equal(spec_ctrl_offered(&v), rows[i].spec_ctrl);
		assert_int_equal(pred_cmd_offered(&v), rows[i].pred_cmd);
	}
	v.features = ALL_FEATURES;
	assert_int_equal(spec_ctrl_offered(&v), 7);
	v.cpu = empty;
	assert_int_equal(spec_ctrl_offered(&v), 0);
	assert_false(pred_cmd_offered(&v));
}

TEST(control_registers_follow_what_is_hidden)
{
	static const struct {
		u32 feature;
		u64 cr4;
	} bits[] = { { GUEST_XSAVE, CR4_OSXSAVE },
		     { GUEST_FSGSBASE, BIT(16) },
		     { GUEST_SMEP, CR4_SMEP },
		     { GUEST_SMAP, CR4_SMAP },
		     { GUEST_UMIP, CR4_UMIP } };
	struct cpuid_view v = view();
	const u64 all = v.features;
	const u64 offered = cr4_offered(&v);

	for (u32 i = 0; i < ARRAY_SIZE(bits); i++) {
		v.features = all & ~BIT(bits[i].feature);
		assert_int_equal(cr4_offered(&v), offered & ~bits[i].cr4);
	}
	assert_int_equal(guest_features_xcr0(all, 7), 7);
	assert_int_equal(guest_features_xcr0(all & ~BIT(GUEST_AVX), 7), 3);
	assert_int_equal(guest_features_xcr0(all & ~BIT(GUEST_AVX), 3), 3);
	assert_int_equal(guest_features_xcr0(all & ~BIT(GUEST_XSAVE), 7), 0);
}

/* ---- control registers ---- */

TEST(cr4_has_the_bits_that_go_with_what_is_shown)
{
	const struct cpuid_view v = view();
	const u64 offered = cr4_offered(&v);

	assert_int_equal(offered, 0x350ffc);
	for (u32 bit = 0; bit < 64U; bit++) {
		assert_int_equal(cr4_legal(BIT(bit), offered, false), (offered & BIT(bit)) != 0U);
		assert_int_equal(cr4_legal(BIT(bit) | CR4_PAE, offered, true),
				 (offered & BIT(bit)) != 0U);
	}
	assert_false(cr4_legal(0, offered, true));
}

TEST(xcr0_is_one_of_four)
{
	for (u64 value = 0; value < 0x1000U; value++) {
		const bool three = value == 1U || value == 3U || value == 7U;

		assert_int_equal(xcr0_legal(value, 7), three);
		assert_int_equal(xcr0_legal(value, 3), three && value != 7U);
		assert_false(xcr0_legal(value, 0));
	}
	assert_false(xcr0_legal(1ULL << 63 | 1U, 7));
}

TEST(efer_changes_what_a_guest_may_change)
{
	for (u32 bit = 0; bit < 64U; bit++) {
		const bool offered = bit == 0U || bit == 8U || bit == 10U || bit == 11U;

		assert_int_equal(efer_legal(BIT(bit), 0, false), offered);
	}
	assert_false(efer_legal(0, EFER_LME, true));
	assert_false(efer_legal(EFER_LME, 0, true));
	assert_true(efer_legal(EFER_LME | EFER_NXE, EFER_LME, true));
}

/* ---- MSRs ---- */

static struct guest_msrs msrs;

static bool rd(u32 msr, u64 *value)
{
	*value = 0xdeadULL;
	return msr_plain_read(&msrs, msr, value);
}

static bool wr(u32 msr, u64 value)
{
	return msr_plain_write(&msrs, msr, value, 40);
}

/* Every MSR of the three ranges that hardware has: which read, and what after reset. */
TEST(every_msr_outside_the_table_is_refused)
{
	static const u32 bases[] = {
		0, 0x40000000, 0x4b564d00, 0xc0000000, 0xc0010000, 0xfffff000
	};
	static const u32 present[] = {
		0,     1,     0x17,  0x2a,  0x34,  0x79,  0x8b,  0xce,  0xfe,
		0x140, 0x179, 0x17a, 0x1a0, 0x1d9, 0x250, 0x258, 0x259, 0x2ff
	};
	u32 count = 0;
	u64 value;

	guest_msrs_reset(&msrs);
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		for (u32 n = 0; n < (bases[i] == 0xc0010000U ? 0x2000U : 0x1000U); n++) {
			const bool known = rd(bases[i] + n, &value);

			if (!known)
				assert_false(wr(bases[i] + n, 0));
			count += known ? 1U : 0U;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(present); i++)
		assert_true(rd(present[i], &value));
	/* 18 above, 16 MTRR pairs, 8 fixed ranges, 16 of banks, 21 of AMD's. */
	assert_int_equal(count, 18 + 16 + 8 + 16 + 21);
}

TEST(none_of_the_hosts_own_is_among_them)
{
	/* FEATURE_CONTROL, SPEC_CTRL, PRED_CMD, PMU, VMX, SMBASE, S_CET, DS_AREA, HSAVE_PA. */
	static const u32 refused[] = { 0x3a,       0x48,       0x49,  0xc1,  0x186,     0x38f,
				       0x480,      0x9e,       0x6a2, 0x600, 0x1c8,     0x570,
				       0xc0010117, 0xc0000102, 0xe7,  0xe8,  0xc0010200 };
	u64 value;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_false(rd(refused[i], &value));
}

TEST(memory_types_are_as_firmware_leaves_them)
{
	u64 value;

	guest_msrs_reset(&msrs);
	assert_true(rd(0xfe, &value) && value == 0x508U);
	assert_true(rd(0x2ff, &value) && value == 0xc06U);
	assert_true(rd(0x26f, &value) && value == 0x0606060606060606ULL);
	assert_true(rd(0x200, &value) && value == 0U);
	assert_false(wr(0xfe, 0));
	for (u64 type = 0; type < 256U; type++) {
		const bool legal = type <= 1U || (type >= 4U && type <= 6U);

		assert_int_equal(wr(0x2ff, type), legal);
		assert_int_equal(wr(0x250, type << 56), legal);
		assert_int_equal(wr(0x20e, type), legal);
	}
	assert_false(wr(0x2ff, 0x1000));
	assert_true(wr(0x201, 0xfffffff800ULL));
	assert_true(rd(0x201, &value) && value == 0xfffffff800ULL);
	assert_false(wr(0x201, 0x10000000800ULL));
	assert_false(wr(0x201, 0x801));
	assert_false(wr(0x200, 0x10000000006ULL));
	assert_false(wr(0x200, 0x106));
	assert_true(rd(0x20f, &value) && value == 0U);
}

TEST(machine_checks_have_banks_in_which_nothing_is)
{
	u64 value;

	guest_msrs_reset(&msrs);
	assert_true(rd(0x179, &value) && value == MC_BANKS);
	for (u32 i = 0; i < 4U * MC_BANKS; i++) {
		const bool control = i % 4U == 0U;

		assert_true(rd(0x400 + i, &value) && value == (control ? ~0ULL : 0U));
		assert_true(wr(0x400 + i, 0));
		assert_int_equal(wr(0x400 + i, ~0ULL), control);
		assert_false(wr(0x400 + i, 5));
	}
	assert_false(rd(0x400 + 4U * MC_BANKS, &value));
	assert_true(wr(0x17a, 4) && rd(0x17a, &value) && value == 4U);
	assert_false(wr(0x17a, 8));
}

TEST(what_does_nothing_takes_anything_and_what_is_fixed_nothing)
{
	u64 value;

	guest_msrs_reset(&msrs);
	assert_true(rd(0x1a0, &value) && value == 0x1801U);
	assert_true(wr(0x1a0, ~0x1800ULL) && rd(0x1a0, &value) && value == 0x400c51809ULL);
	assert_true(wr(0x1a0, 0x1234) && rd(0x1a0, &value) && value == 0x1800U);
	assert_true(wr(0x79, ~0ULL) && wr(0x8b, 0) && rd(0x8b, &value) && value == BIT(32));
	assert_true(wr(0x1d9, 0));
	assert_false(wr(0x1d9, 1));
	assert_false(wr(0x17, 0));
	assert_true(wr(0xc0010000, 0x430076) && rd(0xc0010000, &value) && value == 0U);
	assert_true(rd(0xc0010114, &value) && value == 0x18U);
	assert_false(wr(0xc0010114, 0));
}

UNIT_TESTS(UNIT(each_feature_is_shown_and_hidden_by_its_name),
	   UNIT(a_feature_of_the_cpu_is_not_shown_where_there_is_none),
	   UNIT(features_are_sorted_by_leaf), UNIT(speculation_is_controlled_as_far_as_it_is_shown),
	   UNIT(what_needs_a_hidden_feature_is_hidden),
	   UNIT(control_registers_follow_what_is_hidden),
	   UNIT(what_is_in_no_row_is_zero_and_nobody_is_asked),
	   UNIT(a_cpu_with_everything_shows_what_bulkhead_carries),
	   UNIT(a_cpu_with_nothing_shows_what_is_bulkheads_own),
	   UNIT(without_avx_nothing_of_it_is_shown),
	   UNIT(osxsave_and_the_apic_are_as_the_vcpu_has_them),
	   UNIT(the_topology_is_one_package_of_cores), UNIT(frequencies_are_the_boards),
	   UNIT(kvms_leaves_are_shown_only_where_they_are_wanted),
	   UNIT(the_state_area_is_as_large_as_what_is_in_it),
	   UNIT(protection_keys_are_shown_with_their_state),
	   UNIT(physical_addresses_are_no_wider_than_the_guests),
	   UNIT(cr4_has_the_bits_that_go_with_what_is_shown), UNIT(xcr0_is_one_of_four),
	   UNIT(efer_changes_what_a_guest_may_change), UNIT(every_msr_outside_the_table_is_refused),
	   UNIT(none_of_the_hosts_own_is_among_them),
	   UNIT(memory_types_are_as_firmware_leaves_them),
	   UNIT(machine_checks_have_banks_in_which_nothing_is),
	   UNIT(what_does_nothing_takes_anything_and_what_is_fixed_nothing));
