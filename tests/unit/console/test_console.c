// SPDX-License-Identifier: Apache-2.0
/* Consoles of three partitions on one port. */
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/vm/console.h>
#include <lines.h>
#include <pthread.h>
#include <unit.h>

#include "arch/fake/fake.h"
#include "core/vm/alarm.c"
#include "port.h"

#define TURNS_MAX 100000U

static struct console a, b, c;
static u8 typed[3][16];
static u32 typed_count[3];

static void input(void *ctx, u8 byte)
{
	const u32 i = *(const u32 *)ctx;

	typed[i][typed_count[i]] = byte;
	typed_count[i]++;
}

/* The list cannot be emptied: the first test makes it, the others bring it back to its start. */
static int setup(void **state)
{
	static u32 number[] = { 0, 1, 2 };
	const int err = lines_setup(state);

	fake_tick_step_set(1000);
	port_reset();
	if (a.name == NULL) {
		a = (struct console){ .name = "linux", .input = input, .ctx = &number[0] };
		b = (struct console){ .name = "rt", .input = input, .ctx = &number[1] };
		c = (struct console){ .name = "c", .input = input, .ctx = &number[2] };
		console_add(&a);
		console_add(&b);
		console_add(&c);
	}
	while (console_focus() != &a)
		console_typed(CONSOLE_KEY);
	memset(typed_count, 0, sizeof(typed_count));
	console_reset(&a);
	console_reset(&b);
	console_reset(&c);
	return err;
}

/* As a guest that tries again; how often it had to. */
static u32 put(struct console *to, const char *text)
{
	u32 turns = 0;

	for (; *text != '\0'; text++) {
		while (!console_put(to, (u8)*text)) {
			turns++;
			assert_true(turns < TURNS_MAX);
		}
	}
	return turns;
}

#define sent_is(text) assert_string_equal(port.sent, text)

TEST(a_line_is_shown_whole_with_its_partition)
{
	(void)put(&b, "tick");
	sent_is("");
	(void)put(&b, " 1\n");
	sent_is("[rt] tick 1\r\n");
}

TEST(the_line_in_focus_is_shown_as_it_grows)
{
	(void)put(&a, "~ #");
	sent_is("[linux] ~ #");
	(void)put(&a, " ls\r\n");
	sent_is("[linux] ~ # ls\r\n");
}

TEST(who_writes_in_between_ends_a_growing_line_and_it_is_shown_again)
{
	(void)put(&a, "~ # l");
	(void)put(&b, "tick\n");
	(void)put(&a, "s");
	sent_is("[linux] ~ # l\r\n[rt] tick\r\n[linux] ~ # ls");
}

TEST(the_log_ends_a_growing_line_too)
{
	(void)put(&a, "~ #");
	port.owner = NULL;
	(void)put(&a, " ");
	sent_is("[linux] ~ #[linux] ~ # ");
}

TEST(a_long_line_is_sent_in_pieces_and_broken_where_there_is_no_more_room)
{
	char text[CONSOLE_LINE_MAX + 3U];

	memset(text, 'x', sizeof(text));
	text[CONSOLE_LINE_MAX] = 'y';
	text[CONSOLE_LINE_MAX + 1U] = '\n';
	text[CONSOLE_LINE_MAX + 2U] = '\0';
	assert_in_range(put(&b, text), 5, 8);
	assert_int_equal(port.length, 2U * strlen("[rt] \r\n") + CONSOLE_LINE_MAX + 1U);
	assert_string_equal(port.sent + port.length - 8U, "[rt] y\r\n");
}

TEST(no_call_puts_more_than_a_piece_on_the_port)
{
	u32 before = 0;

	for (u32 i = 0; i < 2000U; i++) {
		(void)console_put(i % 3U == 0U ? &a : &b, i % 100U == 99U ? '\n' : 'x');
		assert_true(port.length - before <= CONSOLE_PIECE + 4U);
		before = port.length;
	}
}

TEST(a_whole_line_is_not_broken_by_another)
{
	port.room = 4;
	for (const char *t = "tick"; *t != '\0'; t++)
		assert_true(console_put(&b, (u8)*t));
	assert_false(console_put(&b, '\n'));
	port.room = ~0U;
	(void)put(&c, "x");
	assert_false(console_put(&c, '\n'));
	sent_is("[rt]");
	assert_true(console_put(&b, '\n'));
	assert_true(console_put(&c, '\n'));
	sent_is("[rt] tick\r\n[c] x\r\n");
}

TEST(a_line_that_never_ends_is_broken_after_a_while)
{
	port.room = 2;
	(void)put(&b, "tick");
	assert_false(console_put(&b, '\n'));
	port.room = ~0U;
	(void)put(&c, "x\n");
	sent_is("[r\r\n[c] x\r\n");
}

TEST(a_full_port_makes_the_guest_wait_and_loses_nothing)
{
	port.room = 0;
	for (u32 i = 0; i < 3U; i++)
		(void)console_put(&a, (u8)("~ #"[i]));
	port.room = ~0U;
	(void)put(&a, "~ #\n");
	assert_non_null(strstr(port.sent, "~ #\r\n"));
}

TEST(a_guest_that_writes_too_fast_waits)
{
	u32 bytes = 0;

	fake_tick_step_set(0);
	fake_time_set(0);
	console_reset(&b);
	while (console_put(&b, bytes % 16U == 15U ? '\n' : 'x'))
		bytes++;
	assert_int_equal(bytes, 4096);
	/* 1,000 bytes a second. */
	fake_time_set(10000);
	for (bytes = 0; console_put(&b, 'x'); bytes++)
		;
	assert_int_equal(bytes, 10);
}

TEST(only_the_focus_may_command_the_terminal)
{
	(void)put(&b, "\x1b[2J\x07\tx\x7f\n");
	sent_is("[rt] ?[2J?\tx?\r\n");
	port_reset();
	(void)put(&a, "\x1b[2J");
	sent_is("[linux] \x1b[2J");
}

TEST(a_carriage_return_goes_behind_the_name)
{
	(void)put(&a, "10%\r20%\r\n");
	sent_is("[linux] 10%\r[linux] 20%\r\n");
	port_reset();
	(void)put(&b, "10%\r20%\r\n");
	sent_is("[rt] 20%\r\n");
}

TEST(input_goes_to_the_focus_and_a_key_moves_it)
{
	console_typed('a');
	console_typed(CONSOLE_KEY);
	assert_ptr_equal(console_focus(), &b);
	assert_non_null(lines_find("console: input goes to rt"));
	console_typed('b');
	console_typed(CONSOLE_KEY);
	console_typed('c');
	console_typed(CONSOLE_KEY);
	assert_ptr_equal(console_focus(), &a);
	for (u32 i = 0; i < 3U; i++) {
		assert_int_equal(typed_count[i], 1);
		assert_int_equal(typed[i][0], 'a' + i);
	}
}

static u32 listened_line, listened_cpu;

static int chip_init(void)
{
	return 0;
}

static void chip_send(u32 cpu, enum irq_id id)
{
	(void)cpu;
	(void)id;
}

static bool raised;

static bool chip_take(enum irq_id *id)
{
	const bool was = raised;

	raised = false;
	*id = IRQ_CONSOLE;
	if (!was && fake_alarm_take(this_cpu()->id)) {
		*id = IRQ_TIMER;
		return true;
	}
	return was;
}

static int chip_listen(enum irq_id id, u32 line, bool level, u32 cpu)
{
	assert_int_equal(id, IRQ_CONSOLE);
	assert_true(level);
	listened_line = line;
	listened_cpu = cpu;
	return 0;
}

static const struct irqchip_ops chip = {
	.name = "chip",
	.cpu_init = chip_init,
	.send = chip_send,
	.take = chip_take,
	.listen = chip_listen,
};

TEST(what_the_port_receives_is_taken_on_the_cpu_of_the_focus)
{
	assert_int_equal(irqchip_register(&chip), 0);
	a.cpu = 3;
	b.cpu = 5;
	port.line = 33;
	console_listen();
	assert_non_null(lines_find("console: input goes to linux; Ctrl-] moves it on"));
	assert_int_equal(listened_line, 33);
	assert_int_equal(listened_cpu, 3);
	port.received = "ab\x1d"
			"c";
	raised = true;
	upcall_irq();
	assert_int_equal(typed_count[0], 2);
	assert_int_equal(typed_count[1], 1);
	assert_int_equal(listened_cpu, 5);
}

/* On @cpu after @ms: its alarm, if it is time for that. */
static void later(u32 cpu, u32 ms)
{
	fake_cpu = &cpus[cpu];
	fake_time_set(fake_timer_now() + timer_hz() / 1000U * ms);
	upcall_irq();
	fake_cpu = &cpus[0];
}

static void typed_are(u32 first, u32 second)
{
	assert_int_equal(typed_count[0], first);
	assert_int_equal(typed_count[1], second);
}

TEST(a_port_that_does_not_interrupt_is_looked_at_by_the_cpu_of_the_focus)
{
	/* Refused where the test before has done it. */
	(void)irqchip_register(&chip);
	assert_int_equal(alarm_init(), 0);
	fake_tick_step_set(1);
	a.cpu = 1;
	b.cpu = 2;
	console_listen();
	assert_non_null(lines_find("no interrupt of the port comes here: looks at it 20 times"));
	for (u32 cpu = 1; cpu <= 2U; cpu++) {
		fake_cpu = &cpus[cpu];
		console_look_begin();
	}
	port.received = "ab\x1d"
			"c";
	later(1, 40);
	later(2, 11);
	typed_are(0, 0);
	later(1, 0);
	typed_are(2, 0);
	assert_ptr_equal(console_focus(), &b);
	/* The rest is for the other one's CPU; while something comes looks are frequent. */
	later(1, 51);
	typed_are(2, 0);
	later(2, 0);
	typed_are(2, 1);
	port.received = "d";
	later(2, 2);
	typed_are(2, 2);
}

TEST(without_a_port_nobody_looks)
{
	assert_int_equal(alarm_init(), 0);
	port.absent = true;
	console_listen();
	console_look_begin();
	port.received = "a";
	later(a.cpu, 100);
	typed_are(0, 0);
}

#define LINES_EACH 60U

static void *writer(void *arg)
{
	struct console *to = arg;

	fake_cpu = &cpus[to == &b ? 1U : 2U];
	for (u32 i = 0; i < LINES_EACH; i++) {
		for (const char *text = "one whole line\n"; *text != '\0'; text++) {
			while (!console_put(to, (u8)*text))
				fake_time_set(i * 1000000U);
		}
	}
	return NULL;
}

TEST(lines_of_two_cpus_do_not_mix)
{
	pthread_t other;
	u32 mine = 0;
	u32 theirs = 0;

	assert_int_equal(pthread_create(&other, NULL, writer, &b), 0);
	(void)writer(&c);
	assert_int_equal(pthread_join(other, NULL), 0);
	fake_cpu = &cpus[0];
	for (const char *at = port.sent; *at != '\0'; at = strchr(at, '\n') + 1) {
		mine += strncmp(at, "[c] one whole line\r\n", 20) == 0 ? 1U : 0U;
		theirs += strncmp(at, "[rt] one whole line\r\n", 21) == 0 ? 1U : 0U;
	}
	assert_int_equal(mine, LINES_EACH);
	assert_int_equal(theirs, LINES_EACH);
}

TEST(a_port_that_is_taken_is_not_waited_for_for_ever)
{
	u32 tries = 0;

	port.busy = true;
	(void)put(&b, "lost");
	while (!console_put(&b, '\n'))
		tries++;
	assert_int_equal(tries, 10000);
	port.busy = false;
	(void)put(&b, "kept\n");
	sent_is("[rt] kept\r\n");
}

TEST(without_a_port_guests_go_on)
{
	port.absent = true;
	(void)put(&a, "hello\n");
	(void)put(&b, "hello\n");
	sent_is("");
}

TEST(a_reset_forgets_half_a_line)
{
	(void)put(&b, "half");
	console_reset(&b);
	(void)put(&b, "whole\n");
	sent_is("[rt] whole\r\n");
}

#define T(name) cmocka_unit_test_setup(name, setup)

UNIT_TESTS(T(a_line_is_shown_whole_with_its_partition), T(the_line_in_focus_is_shown_as_it_grows),
	   T(who_writes_in_between_ends_a_growing_line_and_it_is_shown_again),
	   T(the_log_ends_a_growing_line_too),
	   T(a_long_line_is_sent_in_pieces_and_broken_where_there_is_no_more_room),
	   T(no_call_puts_more_than_a_piece_on_the_port), T(a_whole_line_is_not_broken_by_another),
	   T(a_line_that_never_ends_is_broken_after_a_while),
	   T(a_full_port_makes_the_guest_wait_and_loses_nothing),
	   T(a_guest_that_writes_too_fast_waits), T(only_the_focus_may_command_the_terminal),
	   T(a_carriage_return_goes_behind_the_name), T(input_goes_to_the_focus_and_a_key_moves_it),
	   T(what_the_port_receives_is_taken_on_the_cpu_of_the_focus),
	   T(a_port_that_does_not_interrupt_is_looked_at_by_the_cpu_of_the_focus),
	   T(without_a_port_nobody_looks), T(lines_of_two_cpus_do_not_mix),
	   T(a_port_that_is_taken_is_not_waited_for_for_ever), T(without_a_port_guests_go_on),
	   T(a_reset_forgets_half_a_line));
