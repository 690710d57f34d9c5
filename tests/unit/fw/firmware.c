// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <stdlib.h>

#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <unit.h>

struct handoff handoff;

size_t data_load(const char *name, void *buf, size_t max)
{
	char path[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", TEST_DATA, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s: cannot be opened", path);
	n = fread(buf, 1, max, f);
	assert_true(n < max);
	fclose(f);
	return n;
}

const char *last_error(void)
{
	static char text[LOG_TEXT_MAX];
	struct log_record r;

	text[0] = '\0';
	for (u32 i = 0; log_ring_read(i, &r) == 0; i++)
		if (r.level == LOG_ERROR && r.boot_id == log_boot_id())
			memcpy(text, r.text, sizeof(text));
	return text;
}

u32 logged(const char *text)
{
	struct log_record r;
	u32 n = 0;

	for (u32 i = 0; log_ring_read(i, &r) == 0; i++)
		n += r.boot_id == log_boot_id() && strncmp(r.text, text, strlen(text)) == 0 ? 1U
											    : 0U;
	return n;
}

const char *machine_text(const struct machine *m)
{
	static char text[CONFIG_LOG_RING_SIZE * LOG_TEXT_MAX];
	struct log_record r;
	u64 before = 0;
	size_t len = 0;

	for (u32 i = 0; log_ring_read(i, &r) == 0; i++)
		if (r.boot_id == log_boot_id() && r.seq > before)
			before = r.seq;
	machine_log(m);
	text[0] = '\0';
	for (u32 i = 0; log_ring_read(i, &r) == 0; i++)
		if (r.boot_id == log_boot_id() && r.seq > before)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", r.text);
	return text;
}
