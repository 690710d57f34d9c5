// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/run.h>
#include <bulkhead/lib/error.h>
#include <lines.h>

#include "core/base/irq.c"

static u32 handled;

static void handler(void)
{
	handled++;
}

static int irq_setup(void **state)
{
	int err = lines_setup(state);

	chip = NULL;
	memset(handlers, 0, sizeof(handlers));
	handled = 0;
	assert_int_equal(irqchip_register(&fake_irqchip), 0);
	return err;
}

TEST(a_second_controller_is_refused_and_both_are_named)
{
	const struct irqchip_ops other = { .name = "other" };

	assert_int_equal(irqchip_register(&other), BH_EEXIST);
	assert_ptr_equal(irqchip(), &fake_irqchip);
	assert_non_null(lines_find("other: refused, fake irqchip is in charge"));
}

TEST(every_pending_interrupt_is_taken_and_counted)
{
	irq_handler_set(IRQ_KICK, handler);
	fake_irq_raise(0, IRQ_KICK);
	fake_irq_raise(0, IRQ_TIMER);
	fake_irq_raise(0, IRQ_SPURIOUS);
	cpu_take_irqs();
	assert_int_equal(handled, 1);
	assert_int_equal(this_cpu()->irqs, 3);
	assert_int_equal(this_cpu()->ticks, 1);
	assert_int_equal(this_cpu()->kicks, 1);
}

TEST(an_alarm_comes_once_and_not_before_its_time)
{
	fake_tick_step_set(0);
	timer_arm(100);
	fake_time_set(99);
	cpu_take_irqs();
	assert_int_equal(this_cpu()->ticks, 0);
	fake_time_set(100);
	cpu_take_irqs();
	cpu_take_irqs();
	assert_int_equal(this_cpu()->ticks, 1);
}

TEST(a_disarmed_alarm_does_not_come)
{
	timer_arm(1);
	timer_disarm();
	fake_time_set(100);
	cpu_take_irqs();
	assert_int_equal(this_cpu()->ticks, 0);
}

static bool take_for_ever(enum irq_id *id)
{
	*id = IRQ_KICK;
	return true;
}

TEST(a_source_that_never_falls_silent_does_not_hold_the_cpu)
{
	static const struct irqchip_ops noisy = { .name = "noisy", .take = take_for_ever };

	chip = &noisy;
	cpu_take_irqs();
	assert_int_equal(this_cpu()->irqs, IRQS_PER_ENTRY);
}

TEST(an_interrupt_before_there_is_a_controller_is_ignored)
{
	chip = NULL;
	cpu_take_irqs();
	assert_int_equal(this_cpu()->irqs, 0);
}

static void take_stop(void *arg __unused)
{
	fake_irq_raise(0, IRQ_STOP);
	cpu_take_irqs();
}

TEST(a_stop_stops_this_cpu)
{
	assert_int_equal(fake_end_of(take_stop, NULL), FAKE_HALT);
	assert_int_equal(this_cpu()->state, CPU_STOPPED);
}

TEST(controller_and_clock_of_the_boot_cpu_are_named)
{
	assert_int_equal(interrupts_init(), 0);
	assert_non_null(lines_find("interrupts by fake irqchip, time by fake clock at 1000000 Hz"));
}

TEST(a_machine_without_controller_says_what_to_do)
{
	chip = NULL;
	assert_int_equal(interrupts_init(), BH_ENOTSUP);
	assert_non_null(lines_find("enable it in Kconfig"));
}

static int refuse(void)
{
	return BH_EIO;
}

TEST(a_controller_that_fails_is_named_with_its_error)
{
	static const struct irqchip_ops broken = { .name = "broken", .cpu_init = refuse };

	chip = &broken;
	assert_int_equal(interrupts_init(), BH_EIO);
	assert_non_null(lines_find("broken: CPU 0: EIO"));
}

TEST(a_clock_without_frequency_fails_the_boot)
{
	fake_hz_set(0);
	assert_int_equal(interrupts_init(), BH_ENODEV);
	assert_non_null(lines_find("timer: no usable frequency: ENODEV"));
}

static void end_boot(void *arg __unused)
{
	run_idle();
}

TEST(the_idle_cpu_takes_interrupts)
{
	irq_handler_set(IRQ_KICK, cpu_halt);
	fake_irq_raise(0, IRQ_KICK);
	assert_int_equal(fake_end_of(end_boot, NULL), FAKE_HALT);
	assert_int_equal(this_cpu()->kicks, 1);
}

#define IRQ_TEST(name) cmocka_unit_test_setup(name, irq_setup)

UNIT_TESTS(IRQ_TEST(a_second_controller_is_refused_and_both_are_named),
	   IRQ_TEST(every_pending_interrupt_is_taken_and_counted),
	   IRQ_TEST(an_alarm_comes_once_and_not_before_its_time),
	   IRQ_TEST(a_disarmed_alarm_does_not_come),
	   IRQ_TEST(a_source_that_never_falls_silent_does_not_hold_the_cpu),
	   IRQ_TEST(an_interrupt_before_there_is_a_controller_is_ignored),
	   IRQ_TEST(a_stop_stops_this_cpu),
	   IRQ_TEST(controller_and_clock_of_the_boot_cpu_are_named),
	   IRQ_TEST(a_machine_without_controller_says_what_to_do),
	   IRQ_TEST(a_controller_that_fails_is_named_with_its_error),
	   IRQ_TEST(the_idle_cpu_takes_interrupts),
	   IRQ_TEST(a_clock_without_frequency_fails_the_boot));
