// SPDX-License-Identifier: Apache-2.0
#include <asm/offload.h>
#include <asm/vsgi.h>
#include <unit.h>

TEST(a_posted_vector_notifies_once_until_hardware_has_taken_it)
{
	struct posted d;

	posted_init(&d, 0xf2, 0x1234, true);
	assert_int_equal(d.control, 0x1234ULL << 32 | 0xf2U << 16);
	assert_true(posted_leave(&d, 0x41));
	assert_false(posted_leave(&d, 0xff));
	assert_int_equal(d.pir[1], BIT(1));
	assert_int_equal(d.pir[3], BIT(63));
	assert_int_equal(d.control & 1U, 1);
	d.control &= ~1ULL;
	assert_true(posted_leave(&d, 0x42));
}

TEST(a_descriptor_that_is_held_back_collects_and_moves)
{
	struct posted d;

	posted_init(&d, 0xf2, 3, false);
	assert_int_equal(d.control >> 32, 0x300);
	posted_move(&d, 5, false, true);
	assert_int_equal(d.control, 0x500ULL << 32 | 0xf2U << 16 | 2U);
	assert_false(posted_leave(&d, 0x20));
	assert_int_equal(d.pir[0], BIT(32));
	posted_move(&d, 5, false, false);
	assert_true(posted_leave(&d, 0x20));
}

TEST(an_entry_of_the_pid_pointer_table_names_an_aligned_descriptor)
{
	assert_int_equal(ipiv_entry(HPA(0x12340)), 0x12341);
	assert_int_equal(ipiv_entry(HPA(0x12350)), 0);
}

TEST(avic_entries_say_where_a_vcpu_runs)
{
	assert_int_equal(avic_physical(HPA(0x1234000), 7), BIT(63) | BIT(62) | 0x1234007U);
	assert_int_equal(avic_physical(HPA(0x1234000), AVIC_NOT_RUNNING), BIT(63) | 0x1234000U);
	assert_int_equal(avic_physical(HPA(0x1234000), 4096), BIT(63) | 0x1234000U);
	assert_int_equal(avic_logical(3), 0x80000003U);
}

TEST(the_logical_table_has_a_place_for_each_single_member)
{
	assert_int_equal(avic_logical_index(0x08000000, true), 3);
	assert_int_equal(avic_logical_index(0x80000000, true), 7);
	assert_int_equal(avic_logical_index(0x0c000000, true), AVIC_NO_ENTRY);
	assert_int_equal(avic_logical_index(0, true), AVIC_NO_ENTRY);
	assert_int_equal(avic_logical_index(0x24000000, false), 10);
	assert_int_equal(avic_logical_index(0xe8000000, false), 59);
	assert_int_equal(avic_logical_index(0xf1000000, false), AVIC_NO_ENTRY);
}

TEST(a_virtual_sgi_is_configured_by_one_command)
{
	const struct vsgi s = {
		.vpe = 0x1234, .intid = 9, .priority = 0xa8, .enabled = true, .group1 = true
	};
	u64 command[4];

	vsgi_command(&s, command);
	assert_int_equal(command[0], 9ULL << 32 | 0xa00000U | 0x500U | 0x23U);
	assert_int_equal(command[1], 0x1234ULL << 32);
	assert_int_equal(command[2] | command[3], 0);
	assert_int_equal(vsgi_doorbell(0x1234, 9), 0x1234ULL << 32 | 9U);
}

UNIT_TESTS(UNIT(a_posted_vector_notifies_once_until_hardware_has_taken_it),
	   UNIT(a_descriptor_that_is_held_back_collects_and_moves),
	   UNIT(an_entry_of_the_pid_pointer_table_names_an_aligned_descriptor),
	   UNIT(avic_entries_say_where_a_vcpu_runs),
	   UNIT(the_logical_table_has_a_place_for_each_single_member),
	   UNIT(a_virtual_sgi_is_configured_by_one_command));
