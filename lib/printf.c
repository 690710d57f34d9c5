// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

/* The text so far: `len` counts on beyond `size`, where nothing is written any more. */
struct out {
	char *buf;
	size_t size;
	size_t len;
};

/* LEN_LONG stands for l, z, j and t, which are one type on the machines Bulkhead runs on. */
enum length { LEN_INT, LEN_CHAR, LEN_SHORT, LEN_LONG, LEN_LONG_LONG };

_Static_assert(sizeof(long) == sizeof(size_t) && sizeof(long) == sizeof(intmax_t) &&
		       sizeof(long) == sizeof(ptrdiff_t),
	       "z, j and t are read as long");

/* One conversion specification, C17 7.21.6.1. */
struct spec {
	bool left, zero, space, alt;
	int width;
	int precision; /* -1: none given */
	enum length length;
	char conv;
};

static void out_char(struct out *o, char c)
{
	if (o->len < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void out_text(struct out *o, const char *s, size_t n)
{
	size_t room = (o->len < o->size) ? o->size - o->len : 0U;
	size_t fits = (n < room) ? n : room;

	if (fits != 0U)
		memcpy(o->buf + o->len, s, fits);
	o->len += n;
}

static void out_pad(struct out *o, char c, int n)
{
	size_t room = (o->len < o->size) ? o->size - o->len : 0U;
	size_t count = (n > 0) ? (size_t)n : 0U;
	size_t fits = (count < room) ? count : room;

	if (fits != 0U)
		memset(o->buf + o->len, c, fits);
	o->len += count;
}

/* Digits end at @end; returns the first. 20 places hold any 64-bit number. */
static char *digits(char *end, u64 value, bool hex, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char *p = end;

	while (value != 0U) {
		p--;
		if (hex) {
			*p = set[value & 15U];
			value >>= 4;
		} else {
			*p = set[value % 10U];
			value /= 10U;
		}
	}
	return p;
}

static void put_number(struct out *o, const struct spec *s, u64 value, const char *prefix)
{
	char text[20];
	char *end = text + sizeof(text);
	bool hex = s->conv == 'x' || s->conv == 'X' || s->conv == 'p';
	const char *first = digits(end, value, hex, s->conv == 'X');
	int len = (int)(end - first);
	int prefix_len = (int)strlen(prefix);
	int zeros = ((s->precision < 0) ? 1 : s->precision) - len;
	int pad;

	zeros = (zeros > 0) ? zeros : 0;
	/* Written so that no width or precision can overflow the sum. */
	pad = (s->width - len - prefix_len > zeros) ? s->width - len - prefix_len - zeros : 0;
	if (s->zero && !s->left && s->precision < 0) {
		zeros += pad;
		pad = 0;
	}
	out_pad(o, ' ', s->left ? 0 : pad);
	out_text(o, prefix, (size_t)prefix_len);
	out_pad(o, '0', zeros);
	out_text(o, first, (size_t)len);
	out_pad(o, ' ', s->left ? pad : 0);
}

static void put_text(struct out *o, const struct spec *s, const char *text, size_t len)
{
	int pad = (len < (size_t)s->width) ? s->width - (int)len : 0;

	out_pad(o, ' ', s->left ? 0 : pad);
	out_text(o, text, len);
	out_pad(o, ' ', s->left ? pad : 0);
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
	const char *t = (text != NULL) ? text : "(null)";

	put_text(o, s, t, (s->precision < 0) ? strlen(t) : strnlen(t, (size_t)s->precision));
}

/*
 * A va_list is an array on some machines and a struct on others; inside a struct, it can be
 * handed on by pointer on all of them.
 */
struct args {
	va_list ap;
};

static s64 arg_signed(struct args *a, enum length length)
{
	switch (length) {
	case LEN_LONG:
		return va_arg(a->ap, long);
	case LEN_CHAR:
		return (signed char)va_arg(a->ap, int);
	case LEN_LONG_LONG:
		return va_arg(a->ap, long long);
	case LEN_SHORT:
		return (short)va_arg(a->ap, int);
	default:
		return va_arg(a->ap, int);
	}
}

static u64 arg_unsigned(struct args *a, enum length length)
{
	switch (length) {
	case LEN_LONG:
		return va_arg(a->ap, unsigned long);
	case LEN_CHAR:
		return (unsigned char)va_arg(a->ap, unsigned int);
	case LEN_LONG_LONG:
		return va_arg(a->ap, unsigned long long);
	case LEN_SHORT:
		return (unsigned short)va_arg(a->ap, unsigned int);
	default:
		return va_arg(a->ap, unsigned int);
	}
}

static const char *parse_flags(const char *f, struct spec *s)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			s->left = true;
			break;
		case '0':
			s->zero = true;
			break;
		case ' ':
			s->space = true;
			break;
		case '#':
			s->alt = true;
			break;
		default:
			return f;
		}
	}
}

/* A decimal number or '*'. Digits that exceed an int saturate. */
static const char *parse_number(const char *f, struct args *a, int *out)
{
	int n = 0;

	if (*f == '*') {
		*out = va_arg(a->ap, int);
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++) {
		int digit = *f - '0';

		n = (n > (INT32_MAX - digit) / 10) ? INT32_MAX : n * 10 + digit;
	}
	*out = n;
	return f;
}

static const char *parse_length(const char *f, struct spec *s)
{
	switch (*f) {
	case 'h':
		s->length = (f[1] == 'h') ? LEN_CHAR : LEN_SHORT;
		return f + ((f[1] == 'h') ? 2 : 1);
	case 'l':
		s->length = (f[1] == 'l') ? LEN_LONG_LONG : LEN_LONG;
		return f + ((f[1] == 'l') ? 2 : 1);
	case 'z':
	case 'j':
	case 't':
		s->length = LEN_LONG;
		return f + 1;
	default:
		return f;
	}
}

/* @f points behind the '%'. Returns a pointer to the conversion character. */
static const char *parse_spec(const char *f, struct args *a, struct spec *s)
{
	*s = (struct spec){ .precision = -1, .length = LEN_INT };
	f = parse_flags(f, s);
	f = parse_number(f, a, &s->width);
	if (s->width < 0) {
		s->left = true;
		s->width = (s->width == INT32_MIN) ? INT32_MAX : -s->width;
	}
	if (*f == '.') {
		f = parse_number(f + 1, a, &s->precision);
		s->precision = (s->precision < 0) ? -1 : s->precision;
	}
	f = parse_length(f, s);
	s->conv = *f;
	return f;
}

/* Most conversions are a letter: nothing to parse. */
static bool plain_spec(const char *f, struct spec *s)
{
	if (*f != 's' && *f != 'u' && *f != 'x')
		return false;
	*s = (struct spec){ .precision = -1, .length = LEN_INT, .conv = *f };
	return true;
}

static void put_signed(struct out *o, const struct spec *s, s64 value)
{
	if (value < 0)
		put_number(o, s, 0U - (u64)value, "-");
	else
		put_number(o, s, (u64)value, s->space ? " " : "");
}

static void put_hex(struct out *o, const struct spec *s, u64 value)
{
	const char *prefix = (s->conv == 'X') ? "0X" : "0x";

	put_number(o, s, value, (s->alt && value != 0U) ? prefix : "");
}

/* Returns false for a conversion that does not exist. */
static bool put_spec(struct out *o, const struct spec *s, struct args *a)
{
	char c;

	switch (s->conv) {
	case 'd':
	case 'i':
		put_signed(o, s, arg_signed(a, s->length));
		return true;
	case 'u':
		put_number(o, s, arg_unsigned(a, s->length), "");
		return true;
	case 'x':
	case 'X':
		put_hex(o, s, arg_unsigned(a, s->length));
		return true;
	case 'p':
		put_number(o, s, (uintptr_t)va_arg(a->ap, void *), "0x");
		return true;
	case 'c':
		c = (char)va_arg(a->ap, int);
		put_text(o, s, &c, 1U);
		return true;
	case 's':
		put_string(o, s, va_arg(a->ap, const char *));
		return true;
	case '%':
		out_char(o, '%');
		return true;
	default:
		return false;
	}
}

/* Bytes until the next conversion, or the end. */
static size_t literal(const char *f)
{
	size_t n = 0;

	while (f[n] != '%' && f[n] != '\0')
		n++;
	return n;
}

int bh_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = size, .len = 0 };
	struct args a;
	struct spec s;

	va_copy(a.ap, ap);
	for (const char *f = fmt; *f != '\0'; f++) {
		const char *start = f;
		const size_t plain = literal(f);

		if (plain != 0U) {
			out_text(&o, f, plain);
			f += plain - 1U;
			continue;
		}
		f = plain_spec(f + 1, &s) ? f + 1 : parse_spec(f + 1, &a, &s);
		if (put_spec(&o, &s, &a))
			continue;
		out_text(&o, start, (size_t)(f - start));
		if (*f == '\0')
			break;
		out_char(&o, *f);
	}
	va_end(a.ap);
	if (size != 0U)
		buf[(o.len < size) ? o.len : size - 1U] = '\0';
	return (o.len > (size_t)INT32_MAX) ? INT32_MAX : (int)o.len;
}

int bh_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = bh_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
