// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/lib/types.h>
#include <bulkhead/serial/serial.h>
#include <bulkhead/vm/alarm.h>
#include <bulkhead/vm/console.h>

/*
 * Turns a console waits for another's line to end; then it breaks in: its writer is gone. So often
 * it finds the port taken; then its line is lost.
 */
#define PATIENCE 10000U

/* Bytes it may write at once after a pause. */
#define BURST 4096U

/* Brackets and a space around a name. */
#define AROUND 3U

/* Bytes taken at one interrupt, or one look; the rest comes with the next. */
#define INPUT_MAX 32U

/* How often a port without an interrupt is looked at in a second: while nothing comes, and when. */
#define LOOKS_IDLE 20U
#define LOOKS_BUSY 1000U

static struct console *consoles;
static u32 port_line;         /* the port's interrupt; 0: nobody listens */
static bool polled;           /* it has none, and is looked at instead */
static struct console *focus; /* atomic */

const struct console *console_focus(void)
{
	return __atomic_load_n(&focus, __ATOMIC_ACQUIRE);
}

void console_add(struct console *c)
{
	struct console **end = &consoles;

	while (*end != NULL)
		end = &(*end)->next;
	c->next = NULL;
	c->prefix = (u32)strlen(c->name) + AROUND;
	console_reset(c);
	*end = c;
	if (focus == NULL)
		focus = c;
}

/* Read by consoles that wait for the line to end. */
static bool whole(const struct console *c)
{
	return __atomic_load_n(&c->whole, __ATOMIC_RELAXED);
}

static void whole_set(struct console *c, bool is)
{
	__atomic_store_n(&c->whole, is, __ATOMIC_RELAXED);
}

static void line_forget(struct console *c)
{
	c->length = 0;
	c->sent = 0;
	c->prefix_sent = 0;
	c->home = false;
	whole_set(c, false);
}

const struct state_field console_fields[] = {
	STATE_FIELD(struct console, name, BOOT),   STATE_FIELD(struct console, input, BOOT),
	STATE_FIELD(struct console, ctx, BOOT),    STATE_FIELD(struct console, cpu, BOOT),
	STATE_FIELD(struct console, prefix, BOOT), STATE_FIELD(struct console, next, BOOT),
	STATE_FIELD(struct console, filled, KEPT), STATE_FIELD(struct console, credit, MADE),
	STATE_FIELD(struct console, tries, RESET), STATE_FIELD(struct console, length, RESET),
	STATE_FIELD(struct console, sent, RESET),  STATE_FIELD(struct console, prefix_sent, RESET),
	STATE_FIELD(struct console, whole, RESET), STATE_FIELD(struct console, returned, RESET),
	STATE_FIELD(struct console, home, RESET),  STATE_FIELD(struct console, line, RESET),
};

const u32 console_field_count = ARRAY_SIZE(console_fields);

void console_reset(struct console *c)
{
	state_reset(c, console_fields, console_field_count);
	c->filled = timer_now();
	c->credit = BURST;
}

/* ---- rate ---- */

/* Counts the time since the credit was last counted. */
static void refill(struct console *c)
{
	const u64 now = timer_now();
	const u64 hz = timer_hz();
	u64 gained = BURST;

	if (hz != 0U && now - c->filled < hz)
		gained = (now - c->filled) * CONFIG_CONSOLE_RATE / hz;
	if (gained == 0U)
		return;
	c->credit = gained < BURST ? (u32)gained : BURST;
	c->filled = now;
}

/* ---- the port ---- */

/* What of "[name] " comes next, without a buffer. */
static const char *prefix_part(const struct console *c, u32 *n)
{
	const u32 at = c->prefix_sent;
	const u32 end = c->prefix - (AROUND - 1U);

	*n = at == 0U ? 1U : at < end ? end - at : c->prefix - at;
	if (at == 0U)
		return "[";
	return at < end ? &c->name[at - 1U] : &"] "[at - end];
}

static bool send_char(char c)
{
	return serial_port_send(&c, 1) == 1U;
}

/*
 * The port in the middle of another's line: one that grows under the focus may be ended, one that
 * is whole comes to its end by itself. False: wait.
 */
static bool own_line(struct console *c)
{
	const struct console *other = serial_port_line_owner();

	if (other == c && c->home && !send_char('\r'))
		return false;
	c->home = false;
	if (other == c)
		return true;
	if (other != NULL && whole(other) && c->tries < PATIENCE) {
		c->tries++;
		return false;
	}
	if (other != NULL && serial_port_send("\r\n", 2) != 2U)
		return false;
	c->tries = 0;
	c->prefix_sent = 0;
	c->sent = 0;
	serial_port_line(c);
	return true;
}

/* Of what may be sent, @left. True: all of it is out. */
static bool send_prefix(struct console *c, u32 *left)
{
	while (c->prefix_sent < c->prefix && *left != 0U) {
		u32 n;
		const char *part = prefix_part(c, &n);
		const u32 now = n < *left ? n : *left;
		const u32 sent = serial_port_send(part, now);

		c->prefix_sent += sent;
		*left -= sent;
		if (sent != now)
			return false;
	}
	return c->prefix_sent == c->prefix;
}

/* What of prefix and line there is room for, and at most a piece. True: all of it is out. */
static bool send_piece(struct console *c)
{
	u32 left = CONSOLE_PIECE;

	if (!send_prefix(c, &left))
		return false;
	if (left > c->length - c->sent)
		left = c->length - c->sent;
	c->sent += serial_port_send(&c->line[c->sent], left);
	return c->sent == c->length;
}

/* True: the line is out, and ended if it is whole; or there is no port for it. */
static bool flush(struct console *c)
{
	const int err = serial_port_begin();
	bool out;

	if (err == BH_EBUSY && c->tries < PATIENCE) {
		c->tries++;
		return false;
	}
	if (err != 0) {
		c->tries = 0;
		line_forget(c);
		return true;
	}
	out = own_line(c) && send_piece(c);
	if (out && c->whole) {
		out = serial_port_send("\r\n", 2) == 2U;
		if (out) {
			line_forget(c);
			serial_port_line(NULL);
		}
	}
	serial_port_end();
	return out;
}

/* Most bytes follow one that is out, in a line that nothing has come between. */
static bool goes_on(struct console *c, u8 byte)
{
	if (c->sent != c->length || c->length == CONSOLE_LINE_MAX || c->prefix_sent != c->prefix ||
	    c->credit == 0U || c->whole || c->returned || c->home ||
	    !serial_port_go_on(c, (char)byte))
		return false;
	c->line[c->length] = (char)byte;
	c->length++;
	c->sent = c->length;
	c->credit--;
	return true;
}

/* ---- what a guest writes ---- */

/* Only who has the focus may command the terminal. */
static u8 shown(const struct console *c, u8 byte)
{
	if (c == console_focus() || byte == '\t' || (byte >= 0x20U && byte != 0x7fU))
		return byte;
	return '?';
}

/* A carriage return takes its writer to where the line begins, behind the prefix. */
static void begin_again(struct console *c)
{
	c->length = 0;
	c->sent = 0;
	c->prefix_sent = 0;
	c->home = true;
}

bool console_put(struct console *c, u8 byte)
{
	const bool grows = c == console_focus();

	if (grows && byte != '\n' && byte != '\r' && goes_on(c, byte))
		return true;
	if (byte == '\r') {
		c->returned = true;
		return true;
	}
	if (c->credit == 0U)
		refill(c);
	if (c->credit == 0U)
		return false;
	if (c->returned && byte != '\n')
		begin_again(c);
	c->returned = false;
	if (byte == '\n' || c->length == CONSOLE_LINE_MAX)
		whole_set(c, true);
	if ((c->whole || (grows && c->sent < c->length)) && !flush(c))
		return false;
	c->credit--;
	if (byte == '\n')
		return true;
	c->line[c->length] = (char)shown(c, byte);
	c->length++;
	if (grows)
		(void)flush(c);
	return true;
}

/* ---- what the user types ---- */

void console_typed(u8 byte)
{
	struct console *c = __atomic_load_n(&focus, __ATOMIC_ACQUIRE);

	if (c == NULL)
		return;
	if (byte != CONSOLE_KEY) {
		c->input(c->ctx, byte);
		return;
	}
	c = c->next != NULL ? c->next : consoles;
	__atomic_store_n(&focus, c, __ATOMIC_RELEASE);
	if (port_line != 0U)
		(void)irqchip()->listen(IRQ_CONSOLE, port_line, true, c->cpu);
	log_info("console: input goes to %s", c->name);
}

/* One CPU at a time looks at a port without an interrupt: that of the console in focus. */
static bool mine(void)
{
	return !polled || console_focus()->cpu == this_cpu()->id;
}

/* How many. */
static u32 receive(void)
{
	u32 n = 0;

	for (; n < INPUT_MAX && mine(); n++) {
		const int byte = serial_console_get();

		if (byte < 0)
			break;
		console_typed((u8)byte);
	}
	return n;
}

static void received(void)
{
	(void)receive();
}

static void look(void)
{
	const u32 looks = receive() != 0U ? LOOKS_BUSY : LOOKS_IDLE;

	alarm_set(ALARM_CONSOLE, timer_now() + timer_hz() / looks);
}

void console_look_begin(void)
{
	if (polled)
		look();
}

static bool port_there(void)
{
	const int err = serial_port_begin();

	if (err == 0)
		serial_port_end();
	return err != BH_ENODEV;
}

/* False: the port has no interrupt, or none that comes here. */
static bool listen(u32 cpu)
{
	if (irqchip()->listen != NULL)
		port_line = serial_console_listen();
	if (port_line != 0U && irqchip()->listen(IRQ_CONSOLE, port_line, true, cpu) != 0)
		port_line = 0;
	return port_line != 0U;
}

void console_listen(void)
{
	const struct console *c = console_focus();

	if (c == NULL)
		return;
	irq_handler_set(IRQ_CONSOLE, received);
	alarm_handler_set(ALARM_CONSOLE, look);
	polled = !listen(c->cpu) && port_there();
	if (polled)
		log_info("console: no interrupt of the port comes here: "
			 "looks at it %u times a second",
			 LOOKS_IDLE);
	if (consoles->next != NULL)
		log_info("console: input goes to %s; Ctrl-] moves it on", c->name);
}
