// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "linked.h"

static struct {
	u8 *to;
	size_t copied;
} target[PARTITIONS_MAX];

static size_t guest_size(void)
{
	return (size_t)(guest_image_end - guest_image);
}

static int payload_find(const char *name __unused, u64 *size)
{
	*size = guest_size();
	return 0;
}

static int payload_peek(const char *name __unused, void *to, size_t n)
{
	memcpy(to, guest_image, n < guest_size() ? n : guest_size());
	return 0;
}

static int payload_begin(u32 partition, const char *name __unused, void *to)
{
	target[partition].to = to;
	target[partition].copied = 0;
	return 0;
}

static int payload_step(u32 partition)
{
	const size_t copied = target[partition].copied;
	const size_t left = guest_size() - copied;
	const size_t n = left < PAGE_SIZE ? left : PAGE_SIZE;

	memcpy(target[partition].to + copied, guest_image + copied, n);
	target[partition].copied = copied + n;
	return n < left ? BH_EAGAIN : 0;
}

const struct payload_ops linked_payload = {
	.find = payload_find, .peek = payload_peek, .begin = payload_begin, .step = payload_step
};

const char *linked_console(char byte)
{
	static char line[LOG_TEXT_MAX];
	static u32 n;

	if (byte != '\n' && n < sizeof(line) - 1U) {
		line[n] = byte;
		n++;
		return NULL;
	}
	line[n] = '\0';
	n = 0;
	log_info("%s", line);
	return line;
}

enum trap_result linked_uart(void *ctx __unused, struct mmio_access *a)
{
	if (!a->write)
		a->value = 0;
	else if (a->offset == 0U)
		(void)linked_console((char)a->value);
	return TRAP_RESUME;
}
