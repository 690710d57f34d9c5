// SPDX-License-Identifier: Apache-2.0
/*
 * Linux's end of the demo's channel: talk <node in /proc/device-tree>. Sends two messages, shows
 * two that come, and ends. A process cannot ring the bell, nor hear it: both sides look now and
 * then. Needs /dev/mem, which gives away what is no RAM, and no C library.
 */
#include <abi/channel.h>

#define SYS_OPENAT 56
#define SYS_READ 63
#define SYS_WRITE 64
#define SYS_EXIT 93
#define SYS_NANOSLEEP 101
#define SYS_MMAP 222

#define AT_FDCWD (-100)
#define O_RDWR_SYNC (2 | 04010000)
#define PROT_READ_WRITE 3
#define MAP_SHARED 1

#define MESSAGES 2U
#define MESSAGE_MAX 96U
#define PAUSE_NS 50000000L
#define PAUSES 400U /* 20 seconds in all */

void talk(const long *stack) __attribute__((noreturn));

static long call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = 0;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

/* mmap() has six arguments: the last is the offset. */
static long map(long fd, unsigned long base, unsigned long size)
{
	register long x8 __asm__("x8") = SYS_MMAP;
	register long x0 __asm__("x0") = 0;
	register long x1 __asm__("x1") = (long)size;
	register long x2 __asm__("x2") = PROT_READ_WRITE;
	register long x3 __asm__("x3") = MAP_SHARED;
	register long x4 __asm__("x4") = fd;
	register long x5 __asm__("x5") = (long)base;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static void out(const char *s, long n)
{
	(void)call(SYS_WRITE, 1, (long)s, n, 0, 0);
}

static long length(const char *s)
{
	long n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

__attribute__((noreturn)) static void end(const char *why)
{
	out(why, length(why));
	for (;;)
		(void)call(SYS_EXIT, *why != '\0', 0, 0, 0, 0);
}

/* A property of the node as a big-endian number of @n bytes at @from. */
static unsigned long property(const char *node, const char *name, long from, long n)
{
	unsigned char bytes[64] = { 0 };
	char path[256];
	const long at = length(node);
	unsigned long value = 0;
	long fd;

	if (at + length(name) + 2 > (long)sizeof(path))
		end("talk: path too long\n");
	for (long i = 0; i < at; i++)
		path[i] = node[i];
	path[at] = '/';
	for (long i = 0; i <= length(name); i++)
		path[at + 1 + i] = name[i];
	fd = call(SYS_OPENAT, AT_FDCWD, (long)path, 0, 0, 0);
	if (fd < 0 || call(SYS_READ, fd, (long)bytes, sizeof(bytes), 0, 0) < from + n)
		end("talk: no such property\n");
	for (long i = 0; i < n; i++)
		value = value << 8 | bytes[from + i];
	return value;
}

static void open_channel(struct channel *c, const char *node)
{
	const unsigned long base = property(node, "reg", 0, 8);
	const unsigned long size = property(node, "reg", 8, 8);
	const long fd = call(SYS_OPENAT, AT_FDCWD, (long)"/dev/mem", O_RDWR_SYNC, 0, 0);
	const long at = fd < 0 ? fd : map(fd, base, size);

	if (at < 0 && at > -4096)
		end("talk: /dev/mem does not give the channel away\n");
	channel_open(c, (void *)at, size, (unsigned int)property(node, "bulkhead,end", 0, 4));
}

static void pause_a_little(void)
{
	const long time[2] = { 0, PAUSE_NS };

	(void)call(SYS_NANOSLEEP, (long)time, 0, 0, 0, 0);
}

static void show(const char *text, int n)
{
	static const char head[] = "demo: Linux received: ";
	char line[sizeof(head) + MESSAGE_MAX];
	long k = 0;

	for (; head[k] != '\0'; k++)
		line[k] = head[k];
	for (int i = 0; i < n; i++)
		line[k++] = text[i];
	line[k++] = '\n';
	out(line, k);
}

__attribute__((used)) void talk(const long *stack)
{
	char hello[] = "hello from Linux, 1 of 2";
	const char *node = (const char *)stack[2];
	char text[MESSAGE_MAX];
	unsigned int received = 0;
	struct channel c;

	if (stack[0] != 2)
		end("usage: talk <node>\n");
	open_channel(&c, node);
	for (unsigned int i = 0; i < MESSAGES; i++) {
		hello[18] = (char)('1' + i);
		(void)channel_send(&c, hello, sizeof(hello) - 1U);
	}
	for (unsigned int i = 0; i < PAUSES && received < MESSAGES; i++) {
		const int n = channel_receive(&c, text, sizeof(text));

		if (n < 0) {
			pause_a_little();
			continue;
		}
		show(text, n);
		received++;
	}
	end(received == MESSAGES ? "" : "talk: nobody answers\n");
}

__asm__(".globl _start\n_start:\tmov x0, sp\n\tb talk\n");
