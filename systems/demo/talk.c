// SPDX-License-Identifier: Apache-2.0
/*
 * Linux's end of the demo's channel. Sends two messages, shows two that come, and ends. A process
 * cannot ring the bell, nor hear it: both sides look now and then. Needs /dev/mem, which gives away
 * what is no RAM, and no C library.
 *
 * arm64: talk <node in /proc/device-tree>; x86: talk /sys/firmware/acpi/tables/BLKH
 */
#include <abi/channel.h>
#include <abi/machine.h>

#ifdef __aarch64__
#define SYS_OPENAT 56
#define SYS_READ 63
#define SYS_WRITE 64
#define SYS_EXIT 93
#define SYS_NANOSLEEP 101
#define SYS_MMAP 222
#else
#define SYS_OPENAT 257
#define SYS_READ 0
#define SYS_WRITE 1
#define SYS_EXIT 60
#define SYS_NANOSLEEP 35
#define SYS_MMAP 9
#endif

#define AT_FDCWD (-100)
#define O_RDWR_SYNC (2 | 04010000)
#define PROT_READ_WRITE 3
#define MAP_SHARED 1

#define MESSAGES 2U
#define MESSAGE_MAX 96U
#define PAUSE_NS 50000000L
#define PAUSES 400U /* 20 seconds in all */

void talk(const long *stack) __attribute__((noreturn));

/* The sixth argument is that of mmap(): the offset. */
#ifdef __aarch64__
static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#endif

static void out(const char *s, long n)
{
	(void)call(SYS_WRITE, 1, (long)s, n, 0, 0, 0);
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
		(void)call(SYS_EXIT, *why != '\0', 0, 0, 0, 0, 0);
}

/* What the description says of the channel. */
struct found {
	unsigned long base, size;
	unsigned int end;
};

#ifdef __aarch64__
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
	fd = call(SYS_OPENAT, AT_FDCWD, (long)path, 0, 0, 0, 0);
	if (fd < 0 || call(SYS_READ, fd, (long)bytes, sizeof(bytes), 0, 0, 0) < from + n)
		end("talk: no such property\n");
	for (long i = 0; i < n; i++)
		value = value << 8 | bytes[from + i];
	return value;
}

static void find(const char *node, struct found *f)
{
	f->base = property(node, "reg", 0, 8);
	f->size = property(node, "reg", 8, 8);
	f->end = (unsigned int)property(node, "bulkhead,end", 0, 4);
}
#else
/* The first channel of the table. */
static void find(const char *path, struct found *f)
{
	static struct {
		char header[MACHINE_TABLE_HEADER];
		struct machine_entry entry[16];
	} __attribute__((aligned(8))) table;
	const long fd = call(SYS_OPENAT, AT_FDCWD, (long)path, 0, 0, 0, 0);
	const long n = fd < 0 ? fd : call(SYS_READ, fd, (long)&table, sizeof(table), 0, 0, 0);

	for (long i = 0; i < 16 && MACHINE_TABLE_HEADER + (i + 1) * 128 <= n; i++) {
		const struct machine_entry *e = &table.entry[i];

		if (e->kind[0] != 'c')
			continue;
		f->base = e->base;
		f->size = e->size;
		f->end = e->end;
		return;
	}
	end("talk: no channel\n");
}
#endif

static void open_channel(struct channel *c, const char *where)
{
	const long fd = call(SYS_OPENAT, AT_FDCWD, (long)"/dev/mem", O_RDWR_SYNC, 0, 0, 0);
	struct found f;
	long at = fd;

	find(where, &f);
	if (fd >= 0)
		at = call(SYS_MMAP, 0, (long)f.size, PROT_READ_WRITE, MAP_SHARED, fd, (long)f.base);
	if (at < 0 && at > -4096)
		end("talk: /dev/mem does not give the channel away\n");
	channel_open(c, (void *)at, f.size, f.end);
}

static void pause_a_little(void)
{
	const long time[2] = { 0, PAUSE_NS };

	(void)call(SYS_NANOSLEEP, (long)time, 0, 0, 0, 0, 0);
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
		end("usage: talk <where the channel is described>\n");
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

#ifdef __aarch64__
__asm__(".globl _start\n_start:\tmov x0, sp\n\tb talk\n");
#else
__asm__(".globl _start\n_start:\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall talk\n");
#endif
