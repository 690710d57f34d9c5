// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/base/lock.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/serial/serial.h>

#include "port.h"

struct port port;

static struct spinlock lock = SPINLOCK_INIT(LOCK_PORT);

void port_reset(void)
{
	memset(&port, 0, sizeof(port));
	port.room = ~0U;
	lock = (struct spinlock)SPINLOCK_INIT(LOCK_PORT);
}

int serial_port_begin(void)
{
	if (port.absent)
		return BH_ENODEV;
	return !port.busy && spin_trylock(&lock) ? 0 : BH_EBUSY;
}

void serial_port_end(void)
{
	spin_unlock(&lock);
}

u32 serial_port_send(const char *bytes, u32 n)
{
	u32 i = 0;

	for (; i < n && port.room != 0U; i++) {
		port.room -= port.room == ~0U ? 0U : 1U;
		if (port.length < sizeof(port.sent) - 1U) {
			port.sent[port.length] = bytes[i];
			port.length++;
		}
	}
	return i;
}

void serial_port_line(const void *owner)
{
	port.owner = owner;
}

const void *serial_port_line_owner(void)
{
	return port.owner;
}

bool serial_port_go_on(const void *owner, char byte)
{
	bool sent;

	if (serial_port_begin() != 0)
		return false;
	sent = port.owner == owner && serial_port_send(&byte, 1) == 1U;
	serial_port_end();
	return sent;
}

u32 serial_console_listen(void)
{
	return port.line;
}

int serial_console_get(void)
{
	if (port.received == NULL || *port.received == '\0')
		return -1;
	port.received++;
	return port.received[-1];
}
