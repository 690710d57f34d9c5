// SPDX-License-Identifier: Apache-2.0
/*
 * The console: one port, first the one the board's configuration names, then the one firmware
 * names, if that is another.
 */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/serial/serial.h>

#if defined(CONFIG_EARLY_UART_PL011)
#define EARLY_UART \
	{ .kind = UART_PL011, .base = { CONFIG_EARLY_UART_BASE }, .size = 0x1000, .reg_width = 4 }
#elif defined(CONFIG_EARLY_UART_IMX)
#define EARLY_UART \
	{ .kind = UART_IMX, .base = { CONFIG_EARLY_UART_BASE }, .size = 0x1000, .reg_width = 4 }
#elif defined(CONFIG_EARLY_UART_16550_MMIO)
#define EARLY_UART                            \
	{ .kind = UART_16550_MMIO,            \
	  .base = { CONFIG_EARLY_UART_BASE }, \
	  .size = 0x1000,                     \
	  .reg_width = 1 }
#elif defined(CONFIG_EARLY_UART_16550_PORT)
#define EARLY_UART                                       \
	{ .kind = UART_16550_PORT,                       \
	  .base = { CONFIG_EARLY_UART_BASE },            \
	  .size = 8,                                     \
	  .irq = CONFIG_EARLY_UART_BASE == 0x3f8   ? 4U  \
		 : CONFIG_EARLY_UART_BASE == 0x2f8 ? 3U  \
						   : 0U, \
	  .reg_width = 1 }
#endif

extern const struct serial_driver serial_drivers_start[], serial_drivers_end[];

static struct serial port;
static const struct serial_driver *driver; /* NULL: no console */
static struct machine_uart current;

static const struct serial_driver *find_driver(enum uart_kind kind)
{
	for (const struct serial_driver *d = serial_drivers_start; d < serial_drivers_end; d++)
		if (d->kind == kind)
			return d;
	return NULL;
}

/* Longer than anybody holds the port, if the CPU that does still runs. */
#define PORT_TRIES 20000U

static struct spinlock port_lock = SPINLOCK_INIT(LOCK_PORT);
static const void *line_owner; /* who is in the middle of a line */

/* In a panic the port may be held by a CPU that is stopped. */
static bool port_take(void)
{
	if (this_cpu()->panicking == 0U) {
		spin_lock(&port_lock);
		return true;
	}
	for (u32 i = 0; i < PORT_TRIES; i++) {
		if (spin_trylock(&port_lock))
			return true;
		cpu_relax();
	}
	return false;
}

static void new_line(void)
{
	driver->put(&port, "\r\n", 2);
}

static bool console_holds; /* between console_begin() and console_end() */

static bool console_begin(void)
{
	console_holds = spin_trylock(&port_lock);
	return console_holds;
}

static void console_end(void)
{
	console_holds = false;
	spin_unlock(&port_lock);
}

static void console_write(const char *line, size_t len)
{
	const bool taken = !console_holds && port_take();

	if (line_owner != NULL)
		new_line();
	line_owner = NULL;
	driver->put(&port, line, len);
	new_line();
	if (taken)
		spin_unlock(&port_lock);
}

int serial_port_begin(void)
{
	if (driver == NULL)
		return BH_ENODEV;
	return spin_trylock(&port_lock) ? 0 : BH_EBUSY;
}

void serial_port_end(void)
{
	spin_unlock(&port_lock);
}

u32 serial_port_send(const char *bytes, u32 n)
{
	u32 i = 0;

	while (i < n && driver->try_put(&port, (u8)bytes[i]))
		i++;
	return i;
}

void serial_port_line(const void *owner)
{
	line_owner = owner;
}

const void *serial_port_line_owner(void)
{
	return line_owner;
}

bool serial_port_go_on(const void *owner, char byte)
{
	bool sent;

	if (driver == NULL || !spin_trylock(&port_lock))
		return false;
	sent = line_owner == owner && driver->try_put(&port, (u8)byte);
	spin_unlock(&port_lock);
	return sent;
}

void serial_console_drain(void)
{
	if (driver != NULL)
		driver->drain(&port);
}

int serial_console_get(void)
{
	return (driver != NULL) ? driver->get(&port) : -1;
}

u32 serial_console_listen(void)
{
	if (driver == NULL || driver->listen == NULL || current.irq == 0U)
		return 0;
	driver->listen(&port);
	return current.irq;
}

static struct log_sink console_sink = {
	.write = console_write,
	.begin = console_begin,
	.end = console_end,
	.drain = serial_console_drain,
};

/* Opens @u; the console changes only when that has worked. */
static int console_open(const struct machine_uart *u)
{
	const struct serial_driver *d = find_driver(u->kind);
	struct serial s = { .kind = u->kind, .reg_shift = u->reg_shift, .reg_width = u->reg_width };
	bool first = driver == NULL;
	int err;

	if (d == NULL)
		return trace_error(BH_ENOTSUP);
	if (u->kind == UART_16550_PORT) {
		s.port = (u16)u->base.v;
	} else {
		s.regs = mmu_map(u->base, u->size, MMU_DEVICE);
		if (s.regs == NULL)
			return trace_error(BH_ENOMEM);
	}
	err = d->init(&s, u);
	if (err != 0)
		return err;
	serial_console_drain();
	port = s;
	driver = d;
	current = *u;
	if (first)
		log_sink_register(&console_sink);
	return 0;
}

#ifdef EARLY_UART
int serial_early_init(void)
{
	static const struct machine_uart early = EARLY_UART;

	return console_open(&early);
}

/* A machine without the UART its board names still boots, and tells the log ring why it is dark. */
static int early_unit(void)
{
	int err = serial_early_init();

	if (err != 0)
		log_warn("early UART at 0x%llx: %s: no console before discovery",
			 (unsigned long long)CONFIG_EARLY_UART_BASE, error_name(err));
	return 0;
}
UNIT_DEFINE(serial_early, 0, 10, early_unit);
#else
int serial_early_init(void)
{
	return BH_ENODEV;
}
#endif

static const struct machine_uart *find_console(const struct machine *m)
{
	for (u32 i = 0; i < m->uart_count; i++)
		if (m->uart[i].console)
			return &m->uart[i];
	return NULL;
}

int serial_console_init(const struct machine *m)
{
	const struct machine_uart *u = find_console(m);
	int err;

	if (u == NULL)
		return BH_ENODEV;
	if (driver != NULL && u->kind == current.kind && u->base.v == current.base.v) {
		current = *u; /* what the build did not know of it */
		return 0;
	}
	err = console_open(u);
	if (err != 0) {
		log_warn("console at 0x%llx, kind %u: %s: the console stays as it was",
			 (unsigned long long)u->base.v, (u32)u->kind, error_name(err));
		return 0;
	}
	log_info("console: %s at 0x%llx", driver->name, (unsigned long long)u->base.v);
	return 0;
}

static int console_unit(void)
{
	return serial_console_init(&machine);
}
UNIT_DEFINE(serial_console, 1, 90, console_unit);
