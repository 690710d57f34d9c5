// SPDX-License-Identifier: Apache-2.0
/* Leaves a mark in the log, resets, and looks for the mark in what the boot before left. */
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/string.h>

#include "selftest.h"

static const char mark[] = "selftest: a mark of the first boot";

static bool mark_find(struct log_record *r)
{
	for (u32 i = 0; log_ring_read(i, r) == 0; i++)
		if (strcmp(r->text, mark) == 0)
			return true;
	return false;
}

int selftest_reset(const char *what)
{
	struct log_record r;

	(void)what;
	if (log_boot_id() == 1U) {
		selftest_check(log_ring_previous() == 0U);
		log_info("%s", mark);
		log_drain();
		firmware_reset();
	}
	selftest_check(log_boot_id() == 2U);
	selftest_check(log_ring_previous() > 1U);
	selftest_check(mark_find(&r));
	selftest_check(r.boot_id == 1U && r.cpu == 0U && r.level == LOG_INFO);
	selftest_check(r.owner == LOG_OWNER_SELF && r.stamp != 0U && r.seq > 1U);
	log_ring_show_previous();
	return 0;
}
