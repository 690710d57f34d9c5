// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

int units_run(enum boot_stage stage)
{
	for (const struct unit *u = units_start; u < units_end; u++) {
		int err;

		if (u->stage != stage)
			continue;
		log_debug("unit %s", u->name);
		err = u->init();
		if (err != 0 && err != BH_ENODEV) {
			log_error("unit %s failed: %s", u->name, error_name(err));
			return err;
		}
	}
	return 0;
}
