// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "log_internal.h"

/* Mark, stamp, level, CPU and owner in front of the text. */
#define LOG_PREFIX_MAX 96U
#define MARK_MAX 24U
#define LEVEL_WIDTH 6U

/* Tries of log_take_over(): longer than any record takes to show, if its CPU still runs. */
#define TAKE_OVER_TRIES 20000U

static struct spinlock log_lock = SPINLOCK_INIT(LOCK_LOG);
static struct log_sink *sinks;
static bool no_waiting; /* written at boot, before guests run */
static bool begun;      /* sinks were: log lock held */

static const char *const level_names[LOG_LEVELS] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

bool log_lock_take(void)
{
	if (this_cpu()->panicking != 0U)
		return false;
	spin_lock(&log_lock);
	return true;
}

static void sinks_end(const struct log_sink *last)
{
	for (const struct log_sink *s = sinks; s != last; s = s->next) {
		if (s->end != NULL)
			s->end();
	}
}

static bool sinks_begin(void)
{
	for (const struct log_sink *s = sinks; s != NULL; s = s->next) {
		if (s->begin == NULL || s->begin())
			continue;
		sinks_end(s);
		return false;
	}
	return true;
}

bool log_lock_try(bool *taken)
{
	if (!no_waiting || this_cpu()->panicking != 0U) {
		*taken = log_lock_take();
		return true;
	}
	*taken = spin_trylock(&log_lock);
	if (!*taken)
		return false;
	begun = sinks_begin();
	if (!begun)
		spin_unlock(&log_lock);
	return begun;
}

void log_lock_drop(bool taken)
{
	if (!taken)
		return;
	if (begun)
		sinks_end(NULL);
	begun = false;
	spin_unlock(&log_lock);
}

void log_wait_no_more(void)
{
	no_waiting = true;
}

void log_take_over(void)
{
	for (u32 i = 0; i < TAKE_OVER_TRIES; i++)
		if (spin_trylock(&log_lock))
			return;
}

/* @value in at least @width places, @fill in front. Returns how many it took. */
static size_t put_decimal(char *buf, u64 value, u32 width, char fill)
{
	char digits[20];
	u32 n = 0;
	size_t len = 0;

	do {
		digits[n] = (char)('0' + value % 10U);
		value /= 10U;
		n++;
	} while (value != 0U);
	for (; len + n < width; len++)
		buf[len] = fill;
	while (n != 0U) {
		n--;
		buf[len] = digits[n];
		len++;
	}
	return len;
}

static size_t put_literal(char *buf, const char *text, size_t width)
{
	size_t len = 0;

	for (; text[len] != '\0'; len++)
		buf[len] = text[len];
	for (; len < width; len++)
		buf[len] = ' ';
	return len;
}

/* Seconds; zero while nobody knows how long a tick is. */
static size_t put_stamp(char *buf, u64 stamp)
{
	const u64 hz = timer_hz();
	size_t len = put_literal(buf, "[", 0);

	len += put_decimal(buf + len, hz != 0U ? stamp / hz : 0U, 5, ' ');
	len += put_literal(buf + len, ".", 0);
	len += put_decimal(buf + len, hz != 0U ? stamp % hz * 1000000U / hz : 0U, 6, '0');
	return len + put_literal(buf + len, "] ", 0);
}

/*
 * What a reader needs to tell records apart; what is always the same is left out. Every line has
 * it, so it is put together by hand: LOG_PREFIX_MAX holds the longest, with a mark of MARK_MAX.
 */
static size_t put_prefix(char *buf, const struct log_record *r, const char *mark)
{
	size_t len = 0;

	for (; len < MARK_MAX && mark[len] != '\0'; len++)
		buf[len] = mark[len];
	len += put_stamp(buf + len, r->stamp);
	len += put_literal(buf + len, level_names[r->level], LEVEL_WIDTH);
	if (r->cpu != 0U) {
		len += put_literal(buf + len, "cpu", 0);
		len += put_decimal(buf + len, r->cpu, 0, ' ');
		len += put_literal(buf + len, ": ", 0);
	}
	if (r->owner != LOG_OWNER_SELF) {
		len += put_literal(buf + len, "p", 0);
		len += put_decimal(buf + len, r->owner, 0, ' ');
		len += put_literal(buf + len, ": ", 0);
	}
	return len;
}

void log_show(const struct log_record *r, const char *mark)
{
	char line[LOG_PREFIX_MAX + LOG_TEXT_MAX];
	size_t len;

	if (sinks == NULL)
		return;
	len = put_prefix(line, r, mark);
	memcpy(line + len, r->text, r->len);
	len += r->len;
	line[len] = '\0';
	for (const struct log_sink *s = sinks; s != NULL; s = s->next)
		s->write(line, len);
}

#define WORD sizeof(u64)
#define EACH_BYTE(b) ((b) * 0x0101010101010101ULL)

/*
 * No byte below a space, none that is DEL: subtracting borrows from the bit above each byte that
 * is too small. A byte beside such a one may look like one: the answer no is not exact.
 */
static bool word_printable(const char *text)
{
	u64 w;

	memcpy(&w, text, sizeof(w));
	return ((((w - EACH_BYTE(0x20U)) & ~w) | ((w ^ EACH_BYTE(0x7fU)) - EACH_BYTE(1U))) &
		EACH_BYTE(0x80U) & ~w) == 0U;
}

/* A text from outside must not be able to forge a line or to command a terminal. */
static void keep_printable(char *text, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		u8 c = (u8)text[i];

		if (i % WORD == 0U && len - i >= WORD && word_printable(&text[i]))
			i += WORD - 1U;
		else if (c < 0x20U || c == 0x7fU)
			text[i] = '?';
	}
}

static u32 put_text(char *text, const char *fmt, va_list ap)
{
	static const char cut[] = "...";
	int len = bh_vsnprintf(text, LOG_TEXT_MAX, fmt, ap);

	if ((u32)len < LOG_TEXT_MAX)
		return (u32)len;
	memcpy(text + LOG_TEXT_MAX - sizeof(cut), cut, sizeof(cut));
	return LOG_TEXT_MAX - 1U;
}

void log_record_fill(struct log_record *r, enum log_level level, u32 owner, const char *fmt,
		     va_list ap)
{
	r->stamp = timer_now();
	r->owner = (u16)owner;
	r->level = (u8)level;
	r->cpu = (u8)this_cpu()->id;
	r->len = put_text(r->text, fmt, ap);
	keep_printable(r->text, r->len);
}

void log_emit(enum log_level level, u32 owner, const char *fmt, va_list ap)
{
	struct log_record *r = log_ring_open();

	log_record_fill(r, level, owner, fmt, ap);
	log_ring_commit(r);
	log_show(r, "");
}

void log_emit_record(const struct log_record *from)
{
	struct log_record *r = log_ring_open();

	*r = *from;
	log_ring_commit(r);
	log_show(r, "");
}

void log_vwrite(enum log_level level, u32 owner, const char *fmt, va_list ap)
{
	bool taken;

	if (!log_lock_try(&taken)) {
		log_later_keep(level, owner, false, fmt, ap);
		return;
	}
	log_later_emit();
	log_emit(level, owner, fmt, ap);
	log_lock_drop(taken);
}

void log_write(enum log_level level, u32 owner, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vwrite(level, owner, fmt, ap);
	va_end(ap);
}

static void replay(const struct log_sink *sink)
{
	struct log_sink *all = sinks;
	struct log_sink alone = *sink;

	alone.next = NULL;
	sinks = &alone;
	for (u32 age = 0; age < CONFIG_LOG_RING_SIZE; age++) {
		const struct log_record *r = log_ring_slot(age);

		if (r != NULL && r->boot_id == log_boot_id())
			log_show(r, "");
	}
	sinks = all;
}

void log_sink_register(struct log_sink *sink)
{
	bool taken = log_lock_take();

	replay(sink);
	sink->next = sinks;
	sinks = sink;
	log_lock_drop(taken);
}

void log_drain(void)
{
	bool taken = log_lock_take();

	log_later_emit();
	for (const struct log_sink *s = sinks; s != NULL; s = s->next)
		if (s->drain != NULL)
			s->drain();
	log_lock_drop(taken);
}
