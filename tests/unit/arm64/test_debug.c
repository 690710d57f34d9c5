// SPDX-License-Identifier: Apache-2.0
/* Debug registers as a guest finds them. */
#include <asm/debug.h>
#include <asm/virt.h>
#include <unit.h>

#define MDSCR SYSREG_ID(2, 0, 0, 2, 2)
#define OSLAR SYSREG_ID(2, 0, 1, 0, 4)
#define OSLSR SYSREG_ID(2, 0, 1, 1, 4)
#define CLAIMSET SYSREG_ID(2, 0, 7, 8, 6)
#define CLAIMCLR SYSREG_ID(2, 0, 7, 9, 6)
#define PAIR(n, op2) SYSREG_ID(2, 0, 0, n, op2)
#define BVR 4U
#define BCR 5U
#define WVR 6U
#define WCR 7U

#define MDSCR_SS 0x1U
#define MDSCR_MDE 0x8000U

static struct vcpu_debug d;

static u64 get(u32 id)
{
	u64 value = 0x5a5a;

	assert_true(debug_access(&d, id, false, &value));
	return value;
}

static void put(u32 id, u64 value)
{
	assert_true(debug_access(&d, id, true, &value));
}

static int begin(void **state)
{
	(void)state;
	d = (struct vcpu_debug){ 0 };
	return 0;
}

TEST(the_lock_is_closed_at_reset_and_follows_its_register)
{
	assert_int_equal(get(OSLSR), 0xa);
	put(OSLAR, 0);
	assert_int_equal(get(OSLSR), 0x8);
	put(OSLAR, 0xc5acce55);
	assert_int_equal(get(OSLSR), 0xa);
}

TEST(nothing_is_armed_while_the_lock_is_closed)
{
	put(MDSCR, MDSCR_MDE | MDSCR_SS);
	assert_int_equal(debug_mdscr(&d), 0);
	put(OSLAR, 0);
	assert_int_equal(debug_mdscr(&d), MDSCR_MDE | MDSCR_SS);
	assert_int_equal(get(MDSCR), MDSCR_MDE | MDSCR_SS);
}

TEST(each_pair_keeps_its_own_and_no_reserved_bit)
{
	for (u32 n = 0; n < DEBUG_PAIRS; n++) {
		put(PAIR(n, BVR), 0x1000U + n);
		put(PAIR(n, BCR), ~0ULL - n);
		put(PAIR(n, WVR), 0x2000U + 8U * n + 3U);
		put(PAIR(n, WCR), ~0ULL - 2U * n);
	}
	for (u32 n = 0; n < DEBUG_PAIRS; n++) {
		assert_int_equal(get(PAIR(n, BVR)), 0x1000U + n);
		assert_int_equal(get(PAIR(n, BCR)), (~0ULL - n) & 0x00ffe1e7U);
		assert_int_equal(get(PAIR(n, WVR)), 0x2000U + 8U * n);
		assert_int_equal(get(PAIR(n, WCR)), (~0ULL - 2U * n) & 0x1f1fffffU);
	}
}

TEST(what_belongs_to_an_external_debugger_is_not_kept)
{
	put(MDSCR, ~0ULL);
	assert_int_equal(get(MDSCR), 0xb001);
}

TEST(claim_tags_are_set_and_cleared_by_bits)
{
	assert_int_equal(get(CLAIMSET), 0xff);
	put(CLAIMSET, 0x53);
	put(CLAIMCLR, 0x42);
	assert_int_equal(get(CLAIMCLR), 0x11);
}

TEST(reading_leaves_a_file_that_needs_no_loading)
{
	(void)get(MDSCR);
	(void)get(PAIR(3, BCR));
	assert_false(d.used);
	put(PAIR(3, BCR), 0);
	assert_true(d.used);
}

TEST(registers_of_others_are_not_answered)
{
	static const u32 ids[] = {
		SYSREG_ID(2, 0, 0, 0, 2), /* OSDTRRX_EL1 */
		SYSREG_ID(2, 0, 1, 3, 4), /* OSDLR_EL1 */
		SYSREG_ID(2, 0, 1, 4, 4), /* DBGPRCR_EL1 */
		SYSREG_ID(2, 3, 0, 1, 0), /* MDCCSR_EL0 */
		SYSREG_ID(3, 0, 0, 0, 4), /* no debug register */
	};
	u64 value = 0;

	for (u32 i = 0; i < ARRAY_SIZE(ids); i++)
		assert_false(debug_access(&d, ids[i], false, &value));
}

#define FRESH(name) cmocka_unit_test_setup(name, begin)
UNIT_TESTS(FRESH(the_lock_is_closed_at_reset_and_follows_its_register),
	   FRESH(nothing_is_armed_while_the_lock_is_closed),
	   FRESH(each_pair_keeps_its_own_and_no_reserved_bit),
	   FRESH(what_belongs_to_an_external_debugger_is_not_kept),
	   FRESH(claim_tags_are_set_and_cleared_by_bits),
	   FRESH(reading_leaves_a_file_that_needs_no_loading),
	   FRESH(registers_of_others_are_not_answered));
