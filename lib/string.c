// SPDX-License-Identifier: Apache-2.0
/*
 * Words are used only where both sides are aligned: before Bulkhead's own address space is on, some
 * machines fault on everything else.
 */
#include <bulkhead/lib/string.h>
#include <bulkhead/lib/types.h>

typedef u64 __attribute__((may_alias)) word_t;

#define WORD sizeof(word_t)
#define WORD_OF_BYTES 0x0101010101010101ULL

/*
 * Compilers recognise a copying loop and call memcpy() for it, here for ever. An empty asm that
 * may change the counter keeps the loop a loop, at the price of no instruction.
 */
#define keep_loop(n) __asm__ volatile("" : "+r"(n))

static bool both_aligned(const void *a, const void *b)
{
	return IS_ALIGNED((uintptr_t)a | (uintptr_t)b, WORD);
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (both_aligned(d, s)) {
		for (; n >= WORD; n -= WORD) {
			keep_loop(n);
			*(word_t *)d = *(const word_t *)s;
			d += WORD;
			s += WORD;
		}
	}
	for (; n != 0U; n--) {
		keep_loop(n);
		*d++ = *s++;
	}
	return dst;
}

static void copy_backward(u8 *d, const u8 *s, size_t n)
{
	if (both_aligned(d + n, s + n)) {
		for (; n >= WORD; n -= WORD) {
			keep_loop(n);
			*(word_t *)(d + n - WORD) = *(const word_t *)(s + n - WORD);
		}
	}
	for (; n != 0U; n--) {
		keep_loop(n);
		d[n - 1U] = s[n - 1U];
	}
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return memcpy(dst, src, n);
	copy_backward(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	u8 *d = dst;
	u8 byte = (u8)c;
	word_t word = byte * WORD_OF_BYTES;

	for (; n != 0U && !IS_ALIGNED((uintptr_t)d, WORD); n--) {
		keep_loop(n);
		*d++ = byte;
	}
	for (; n >= WORD; n -= WORD) {
		keep_loop(n);
		*(word_t *)d = word;
		d += WORD;
	}
	for (; n != 0U; n--) {
		keep_loop(n);
		*d++ = byte;
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a;
	const u8 *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return (int)x[i] - (int)y[i];
	return 0;
}

/* C17 7.24 returns a pointer without const into what it was given as const. */
static void *drop_const(const void *p)
{
	return (void *)(uintptr_t)p;
}

void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (size_t i = 0; i < n; i++)
		if (p[i] == (u8)c)
			return drop_const(&p[i]);
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0') {
		n++;
		keep_loop(n);
	}
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0')
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		u8 x = (u8)a[i];
		u8 y = (u8)b[i];

		if (x != y || x == 0U)
			return (int)x - (int)y;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	while (*s != (char)c) {
		if (*s == '\0')
			return NULL;
		s++;
	}
	return drop_const(s);
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (*s == '\0')
			return drop_const(last);
	}
}
