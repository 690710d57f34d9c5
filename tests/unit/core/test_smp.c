// SPDX-License-Identifier: Apache-2.0
/* CPUs are threads here; what each does wrong is the fake machine's to say. */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/fw/machine.h>
#include <lines.h>

#include "core/smp.c"

struct machine machine;

/* CPU 0 is the second the firmware lists, as on machines that boot on any core. */
static void machine_set(u32 count)
{
	memset(&machine, 0, sizeof(machine));
	machine.cpu_count = count;
	for (u32 i = 0; i < count; i++)
		machine.cpu[i] = (struct machine_cpu){ .hwid = 0x101U - i, .enabled = true };
	if (count == 1U)
		machine.cpu[0].hwid = 0x100U;
	for (u32 i = 2; i < count; i++)
		machine.cpu[i].hwid = 0x200U + i;
}

static int smp_setup(void **state)
{
	int err = lines_setup(state);

	if (irqchip() == NULL)
		(void)irqchip_register(&fake_irqchip);
	return err;
}

TEST(cpus_are_numbered_from_the_boot_cpu_in_firmware_order)
{
	machine_set(4);
	assert_int_equal(cpus_init(), 0);
	assert_int_equal(cpu_count, 4);
	assert_int_equal(cpus[0].hwid, 0x100);
	assert_int_equal(cpus[1].hwid, 0x101);
	assert_int_equal(cpus[2].hwid, 0x202);
	assert_int_equal(cpus[3].hwid, 0x203);
	assert_int_equal(cpus[3].state, CPU_OFF);
	assert_int_equal(cpus[3].stack_top, (uintptr_t)&cpu_stacks[4]);
}

TEST(a_cpu_that_firmware_disabled_gets_no_number)
{
	machine_set(3);
	machine.cpu[0].enabled = false;
	assert_int_equal(cpus_init(), 0);
	assert_int_equal(cpu_count, 2);
	assert_int_equal(cpus[1].hwid, 0x202);
}

TEST(a_machine_that_lists_no_cpu_has_the_one_that_runs)
{
	machine_set(0);
	assert_int_equal(cpus_init(), 0);
	assert_int_equal(cpu_count, 1);
}

/* struct machine holds no more CPUs than there are records, so the boot CPU is the one too many. */
TEST(cpus_beyond_the_configured_number_stay_off_and_are_counted)
{
	machine_set(CONFIG_MAX_CPUS);
	machine.cpu[1].hwid = 0x999;
	assert_int_equal(cpus_init(), 0);
	assert_int_equal(cpu_count, CONFIG_MAX_CPUS);
	assert_non_null(lines_find("1 CPUs stay off: built for 8"));
}

TEST(all_cpus_come_up_and_take_interrupts)
{
	machine_set(4);
	(void)cpus_init();
	assert_int_equal(smp_init(), 0);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(load_acquire(&cpus[i].state), CPU_ONLINE);
		assert_int_not_equal(load_acquire(&cpus[i].ticks), 0);
		assert_int_not_equal(load_acquire(&cpus[i].kicks), 0);
	}
	assert_non_null(lines_find("4 of 4 CPUs up"));
}

TEST(a_cpu_that_firmware_refuses_to_start_is_named_and_the_next_is_tried)
{
	machine_set(3);
	(void)cpus_init();
	fake_smp_set(1, FAKE_START_REFUSED);
	assert_int_equal(smp_init(), BH_EIO);
	assert_int_equal(cpus[1].state, CPU_FAILED);
	assert_non_null(lines_find("CPU 1 (hwid 0x101): did not come up: EIO"));
	assert_non_null(lines_find("2 of 3 CPUs up"));
}

TEST(a_cpu_that_never_answers_is_waited_for_in_vain_and_named)
{
	machine_set(2);
	(void)cpus_init();
	fake_smp_set(1, FAKE_START_SILENT);
	fake_tick_step_set(100);
	assert_int_equal(smp_init(), BH_ETIMEDOUT);
	assert_int_equal(cpus[1].state, CPU_FAILED);
	assert_non_null(lines_find("CPU 1 (hwid 0x101): did not come up: ETIMEDOUT"));
}

TEST(a_cpu_without_timer_interrupt_is_named)
{
	machine_set(1);
	(void)cpus_init();
	fake_irq_lose(IRQ_TIMER);
	fake_tick_step_set(100);
	assert_int_equal(smp_init(), BH_ETIMEDOUT);
	assert_non_null(lines_find("CPU 0 (hwid 0x100): took no timer interrupt"));
	assert_non_null(lines_find("0 of 1 CPUs up"));
}

TEST(a_cpu_that_takes_no_kick_is_named)
{
	machine_set(1);
	(void)cpus_init();
	fake_irq_lose(IRQ_KICK);
	fake_tick_step_set(100);
	assert_int_equal(smp_init(), BH_ETIMEDOUT);
	assert_non_null(lines_find("CPU 0 (hwid 0x100): took no interrupt from CPU 0"));
}

static void secondary(void *arg __unused)
{
	bulkhead_secondary_main();
}

TEST(a_cpu_whose_timer_fails_halts_and_says_so)
{
	fake_hz_set(0);
	fake_cpu = &cpus[3];
	assert_int_equal(fake_end_of(secondary, NULL), FAKE_HALT);
	assert_int_equal(cpus[3].state, CPU_FAILED);
	assert_non_null(lines_find("CPU 3: interrupts, timer or guests: ENODEV"));
}

TEST(a_cpu_that_comes_after_it_was_given_up_halts)
{
	fake_cpu = &cpus[3];
	cpus[3].state = CPU_FAILED;
	assert_int_equal(fake_end_of(secondary, NULL), FAKE_HALT);
	assert_int_equal(cpus[3].state, CPU_FAILED);
}

static u32 work_done;

static void work(void *arg)
{
	__atomic_store_n(&work_done, *(u32 *)arg + this_cpu()->id, __ATOMIC_SEQ_CST);
}

TEST(an_idle_cpu_does_what_it_is_given)
{
	u32 forty = 40;

	machine_set(2);
	(void)cpus_init();
	assert_int_equal(cpu_give(1, work, &forty), BH_ENODEV);
	assert_int_equal(smp_init(), 0);
	work_done = 0;
	assert_int_equal(cpu_give(1, work, &forty), 0);
	while (__atomic_load_n(&work_done, __ATOMIC_SEQ_CST) == 0U)
		cpu_relax();
	assert_int_equal(work_done, 41);
	assert_int_equal(cpu_give(2, work, &forty), BH_ENODEV);
}

static int no_guests(void)
{
	return BH_ENOTSUP;
}

TEST(a_cpu_that_cannot_run_guests_as_the_others_do_is_not_online)
{
	machine_set(2);
	(void)cpus_init();
	cpu_init_set(no_guests);
	fake_tick_step_set(100);
	assert_int_equal(smp_init(), BH_ETIMEDOUT);
	cpu_init_set(NULL);
	assert_int_equal(load_acquire(&cpus[1].state), CPU_FAILED);
}

#define SMP_TEST(name) cmocka_unit_test_setup(name, smp_setup)

UNIT_TESTS(SMP_TEST(cpus_are_numbered_from_the_boot_cpu_in_firmware_order),
	   SMP_TEST(a_cpu_that_firmware_disabled_gets_no_number),
	   SMP_TEST(a_machine_that_lists_no_cpu_has_the_one_that_runs),
	   SMP_TEST(cpus_beyond_the_configured_number_stay_off_and_are_counted),
	   SMP_TEST(all_cpus_come_up_and_take_interrupts),
	   SMP_TEST(a_cpu_that_firmware_refuses_to_start_is_named_and_the_next_is_tried),
	   SMP_TEST(a_cpu_that_never_answers_is_waited_for_in_vain_and_named),
	   SMP_TEST(a_cpu_without_timer_interrupt_is_named),
	   SMP_TEST(a_cpu_that_takes_no_kick_is_named),
	   SMP_TEST(a_cpu_that_comes_after_it_was_given_up_halts),
	   SMP_TEST(a_cpu_whose_timer_fails_halts_and_says_so),
	   SMP_TEST(an_idle_cpu_does_what_it_is_given),
	   SMP_TEST(a_cpu_that_cannot_run_guests_as_the_others_do_is_not_online));
