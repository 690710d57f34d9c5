// SPDX-License-Identifier: Apache-2.0
/*
 * Memory after a reset may hold anything. The ring takes over what the input left there, and
 * everything that reads it stays inside.
 */
#include <stdlib.h>

/* With the ring itself in reach. */
#include "core/base/log_ring.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t shown;

static void swallow(const char *line, size_t len)
{
	if (line[len] != '\0')
		abort();
	shown += len;
}

/* The input chooses what it cannot guess: checksums are made right where a bit says so. */
static void repair(u8 which)
{
	if ((which & 1U) != 0U) {
		ring.header = (struct ring_header){ .magic = RING_MAGIC,
						    .version = RING_VERSION,
						    .records = CONFIG_LOG_RING_SIZE,
						    .boot_id = ring.header.boot_id };
		ring.header.sum = header_sum(&ring.header);
	}
	for (u32 i = 0; i < CONFIG_LOG_RING_SIZE; i++) {
		if ((which & 2U) != 0U)
			ring.rec[i].boot_id = ring.header.boot_id;
		if ((which & 4U) != 0U && ring.rec[i].len < LOG_TEXT_MAX)
			ring.rec[i].sum = record_sum(&ring.rec[i]);
	}
}

static u32 count_records(void)
{
	struct log_record r;
	u32 n = 0;

	while (log_ring_read(n, &r) == 0)
		n++;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct log_sink sink = { .write = swallow };
	static bool registered;
	struct log_record r;
	u32 n;

	if (!registered) {
		log_sink_register(&sink);
		registered = true;
	}
	memset(&ring, 0, sizeof(ring));
	if (size > 1U)
		memcpy(&ring, data + 1, (size - 1U < sizeof(ring)) ? size - 1U : sizeof(ring));
	repair((size != 0U) ? data[0] : 0U);
	log_ring_init();
	n = count_records();
	if (n > CONFIG_LOG_RING_SIZE || log_ring_previous() > n)
		abort();
	log_ring_show_previous();
	log_info("after");
	/* The newest is the last, whichever it replaced. */
	if (log_ring_read(count_records() - 1U, &r) != 0 || r.seq != 1U)
		abort();
	return 0;
}
