/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: levels with a rule each, a ring that survives a warm reset, sinks that show it.
 *
 * Which level?
 *   error   Bulkhead could not do what it was told; an operator must act. Never for what a guest
 *           did wrong.
 *   warn    it goes on, with less than it was asked for (no IOMMU, development key).
 *   info    once per boot and thing: what was found, which step runs.
 *   debug   for whoever changes the code; compiled out unless CONFIG_LOG_DEBUG.
 * What a guest can cause is logged only through log_guest(), which is rate-limited per owner.
 *
 * Every record carries sequence number, time stamp, CPU, owner, level and boot id. The ring lies
 * in memory that neither the loader nor Bulkhead clears; log_ring_init() keeps the records of the
 * boot before if their checksum holds.
 */
#ifndef BULKHEAD_BASE_LOG_H
#define BULKHEAD_BASE_LOG_H

#include <stdarg.h>

#include <bulkhead/lib/types.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_LEVELS };

/* Owner of a record: a partition's number, or Bulkhead itself. */
#define LOG_OWNER_SELF 0xffffU

/* Longest text of one record, terminating NUL included; longer ones are cut and end in "...". */
#define LOG_TEXT_MAX 120U

struct log_record {
	u64 seq;   /* 1 for the first record of a boot */
	u64 stamp; /* timer_now() ticks; 0 before the timer can be read */
	u32 sum;   /* checksum of the record up to the text's end, this field left out */
	u16 owner;
	u8 level; /* enum log_level */
	u8 cpu;
	u32 boot_id; /* counts up by one each warm reset */
	u32 len;     /* of text, without NUL */
	char text[LOG_TEXT_MAX];
};

/*
 * Where records are shown. @write gets one formatted line without newline; it is called with the
 * log lock held, from any CPU, and must not log. Where nobody may wait any more it is called
 * between @begin and @end. @begin false: another CPU is at it, not now. Both NULL: @write waits for
 * nobody.
 */
struct log_sink {
	void (*write)(const char *line, size_t len);
	bool (*begin)(void);
	void (*end)(void);
	void (*drain)(void); /* waits, bounded, until all of it is out; NULL: nothing to wait for */
	struct log_sink *next;
};

/* Registers a sink (never removed); it is given the records of this boot so far first. */
void log_sink_register(struct log_sink *sink);

/*
 * From now on no CPU waits for another one's record (docs/partitions.md): when the log or a sink is
 * busy, a record is kept with its CPU, LOG_LATER_MAX at most, and added by that CPU when it logs
 * the next one or calls log_settle(). More are counted.
 */
void log_wait_no_more(void);
#define LOG_LATER_MAX 8U

/* Adds what is kept for this CPU. False: it is still busy. Never waits. */
bool log_settle(void);

/* Adds a record. Any context, any CPU. Text beyond LOG_TEXT_MAX is cut. */
void log_write(enum log_level level, u32 owner, const char *fmt, ...) __printf(3, 4);

void log_vwrite(enum log_level level, u32 owner, const char *fmt, va_list ap) __printf(3, 0);

/* Waits, bounded, until what was logged has left every sink. Before a reset, or the end. */
void log_drain(void);

/*
 * For panic() alone: from here on this CPU logs without taking the lock, which may be held by a
 * CPU that is stopped, or by the code that failed.
 */
void log_take_over(void);

/*
 * Adds a record on behalf of partition @owner if its budget allows; otherwise counts it. The
 * count is shown with the next record that passes.
 */
void log_guest(enum log_level level, u32 owner, const char *fmt, ...) __printf(3, 4);

#define log_error(...) log_write(LOG_ERROR, LOG_OWNER_SELF, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, LOG_OWNER_SELF, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, LOG_OWNER_SELF, __VA_ARGS__)
#ifdef CONFIG_LOG_DEBUG
#define log_debug(...) log_write(LOG_DEBUG, LOG_OWNER_SELF, __VA_ARGS__)
#else
#define log_debug(...) ((void)0)
#endif

/*
 * Returns an error on its way up and, in debug builds, logs where it came from first:
 * `return trace_error(BH_EINVAL);`
 */
void log_trace_error(int err, const char *file, int line);

#ifdef CONFIG_TRACE_ERROR
#define trace_error(err) trace_error_at((err), __FILE_NAME__, __LINE__)
#else
#define trace_error(err) (err)
#endif

/* Inline, so that analysers see that what comes back is what went in. */
static inline int trace_error_at(int err, const char *file, int line)
{
	log_trace_error(err, file, line);
	return err;
}

/* Marks the start of a boot step by name: the last name printed is where a hang is. */
void boot_step(const char *name);

/* Logs the ticks each boot step took, several a line (a tick is an instruction under icount). */
void boot_steps_report(void);

/*
 * Takes over the ring of the boot before, or starts an empty one. Called once, before the first
 * record. log_ring_previous() then answers how many records of the boot before are held.
 */
void log_ring_init(void);
u32 log_ring_previous(void);

/* Id of this boot: 1 on a cold start, one more on each warm reset. */
u32 log_boot_id(void);

/*
 * Copies the @index-th oldest record of the ring to @out. Returns BH_ENOENT past the end. Records
 * whose checksum fails are not counted.
 */
int log_ring_read(u32 index, struct log_record *out);

/*
 * Copies record @seq of this boot to @out, in constant time. BH_ENOENT: there is none yet;
 * BH_ERANGE: it was overwritten. @oldest is the number of the first that is still there. BH_EBUSY:
 * another CPU is at the log, ask again.
 */
int log_ring_find(u64 seq, struct log_record *out, u64 *oldest);

/* Shows the records of the boot before on every sink, marked as such. */
void log_ring_show_previous(void);

#endif
