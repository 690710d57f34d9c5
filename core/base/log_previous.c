// SPDX-License-Identifier: Apache-2.0
/*
 * After a warm reset: what the boot before left in the ring. Not before the frequency is known that
 * turns its stamps into seconds.
 */
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>

static int previous_init(void)
{
	u32 n = log_ring_previous();

	if (n != 0U) {
		log_warn("log: %u records of boot %u, which ended in a reset:", n,
			 log_boot_id() - 1U);
		log_ring_show_previous();
	}
	return 0;
}
UNIT_DEFINE(log_previous, 4, 90, previous_init);
