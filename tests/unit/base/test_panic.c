// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/trap.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/ksyms.h>
#include <bulkhead/base/panic.h>
#include <lines.h>

/* A panic is for ever, and tests are many: what it leaves behind has to be in reach. */
#include "core/base/log.c"
#include "core/base/panic.c"

/* The text of fake.ld is 0x10000 to 0x20000. */
const u32 ksyms_count = 3;
const u32 ksyms_addr[] = { 0x0, 0x100, 0x200 };
const u32 ksyms_name_off[] = { 0, 6, 11 };
const char ksyms_names[] = "start\0walk\0last";

static int panic_setup(void **state)
{
	first_panic = 0;
	log_lock = (struct spinlock)SPINLOCK_INIT(LOCK_LOG);
	return lines_setup(state);
}

static void panic_plainly(void *arg __unused)
{
	panic("frame %d is owned twice", 7);
}

TEST(a_panic_says_cpu_and_message_and_then_does_as_configured)
{
	assert_int_equal(fake_end_of(panic_plainly, NULL), FAKE_HALT);
	assert_non_null(lines_find("error panic: CPU 0: frame 7 is owned twice"));
}

TEST(a_panic_shows_the_call_chain_with_names)
{
	/* The second call was its function's last instruction: the address is the next one's. */
	static const uintptr_t chain[] = { 0x10112, 0x10100, 0x30000 };

	fake_stack_set(chain, ARRAY_SIZE(chain));
	assert_int_equal(fake_end_of(panic_plainly, NULL), FAKE_HALT);
	assert_non_null(lines_find("#0 0x0000000000010112 walk+0x12"));
	assert_non_null(lines_find("#1 0x0000000000010100 start+0x100"));
	assert_string_equal(lines_last() + strlen("[    0.000000] error "),
			    "  #2 0x0000000000030000");
}

static void panic_by_exception(void *arg)
{
	panic_exception(arg, "data abort");
}

TEST(an_exception_is_shown_with_its_registers)
{
	struct exc_frame frame = { .pc = 0x1234, .syndrome = 5 };

	assert_int_equal(fake_end_of(panic_by_exception, &frame), FAKE_HALT);
	assert_non_null(lines_find("panic: CPU 0: data abort"));
	assert_non_null(lines_find("pc 0x0000000000001234 syndrome 0x5"));
}

static void smash(void *arg __unused)
{
	__stack_chk_fail();
}

TEST(a_smashed_stack_panics)
{
	assert_int_equal(fake_end_of(smash, NULL), FAKE_HALT);
	assert_non_null(lines_find("stack smashed"));
}

static void break_invariant(void *arg)
{
	BUG_ON(arg == NULL);
}

TEST(a_broken_invariant_names_itself_and_its_place)
{
	assert_int_equal(fake_end_of(break_invariant, &first_panic), FAKE_RETURNED);
	assert_int_equal(fake_end_of(break_invariant, NULL), FAKE_HALT);
	assert_non_null(lines_find("invariant broken: arg == NULL (test_panic.c:"));
}

TEST(a_panic_inside_a_panic_shows_its_message_and_ends)
{
	static const uintptr_t chain[] = { 0x10112 };

	fake_stack_set(chain, ARRAY_SIZE(chain));
	first_panic = 1;
	this_cpu()->panicking = 1;
	assert_int_equal(fake_end_of(panic_plainly, NULL), FAKE_HALT);
	assert_int_equal(lines_count(), 1);
	assert_non_null(lines_find("owned twice"));
}

TEST(a_third_panic_halts_without_a_word)
{
	this_cpu()->panicking = 2;
	assert_int_equal(fake_end_of(panic_plainly, NULL), FAKE_HALT);
	assert_int_equal(lines_count(), 0);
}

TEST(a_second_cpu_that_panics_stops_silently)
{
	first_panic = 1;
	fake_cpu = &cpus[1];
	assert_int_equal(fake_end_of(panic_plainly, NULL), FAKE_HALT);
	assert_int_equal(lines_count(), 0);
	assert_int_equal(cpus[1].state, CPU_STOPPED);
}

TEST(a_panic_does_not_wait_for_a_log_lock_that_nobody_gives_back)
{
	assert_true(log_lock_take());
	assert_int_equal(fake_end_of(panic_plainly, NULL), FAKE_HALT);
	assert_non_null(lines_find("owned twice"));
	this_cpu()->panicking = 0;
	this_cpu()->lock_depth = 1;
	log_lock_drop(true);
}

static void set_online(u32 count)
{
	cpu_count = count;
	for (u32 i = 1; i < count; i++)
		cpus[i].state = CPU_ONLINE;
}

static void *obey(void *arg)
{
	fake_cpu = arg;
	for (;;)
		upcall_irq();
	return NULL;
}

TEST(a_panic_stops_the_other_cpus_before_it_speaks)
{
	pthread_t t[2];

	(void)irqchip_register(&fake_irqchip);
	fake_hz_set(0);
	fake_timer_forget();
	set_online(3);
	for (u32 i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, obey, &cpus[i + 1U]), 0);
	assert_int_equal(fake_end_of(panic_plainly, NULL), FAKE_HALT);
	for (u32 i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(cpus[1].state, CPU_STOPPED);
	assert_int_equal(cpus[2].state, CPU_STOPPED);
	assert_null(lines_find("did not stop"));
}

TEST(a_cpu_that_does_not_stop_is_waited_for_in_vain_and_named)
{
	(void)irqchip_register(&fake_irqchip);
	set_online(2);
	assert_int_equal(fake_end_of(panic_plainly, NULL), FAKE_HALT);
	assert_non_null(lines_find("panic: CPU 1 did not stop"));
}

TEST(a_name_is_found_from_its_first_byte_to_the_next_function)
{
	uintptr_t offset;

	assert_string_equal(ksym_lookup(0x10000, &offset), "start");
	assert_int_equal(offset, 0);
	assert_string_equal(ksym_lookup(0x100ff, &offset), "start");
	assert_int_equal(offset, 0xff);
	assert_string_equal(ksym_lookup(0x10100, &offset), "walk");
	assert_string_equal(ksym_lookup(0x1ffff, &offset), "last");
	assert_int_equal(offset, 0xfdff);
}

TEST(an_address_outside_the_text_has_no_name)
{
	uintptr_t offset = 1;

	assert_null(ksym_lookup(0xffff, &offset));
	assert_int_equal(offset, 0);
	assert_null(ksym_lookup(0x20000, &offset));
	assert_null(ksym_lookup(0, &offset));
	assert_null(ksym_lookup(UINTPTR_MAX, &offset));
}

#define PANIC_TEST(name) cmocka_unit_test_setup(name, panic_setup)

UNIT_TESTS(PANIC_TEST(a_panic_says_cpu_and_message_and_then_does_as_configured),
	   PANIC_TEST(a_panic_shows_the_call_chain_with_names),
	   PANIC_TEST(an_exception_is_shown_with_its_registers), PANIC_TEST(a_smashed_stack_panics),
	   PANIC_TEST(a_broken_invariant_names_itself_and_its_place),
	   PANIC_TEST(a_panic_inside_a_panic_shows_its_message_and_ends),
	   PANIC_TEST(a_third_panic_halts_without_a_word),
	   PANIC_TEST(a_second_cpu_that_panics_stops_silently),
	   PANIC_TEST(a_panic_does_not_wait_for_a_log_lock_that_nobody_gives_back),
	   PANIC_TEST(a_panic_stops_the_other_cpus_before_it_speaks),
	   PANIC_TEST(a_cpu_that_does_not_stop_is_waited_for_in_vain_and_named),
	   PANIC_TEST(a_name_is_found_from_its_first_byte_to_the_next_function),
	   PANIC_TEST(an_address_outside_the_text_has_no_name));
