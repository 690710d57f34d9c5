/* SPDX-License-Identifier: Apache-2.0 */
/* Bulkhead's port, played by tests and fuzzers: what was sent, and how much it takes. */
#ifndef PORT_H
#define PORT_H

#include <bulkhead/lib/types.h>

extern struct port {
	char sent[4096];
	u32 length;
	u32 room; /* bytes it still takes; all ones: any number */
	bool absent, busy;
	u32 line;             /* its interrupt */
	const char *received; /* what it has to be read */
	const void *owner;
} port;

void port_reset(void);

#endif
