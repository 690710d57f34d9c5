// SPDX-License-Identifier: Apache-2.0
/* Rates of a guest's TSC against a model of what the CPU multiplies. */
#include <asm/tsc.h>
#include <unit.h>

#define VMX_BITS 48U
#define SVM_BITS 32U

static const u64 rates[] = { 500000000, 999861274, 1000000000, 2400000001, 3000000000, 4294967297 };

/* The product without what is behind the point: SDM volume 3, 26.3; APM volume 2, 15.30.5. */
static u64 cpu_reads(u64 machine, u64 factor, u32 bits)
{
	return (u64)((unsigned __int128)machine * factor >> bits);
}

static void check_rate(u64 guest_hz, u64 machine_hz, u32 bits)
{
	struct tsc_rate r = { 0 };

	assert_true(tsc_rate_make(&r, guest_hz, machine_hz, bits));
	assert_int_equal(r.up & ~(~0ULL << (TSC_POINT - bits)), 0);
	/* A day at the machine's rate is one at the guest's, but for what the factor cannot say. */
	for (u64 s = 1; s <= 86400; s *= 3) {
		const u64 machine = machine_hz * s;
		const u64 guest = tsc_up(&r, machine);
		const u64 wanted = guest_hz * s;

		assert_int_equal(guest, cpu_reads(machine, r.up >> (TSC_POINT - bits), bits));
		assert_true(guest <= wanted && wanted - guest <= (machine >> bits) + 1U);
	}
	/* An alarm comes when the guest's TSC is there, and not long after. */
	for (u64 guest = 1; guest < 1ULL << 50; guest = guest * 5 + 3) {
		const u64 at = tsc_down(&r, guest);
		const u64 slack = (guest >> 32) + tsc_up(&r, 3) + 2U;

		assert_true(tsc_up(&r, at) >= guest);
		assert_true(tsc_up(&r, at) - guest <= slack);
	}
}

TEST(a_rate_is_what_the_cpu_makes_of_its_factor)
{
	for (size_t g = 0; g < ARRAY_SIZE(rates); g++) {
		for (size_t m = 0; m < ARRAY_SIZE(rates); m++) {
			check_rate(rates[g], rates[m], VMX_BITS);
			check_rate(rates[g], rates[m], SVM_BITS);
		}
	}
}

TEST(what_no_factor_says_is_refused)
{
	struct tsc_rate r = { 0 };

	assert_true(tsc_rate_make(&r, 255000000000, 1000000000, SVM_BITS));
	assert_false(tsc_rate_make(&r, 256000000000, 1000000000, SVM_BITS));
	assert_true(tsc_rate_make(&r, 1000000000, 256000000000, SVM_BITS));
	assert_false(tsc_rate_make(&r, 1000000000, 256000000001, SVM_BITS));
	assert_false(tsc_rate_make(&r, 1, 1000000000, VMX_BITS));
}

TEST(the_machines_rate_is_left_alone)
{
	const struct tsc_rate same = { 0 };

	assert_int_equal(tsc_up(&same, 12345), 12345);
	assert_int_equal(tsc_down(&same, 12345), 12345);
}

TEST(what_is_too_far_away_never_comes)
{
	struct tsc_rate r = { 0 };

	assert_true(tsc_rate_make(&r, 500000000, 1000000000, VMX_BITS));
	assert_int_equal(tsc_down(&r, ~0ULL), ~0ULL);
}

UNIT_TESTS(UNIT(a_rate_is_what_the_cpu_makes_of_its_factor), UNIT(what_no_factor_says_is_refused),
	   UNIT(the_machines_rate_is_left_alone), UNIT(what_is_too_far_away_never_comes));
