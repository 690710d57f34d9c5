// SPDX-License-Identifier: Apache-2.0
/*
 * The ring lies where neither the loader nor entry code writes. Nothing says which slot is the
 * next: after a reset the record with the greatest sequence number does, so that there is no
 * pointer that a crash could leave half written.
 */
#include <bulkhead/arch/cache.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "log_internal.h"

#define RING_MAGIC 0x676f6c2d64686c62ULL /* "blhd-log" */
#define RING_VERSION 3U

struct ring_header {
	u64 magic;
	u32 version;
	u32 records; /* CONFIG_LOG_RING_SIZE of the build that wrote it */
	u32 boot_id;
	u32 sum; /* of the fields above */
};

struct log_ring {
	struct ring_header header;
	struct log_record rec[CONFIG_LOG_RING_SIZE]; /* seq 0: empty, or being written */
};

_Static_assert(sizeof(struct log_record) == 32U + LOG_TEXT_MAX, "no padding: a build reads what "
								"another wrote");

static struct log_ring ring __section(".noinit.log") __aligned(64);
static u32 next;     /* slot of the next record */
static u64 last_seq; /* of this boot */

/* An odd number far from any pattern: 2 to the 64 by the golden ratio. */
#define SUM_FACTOR 0x9e3779b97f4a7c15ULL

/* Records and their fields that are read so lie at multiples of a word. */
typedef u64 __attribute__((may_alias)) word_t;

/*
 * Each step can be undone, so whatever is wrong within one word is seen for certain, and anything
 * else but for one time in 2 to the 32. What is no whole word at the end does not count.
 */
static u64 sum_words(u64 sum, const void *p, size_t size)
{
	const word_t *from = p;

	for (const word_t *end = from + size / sizeof(*from); from != end; from++) {
		sum = (sum ^ *from) * SUM_FACTOR;
		sum ^= sum >> 32;
	}
	return sum;
}

static u32 header_sum(const struct ring_header *h)
{
	const u64 sum = sum_words(RING_VERSION, h, offsetof(struct ring_header, boot_id));
	const u64 boot_id = h->boot_id;

	return (u32)sum_words(sum, &boot_id, sizeof(boot_id));
}

/* Up to the text's end, whose length was checked; what follows it in its last word is zero. */
static u32 record_sum(const struct log_record *r)
{
	const size_t place = offsetof(struct log_record, sum);
	const size_t text = offsetof(struct log_record, text);
	const u8 *at = (const u8 *)r;
	u64 sum = sum_words(RING_VERSION, at, place);
	u64 meta = *(const word_t *)(const void *)(at + place) & ~(u64)UINT32_MAX;

	sum = sum_words(sum, &meta, sizeof(meta));
	sum = sum_words(sum, at + place + sizeof(meta), text - place - sizeof(meta));
	return (u32)sum_words(sum, r->text, ALIGN_UP(r->len, sizeof(u64)));
}

/* A checksum proves no format: another build may have written the record. */
static bool record_valid(const struct log_record *r)
{
	return r->seq != 0U && r->len < LOG_TEXT_MAX && r->level < LOG_LEVELS &&
	       r->text[r->len] == '\0' && r->sum == record_sum(r);
}

static bool header_valid(const struct ring_header *h)
{
	return h->magic == RING_MAGIC && h->version == RING_VERSION &&
	       h->records == CONFIG_LOG_RING_SIZE && h->sum == header_sum(h);
}

/* Empties what does not hold, and goes on behind the last record of boot @last. */
static void adopt(u32 last)
{
	u64 newest = 0;

	for (u32 i = 0; i < CONFIG_LOG_RING_SIZE; i++) {
		struct log_record *r = &ring.rec[i];

		if (!record_valid(r) || r->boot_id > last) {
			r->seq = 0;
		} else if (r->boot_id == last && r->seq > newest) {
			newest = r->seq;
			next = (i + 1U) % CONFIG_LOG_RING_SIZE;
		}
	}
}

void log_ring_init(void)
{
	struct ring_header *h = &ring.header;
	u32 boot_id = 1;

	next = 0;
	last_seq = 0;
	if (header_valid(h)) {
		adopt(h->boot_id);
		boot_id = h->boot_id + 1U;
	} else {
		memset(&ring, 0, sizeof(ring));
	}
	*h = (struct ring_header){ .magic = RING_MAGIC,
				   .version = RING_VERSION,
				   .records = CONFIG_LOG_RING_SIZE,
				   .boot_id = boot_id };
	h->sum = header_sum(h);
	cache_clean(&ring, sizeof(ring));
}

u32 log_boot_id(void)
{
	return ring.header.boot_id;
}

struct log_record *log_ring_open(void)
{
	struct log_record *r = &ring.rec[next];

	memset(r, 0, sizeof(*r));
	next = (next + 1U) % CONFIG_LOG_RING_SIZE;
	return r;
}

void log_ring_commit(struct log_record *r)
{
	last_seq++;
	r->boot_id = log_boot_id();
	r->seq = last_seq;
	r->sum = record_sum(r);
	cache_clean(r, sizeof(*r));
}

const struct log_record *log_ring_slot(u32 age)
{
	const struct log_record *r = &ring.rec[(next + age) % CONFIG_LOG_RING_SIZE];

	return (r->seq != 0U) ? r : NULL;
}

static u32 count_previous(void)
{
	u32 n = 0;

	for (u32 age = 0; age < CONFIG_LOG_RING_SIZE; age++) {
		const struct log_record *r = log_ring_slot(age);

		if (r != NULL && r->boot_id + 1U == log_boot_id())
			n++;
	}
	return n;
}

u32 log_ring_previous(void)
{
	bool taken = log_lock_take();
	u32 n = count_previous();

	log_lock_drop(taken);
	return n;
}

static const struct log_record *find_record(u32 index)
{
	u32 seen = 0;

	for (u32 age = 0; age < CONFIG_LOG_RING_SIZE; age++) {
		const struct log_record *r = log_ring_slot(age);

		if (r == NULL || !record_valid(r))
			continue;
		if (seen == index)
			return r;
		seen++;
	}
	return NULL;
}

int log_ring_read(u32 index, struct log_record *out)
{
	bool taken = log_lock_take();
	const struct log_record *r = find_record(index);

	if (r != NULL)
		*out = *r;
	log_lock_drop(taken);
	return (r != NULL) ? 0 : BH_ENOENT;
}

/* The slot of @seq is as far behind the next one as its number is behind the next number. */
static int find_seq(u64 seq, struct log_record *out, u64 *oldest)
{
	const u64 behind = last_seq + 1U - seq;

	*oldest = last_seq < CONFIG_LOG_RING_SIZE ? 1U : last_seq + 1U - CONFIG_LOG_RING_SIZE;
	if (seq > last_seq)
		return BH_ENOENT;
	if (seq < *oldest)
		return BH_ERANGE;
	*out = ring.rec[(next + CONFIG_LOG_RING_SIZE - (u32)behind) % CONFIG_LOG_RING_SIZE];
	return 0;
}

int log_ring_find(u64 seq, struct log_record *out, u64 *oldest)
{
	bool taken;
	int err;

	if (!log_lock_try(&taken))
		return BH_EBUSY;
	err = find_seq(seq, out, oldest);
	log_lock_drop(taken);
	return err;
}

/* One record at a time under the lock: the console is slow. */
static void show_slot(u32 age, const char *mark)
{
	bool taken = log_lock_take();
	const struct log_record *r = log_ring_slot(age);

	if (r != NULL && r->boot_id + 1U == log_boot_id())
		log_show(r, mark);
	log_lock_drop(taken);
}

void log_ring_show_previous(void)
{
	char mark[24];

	bh_snprintf(mark, sizeof(mark), "boot %u: ", log_boot_id() - 1U);
	for (u32 age = 0; age < CONFIG_LOG_RING_SIZE; age++)
		show_slot(age, mark);
}
