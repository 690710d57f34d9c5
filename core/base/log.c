// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "log_internal.h"

/* Mark, stamp, level, CPU and owner in front of the text. */
#define LOG_PREFIX_MAX 80U

/* Tries of log_take_over(): longer than any record takes to show, if its CPU still runs. */
#define TAKE_OVER_TRIES 20000U

static struct spinlock log_lock = SPINLOCK_INIT(LOCK_LOG);
static struct log_sink *sinks;

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

void log_lock_drop(bool taken)
{
	if (taken)
		spin_unlock(&log_lock);
}

void log_take_over(void)
{
	for (u32 i = 0; i < TAKE_OVER_TRIES; i++)
		if (spin_trylock(&log_lock))
			return;
}

/* Seconds; zero while nobody knows how long a tick is. */
static int put_stamp(char *buf, size_t size, u64 stamp)
{
	u64 hz = timer_hz();

	if (hz == 0U)
		return bh_snprintf(buf, size, "[%12s] ", "0.000000");
	return bh_snprintf(buf, size, "[%5llu.%06llu] ", (unsigned long long)(stamp / hz),
			   (unsigned long long)(stamp % hz * 1000000U / hz));
}

/* What a reader needs to tell records apart; what is always the same is left out. */
static size_t put_prefix(char *buf, size_t size, const struct log_record *r, const char *mark)
{
	int n = bh_snprintf(buf, size, "%s", mark);

	n += put_stamp(buf + n, size - (size_t)n, r->stamp);
	n += bh_snprintf(buf + n, size - (size_t)n, "%-5s ", level_names[r->level]);
	if (r->cpu != 0U)
		n += bh_snprintf(buf + n, size - (size_t)n, "cpu%u: ", r->cpu);
	if (r->owner != LOG_OWNER_SELF)
		n += bh_snprintf(buf + n, size - (size_t)n, "p%u: ", r->owner);
	return (size_t)n;
}

void log_show(const struct log_record *r, const char *mark)
{
	char line[LOG_PREFIX_MAX + LOG_TEXT_MAX];
	size_t len;

	if (sinks == NULL)
		return;
	len = put_prefix(line, LOG_PREFIX_MAX, r, mark);
	memcpy(line + len, r->text, r->len);
	len += r->len;
	line[len] = '\0';
	for (const struct log_sink *s = sinks; s != NULL; s = s->next)
		s->write(line, len);
}

/* A text from outside must not be able to forge a line or to command a terminal. */
static void keep_printable(char *text, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		u8 c = (u8)text[i];

		if (c < 0x20U || c == 0x7fU)
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

void log_emit(enum log_level level, u32 owner, const char *fmt, va_list ap)
{
	struct log_record *r = log_ring_open();

	r->stamp = timer_now();
	r->owner = (u16)owner;
	r->level = (u8)level;
	r->cpu = (u8)this_cpu()->id;
	r->len = put_text(r->text, fmt, ap);
	keep_printable(r->text, r->len);
	log_ring_commit(r);
	log_show(r, "");
}

void log_vwrite(enum log_level level, u32 owner, const char *fmt, va_list ap)
{
	bool taken = log_lock_take();

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

	for (const struct log_sink *s = sinks; s != NULL; s = s->next)
		if (s->drain != NULL)
			s->drain();
	log_lock_drop(taken);
}
