// SPDX-License-Identifier: Apache-2.0
/*
 * Words may lie anywhere: this file alone is built to load and store them so, and all of it runs in
 * normal memory, in Bulkhead's own address space.
 */
#include <bulkhead/lib/string.h>
#include <bulkhead/lib/types.h>

typedef u64 __attribute__((may_alias, aligned(1))) word_t;

#define WORD sizeof(word_t)
#define WORD_OF_BYTES 0x0101010101010101ULL
/* Words in a turn of the loops that move many. */
#define RUN ((size_t)8)

/*
 * Compilers recognise a copying loop and call memcpy() for it, here for ever. An empty asm that
 * may change the counter keeps the loop a loop, at the price of no instruction.
 */
#define keep_loop(n) __asm__ volatile("" : "+r"(n))

#define always static inline __attribute__((always_inline))

/* @runs times RUN words. Inline: most of what is copied is short, and a call would cost as much. */
always void copy_runs(word_t *d, const word_t *s, size_t runs)
{
	for (; runs != 0U; runs--) {
		const word_t a = s[0], b = s[1], c = s[2], e = s[3];
		const word_t f = s[4], g = s[5], h = s[6], i = s[7];

		keep_loop(runs);
		d[0] = a;
		d[1] = b;
		d[2] = c;
		d[3] = e;
		d[4] = f;
		d[5] = g;
		d[6] = h;
		d[7] = i;
		d += RUN;
		s += RUN;
	}
}

/* Returns how many bytes were copied, less than a word short of @n. */
always size_t copy_words(u8 *d, const u8 *s, size_t n)
{
	const size_t runs = n / (RUN * WORD);
	size_t at = runs * RUN * WORD;

	copy_runs((word_t *)(void *)d, (const word_t *)(const void *)s, runs);
	for (; n - at >= WORD; at += WORD) {
		keep_loop(at);
		*(word_t *)(void *)(d + at) = *(const word_t *)(const void *)(s + at);
	}
	return at;
}

static void copy_bytes(u8 *d, const u8 *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		keep_loop(i);
		d[i] = s[i];
	}
}

/* What is no whole word at the end is the end of a word that is copied twice in part. */
void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (n < WORD)
		copy_bytes(d, s, n);
	else if (copy_words(d, s, n) != n)
		*(word_t *)(void *)(d + n - WORD) = *(const word_t *)(const void *)(s + n - WORD);
	return dst;
}

/* Each word is read before what overlaps it is written. */
static void copy_forward(u8 *d, const u8 *s, size_t n)
{
	const size_t at = copy_words(d, s, n);

	copy_bytes(d + at, s + at, n - at);
}

static void copy_backward(u8 *d, const u8 *s, size_t n)
{
	for (; n >= WORD; n -= WORD) {
		keep_loop(n);
		*(word_t *)(void *)(d + n - WORD) = *(const word_t *)(const void *)(s + n - WORD);
	}
	for (; n != 0U; n--) {
		keep_loop(n);
		d[n - 1U] = s[n - 1U];
	}
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		copy_forward(dst, src, n);
	else
		copy_backward(dst, src, n);
	return dst;
}

always void set_run(word_t *w, word_t word)
{
	w[0] = word;
	w[1] = word;
	w[2] = word;
	w[3] = word;
	w[4] = word;
	w[5] = word;
	w[6] = word;
	w[7] = word;
}

/* Words from @d on, four times RUN in a turn while there are as many: returns how many bytes. */
static size_t set_words(u8 *d, word_t word, size_t n)
{
	size_t at = 0;

	for (; n - at >= 4U * RUN * WORD; at += 4U * RUN * WORD) {
		word_t *w = (word_t *)(void *)(d + at);

		keep_loop(at);
		set_run(w, word);
		set_run(w + RUN, word);
		set_run(w + 2U * RUN, word);
		set_run(w + 3U * RUN, word);
	}
	for (; n - at >= RUN * WORD; at += RUN * WORD) {
		keep_loop(at);
		set_run((word_t *)(void *)(d + at), word);
	}
	for (; n - at >= WORD; at += WORD) {
		keep_loop(at);
		*(word_t *)(void *)(d + at) = word;
	}
	return at;
}

void *memset(void *dst, int c, size_t n)
{
	u8 *d = dst;
	u8 byte = (u8)c;

	for (; n != 0U && !IS_ALIGNED((uintptr_t)d, WORD); n--) {
		keep_loop(n);
		*d++ = byte;
	}
	for (size_t at = set_words(d, byte * WORD_OF_BYTES, n); at < n; at++) {
		keep_loop(at);
		d[at] = byte;
	}
	return dst;
}

/* Bytes in which both are the same for certain: whole words, up to the first that differs. */
static size_t same_words(const u8 *a, const u8 *b, size_t n)
{
	size_t at = 0;

	while (n - at >= WORD &&
	       *(const word_t *)(const void *)(a + at) == *(const word_t *)(const void *)(b + at))
		at += WORD;
	return at;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a;
	const u8 *y = b;

	for (size_t i = same_words(a, b, n); i < n; i++)
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
	const char *p = s;

	while (*p != '\0') {
		p++;
		keep_loop(p);
	}
	return (size_t)(p - s);
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
	while (*a == *b && *a != '\0') {
		a++;
		b++;
	}
	return (int)(u8)*a - (int)(u8)*b;
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
