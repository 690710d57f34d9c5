// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/guest.h>
#include <lines.h>
#include <unit.h>

#define RAM HPA(0x80000000)

static u8 ram[MIB(1)] __aligned(PAGE_SIZE);
static u8 frames[4U * PAGE_SIZE] __aligned(PAGE_SIZE);
static const struct machine machine_of_test = {
	.ram_count = 1,
	.ram = { { RAM, sizeof(ram) } },
};
static struct s2 s2;

/* Pages 0 and 1 of the guest are frames 2 and 0, page 2 can only be read, page 3 is not there. */
static int guest_setup(void **state)
{
	static bool windowed;
	int err = lines_setup(state);

	fake_ram_add(RAM, ram, sizeof(ram));
	fake_ram_add(HPA(0x10000), frames, sizeof(frames));
	memset(ram, 0, sizeof(ram));
	memset(frames, 0, sizeof(frames));
	err |= frame_init(&machine_of_test);
	err |= s2_init(&s2, 40, 32);
	if (!windowed)
		err |= guest_window(HPA(0x10000), sizeof(frames)) == frames ? 0 : 1;
	windowed = true;
	err |= s2_map(&s2, GPA(0), HPA(0x12000), PAGE_SIZE, PT_R | PT_W);
	err |= s2_map(&s2, GPA(0x1000), HPA(0x10000), PAGE_SIZE, PT_R | PT_W);
	err |= s2_map(&s2, GPA(0x2000), HPA(0x11000), PAGE_SIZE, PT_R);
	err |= s2_map(&s2, GPA(0x4000), HPA(0x900000), PAGE_SIZE, PT_R | PT_W);
	return err;
}

TEST(what_is_written_across_two_pages_is_read_there)
{
	char text[8];

	assert_int_equal(guest_write(&s2, GPA(0xffc), "bulkhead", 8), 0);
	assert_memory_equal(&frames[2U * PAGE_SIZE + 0xffc], "bulk", 4);
	assert_memory_equal(&frames[0], "head", 4);
	assert_int_equal(guest_read(&s2, GPA(0xffc), text, 8), 0);
	assert_memory_equal(text, "bulkhead", 8);
}

TEST(what_the_guest_may_not_do_is_not_done_for_it)
{
	char text[8] = "before";

	assert_int_equal(guest_write(&s2, GPA(0x1ffc), "12345678", 8), BH_EFAULT);
	assert_int_equal(frames[0xffc], 0);
	assert_int_equal(guest_read(&s2, GPA(0x2ffc), text, 8), BH_EFAULT);
	assert_string_equal(text, "before");
	assert_int_equal(guest_read(&s2, GPA(0x1ffc), text, 8), 0);
	assert_int_equal(guest_read(&s2, GPA(0x3000), text, 8), BH_EFAULT);
	assert_int_equal(guest_read(&s2, GPA(~0ULL), text, 8), BH_EFAULT);
}

TEST(a_frame_without_a_window_is_not_reached)
{
	char text[8];

	assert_int_equal(guest_read(&s2, GPA(0x4000), text, 8), BH_EFAULT);
}

TEST(sizes_have_a_bound)
{
	static u8 page[2U * PAGE_SIZE];

	assert_int_equal(guest_read(&s2, GPA(0), page, 0), BH_EINVAL);
	assert_int_equal(guest_read(&s2, GPA(0), page, PAGE_SIZE), 0);
	assert_int_equal(guest_read(&s2, GPA(0), page, PAGE_SIZE + 1U), BH_EINVAL);
}

TEST(a_look_finds_what_the_guest_may_read)
{
	struct guest_look l;

	guest_look_begin(&l, &s2);
	assert_ptr_equal(guest_look(&l, GPA(0x10), 8), &frames[2U * PAGE_SIZE + 0x10]);
	assert_ptr_equal(guest_look(&l, GPA(0x1000), PAGE_SIZE), &frames[0]);
	assert_ptr_equal(guest_look(&l, GPA(0x2ff8), 8), &frames[0x1ff8]);
	assert_null(guest_look(&l, GPA(0x3000), 8));
	assert_null(guest_look(&l, GPA(0x4000), 8));
	assert_null(guest_look(&l, GPA(0xffc), 8));
	assert_null(guest_look(&l, GPA(0x1000), 0));
	assert_null(guest_look(&l, GPA(~0ULL), 1));
	guest_look_end(&l);
}

/* It is said to be elsewhere than the tables say, to see which were asked. */
TEST(whole_ram_is_found_without_the_tables_until_its_rights_change)
{
	const struct pt_change narrow = {
		.op = PT_PROTECT, .va = 0x1000, .size = PAGE_SIZE, .attr = PT_R
	};
	struct s2_ticket t;
	u64 word = 0;

	guest_ram_add(&s2, GPA(0x1000), HPA(0x12000), PAGE_SIZE, PT_R | PT_W);
	assert_int_equal(guest_write(&s2, GPA(0x1008), "elsewhere", 8), 0);
	assert_memory_equal(&frames[2U * PAGE_SIZE + 8], "elsewher", 8);
	assert_int_equal(guest_read(&s2, GPA(0x1ffd), &word, 8), 0);
	assert_int_equal(s2_change(&s2, &narrow, &t), 0);
	assert_int_equal(guest_write(&s2, GPA(0x1008), "not again", 8), BH_EFAULT);
	frames[8] = 7;
	assert_int_equal(guest_read(&s2, GPA(0x1008), &word, 1), 0);
	assert_int_equal(word & 0xffU, 7);
	guest_ram_restore(&s2, GPA(0x1000));
	assert_int_equal(guest_write(&s2, GPA(0x1008), "and again", 8), 0);
	assert_memory_equal(&frames[2U * PAGE_SIZE + 8], "and agai", 8);
}

TEST(ram_without_a_window_or_a_right_is_for_the_tables)
{
	u64 word = 0;

	guest_ram_add(&s2, GPA(0x4000), HPA(0x900000), PAGE_SIZE, PT_R | PT_W);
	assert_int_equal(s2.ram_count, 0);
	guest_ram_add(&s2, GPA(0x2000), HPA(0x11000), PAGE_SIZE, PT_R);
	assert_int_equal(guest_write(&s2, GPA(0x2000), &word, 8), BH_EFAULT);
	assert_int_equal(guest_read(&s2, GPA(0x2000), &word, 8), 0);
}

TEST(windows_run_out)
{
	u32 n = 0;

	while (guest_window(HPA(0x10000), PAGE_SIZE) != NULL && n < 100U)
		n++;
	assert_int_equal(n, GUEST_WINDOWS_MAX - 1U);
	assert_non_null(lines_find("memory at 0x10000: more than 64 windows to guests"));
}

#define GUEST_TEST(name) cmocka_unit_test_setup(name, guest_setup)

UNIT_TESTS(GUEST_TEST(what_is_written_across_two_pages_is_read_there),
	   GUEST_TEST(what_the_guest_may_not_do_is_not_done_for_it),
	   GUEST_TEST(a_frame_without_a_window_is_not_reached), GUEST_TEST(sizes_have_a_bound),
	   GUEST_TEST(whole_ram_is_found_without_the_tables_until_its_rights_change),
	   GUEST_TEST(ram_without_a_window_or_a_right_is_for_the_tables),
	   GUEST_TEST(a_look_finds_what_the_guest_may_read), GUEST_TEST(windows_run_out));
