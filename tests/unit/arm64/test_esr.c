// SPDX-License-Identifier: Apache-2.0
/* Syndromes as CPUs report them, and what is said about each. */
#include <asm/esr.h>
#include <unit.h>

static const char *describe(u64 esr)
{
	static char text[96];

	esr_describe(esr, text, sizeof(text));
	return text;
}

TEST(every_class_and_fault_status_has_a_name)
{
	for (u64 ec = 0; ec < 64U; ec++)
		assert_non_null(esr_class_name(ec << ESR_EC_SHIFT));
	for (u32 fsc = 0; fsc < 64U; fsc++)
		assert_non_null(esr_fault_name(fsc));
	assert_string_equal(esr_class_name(0x3fULL << ESR_EC_SHIFT), "reserved class");
	assert_string_equal(esr_fault_name(0x3f), "reserved fault status");
}

TEST(classes_are_told_apart)
{
	assert_string_equal(esr_class_name(0x02000000), "undefined instruction");
	assert_string_equal(esr_class_name(0x36000003), "branch target without landing pad (BTI)");
	assert_string_equal(esr_class_name(0x72000000), "pointer authentication failed");
	assert_string_equal(esr_class_name(0x96000044), "data abort");
	assert_string_equal(esr_class_name(0x8600000f), "instruction abort");
	assert_string_equal(esr_class_name(0xbe000011), "SError");
}

TEST(an_abort_names_fault_level_and_access)
{
	assert_string_equal(describe(0x96000044), "translation fault, level 0, write");
	assert_string_equal(describe(0x96000006), "translation fault, level 2, read");
	assert_string_equal(describe(0x9600004f), "permission fault, level 3, write");
	assert_string_equal(describe(0x8600000f), "permission fault, level 3, fetch");
	assert_string_equal(describe(0x96000021), "alignment fault, read");
	assert_string_equal(describe(0x96000010), "synchronous external abort, read");
	assert_string_equal(describe(0x96000016),
			    "synchronous external abort on a table walk, level 2, read");
	assert_string_equal(describe(0x96000144), "translation fault, level 0, cache maintenance");
}

TEST(an_abort_with_valid_syndrome_names_size_and_register)
{
	/* ISV, SAS = 8 bytes, SRT = 5, write. */
	assert_string_equal(describe(0x96000047U | BIT(24) | (3U << 22) | (5U << 16)),
			    "translation fault, level 3, write of 8 bytes, register x5");
}

TEST(a_trapped_register_has_the_name_tools_print)
{
	/* MRS x3, S3_0_C12_C12_0 (ICC_IAR1_EL1). */
	u64 iss = (3U << 20) | (0U << 17) | (0U << 14) | (12U << 10) | (3U << 5) | (12U << 1) | 1U;

	assert_string_equal(describe((u64)EC_SYSREG << ESR_EC_SHIFT | iss),
			    "read of S3_0_C12_C12_0, register x3");
	assert_string_equal(describe((u64)EC_SYSREG << ESR_EC_SHIFT | (iss & ~1ULL)),
			    "write of S3_0_C12_C12_0, register x3");
}

TEST(an_serror_says_whether_it_is_the_architectures)
{
	assert_string_equal(describe(0xbe000011), "asynchronous, uncontainable");
	assert_string_equal(describe(0xbe000c11), "asynchronous, recoverable");
	assert_string_equal(describe(0xbf000002), "syndrome 0x1000002 of this implementation");
	assert_string_equal(describe(0xbe001011), "syndrome 0x0001011");
}

TEST(instructions_that_call_show_their_immediate)
{
	assert_string_equal(describe(0xf2000063), "immediate 0x63");
	assert_string_equal(describe(0x5a000003), "immediate 0x3");
}

TEST(where_there_is_nothing_to_say_nothing_is_said)
{
	assert_string_equal(describe(0x02000000), "");
	assert_string_equal(describe(0x8a000000), "");
}

TEST(levels_are_only_given_where_the_code_has_one)
{
	assert_int_equal(esr_fault_level(0x07), 3);
	assert_int_equal(esr_fault_level(0x15), 1);
	assert_int_equal(esr_fault_level(0x1e), 2);
	assert_int_equal(esr_fault_level(0x10), -1);
	assert_int_equal(esr_fault_level(0x21), -1);
}

TEST(far_is_valid_where_the_architecture_writes_it)
{
	assert_true(esr_far_valid(0x96000044));
	assert_true(esr_far_valid(0x96000010));
	assert_false(esr_far_valid(0x96000410)); /* FnV */
	assert_true(esr_far_valid(0x8a000000));
	assert_false(esr_far_valid(0x02000000));
	assert_false(esr_far_valid(0xbe000011));
}

UNIT_TESTS(UNIT(every_class_and_fault_status_has_a_name), UNIT(classes_are_told_apart),
	   UNIT(an_abort_names_fault_level_and_access),
	   UNIT(an_abort_with_valid_syndrome_names_size_and_register),
	   UNIT(a_trapped_register_has_the_name_tools_print),
	   UNIT(an_serror_says_whether_it_is_the_architectures),
	   UNIT(instructions_that_call_show_their_immediate),
	   UNIT(where_there_is_nothing_to_say_nothing_is_said),
	   UNIT(levels_are_only_given_where_the_code_has_one),
	   UNIT(far_is_valid_where_the_architecture_writes_it));
