// SPDX-License-Identifier: Apache-2.0
/*
 * The ring lies where neither the loader nor entry code writes. Nothing says which slot is the
 * next: after a reset the record with the greatest sequence number does, so that there is no
 * pointer that a crash could leave half written.
 */
#include <bulkhead/arch/cache.h>
#include <bulkhead/lib/crc32.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "log_internal.h"

#define RING_MAGIC 0x676f6c2d64686c62ULL /* "blhd-log" */
#define RING_VERSION 2U

struct ring_header {
	u64 magic;
	u32 version;
	u32 records; /* CONFIG_LOG_RING_SIZE of the build that wrote it */
	u32 boot_id;
	u32 crc; /* CRC-32 of the fields above */
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

static u32 header_crc(const struct ring_header *h)
{
	return crc32(0, h, offsetof(struct ring_header, crc));
}

/* Of what is before the text's end; its length was checked. */
static u32 record_crc(const struct log_record *r)
{
	static const u32 zero;
	size_t at = offsetof(struct log_record, crc);
	u32 crc = crc32(0, r, at);

	crc = crc32(crc, &zero, sizeof(zero));
	at += sizeof(zero);
	return crc32(crc, (const u8 *)r + at, offsetof(struct log_record, text) + r->len - at);
}

/* A checksum proves no format: another build may have written the record. */
static bool record_valid(const struct log_record *r)
{
	return r->seq != 0U && r->len < LOG_TEXT_MAX && r->level < LOG_LEVELS &&
	       r->text[r->len] == '\0' && r->crc == record_crc(r);
}

static bool header_valid(const struct ring_header *h)
{
	return h->magic == RING_MAGIC && h->version == RING_VERSION &&
	       h->records == CONFIG_LOG_RING_SIZE && h->crc == header_crc(h);
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
	h->crc = header_crc(h);
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
	r->crc = record_crc(r);
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
