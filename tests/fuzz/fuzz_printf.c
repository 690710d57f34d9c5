// SPDX-License-Identifier: Apache-2.0
/*
 * Any format text, with arguments that suit any conversion: the buffer's bound holds, and what is
 * written ends where the returned length says.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/lib/printf.h>

#define GUARD 0xa5U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* %s must find strings wherever it stands, so all arguments are one. '*' takes its low half. */
static int format(char *buf, size_t size, const char *fmt, const char *s)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	return bh_snprintf(buf, size, fmt, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s,
			   s, s, s, s, s, s, s, s, s, s, s, s, s);
#pragma GCC diagnostic pop
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "text";
	char fmt[33]; /* consumes at most 32 arguments */
	char buf[64];
	size_t n = (size < sizeof(fmt)) ? size : sizeof(fmt) - 1U;
	size_t room = (size != 0U) ? data[0] % sizeof(buf) : 0U;
	int len;

	memcpy(fmt, data, n);
	fmt[n] = '\0';
	memset(buf, GUARD, sizeof(buf));
	len = format(buf, room, fmt, text);
	check(len >= 0);
	for (size_t i = room; i < sizeof(buf); i++)
		check((uint8_t)buf[i] == GUARD);
	if (room != 0U)
		check(memchr(buf, '\0', room) != NULL);
	if ((size_t)len < room)
		check(buf[len] == '\0');
	return 0;
}
